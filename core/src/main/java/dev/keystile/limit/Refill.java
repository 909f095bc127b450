package dev.keystile.limit;

import java.math.BigInteger;
import java.time.Duration;

/**
 * How evenly the bucket of a limit is refilled, in lowest terms: bucket4j multiplies tokens by nanoseconds and gives up
 * exactness where that overflows, as a million a day would.
 *
 * <p>Immutable.
 *
 * @param tokens      so many tokens, 1 or more
 * @param periodNanos in so many nanoseconds, 1 or more
 */
public record Refill(long tokens, long periodNanos) {

    private static final BigInteger LONGEST = BigInteger.valueOf(Long.MAX_VALUE);

    /** @throws IllegalArgumentException if one of them is out of bounds */
    public Refill {
        if (tokens < 1 || periodNanos < 1) {
            throw new IllegalArgumentException(
                    "a refill of " + tokens + " in " + periodNanos + " ns: expected 1 or more of both");
        }
    }

    /** That of a limit: its count in its window. */
    public static Refill of(RateLimit limit) {
        long window = limit.window().toNanos();
        long divisor = greatestCommonDivisor(window, limit.count());
        return new Refill(limit.count() / divisor, window / divisor);
    }

    private static long greatestCommonDivisor(long one, long other) {
        long divisor = one;
        for (long rest = other; rest != 0; ) {
            long next = divisor % rest;
            divisor = rest;
            rest = next;
        }
        return divisor;
    }

    /** The nanoseconds as a duration. */
    public Duration period() {
        return Duration.ofNanos(periodNanos);
    }

    /**
     * Nanoseconds until so many more tokens are there; {@link Long#MAX_VALUE} at most. Rounded up, where bucket4j rounds
     * down: a retry at the moment told must not come too early.
     *
     * @param missing how many; none are there already if it is 0 or less
     * @param begun   what there is of the next token, in parts of which {@code periodNanos} are one
     */
    public long nanosUntil(long missing, long begun) {
        if (missing <= 0) {
            return 0;
        }
        long parts = periodNanos * missing;
        if (Math.multiplyHigh(periodNanos, missing) == 0 && parts > 0) {
            long wanted = parts - begun;
            return wanted / tokens + (wanted % tokens > 0 ? 1 : 0);
        }
        return nanosUntilMany(missing, begun);
    }

    private long nanosUntilMany(long missing, long begun) {
        BigInteger[] parts = BigInteger.valueOf(periodNanos)
                .multiply(BigInteger.valueOf(missing))
                .subtract(BigInteger.valueOf(begun))
                .divideAndRemainder(BigInteger.valueOf(tokens));
        return parts[0].add(BigInteger.valueOf(parts[1].signum())).min(LONGEST).longValue();
    }
}
