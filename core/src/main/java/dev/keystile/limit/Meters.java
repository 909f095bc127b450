package dev.keystile.limit;

import dev.keystile.key.TimeSource;
import dev.keystile.key.UnavailableException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Meters by what they count for, so many at most. Only those that stand as if never used are dropped, for dropping another would
 * be a refund: when there is no room for a new one, and each time that there are twice as many as were left the last time.
 *
 * <p>Meters of addresses take half of the room at most: one key that is known to many makes as many of them as it is used
 * from addresses, and must not take the room of keys and accounts, of which there are no more than were issued.
 */
final class Meters<K> {

    private static final long SWEEP_INTERVAL_NANOS = 1_000_000_000;
    private static final int MAX_SHARED_RATES = 1000;
    /** Fewer are not worth the look. */
    private static final int LEAST_SWEPT = 1024;

    private final TimeSource time;
    private final int capacity;
    private final String what;
    private final ConcurrentHashMap<K, Meter> meters = new ConcurrentHashMap<>();
    private final AtomicLong ofAddresses = new AtomicLong();
    private final ConcurrentHashMap<RateLimit, Rate> rates = new ConcurrentHashMap<>();
    private final AtomicLong created = new AtomicLong();
    private final AtomicLong nextSweepNanos;
    private volatile long sweptAt = LEAST_SWEPT;

    /** @param what what is counted for, in the plural, for messages */
    Meters(TimeSource time, int capacity, String what) {
        if (capacity < 1) {
            throw new IllegalArgumentException(what + " " + capacity + ": expected 1 or more");
        }
        this.time = time;
        this.capacity = capacity;
        this.what = what;
        this.nextSweepNanos = new AtomicLong(time.nanoTime());
    }

    /** The meter there is; null if there is none. */
    @Nullable Meter find(K key) {
        return meters.get(key);
    }

    /**
     * The meter there is, or a new one.
     *
     * @throws UnavailableException if there is room for no more
     */
    Meter of(K key, RateLimit limit) {
        Meter meter = meters.get(key);
        if (meter != null) {
            return meter;
        }
        boolean ofAddress = limit.per() == PartitionKind.ADDRESS;
        requireRoom(ofAddress);
        return meters.computeIfAbsent(key, it -> {
            if (ofAddress) {
                ofAddresses.incrementAndGet();
            }
            return new Meter(this, created.incrementAndGet(), rate(limit), time.nanoTime());
        });
    }

    /** One for all meters of a limit; past the bound, one for each, for a limiter may be asked about any limit. */
    private Rate rate(RateLimit limit) {
        Rate shared = rates.get(limit);
        if (shared != null) {
            return shared;
        }
        Rate made = new Rate(limit);
        if (rates.size() < MAX_SHARED_RATES) {
            rates.put(limit, made);
        }
        return made;
    }

    private void requireRoom(boolean ofAddress) {
        if (meters.mappingCount() >= sweptAt || isFull() || (ofAddress && isFullOfAddresses())) {
            sweep();
            if (isFull()) {
                throw full(capacity, what);
            }
            if (ofAddress && isFullOfAddresses()) {
                throw full(addressCapacity(), "addresses");
            }
        }
    }

    private boolean isFull() {
        return meters.mappingCount() >= capacity;
    }

    private boolean isFullOfAddresses() {
        return ofAddresses.get() >= addressCapacity();
    }

    /** Half, rounded up. */
    private int addressCapacity() {
        return capacity - capacity / 2;
    }

    private static UnavailableException full(int counts, String what) {
        return new UnavailableException(
                "the limiter counts for " + counts + " " + what + " already, all of them in use");
    }

    /** Drops the meters that stand as if never used, at most once a second. */
    private void sweep() {
        long now = time.nanoTime();
        long due = nextSweepNanos.get();
        if (now - due < 0 || !nextSweepNanos.compareAndSet(due, now + SWEEP_INTERVAL_NANOS)) {
            return;
        }
        meters.forEach((key, meter) -> {
            synchronized (meter) {
                if (meter.isWhole(now)) {
                    meter.drop();
                    if (meters.remove(key, meter) && meter.isOfAddress()) {
                        ofAddresses.decrementAndGet();
                    }
                }
            }
        });
        sweptAt = Math.max(LEAST_SWEPT, 2 * meters.mappingCount());
    }
}
