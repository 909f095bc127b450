package dev.keystile.redis;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps requests from a Redis that does not answer: after some failures in a row it lets through one request in a while, until
 * one succeeds.
 *
 * <p>The failures have to take some time, for a pause of this process lets all requests that are under way fail at once.
 *
 * <p>Safe for use by many threads; no thread waits for another.
 */
final class Breaker {

    private static final int FAILURES_IN_A_ROW = 5;
    private static final long SHORTEST_ROW_NANOS = 100_000_000;
    private static final long PROBE_INTERVAL_NANOS = 200_000_000;

    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicBoolean open = new AtomicBoolean();
    /** While it is open. */
    private final AtomicLong nextProbeNanos = new AtomicLong();

    private volatile long firstFailureNanos;

    /** Whether a request may be sent. */
    boolean permits(long nowNanos) {
        if (isClosed()) {
            return true;
        }
        long due = nextProbeNanos.get();
        return nowNanos - due >= 0 && nextProbeNanos.compareAndSet(due, nowNanos + PROBE_INTERVAL_NANOS);
    }

    boolean isClosed() {
        return !open.get();
    }

    /** Notes an answer; whether that closed it. */
    boolean succeeded() {
        if (failures.get() > 0) {
            failures.set(0);
        }
        return open.get() && open.compareAndSet(true, false);
    }

    /** Notes a failure; whether that opened it. */
    boolean failed(long nowNanos) {
        int inARow = failures.incrementAndGet();
        if (inARow == 1) {
            firstFailureNanos = nowNanos;
        }
        if (inARow < FAILURES_IN_A_ROW || nowNanos - firstFailureNanos < SHORTEST_ROW_NANOS || open.get()) {
            return false;
        }
        // Before it opens, so that nobody who sees it open sees an older one.
        nextProbeNanos.set(nowNanos + PROBE_INTERVAL_NANOS);
        return open.compareAndSet(false, true);
    }
}
