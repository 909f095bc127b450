package dev.keystile.testkit;

import dev.keystile.key.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Two clocks that stand still until a test advances them.
 *
 * <p>The monotonic clock begins below zero, as {@link System#nanoTime()} may. Safe for use by many threads.
 */
public final class ManualTime implements TimeSource {

    private static final long FIRST_NANOS = -30_000_000_007L;

    private final AtomicLong nanos = new AtomicLong(FIRST_NANOS);
    /** What the wall clock showed, or would have shown, when the monotonic clock began. */
    private final AtomicLong firstMillis;

    /** Clocks that begin at noon of 1 March 2026, UTC. */
    public ManualTime() {
        this(Instant.parse("2026-03-01T12:00:00Z"));
    }

    /** Clocks of which the wall clock begins at a moment, taken to the millisecond. */
    public ManualTime(Instant start) {
        this.firstMillis = new AtomicLong(start.toEpochMilli());
    }

    /**
     * Lets time pass on both clocks.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public void advance(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("time does not pass backwards: " + duration);
        }
        nanos.addAndGet(duration.toNanos());
    }

    /** Sets the wall clock, forward or back; the monotonic clock does not notice. */
    public void setWallClock(Instant moment) {
        firstMillis.addAndGet(moment.toEpochMilli() - currentTimeMillis());
    }

    /** What the wall clock shows. */
    public Instant now() {
        return Instant.ofEpochMilli(currentTimeMillis());
    }

    @Override
    public long nanoTime() {
        return nanos.get();
    }

    @Override
    public long currentTimeMillis() {
        return firstMillis.get() + Math.floorDiv(nanos.get() - FIRST_NANOS, 1_000_000L);
    }
}
