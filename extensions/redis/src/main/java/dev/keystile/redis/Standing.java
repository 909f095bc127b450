package dev.keystile.redis;

import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.RateLimit;

/**
 * How a count stood at a moment, after the request that asked.
 *
 * <p>Immutable.
 *
 * @param figures   those of its limit
 * @param used      of the window; 0 if none runs
 * @param ageMicros microseconds since the window began
 * @param held      by the bucket, in its unit
 */
record Standing(Figures figures, long used, long ageMicros, long held) {

    /** As if it had never been used. */
    static Standing unused(Figures figures) {
        return new Standing(figures, 0, 0, figures.capacity());
    }

    /** How it stands later, if nothing is taken from it meanwhile. */
    Standing after(long micros) {
        long age = ageMicros + micros;
        boolean windowRuns = used > 0 && age < figures.windowMicros();
        long missing = figures.capacity() - held;
        long refilled = micros > missing / figures.refill()
                ? figures.capacity()
                : Math.min(figures.capacity(), held + micros * figures.refill());
        return new Standing(figures, windowRuns ? used : 0, windowRuns ? age : 0, refilled);
    }

    /** Microseconds until a request of this cost could be admitted; 0 if it could be now. */
    private long microsToWait(long cost) {
        return Math.max(windowWait(cost), bucketWait(cost));
    }

    private long windowWait(long cost) {
        if (!figures.limit().hasWindow() || cost <= figures.most() - used) {
            return 0;
        }
        return cost > figures.most() ? Long.MAX_VALUE : figures.windowMicros() - ageMicros;
    }

    private long bucketWait(long cost) {
        long missing = figures.bucketCharge(cost) - held;
        if (!figures.limit().hasBucket() || missing <= 0) {
            return 0;
        }
        return cost > figures.limit().burst() ? Long.MAX_VALUE : figures.microsToRefill(missing);
    }

    /** Whether a request of this cost would be admitted. */
    boolean admits(long cost) {
        return microsToWait(cost) == 0;
    }

    /** Nanoseconds until a request of this cost could be admitted; {@link Long#MAX_VALUE} if it never can. */
    long nanosToWait(long cost) {
        return nanos(microsToWait(cost));
    }

    /** What is told of it to a request that was denied. */
    LimitStatus denied(long cost) {
        return status(nanosToWait(cost), bucketWait(cost) > windowWait(cost));
    }

    /** What is told of it to a request that was admitted. */
    LimitStatus admitted() {
        return status(0, false);
    }

    private LimitStatus status(long nanosToRetry, boolean burstSpent) {
        RateLimit limit = figures.limit();
        if (!limit.hasWindow()) {
            long toFull = figures.microsToRefill(figures.capacity() - held);
            return new LimitStatus(limit, held / figures.request(), nanos(toFull), nanosToRetry, false);
        }
        long toEnd = used == 0 ? figures.windowMicros() : figures.windowMicros() - ageMicros;
        return new LimitStatus(limit, limit.count() - used, nanos(toEnd), nanosToRetry, burstSpent);
    }

    private static long nanos(long micros) {
        return micros > Long.MAX_VALUE / 1000 ? Long.MAX_VALUE : micros * 1000;
    }
}
