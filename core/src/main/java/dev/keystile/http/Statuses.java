package dev.keystile.http;

import dev.keystile.decision.Outcome;

/** The status codes of denials. */
final class Statuses {

    private Statuses() {}

    static int of(Outcome outcome) {
        return switch (outcome) {
            case INVALID_REQUEST -> 400;
            case UNAUTHORIZED -> 401;
            case FORBIDDEN -> 403;
            case RATE_LIMITED -> 429;
            case UNAVAILABLE -> 503;
            case ALLOWED, PUBLIC -> throw new IllegalArgumentException(outcome + " is no denial");
        };
    }

    /** The phrase of RFC 9110 and RFC 6585. */
    static String phrase(int status) {
        return switch (status) {
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 429 -> "Too Many Requests";
            case 503 -> "Service Unavailable";
            default -> throw new IllegalArgumentException(status + " is no status of a denial");
        };
    }
}
