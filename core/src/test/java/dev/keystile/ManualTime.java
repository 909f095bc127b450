package dev.keystile;

import dev.keystile.key.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Two clocks that stand still until a test advances them; the testkit, which has one for users, knows core. */
public final class ManualTime implements TimeSource {

    public static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    private static final long FIRST_NANOS = -30_000_000_007L;

    private final AtomicLong nanos = new AtomicLong(FIRST_NANOS);
    private final AtomicLong suspendedMillis = new AtomicLong();
    private volatile Runnable onNanoTime = () -> {};

    public void advance(Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }

    /** As while the machine is suspended: the wall clock goes on, or seems to have when it is set afterwards, and it alone. */
    public void suspend(Duration duration) {
        suspendedMillis.addAndGet(duration.toMillis());
    }

    public Instant now() {
        return Instant.ofEpochMilli(currentTimeMillis());
    }

    /** Does something once, the next time the monotonic clock is read: between two steps of what reads it. */
    public void onNextNanoTime(Runnable step) {
        onNanoTime = () -> {
            onNanoTime = () -> {};
            step.run();
        };
    }

    @Override
    public long nanoTime() {
        onNanoTime.run();
        return nanos.get();
    }

    @Override
    public long currentTimeMillis() {
        return START.toEpochMilli() + suspendedMillis.get() + (nanos.get() - FIRST_NANOS) / 1_000_000;
    }
}
