package dev.keystile.limit;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketState;
import io.github.bucket4j.MathType;
import java.math.BigInteger;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The count of one partition. Every method but {@link #number} is called with its monitor held. */
final class Meter {

    private static final BigInteger LONGEST = BigInteger.valueOf(Long.MAX_VALUE);

    private final long number;
    private final RateLimit limit;
    private final @Nullable BucketState bucket;
    private long windowStartNanos;
    private long used;
    private boolean dropped;
    /** Whether at the last look it was the bucket, not the window, that asked for the longer wait. */
    private boolean bucketDecides;

    Meter(long number, RateLimit limit, long now) {
        this.number = number;
        this.limit = limit;
        this.bucket = newBucket(limit, now);
    }

    private static @Nullable BucketState newBucket(RateLimit limit, long now) {
        if (!limit.hasBucket()) {
            return null;
        }
        long divisor = refillDivisor(limit);
        Bandwidth bandwidth = Bandwidth.builder()
                .capacity(limit.burst())
                .refillGreedy(
                        limit.count() / divisor, Duration.ofNanos(limit.window().toNanos() / divisor))
                .build();
        BucketConfiguration configuration =
                BucketConfiguration.builder().addLimit(bandwidth).build();
        return BucketState.createInitialState(configuration, MathType.INTEGER_64_BITS, now);
    }

    /**
     * By which rate and window are reduced: bucket4j multiplies a rate by nanoseconds and gives up exactness where that
     * overflows, as a million a day would.
     */
    private static long refillDivisor(RateLimit limit) {
        long divisor = limit.window().toNanos();
        for (long rest = limit.count(); rest != 0; ) {
            long next = divisor % rest;
            divisor = rest;
            rest = next;
        }
        return divisor;
    }

    /** Its place in the order in which several meters are locked. */
    long number() {
        return number;
    }

    boolean isDropped() {
        return dropped;
    }

    void drop() {
        dropped = true;
    }

    /** Nanoseconds until the charge could be taken; 0 if it can be now, {@link Long#MAX_VALUE} if it never can. */
    long nanosToWait(long cost, long now) {
        if (limit.hasWindow() && isWindowOver(now)) {
            used = 0;
        }
        long wait = 0;
        if (limit.hasWindow() && used + cost > limit.count()) {
            wait = cost > limit.count()
                    ? Long.MAX_VALUE
                    : windowStartNanos + limit.window().toNanos() - now;
        }
        long bucketWait = bucket == null ? 0 : nanosUntilBucketHolds(bucket, cost, now);
        bucketDecides = bucketWait > wait;
        return Math.max(wait, bucketWait);
    }

    private long nanosUntilBucketHolds(BucketState held, long tokens, long now) {
        held.refillAllBandwidth(now);
        if (tokens > limit.burst()) {
            return Long.MAX_VALUE;
        }
        long missing = tokens - held.getAvailableTokens();
        return missing <= 0 ? 0 : nanosToRefill(held, missing);
    }

    /** Rounded up, where bucket4j rounds down: a retry at the moment told must not come too early. */
    private static long nanosToRefill(BucketState held, long missing) {
        Bandwidth bandwidth = held.getConfiguration().getBandwidths()[0];
        long period = bandwidth.getRefillPeriodNanos();
        long tokens = bandwidth.getRefillTokens();
        long begun = held.getRoundingError(0);
        if (Math.multiplyHigh(period, missing) == 0 && period * missing > 0) {
            long wanted = period * missing - begun;
            return wanted / tokens + (wanted % tokens > 0 ? 1 : 0);
        }
        BigInteger[] parts = BigInteger.valueOf(period)
                .multiply(BigInteger.valueOf(missing))
                .subtract(BigInteger.valueOf(begun))
                .divideAndRemainder(BigInteger.valueOf(tokens));
        return parts[0].add(BigInteger.valueOf(parts[1].signum())).min(LONGEST).longValue();
    }

    /** Takes a charge that need not wait. */
    void consume(long cost, long now) {
        if (limit.hasWindow()) {
            if (used == 0) {
                windowStartNanos = now;
            }
            used += cost;
        }
        if (bucket != null) {
            bucket.consume(cost);
        }
    }

    LimitStatus status(long now, long wait) {
        if (bucket != null && !limit.hasWindow()) {
            long held = bucket.getAvailableTokens();
            long toReset = held >= limit.burst() ? 0 : nanosToRefill(bucket, limit.burst() - held);
            return new LimitStatus(limit, held, toReset, wait, false);
        }
        long toReset = used == 0
                ? limit.window().toNanos()
                : Math.max(0, windowStartNanos + limit.window().toNanos() - now);
        return new LimitStatus(limit, limit.count() - used, toReset, wait, bucketDecides);
    }

    /** Whether it stands as if it had never been used, so that dropping it refunds nothing. */
    boolean isWhole(long now) {
        if (limit.hasWindow() && used > 0 && !isWindowOver(now)) {
            return false;
        }
        if (bucket == null) {
            return true;
        }
        bucket.refillAllBandwidth(now);
        return bucket.getAvailableTokens() >= limit.burst();
    }

    private boolean isWindowOver(long now) {
        return now - windowStartNanos >= limit.window().toNanos();
    }
}
