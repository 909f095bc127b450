package dev.keystile.redis;

import dev.keystile.limit.Charge;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.Partition;
import dev.keystile.limit.RateLimitResult;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What is known of counts that denied a request: until they could admit one, nobody has to be asked.
 *
 * <p>It knows what Redis said. Meanwhile other requests can only have taken more, and what time gives back is worked out here,
 * from before Redis was asked, so that nobody is denied here whom Redis would admit. After a minute Redis is asked again in any
 * case, for clocks do not run alike.
 *
 * <p>Memory is bounded; what there is no room for is asked. Safe for use by many threads; never blocks.
 */
final class Denials {

    private static final long LONGEST_NANOS = 60_000_000_000L;
    private static final long SWEEP_INTERVAL_NANOS = 1_000_000_000;

    private final int capacity;
    private final ConcurrentHashMap<Partition, Known> known = new ConcurrentHashMap<>();
    private final AtomicLong nextSweepNanos;

    /**
     * One count that a denied request would have taken from.
     *
     * @param standing      how it stood
     * @param askedNanos    when Redis had not looked yet
     * @param answeredNanos when Redis had looked
     * @param endNanos      when it is no longer of use
     */
    private record Known(Standing standing, long askedNanos, long answeredNanos, long endNanos) {

        Standing since(long fromNanos, long nowNanos) {
            return standing.after(Math.max(0, nowNanos - fromNanos) / 1000);
        }
    }

    Denials(int capacity, long nowNanos) {
        this.capacity = capacity;
        this.nextSweepNanos = new AtomicLong(nowNanos);
    }

    /** What a request that is known to be denied is told; null if Redis has to be asked. */
    @Nullable RateLimitResult answer(List<Charge> charges, long nowNanos) {
        Known[] all = new Known[charges.size()];
        boolean denied = false;
        for (int i = 0; i < all.length; i++) {
            Charge charge = charges.get(i);
            Known count = known.get(charge.partition());
            if (count == null) {
                return null;
            }
            if (nowNanos - count.endNanos() >= 0) {
                known.remove(charge.partition(), count);
                return null;
            }
            all[i] = count;
            denied |= !count.since(count.askedNanos(), nowNanos).admits(charge.cost());
        }
        return denied ? told(charges, all, nowNanos) : null;
    }

    private static RateLimitResult told(List<Charge> charges, Known[] counts, long nowNanos) {
        LimitStatus[] statuses = new LimitStatus[counts.length];
        for (int i = 0; i < counts.length; i++) {
            Known count = counts[i];
            statuses[i] = count.since(count.answeredNanos(), nowNanos)
                    .denied(charges.get(i).cost());
        }
        return new RateLimitResult(false, List.of(statuses));
    }

    /**
     * Notes what Redis said of the counts of a request.
     *
     * @param wait nanoseconds until it could be admitted; 0 if it was
     */
    void note(List<Charge> charges, Standing[] standings, long wait, long askedNanos, long answeredNanos) {
        if (wait == 0 && known.isEmpty()) {
            return;
        }
        boolean room = wait > 0 && hasRoom(charges.size(), answeredNanos);
        long end = askedNanos + Math.min(LONGEST_NANOS, wait);
        for (int i = 0; i < standings.length; i++) {
            Standing standing = standings[i];
            Partition partition = charges.get(i).partition();
            if (room) {
                known.put(partition, new Known(standing, askedNanos, answeredNanos, end));
            } else {
                // Of what is known already, the newest is kept, so that what is told of it is as true as it can be.
                known.computeIfPresent(
                        partition, (same, older) -> new Known(standing, askedNanos, answeredNanos, older.endNanos()));
            }
        }
    }

    private boolean hasRoom(int more, long nowNanos) {
        if (known.mappingCount() + more > capacity) {
            sweep(nowNanos);
        }
        return known.mappingCount() + more <= capacity;
    }

    private void sweep(long nowNanos) {
        long due = nextSweepNanos.get();
        if (nowNanos - due >= 0 && nextSweepNanos.compareAndSet(due, nowNanos + SWEEP_INTERVAL_NANOS)) {
            known.values().removeIf(count -> nowNanos - count.endNanos() >= 0);
        }
    }

    int size() {
        return (int) known.mappingCount();
    }
}
