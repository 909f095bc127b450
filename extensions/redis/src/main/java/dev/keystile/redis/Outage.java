package dev.keystile.redis;

import dev.keystile.key.TimeSource;
import dev.keystile.limit.LimiterHealth;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What this node knows of a Redis that is away: whom not to ask, since when, whether requests were refused for it, and what the log
 * was told of it.
 *
 * <p>It begins when a breaker opens, and is over when none is open of those nodes of a cluster that hold slots. Each failure and,
 * now and then, each answer looks at how it stands, and not at what has just changed: what two threads see in another order is put
 * right by the next.
 *
 * <p>Safe for use by many threads; no thread waits for another.
 */
final class Outage {

    private static final int MOST_BREAKERS = 1000;
    /** An outage that comes and goes must not flood the log. */
    private static final long LOG_INTERVAL_NANOS = 10_000_000_000L;

    private static final long LONGEST_TOLD_NANOS = 10_000_000_000L;
    private static final long LOOK_INTERVAL_NANOS = 1_000_000_000;

    private final TimeSource time;
    private final Supplier<Set<String>> nodes;
    private final Logger log;
    /** One for each node of a cluster: what one does not count, others may. */
    private final ConcurrentHashMap<String, Breaker> breakers = new ConcurrentHashMap<>();

    /** Null while it is not known to be away. */
    private final AtomicReference<@Nullable Away> away = new AtomicReference<>();
    /** Whether the log said last that it is away. */
    private final AtomicBoolean toldAway = new AtomicBoolean();

    private final AtomicLong nextLogNanos;
    private final AtomicLong nextLookNanos;
    private volatile long lastFailureNanos;

    /**
     * One outage.
     *
     * @param since    when it was noticed
     * @param refusing whether a limit has denied for it
     */
    private record Away(Instant since, boolean refusing) {}

    /** @param nodes tells the ids of the nodes that count now */
    Outage(TimeSource time, Supplier<Set<String>> nodes, Logger log) {
        this.time = time;
        this.nodes = nodes;
        this.log = log;
        long now = time.nanoTime();
        this.nextLogNanos = new AtomicLong(now);
        this.nextLookNanos = new AtomicLong(now);
    }

    /** What keeps requests from a node. */
    Breaker breakerOf(String node) {
        Breaker breaker = breakers.get(node);
        if (breaker != null) {
            return breaker;
        }
        // Those of nodes that are gone are dropped with an outage; without one, clusters get so many in years at most.
        return breakers.computeIfAbsent(breakers.size() < MOST_BREAKERS ? node : "", it -> new Breaker());
    }

    /** Notes that there was no connection when all began: whoever asks for its health is told so before anybody has failed. */
    void beginsAway(String why) {
        long now = time.nanoTime();
        lastFailureNanos = now;
        nextLogNanos.set(now + LOG_INTERVAL_NANOS);
        away.set(new Away(now(), false));
        log.warn("Redis cannot be reached, and limiter.on-failure holds until it can: {}", why);
        toldAway.set(true);
    }

    private Instant now() {
        return Instant.ofEpochMilli(time.currentTimeMillis());
    }

    /** Notes an answer. */
    void succeeded(Breaker breaker, long nowNanos) {
        if (breaker.succeeded() || (away.get() != null && isDue(nextLookNanos, nowNanos, LOOK_INTERVAL_NANOS))) {
            endUnlessOpen();
        }
    }

    private static boolean isDue(AtomicLong next, long nowNanos, long interval) {
        long due = next.get();
        return nowNanos - due >= 0 && next.compareAndSet(due, nowNanos + interval);
    }

    private void endUnlessOpen() {
        Away before = away.get();
        // After a failover it is another node that counts, and the one that did is never asked again.
        breakers.keySet().retainAll(nodes.get());
        if (breakers.values().stream().allMatch(Breaker::isClosed)) {
            away.compareAndSet(before, null);
            if (toldAway.compareAndSet(true, false)) {
                log.info("limits are counted in Redis again");
            }
        }
    }

    /** Notes a failure; whether requests are kept from the node. */
    boolean failed(Breaker breaker, String why) {
        long now = time.nanoTime();
        lastFailureNanos = now;
        breaker.failed(now);
        if (breaker.isClosed()) {
            return false;
        }
        if (away.get() == null) {
            away.compareAndSet(null, new Away(now(), false));
        }
        if (!toldAway.get() && isDue(nextLogNanos, now, LOG_INTERVAL_NANOS)) {
            log.warn("limits cannot be counted in Redis, and limiter.on-failure holds meanwhile: {}", why);
            toldAway.set(true);
        }
        if (breaker.isClosed()) {
            // Another request was answered meanwhile, and may have looked too early.
            endUnlessOpen();
        }
        return true;
    }

    /** Whether that a request is refused for it would be news: it is one lone failure, or known already, otherwise. */
    boolean wouldBeRefusing(Breaker breaker) {
        Away known = away.get();
        return known != null && !known.refusing() && !breaker.isClosed();
    }

    /** Notes that a limit denied for it. */
    void refuses() {
        Away known = away.get();
        if (known != null && !known.refusing()) {
            away.compareAndSet(known, new Away(known.since(), true));
        }
    }

    /** As {@link RedisRateLimiter#health} tells it. */
    LimiterHealth health() {
        Away known = away.get();
        return known == null || time.nanoTime() - lastFailureNanos >= LONGEST_TOLD_NANOS
                ? LimiterHealth.overNodes()
                : new LimiterHealth(
                        true,
                        known.refusing() ? LimiterHealth.State.REFUSING : LimiterHealth.State.FALLEN_BACK,
                        Optional.of(known.since()));
    }
}
