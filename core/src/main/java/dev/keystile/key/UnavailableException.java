package dev.keystile.key;

import java.time.Duration;

/**
 * Says that a store, a hasher or a limiter could not tell. The pipeline catches it once and answers 503 with
 * {@code Retry-After}; it never lets a request through. The message holds no key.
 */
public final class UnavailableException extends RuntimeException {

    private static final Duration DEFAULT_RETRY_AFTER = Duration.ofSeconds(1);

    private final Duration retryAfter;

    /** Could not tell now; worth another try in a second. */
    public UnavailableException(String message) {
        super(message);
        this.retryAfter = DEFAULT_RETRY_AFTER;
    }

    /** Could not tell now, because of a failure beneath; worth another try in a second. */
    public UnavailableException(String message, Throwable cause) {
        super(message, cause);
        this.retryAfter = DEFAULT_RETRY_AFTER;
    }

    /** When another try is worth it. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
