package dev.keystile.key;

/**
 * The two clocks a decision reads. Tests inject one that they advance by hand.
 *
 * <p>Implementations are safe for use by many threads.
 */
public interface TimeSource {

    /**
     * Monotonic time in nanoseconds from an arbitrary origin, as {@link System#nanoTime()}; only differences mean
     * anything. Leases and limits count by it, so that a wall clock set back or forward changes neither; that one has gone
     * on alone, as while a machine is suspended, ends a lease.
     */
    long nanoTime();

    /** Wall-clock time in milliseconds since the UNIX epoch; expiry and {@code Reset} headers are told by it. */
    long currentTimeMillis();

    /** The clocks of the machine. */
    static TimeSource system() {
        return SystemTimeSource.INSTANCE;
    }
}
