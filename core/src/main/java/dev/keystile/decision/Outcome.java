package dev.keystile.decision;

import java.util.Locale;

/** A label for metrics and reports: few values, derived from the decision. */
public enum Outcome {
    /** Let through with a proven key. */
    ALLOWED,
    /** Let through because no key is asked for: the rule is public, or a browser asks leave in a preflight. */
    PUBLIC,
    /** Refused because the request can be read in more than one way. */
    INVALID_REQUEST,
    /** Refused for want of a good key. */
    UNAUTHORIZED,
    /** Refused because the key may not do this. */
    FORBIDDEN,
    /** Refused because a limit is reached. */
    RATE_LIMITED,
    /** Refused because it could not be told. */
    UNAVAILABLE;

    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The word that settings and metrics use, such as {@code rate-limited}. */
    public String word() {
        return word;
    }
}
