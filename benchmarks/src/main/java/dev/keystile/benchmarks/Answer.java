package dev.keystile.benchmarks;

import java.util.Locale;

/** The answers that are measured, each with the status every contender must give. */
public enum Answer {
    HIT(200),
    MISSING(401),
    MALFORMED(401),
    UNKNOWN(401),
    WRONG_SECRET(401),
    FORBIDDEN(403),
    LIMITED(429);

    private final int status;

    Answer(int status) {
        this.status = status;
    }

    int status() {
        return status;
    }

    /** What the table and the command line call it. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
