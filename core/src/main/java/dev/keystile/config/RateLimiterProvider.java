package dev.keystile.config;

import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Opens the kind of limiter that {@code limiter.type} names. Extensions offer theirs through {@link java.util.ServiceLoader}.
 */
public interface RateLimiterProvider {

    /** The value of {@code limiter.type}, such as {@code redis}. */
    String type();

    /**
     * The settings that this kind of limiter takes, each by its full name, such as {@code redis.url}; {@code limiter.type} and
     * {@code limiter.partitions} are core's and not among them.
     */
    List<Setting> settings();

    /**
     * Why a limiter cannot be opened with these settings, or cannot count by these limits, each reason a sentence that names the
     * setting or the limit and says what would be right; empty if they look right. Opens nothing.
     *
     * @param values as for {@link #open}
     * @param limits all that the limiter will be asked about
     */
    List<String> problems(Map<String, String> values, Collection<RateLimit> limits);

    /**
     * Opens a limiter, ready for use.
     *
     * @param values the settings that are set, by their full names; none that {@link #settings()} does not list, but for
     *               {@code limiter.partitions}, a whole number, 1 or more
     * @throws IllegalArgumentException              if there are {@link #problems}
     * @throws dev.keystile.key.UnavailableException if it cannot be opened now
     */
    RateLimiter open(Map<String, String> values);
}
