package dev.keystile.limit;

import dev.keystile.key.TimeSource;
import java.time.Duration;

/**
 * Counts failed authentication by the address it comes from, so that nobody can go on guessing.
 *
 * <p>It is asked before anything is spent on a text that has not proved itself, and told of each failure. Of the failures
 * that are under way at the same time all are admitted, so that the limit can be exceeded by as many as there are threads
 * of requests. Safe for use by many threads; never blocks.
 */
public final class FailureLimiter {

    private final RateLimit limit;
    private final TimeSource time;
    private final Meters<String> meters;

    /**
     * Counts against a limit.
     *
     * @param limit     failures an address may have
     * @param time      the clock by which windows pass
     * @param addresses how many addresses are counted at most, 1 or more. Only those that could fail as often as if they
     *                  never had are dropped for new ones.
     */
    public FailureLimiter(RateLimit limit, TimeSource time, int addresses) {
        this.limit = limit;
        this.time = time;
        this.meters = new Meters<>(time, addresses, "addresses");
    }

    /**
     * How long an address must wait until another failure of its is admitted; zero if it need not.
     *
     * @throws dev.keystile.key.UnavailableException if it is not counted yet, and so many are that there is no room
     */
    public Duration waitOf(String address) {
        Meter meter = meters.find(address);
        if (meter == null) {
            meters.requireRoom();
            return Duration.ZERO;
        }
        synchronized (meter) {
            return Duration.ofNanos(meter.nanosToWait(1, time.nanoTime()));
        }
    }

    /**
     * Counts one failure.
     *
     * @throws dev.keystile.key.UnavailableException if the address is not counted yet, and there is no room
     */
    public void count(String address) {
        while (true) {
            Meter meter = meters.of(address, limit);
            synchronized (meter) {
                if (meter.isDropped()) {
                    continue;
                }
                long now = time.nanoTime();
                if (meter.nanosToWait(1, now) == 0) {
                    meter.consume(1, now);
                }
                return;
            }
        }
    }
}
