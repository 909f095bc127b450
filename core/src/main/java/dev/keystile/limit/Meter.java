package dev.keystile.limit;

import io.github.bucket4j.BucketState;
import org.jspecify.annotations.Nullable;

/**
 * The count of one partition. Every method but {@link #number}, {@link #isOf} and {@link #isOfAddress} is called with its
 * monitor held.
 */
final class Meter {

    private final Meters<?> owner;
    private final long number;
    private final Rate rate;
    private final @Nullable BucketState bucket;
    private long windowStartNanos;
    private long used;
    private boolean dropped;
    /** Whether at the last look it was the bucket, not the window, that asked for the longer wait. */
    private boolean bucketDecides;

    Meter(Meters<?> owner, long number, Rate rate, long now) {
        this.owner = owner;
        this.number = number;
        this.rate = rate;
        this.bucket = rate.newBucket(now);
        this.windowStartNanos = now;
    }

    /** Whether these meters made it, and know it unless it is dropped. */
    boolean isOf(Meters<?> meters) {
        return owner == meters;
    }

    /** Whether it counts for an address. */
    boolean isOfAddress() {
        return rate.limit().per() == PartitionKind.ADDRESS;
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
        long wait = rate.hasWindow() ? nanosUntilWindowTakes(cost, now) : 0;
        long bucketWait = bucket == null ? 0 : nanosUntilBucketHolds(bucket, cost, now);
        bucketDecides = bucketWait > wait;
        return Math.max(wait, bucketWait);
    }

    private long nanosUntilWindowTakes(long cost, long now) {
        if (isWindowOver(now)) {
            used = 0;
            windowStartNanos = now;
        }
        long count = rate.limit().count();
        if (used + cost <= count) {
            return 0;
        }
        return cost > count ? Long.MAX_VALUE : nanosToWindowEnd(now);
    }

    private long nanosUntilBucketHolds(BucketState held, long tokens, long now) {
        held.refillAllBandwidth(now);
        long missing = tokens - held.getAvailableTokens();
        if (missing <= 0) {
            return 0;
        }
        return tokens > rate.limit().burst() ? Long.MAX_VALUE : rate.nanosToRefill(held, missing);
    }

    /** Takes a charge that need not wait. */
    void consume(long cost, long now) {
        if (rate.hasWindow()) {
            // Never back, for one window ends before the next begins: another thread may have ended it at a later
            // moment.
            if (used == 0 && now - windowStartNanos > 0) {
                windowStartNanos = now;
            }
            used += cost;
        }
        if (bucket != null) {
            bucket.consume(cost);
        }
    }

    LimitStatus status(long now, long wait) {
        RateLimit limit = rate.limit();
        if (bucket != null && !rate.hasWindow()) {
            long held = bucket.getAvailableTokens();
            long toReset = held >= limit.burst() ? 0 : rate.nanosToRefill(bucket, limit.burst() - held);
            return new LimitStatus(limit, held, toReset, wait, false);
        }
        long toReset = used == 0 ? rate.windowNanos() : Math.max(0, nanosToWindowEnd(now));
        return new LimitStatus(limit, limit.count() - used, toReset, wait, bucketDecides);
    }

    /** Whether it stands as if it had never been used, so that dropping it refunds nothing. */
    boolean isWhole(long now) {
        if (rate.hasWindow() && used > 0 && !isWindowOver(now)) {
            return false;
        }
        if (bucket == null) {
            return true;
        }
        bucket.refillAllBandwidth(now);
        return bucket.getAvailableTokens() >= rate.limit().burst();
    }

    /** The whole window at most: another thread may have begun it at a moment that this one's clock had not come to. */
    private long nanosToWindowEnd(long now) {
        return Math.min(rate.windowNanos(), windowStartNanos + rate.windowNanos() - now);
    }

    private boolean isWindowOver(long now) {
        return now - windowStartNanos >= rate.windowNanos();
    }
}
