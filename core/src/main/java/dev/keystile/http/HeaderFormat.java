package dev.keystile.http;

import dev.keystile.limit.RateLimitResult;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A way to tell a caller how its limits stand.
 *
 * <p>Implementations are immutable.
 */
public interface HeaderFormat {

    /** The headers it writes. */
    List<String> names();

    /**
     * Writes headers.
     *
     * @param limits    how the limits stand
     * @param nowMillis the time of the decision, in milliseconds since the UNIX epoch
     * @param headers   takes name and value of each header
     */
    void write(RateLimitResult limits, long nowMillis, BiConsumer<String, String> headers);

    /**
     * {@code X-RateLimit-Limit}, {@code -Remaining} and {@code -Reset} (UNIX seconds), of the limit with the least share
     * left; on a denial of the violated one, with {@code Reset} when a retry can succeed.
     */
    static HeaderFormat xRateLimit() {
        return RateLimitHeaders.X_RATE_LIMIT;
    }

    /**
     * {@code RateLimit} and {@code RateLimit-Policy}.
     *
     * @see <a href="https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10">RateLimit header
     *     fields for HTTP, draft 10</a>
     */
    static HeaderFormat ietf() {
        return RateLimitHeaders.IETF;
    }

    /**
     * Headers of the owner's choice.
     *
     * @param templates by header name: text with {@code {limit}}, {@code {remaining}}, {@code {used}}, {@code {reset}}
     *                  (UNIX seconds), {@code {reset_after}} (seconds) and {@code {policy}} (the limit's name)
     * @throws IllegalArgumentException if a template names another placeholder, or could not stand in a header
     */
    static HeaderFormat custom(Map<String, String> templates) {
        return RateLimitHeaders.custom(templates);
    }
}
