package dev.keystile.limit;

import dev.keystile.key.TimeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link Meter} for each partition, locked for as long as it takes to look at all of a request's. */
final class InMemoryRateLimiter implements RateLimiter {

    private static final Comparator<Meter> LOCK_ORDER = Comparator.comparingLong(Meter::number);

    private final TimeSource time;
    private final Meters<Partition> meters;

    InMemoryRateLimiter(TimeSource time, int partitions) {
        this.time = time;
        this.meters = new Meters<>(time, partitions, "partitions");
    }

    @Override
    public RateLimitResult tryConsume(List<Charge> charges) {
        while (true) {
            RateLimitResult result = charges.size() == 1 ? consumeOne(charges.get(0)) : consumeAll(charges);
            if (result != null) {
                return result;
            }
        }
    }

    /** Null if the meter was dropped while it was looked up. */
    private @Nullable RateLimitResult consumeOne(Charge charge) {
        Meter meter = meter(charge);
        synchronized (meter) {
            if (meter.isDropped()) {
                return null;
            }
            long now = time.nanoTime();
            long wait = meter.nanosToWait(charge.cost(), now);
            if (wait == 0) {
                meter.consume(charge.cost(), now);
            }
            return new RateLimitResult(wait == 0, List.of(meter.status(now, wait)));
        }
    }

    private @Nullable RateLimitResult consumeAll(List<Charge> charges) {
        Meter[] asked = new Meter[charges.size()];
        for (int i = 0; i < asked.length; i++) {
            asked[i] = meter(charges.get(i));
        }
        Meter[] ordered = asked.clone();
        Arrays.sort(ordered, LOCK_ORDER);
        return withLocked(ordered, 0, charges, asked);
    }

    private @Nullable RateLimitResult withLocked(Meter[] ordered, int next, List<Charge> charges, Meter[] asked) {
        if (next == ordered.length) {
            return consumeLocked(charges, asked);
        }
        synchronized (ordered[next]) {
            return ordered[next].isDropped() ? null : withLocked(ordered, next + 1, charges, asked);
        }
    }

    private RateLimitResult consumeLocked(List<Charge> charges, Meter[] asked) {
        long now = time.nanoTime();
        long[] waits = new long[asked.length];
        boolean admitted = true;
        for (int i = 0; i < asked.length; i++) {
            waits[i] = asked[i].nanosToWait(charges.get(i).cost(), now);
            admitted &= waits[i] == 0;
        }
        List<LimitStatus> statuses = new ArrayList<>(asked.length);
        for (int i = 0; i < asked.length; i++) {
            if (admitted) {
                asked[i].consume(charges.get(i).cost(), now);
            }
            statuses.add(asked[i].status(now, waits[i]));
        }
        return new RateLimitResult(admitted, statuses);
    }

    private Meter meter(Charge charge) {
        return meters.of(charge.partition(), charge.limit());
    }

    @Override
    public boolean mayBlock() {
        return false;
    }

    @Override
    public void close() {
        // Nothing is held but memory.
    }
}
