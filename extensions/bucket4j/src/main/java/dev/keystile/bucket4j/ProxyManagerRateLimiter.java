package dev.keystile.bucket4j;

import dev.keystile.key.TimeSource;
import dev.keystile.key.UnavailableException;
import dev.keystile.limit.Charge;
import dev.keystile.limit.LimiterHealth;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A limiter over several nodes, which counts in any store that bucket4j has a {@link ProxyManager} for.
 *
 * <p>Guarantee: of all requests that nodes over one store present, no limit admits more than
 * {@link dev.keystile.limit.RateLimit} says, whatever happens between two commands and wherever a node or the way to the store
 * fails. A store must do for it what is listed below.
 * What is told of a limit is exact. Windows and buckets are those of the limiter in memory, and a changed plan is a new count
 * as there. Where it differs:
 *
 * <ul>
 *   <li>A request that several limits count takes from one after the other, those without a burst first. If one turns out to
 *       be spent by another request since it was looked at, windows get back what was taken. Buckets do not, for time may
 *       have refilled them already; and a window that was begun so has begun.
 *   <li>If the store fails in between, what was taken stays taken.
 *   <li>A window that ends between the look and the taking has the request counted in it still, as it would have been had it
 *       been faster. The next window begins with the request after.
 * </ul>
 *
 * <p>What store and proxy manager must do:
 *
 * <ul>
 *   <li>Keep what they are given: a bucket that is dropped before it stands as if never used is a refund. So expire by
 *       {@code basedOnTimeForRefillingBucketUpToMax}, with some seconds for clocks that differ, or not at all; never after a
 *       fixed time. A window is kept an hour longer than it lasts. A store that makes room under pressure refunds what it
 *       drops: run Redis with {@code maxmemory-policy noeviction}, which answers 503 instead.
 *   <li>Answer in bounded time: set {@code requestTimeout}. Each limit of a request costs two commands at most, one if the
 *       request is refused, and more only where other requests were faster. Over a database, connection pool, sockets and
 *       statements need bounds of their own.
 *   <li>Read clocks that agree. Where bucket4j reads the clock of the node, as in Redis and databases, a node that is ahead by a
 *       second ends windows a second early.
 *   <li>Not be made backward compatible with bucket4j before 8.1.
 *   <li>Heed {@code withOptimization} when they build a bucket, as those of bucket4j do: commands are sent through what an
 *       optimization is given. One that does not is refused at the start.
 * </ul>
 *
 * <p>Safe for use by many threads.
 */
public final class ProxyManagerRateLimiter implements RateLimiter {

    private static final int MOST_ATTEMPTS = 5;

    /** For how long a failure is told that no request has followed: a node that gets none for it would tell it for ever. */
    private static final Duration LONGEST_TOLD = Duration.ofSeconds(10);

    private final ProxyManager<String> buckets;
    private final TimeSource time;
    /** Null while the store answers. */
    private volatile @Nullable Failing failing;

    private record Failing(Instant since, long lastNanos) {}

    private ProxyManagerRateLimiter(ProxyManager<String> buckets, TimeSource time) {
        this.buckets = buckets;
        this.time = time;
    }

    /**
     * A limiter over the store of a proxy manager, which stays the caller's to close.
     *
     * @param buckets by the text that names a count, such as {@code key:18:starter 60/PT1M 10:4mVfR2xkQ8sT}, for this limiter
     *                alone. Where keys are of another type, {@link ProxyManager#withMapper} makes them: of bytes by
     *                {@code withMapper(text -> text.getBytes(UTF_8))}. No two texts may become one key
     * @throws IllegalArgumentException if its builder leaves out what {@code withOptimization} was given
     */
    public static ProxyManagerRateLimiter over(ProxyManager<String> buckets) {
        return over(buckets, TimeSource.system());
    }

    /** As {@link #over(ProxyManager)}, with the clock by which {@link #health} tells since when it fails. */
    static ProxyManagerRateLimiter over(ProxyManager<String> buckets, TimeSource time) {
        StoredCount.requireCommands(buckets);
        return new ProxyManagerRateLimiter(buckets, time);
    }

    @Override
    public RateLimitResult tryConsume(List<Charge> charges) {
        try {
            for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
                RateLimitResult result = tryOnce(charges);
                if (failing != null) {
                    failing = null;
                }
                if (result != null) {
                    return result;
                }
            }
        } catch (RuntimeException failure) {
            fail();
            throw new UnavailableException("the store of the limiter could not be asked", failure);
        }
        throw new UnavailableException("windows end faster than the store of the limiter answers");
    }

    private void fail() {
        Failing earlier = failing;
        Instant since = earlier == null ? Instant.ofEpochMilli(time.currentTimeMillis()) : earlier.since();
        failing = new Failing(since, time.nanoTime());
    }

    /** Refusing from the first request that its store fails until the first that it answers, or that nobody has made for 10 s. */
    @Override
    public LimiterHealth health() {
        Failing now = failing;
        return now == null || time.nanoTime() - now.lastNanos() >= LONGEST_TOLD.toNanos()
                ? LimiterHealth.overNodes()
                : new LimiterHealth(true, LimiterHealth.State.REFUSING, Optional.of(now.since()));
    }

    /** Null if a window that had nothing left has ended meanwhile, so that it is worth another look. */
    private @Nullable RateLimitResult tryOnce(List<Charge> charges) {
        List<StoredCount> counts =
                charges.stream().map(charge -> new StoredCount(buckets, charge)).toList();
        // A bucket alone can be taken from unseen: nothing begins, and nothing would have to be given back.
        boolean unseen = counts.size() == 1 && !charges.get(0).limit().hasWindow();
        if (!unseen || !counts.get(0).admits()) {
            counts.forEach(StoredCount::look);
        }
        if (!counts.stream().allMatch(StoredCount::admits)) {
            return result(false, counts);
        }
        List<StoredCount> ordered = counts.stream().sorted(StoredCount.ORDER).toList();
        for (int i = 0; i < ordered.size(); i++) {
            if (!ordered.get(i).take()) {
                ordered.subList(0, i).forEach(StoredCount::giveBack);
                return ordered.get(i).admits() ? null : result(false, counts);
            }
        }
        return result(true, counts);
    }

    private static RateLimitResult result(boolean admitted, List<StoredCount> counts) {
        return new RateLimitResult(
                admitted, counts.stream().map(count -> count.status(admitted)).toList());
    }

    @Override
    public boolean mayBlock() {
        return true;
    }

    /** Without effect: whoever opened the store closes it. */
    @Override
    public void close() {}
}
