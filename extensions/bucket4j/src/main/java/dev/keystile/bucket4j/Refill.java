package dev.keystile.bucket4j;

import dev.keystile.limit.RateLimit;
import java.math.BigInteger;
import java.time.Duration;

/**
 * How the bucket of a limit is refilled, in lowest terms: bucket4j multiplies tokens by nanoseconds and gives up exactness
 * where that overflows, as a million a day would.
 *
 * @param tokens      so many tokens
 * @param periodNanos in so many nanoseconds
 */
record Refill(long tokens, long periodNanos) {

    private static final BigInteger LONGEST = BigInteger.valueOf(Long.MAX_VALUE);

    static Refill of(RateLimit limit) {
        long window = limit.window().toNanos();
        long divisor = window;
        for (long rest = limit.count(); rest != 0; ) {
            long next = divisor % rest;
            divisor = rest;
            rest = next;
        }
        return new Refill(limit.count() / divisor, window / divisor);
    }

    Duration period() {
        return Duration.ofNanos(periodNanos);
    }

    /**
     * Nanoseconds until so many more tokens are there; rounded up, where bucket4j rounds down: a retry at the moment told
     * must not come too early.
     *
     * @param begun what there is of the next token, in parts of which {@code periodNanos} are one
     */
    long nanosUntil(long missing, long begun) {
        if (missing <= 0) {
            return 0;
        }
        BigInteger[] parts = BigInteger.valueOf(periodNanos)
                .multiply(BigInteger.valueOf(missing))
                .subtract(BigInteger.valueOf(begun))
                .divideAndRemainder(BigInteger.valueOf(tokens));
        return parts[0].add(BigInteger.valueOf(parts[1].signum())).min(LONGEST).longValue();
    }
}
