package dev.keystile.limit;

import dev.keystile.key.TimeSource;
import java.util.Collection;
import java.util.List;

/**
 * Counts requests against limits.
 *
 * <p>Guarantee: of the requests presented, by however many threads, no limit admits more than {@link RateLimit} says,
 * and a request takes its part of every limit or of none. Losing a count is never a refund. {@code RateLimiterContract}
 * in the testkit holds an implementation to this.
 *
 * <p>Implementations are safe for use by many threads.
 */
public interface RateLimiter extends AutoCloseable {

    /**
     * Takes a request's part from all limits, or from none if one of them has not enough.
     *
     * @param charges one or more, no two of the same partition
     * @throws dev.keystile.key.UnavailableException if it could not be told
     */
    RateLimitResult tryConsume(List<Charge> charges);

    /**
     * As {@link #tryConsume(List)}, for a caller who has just read the clock that {@link #readsClock} speaks of, so that it is
     * not read again.
     *
     * @param charges  one or more, no two of the same partition
     * @param nanoTime what that clock's {@link TimeSource#nanoTime()} said
     * @throws dev.keystile.key.UnavailableException if it could not be told
     */
    default RateLimitResult tryConsume(List<Charge> charges, long nanoTime) {
        return tryConsume(charges);
    }

    /** Whether it counts by this very clock, and may be given what was read of it; not unless overridden. */
    default boolean readsClock(TimeSource time) {
        return false;
    }

    /**
     * Why it cannot count by these limits, each reason a sentence that names the limit and says what would be right; empty if
     * it can, as it can by all limits unless overridden.
     *
     * @param limits all that it will be asked about
     */
    default List<String> problems(Collection<RateLimit> limits) {
        return List.of();
    }

    /** Whether {@link #tryConsume} may wait for something outside this process. */
    boolean mayBlock();

    /**
     * How it stands, by what it has seen so far; must not wait for anything. {@linkplain LimiterHealth#local() In the memory of
     * this process} unless overridden.
     */
    default LimiterHealth health() {
        return LimiterHealth.local();
    }

    /** Lets go of connections; without effect on what was counted. */
    @Override
    void close();

    /** A limiter in the memory of this process, with room for 1,000,000 partitions. */
    static RateLimiter inMemory() {
        return inMemory(TimeSource.system(), 1_000_000);
    }

    /**
     * A limiter in the memory of this process.
     *
     * @param time       the clock by which windows pass
     * @param partitions how many counts are kept at most. Only counts that stand as if never used are dropped for new
     *                   ones; when there is none, new partitions are answered
     *                   {@link dev.keystile.key.UnavailableException "could not tell"}. Counts for addresses take half
     *                   of the room at most
     */
    static RateLimiter inMemory(TimeSource time, int partitions) {
        return new InMemoryRateLimiter(time, partitions);
    }
}
