package dev.keystile.http;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What {@code Retry-After} tells of a wait. */
public enum RetryAfter {
    /**
     * How many whole seconds it takes, rounded up and at least 1.
     *
     * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3">RFC 9110, section 10.2.3</a>
     */
    SECONDS,
    /** When it is over, in milliseconds since the UNIX epoch, which no standard knows. */
    UNIX_MS;

    /** The header's value. */
    String text(Duration wait, long nowMillis) {
        return Long.toString(
                switch (this) {
                    case SECONDS -> RateLimitHeaders.retryAfterSeconds(wait);
                    case UNIX_MS -> nowMillis + Math.max(1, RateLimitHeaders.wholeMillis(wait));
                });
    }

    /** The word that settings use: {@code seconds} or {@code unix-ms}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** That of a word. */
    public static Optional<RetryAfter> ofWord(String word) {
        return Arrays.stream(values()).filter(it -> it.word().equals(word)).findFirst();
    }
}
