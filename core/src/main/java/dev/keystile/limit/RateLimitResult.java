package dev.keystile.limit;

import java.time.Duration;
import java.util.List;

/**
 * What a limiter says of one request: admitted by all limits, or by none.
 *
 * <p>Immutable.
 *
 * @param admitted whether every limit took its part; if not, none did
 * @param statuses how each limit stands, in the order of the charges; one or more
 */
public record RateLimitResult(boolean admitted, List<LimitStatus> statuses) {

    /** @throws IllegalArgumentException if there is no status */
    public RateLimitResult {
        statuses = List.copyOf(statuses);
        if (statuses.isEmpty()) {
            throw new IllegalArgumentException("a result speaks of at least one limit");
        }
    }

    /**
     * The limit that decides what the client is told: if the request was not admitted, the one to wait for longest;
     * else the one with the least share left.
     */
    public LimitStatus decisive() {
        LimitStatus decisive = statuses.get(0);
        for (int i = 1; i < statuses.size(); i++) {
            LimitStatus other = statuses.get(i);
            boolean stronger =
                    admitted ? other.share() < decisive.share() : other.nanosToRetry() > decisive.nanosToRetry();
            if (stronger) {
                decisive = other;
            }
        }
        return decisive;
    }

    /** How long to wait until a retry can succeed; zero if the request was admitted. */
    public Duration retryAfter() {
        return admitted ? Duration.ZERO : Duration.ofNanos(decisive().nanosToRetry());
    }
}
