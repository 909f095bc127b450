package dev.keystile.limit;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketState;
import io.github.bucket4j.MathType;
import org.jspecify.annotations.Nullable;

/** The count of one partition. Every method but {@link #number} is called with its monitor held. */
final class Meter {

    private final long number;
    private RateLimit limit;
    private @Nullable BucketState bucket;
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
        Bandwidth bandwidth = Bandwidth.builder()
                .capacity(limit.burst())
                .refillGreedy(limit.count(), limit.window())
                .build();
        BucketConfiguration configuration =
                BucketConfiguration.builder().addLimit(bandwidth).build();
        return BucketState.createInitialState(configuration, MathType.INTEGER_64_BITS, now);
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

    /** Nanoseconds until the charge could be taken; 0 if it can be now. */
    long nanosToWait(Charge charge, long now) {
        if (!charge.limit().equals(limit)) {
            change(charge.limit(), now);
        }
        if (limit.hasWindow() && isWindowOver(now)) {
            used = 0;
        }
        long wait = 0;
        if (limit.hasWindow() && used + charge.cost() > limit.count()) {
            wait = Math.max(1, windowStartNanos + limit.window().toNanos() - now);
        }
        long bucketWait = bucket == null ? 0 : nanosUntilBucketHolds(bucket, charge.cost(), now);
        bucketDecides = bucketWait > wait;
        return Math.max(wait, bucketWait);
    }

    private static long nanosUntilBucketHolds(BucketState bucket, long cost, long now) {
        bucket.refillAllBandwidth(now);
        return bucket.calculateDelayNanosAfterWillBePossibleToConsume(cost, now, true);
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
            return new LimitStatus(
                    limit, bucket.getAvailableTokens(), bucket.calculateFullRefillingTime(now), wait, false);
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

    /** The limit of this name has other figures now: what was used stays used. */
    private void change(RateLimit next, long now) {
        long spent = 0;
        if (bucket != null) {
            bucket.refillAllBandwidth(now);
            spent = Math.max(0, limit.burst() - bucket.getAvailableTokens());
        } else if (!isWindowOver(now)) {
            spent = used;
        }
        limit = next;
        bucket = newBucket(next, now);
        if (bucket != null && spent > 0) {
            bucket.consume(Math.min(spent, next.burst()));
        }
    }
}
