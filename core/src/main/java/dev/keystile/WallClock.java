package dev.keystile;

import dev.keystile.key.TimeSource;

/**
 * The wall clock at a moment of the monotonic clock, without reading both for each request: it is read anew every 50
 * milliseconds. So what is told lags behind a wall clock that is set by that long at most, and is exact to a millisecond or two
 * otherwise. Fit for telling, not for deciding.
 *
 * <p>Safe for use by many threads.
 */
final class WallClock {

    private static final long NANOS_A_MILLI = 1_000_000;
    private static final long KEPT_NANOS = 50 * NANOS_A_MILLI;

    private final TimeSource time;
    private volatile Reading last;

    private record Reading(long nanoTime, long millis) {}

    WallClock(TimeSource time) {
        this.time = time;
        this.last = read();
    }

    private Reading read() {
        return new Reading(time.nanoTime(), time.currentTimeMillis());
    }

    /**
     * Milliseconds since the UNIX epoch.
     *
     * @param nanoTime what {@link TimeSource#nanoTime()} has just said
     */
    long millisAt(long nanoTime) {
        Reading reading = last;
        long since = nanoTime - reading.nanoTime();
        if (since < 0 || since >= KEPT_NANOS) {
            reading = read();
            last = reading;
            since = 0;
        }
        return reading.millis() + since / NANOS_A_MILLI;
    }
}
