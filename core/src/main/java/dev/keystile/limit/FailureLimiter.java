package dev.keystile.limit;

import dev.keystile.key.TimeSource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;

/**
 * Counts failed authentication by the address it comes from, so that nobody can go on guessing.
 *
 * <p>It is asked before anything is spent on a text that has not proved itself, and told of each failure. Of the failures
 * that are under way at the same time all are admitted, so that the limit can be exceeded by as many as there are threads
 * of requests.
 *
 * <p>There is a fixed number of counts, and each address has one of them, by a hash that nobody outside can foresee. So
 * memory is bounded, no count is ever dropped, and no flood from many addresses makes room for itself; two addresses may
 * share a count, and then they are limited together. Safe for use by many threads; never blocks.
 */
public final class FailureLimiter {

    private final RateLimit limit;
    private final TimeSource time;
    private final int counts;
    private final Meters<Integer> meters;
    private final byte[] seed = new byte[16];

    /**
     * Counts against a limit.
     *
     * @param limit  failures an address may have
     * @param time   the clock by which windows pass
     * @param counts how many counts there are, 1 or more
     */
    public FailureLimiter(RateLimit limit, TimeSource time, int counts) {
        this.limit = limit;
        this.time = time;
        this.counts = counts;
        this.meters = new Meters<>(time, counts, "addresses");
        new SecureRandom().nextBytes(seed);
    }

    /** How long an address must wait until another failure of its is admitted; zero if it need not. */
    public Duration waitOf(String address) {
        Meter meter = meters.find(countOf(address));
        if (meter == null) {
            return Duration.ZERO;
        }
        synchronized (meter) {
            return Duration.ofNanos(meter.nanosToWait(1, time.nanoTime()));
        }
    }

    /** Counts one failure. */
    public void count(String address) {
        // There is room for all of them, so that none is ever dropped.
        Meter meter = meters.of(countOf(address), limit);
        synchronized (meter) {
            long now = time.nanoTime();
            if (meter.nanosToWait(1, now) == 0) {
                meter.consume(1, now);
            }
        }
    }

    private int countOf(String address) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(seed);
            ByteBuffer hash = ByteBuffer.wrap(sha256.digest(address.getBytes(StandardCharsets.UTF_8)));
            return (int) Long.remainderUnsigned(hash.getLong(), counts);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java platform has SHA-256", missing);
        }
    }
}
