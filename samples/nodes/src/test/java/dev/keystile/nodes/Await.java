package dev.keystile.nodes;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what processes do, but not for ever: a test fails that waits in vain, and says for what. */
final class Await {

    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final long PAUSE_NANOS = 5_000_000;

    private Await() {}

    /**
     * Returns once a condition holds.
     *
     * @param what what is awaited: the end of "waited in vain for …"
     */
    static void until(String what, Callable<Boolean> condition) throws Exception {
        long began = System.nanoTime();
        while (!condition.call()) {
            if (System.nanoTime() - began > LONGEST.toNanos()) {
                throw new AssertionError("waited in vain for " + what);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
