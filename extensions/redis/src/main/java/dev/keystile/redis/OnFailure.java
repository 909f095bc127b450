package dev.keystile.redis;

import java.util.Locale;

/** What holds for a limit while Redis cannot be asked. */
public enum OnFailure {
    /** Each node counts in its memory and admits its share of the limit. */
    LOCAL,
    /** Requests that the limit counts are answered 503 with {@code Retry-After}. */
    DENY,
    /** Requests are not counted, and not refused by this limit. */
    ALLOW;

    /** The word that settings use. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
