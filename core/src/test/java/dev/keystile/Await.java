package dev.keystile;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what other threads do, but not for ever: a test fails that waits in vain, and says for what. */
public final class Await {

    /** More than anything takes on a busy machine, and less than any test has. */
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private static final long PAUSE_NANOS = 100_000;

    private Await() {}

    /**
     * Returns once a condition holds.
     *
     * @param what what is awaited: the end of "waited in vain for …"
     */
    public static void until(String what, BooleanSupplier condition) {
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - began > LONGEST.toNanos()) {
                throw inVain(what);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /**
     * Returns once a latch is open.
     *
     * @param what what opens it: the end of "waited in vain for …"
     */
    public static void open(String what, CountDownLatch latch) {
        try {
            if (!latch.await(LONGEST.toNanos(), TimeUnit.NANOSECONDS)) {
                throw inVain(what);
            }
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException("interrupted while waiting for " + what, interrupted);
        }
    }

    private static AssertionError inVain(String what) {
        return new AssertionError("waited in vain for " + what + ", for " + LONGEST.toSeconds() + " seconds");
    }
}
