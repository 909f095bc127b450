package dev.keystile.limit;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketState;
import io.github.bucket4j.MathType;
import java.math.BigInteger;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A limit laid out for counting: what all meters of it share, so that each holds no more than its own count. */
final class Rate {

    private static final BigInteger LONGEST = BigInteger.valueOf(Long.MAX_VALUE);

    private final RateLimit limit;
    private final boolean hasWindow;
    private final long windowNanos;
    /** The refill of the bucket, reduced: so many tokens in so many nanoseconds. */
    private final long refillTokens;

    private final long refillNanos;
    private final @Nullable BucketConfiguration bucket;

    Rate(RateLimit limit) {
        this.limit = limit;
        this.hasWindow = limit.hasWindow();
        this.windowNanos = limit.window().toNanos();
        long divisor = greatestCommonDivisor(windowNanos, limit.count());
        this.refillTokens = limit.count() / divisor;
        this.refillNanos = windowNanos / divisor;
        this.bucket = limit.hasBucket() ? bucket() : null;
    }

    /**
     * Rate and window are reduced, for bucket4j multiplies a rate by nanoseconds and gives up exactness where that
     * overflows, as a million a day would.
     */
    private BucketConfiguration bucket() {
        Bandwidth bandwidth = Bandwidth.builder()
                .capacity(limit.burst())
                .refillGreedy(refillTokens, Duration.ofNanos(refillNanos))
                .build();
        return BucketConfiguration.builder().addLimit(bandwidth).build();
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

    /** A full bucket; null if the limit has none. */
    @Nullable BucketState newBucket(long now) {
        return bucket == null ? null : BucketState.createInitialState(bucket, MathType.INTEGER_64_BITS, now);
    }

    RateLimit limit() {
        return limit;
    }

    boolean hasWindow() {
        return hasWindow;
    }

    long windowNanos() {
        return windowNanos;
    }

    /**
     * How long a bucket takes to gain so many tokens. Rounded up, where bucket4j rounds down: a retry at the moment told
     * must not come too early.
     */
    long nanosToRefill(BucketState held, long missing) {
        long begun = held.getRoundingError(0);
        if (Math.multiplyHigh(refillNanos, missing) == 0 && refillNanos * missing > 0) {
            long wanted = refillNanos * missing - begun;
            return wanted / refillTokens + (wanted % refillTokens > 0 ? 1 : 0);
        }
        BigInteger[] parts = BigInteger.valueOf(refillNanos)
                .multiply(BigInteger.valueOf(missing))
                .subtract(BigInteger.valueOf(begun))
                .divideAndRemainder(BigInteger.valueOf(refillTokens));
        return parts[0].add(BigInteger.valueOf(parts[1].signum())).min(LONGEST).longValue();
    }
}
