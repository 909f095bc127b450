package dev.keystile.limit;

import dev.keystile.key.TimeSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link Meter} for each partition, locked for as long as it takes to look at all of a request's. */
final class InMemoryRateLimiter implements RateLimiter {

    private final TimeSource time;
    private final Meters<Partition> meters;

    InMemoryRateLimiter(TimeSource time, int partitions) {
        this.time = time;
        this.meters = new Meters<>(time, partitions, "partitions");
    }

    @Override
    public RateLimitResult tryConsume(List<Charge> charges) {
        return tryConsume(charges, time.nanoTime());
    }

    /** By a clock that was read before the locks were taken: one thread may count at a moment that another has passed. */
    @Override
    public RateLimitResult tryConsume(List<Charge> charges, long nanoTime) {
        while (true) {
            RateLimitResult result =
                    charges.size() == 1 ? consumeOne(charges.get(0), nanoTime) : consumeAll(charges, nanoTime);
            if (result != null) {
                return result;
            }
        }
    }

    /** Null if the meter was dropped while it was looked up. */
    private @Nullable RateLimitResult consumeOne(Charge charge, long now) {
        Meter meter = meter(charge);
        synchronized (meter) {
            if (meter.isDropped()) {
                charge.setLastMeter(null);
                return null;
            }
            long wait = meter.nanosToWait(charge.cost(), now);
            if (wait == 0) {
                meter.consume(charge.cost(), now);
            }
            return RateLimitResult.of(wait == 0, meter.status(now, wait));
        }
    }

    private @Nullable RateLimitResult consumeAll(List<Charge> charges, long now) {
        Meter[] asked = new Meter[charges.size()];
        for (int i = 0; i < asked.length; i++) {
            asked[i] = meter(charges.get(i));
        }
        RateLimitResult result = withLocked(inLockOrder(asked), 0, charges, asked, now);
        if (result == null) {
            charges.forEach(charge -> charge.setLastMeter(null));
        }
        return result;
    }

    /** By number: few as they are, they are sorted by insertion. */
    private static Meter[] inLockOrder(Meter[] meters) {
        Meter[] ordered = meters.clone();
        for (int i = 1; i < ordered.length; i++) {
            Meter meter = ordered[i];
            int at = i;
            while (at > 0 && ordered[at - 1].number() > meter.number()) {
                ordered[at] = ordered[at - 1];
                at--;
            }
            ordered[at] = meter;
        }
        return ordered;
    }

    private @Nullable RateLimitResult withLocked(
            Meter[] ordered, int next, List<Charge> charges, Meter[] asked, long now) {
        if (next == ordered.length) {
            return consumeLocked(charges, asked, now);
        }
        synchronized (ordered[next]) {
            return ordered[next].isDropped() ? null : withLocked(ordered, next + 1, charges, asked, now);
        }
    }

    private RateLimitResult consumeLocked(List<Charge> charges, Meter[] asked, long now) {
        long[] waits = new long[asked.length];
        boolean admitted = true;
        for (int i = 0; i < asked.length; i++) {
            waits[i] = asked[i].nanosToWait(charges.get(i).cost(), now);
            admitted &= waits[i] == 0;
        }
        LimitStatus[] statuses = new LimitStatus[asked.length];
        for (int i = 0; i < asked.length; i++) {
            if (admitted) {
                asked[i].consume(charges.get(i).cost(), now);
            }
            statuses[i] = asked[i].status(now, waits[i]);
        }
        return new RateLimitResult(admitted, List.of(statuses));
    }

    private Meter meter(Charge charge) {
        Meter last = charge.lastMeter();
        if (last != null && last.isOf(meters)) {
            return last;
        }
        Meter found = meters.of(charge.partition(), charge.limit());
        charge.setLastMeter(found);
        return found;
    }

    @Override
    public boolean readsClock(TimeSource clock) {
        return clock.equals(time);
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
