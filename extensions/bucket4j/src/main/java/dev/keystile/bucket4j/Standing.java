package dev.keystile.bucket4j;

import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.Refill;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketState;
import io.github.bucket4j.distributed.remote.RemoteBucketState;
import io.github.bucket4j.distributed.remote.RemoteVerboseResult;
import java.util.List;
import java.util.Optional;

/**
 * How a count stood in the store at one moment.
 *
 * @param limit            the limit
 * @param version          its version
 * @param window           the window that began last, as it lies in the store
 * @param nanosToWindowEnd nanoseconds to its end; 0 or less if none runs
 * @param left             what the window takes, the next one if none runs
 * @param held             what the bucket holds
 * @param begun            what there is of the next token, see {@link Refill}
 */
record Standing(
        RateLimit limit,
        Version version,
        Optional<Bandwidth> window,
        long nanosToWindowEnd,
        long left,
        long held,
        long begun) {

    /** As if nobody had ever asked. */
    static Standing unused(RateLimit limit) {
        return new Standing(limit, Version.NONE, Optional.empty(), 0, limit.count(), limit.burst(), 0);
    }

    /** What a store tells of a bucket that was laid out by {@link Layout}. */
    static Standing of(RateLimit limit, RemoteVerboseResult<?> told) {
        RemoteBucketState stored = told.getState();
        Version version = new Version(stored.getConfigurationVersion());
        BucketState state = stored.getState();
        int bucket = limit.hasWindow() ? 1 : 0;
        long held = limit.hasBucket() ? state.getCurrentSize(bucket) : 0;
        long begun = limit.hasBucket() ? state.getRoundingError(bucket) : 0;
        if (!limit.hasWindow()) {
            return new Standing(limit, version, Optional.empty(), 0, limit.count(), held, begun);
        }
        Bandwidth window = state.getConfiguration().getBandwidths()[0];
        long left = state.getCurrentSize(0);
        long toEnd = left >= window.getCapacity() ? 0 : nanosToEnd(limit, window, state, told.getOperationTimeNanos());
        return new Standing(limit, version, Optional.of(window), toEnd, toEnd > 0 ? left : limit.count(), held, begun);
    }

    /** Of all bandwidths bucket4j tells the longest wait alone, so it is shown the window by itself. */
    private static long nanosToEnd(RateLimit limit, Bandwidth window, BucketState state, long now) {
        BucketState alone = state.copy();
        alone.setConfiguration(new BucketConfiguration(List.of(window)));
        long toFilling = alone.calculateDelayNanosAfterWillBePossibleToConsume(alone.getCurrentSize(0) + 1, now, false);
        return toFilling - (window.getRefillPeriodNanos() - limit.window().toNanos());
    }

    boolean windowRuns() {
        return nanosToWindowEnd > 0;
    }

    /** Nanoseconds until so much could be taken; 0 if it can be now, {@link Long#MAX_VALUE} if it never can. */
    long nanosToWait(long cost) {
        return Math.max(nanosToWaitForWindow(cost), nanosToWaitForBucket(cost));
    }

    private long nanosToWaitForWindow(long cost) {
        if (!limit.hasWindow() || cost <= left) {
            return 0;
        }
        return cost > limit.count() ? Long.MAX_VALUE : nanosToWindowEnd;
    }

    private long nanosToWaitForBucket(long cost) {
        if (!limit.hasBucket()) {
            return 0;
        }
        return cost > limit.burst() ? Long.MAX_VALUE : Refill.of(limit).nanosUntil(cost - held, begun);
    }

    /**
     * What is told of the limit.
     *
     * @param cost what is still to be taken; 0 if it was
     */
    LimitStatus status(long cost) {
        if (!limit.hasWindow()) {
            long toFull = Refill.of(limit).nanosUntil(limit.burst() - held, begun);
            return new LimitStatus(limit, held, toFull, nanosToWait(cost), false);
        }
        long toReset = windowRuns() ? nanosToWindowEnd : limit.window().toNanos();
        boolean burstSpent = nanosToWaitForBucket(cost) > nanosToWaitForWindow(cost);
        return new LimitStatus(limit, left, toReset, nanosToWait(cost), burstSpent);
    }
}
