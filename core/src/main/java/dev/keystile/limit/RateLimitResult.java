package dev.keystile.limit;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a limiter says of one request: admitted by all limits, or by none.
 *
 * <p>Immutable.
 */
public final class RateLimitResult {

    private final boolean admitted;
    private final LimitStatus decisive;
    /** Null where there is no other than the decisive one. */
    private final @Nullable List<LimitStatus> several;

    private final boolean makeshift;

    /**
     * What was said.
     *
     * @param admitted whether every limit took its part; if not, none did
     * @param statuses how each limit stands, in the order of the charges; one or more
     * @throws IllegalArgumentException if there is no status
     */
    public RateLimitResult(boolean admitted, List<LimitStatus> statuses) {
        this(admitted, statuses, false);
    }

    private RateLimitResult(boolean admitted, List<LimitStatus> statuses, boolean makeshift) {
        if (statuses.isEmpty()) {
            throw new IllegalArgumentException("a result speaks of at least one limit");
        }
        this.admitted = admitted;
        this.several = statuses.size() == 1 ? null : List.copyOf(statuses);
        this.decisive = decisive(admitted, statuses);
        this.makeshift = makeshift;
    }

    private RateLimitResult(boolean admitted, LimitStatus only) {
        this.admitted = admitted;
        this.several = null;
        this.decisive = only;
        this.makeshift = false;
    }

    /** What was said where one limit applies. */
    static RateLimitResult of(boolean admitted, LimitStatus only) {
        return new RateLimitResult(admitted, only);
    }

    private static LimitStatus decisive(boolean admitted, List<LimitStatus> statuses) {
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

    /**
     * What was said while the store that several nodes share could not be asked.
     *
     * @param admitted whether the request may go on
     * @param statuses what is known of each limit, in the order of the charges; one or more
     * @throws IllegalArgumentException if there is no status
     */
    public static RateLimitResult makeshift(boolean admitted, List<LimitStatus> statuses) {
        return new RateLimitResult(admitted, statuses, true);
    }

    /** Whether every limit took its part; if not, none did. */
    public boolean admitted() {
        return admitted;
    }

    /**
     * Whether the store that several nodes share could not be asked, so that this is what the owner wants to hold meanwhile.
     */
    public boolean isMakeshift() {
        return makeshift;
    }

    /** How each limit stands, in the order of the charges; one or more. */
    public List<LimitStatus> statuses() {
        return several == null ? List.of(decisive) : several;
    }

    /**
     * The limit that decides what the client is told: if the request was not admitted, the one to wait for longest;
     * else the one with the least share left.
     */
    public LimitStatus decisive() {
        return decisive;
    }

    /** How long to wait until a retry can succeed; zero if the request was admitted. */
    public Duration retryAfter() {
        return admitted ? Duration.ZERO : Duration.ofNanos(decisive.nanosToRetry());
    }

    @Override
    public String toString() {
        return "RateLimitResult[admitted=" + admitted + ", statuses=" + statuses() + (makeshift ? ", makeshift]" : "]");
    }
}
