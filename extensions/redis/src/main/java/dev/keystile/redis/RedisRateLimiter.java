package dev.keystile.redis;

import dev.keystile.key.TimeSource;
import dev.keystile.limit.Charge;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.LimiterHealth;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A limiter over several nodes, which counts in Redis or Valkey.
 *
 * <p>Guarantee: of the requests that all nodes over one Redis present, no limit admits more than {@link RateLimit} says, by the
 * clock of Redis, and a request takes its part of every limit or of none: one script looks at all of them and takes. Rate and
 * burst mean what they mean in memory, to the microsecond. An admitted request costs one round trip; one that is known to be
 * denied costs none, and is denied until it could be admitted.
 *
 * <p>While Redis cannot be asked, what {@link OnFailure} says holds for each limit. Then, in any stretch of time, all nodes
 * together admit no more than
 *
 * <ul>
 *   <li>what the limit by itself admits in that stretch, once, and once more for each time that Redis lost what it counted in it,
 *   <li>and, with {@link OnFailure#LOCAL}, on each node what a limit of the same window, and of count and burst divided by
 *       {@link Builder#nodes}, rounded up, by itself admits in it, however often Redis fails and comes back.
 * </ul>
 *
 * <p>So a full window in Redis and a full share on each node can come together, at most: two limits in one window, where as
 * many nodes run as were told. A cost above the share is answered "could not tell".
 *
 * <p>Waiting is bounded by {@link Builder#timeout}. After five failures in a row, in a tenth of a second or more, Redis is asked
 * five times a second by one request each, until it answers, and all others do not wait. Limits are shared again within 5 seconds
 * of its return.
 *
 * <p>Safe for use by many threads, which share one connection and no lock.
 */
public final class RedisRateLimiter implements RateLimiter {

    private static final Logger LOG = LoggerFactory.getLogger(RedisRateLimiter.class);

    private static final int MOST_FIGURES = 1000;

    private static final int NUMBERS_EACH = 6;

    private final TimeSource time;
    private final Duration timeout;
    private final CountNames names;
    private final long keptMillis;
    private final Makeshift makeshift;
    private final Denials denials;
    private final RedisLink link;
    private final ConcurrentHashMap<RateLimit, Figures> figures = new ConcurrentHashMap<>();
    private final Outage outage;

    private final LongAdder counted = new LongAdder();
    private final LongAdder knownDenied = new LongAdder();
    private final LongAdder madeShift = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private volatile @Nullable String lastFailure;

    RedisRateLimiter(
            TimeSource time,
            Duration timeout,
            CountNames names,
            Duration kept,
            Makeshift makeshift,
            int denials,
            RedisLink link) {
        this.time = time;
        this.timeout = timeout;
        this.names = names;
        this.keptMillis = kept.toMillis();
        this.makeshift = makeshift;
        this.denials = new Denials(denials, time.nanoTime());
        this.link = link;
        this.outage = new Outage(time, link::nodes, LOG);
        RedisFailure failure = link.firstFailure();
        if (failure != null) {
            lastFailure = failure.getMessage();
            outage.beginsAway(failure.getMessage());
        }
    }

    /**
     * What opens one.
     *
     * @param url where Redis is: {@code redis://<host>[:<port>][/<database>]}, {@code rediss://…} for TLS, {@code
     *            redis-sentinel://<host>,<host>/<database>#<master>}, {@code rediss-sentinel://…} for TLS; for a cluster, some of its nodes, separated by commas
     */
    public static Builder builder(String url) {
        return builder(new RedisSettings(url));
    }

    static Builder builder(RedisSettings redis) {
        return new Builder(redis);
    }

    @Override
    public RateLimitResult tryConsume(List<Charge> charges) {
        long now = time.nanoTime();
        RateLimitResult known = denials.answer(charges, now);
        if (known != null) {
            knownDenied.increment();
            return known;
        }
        Figures[] all = new Figures[charges.size()];
        RedisLink.Call call = call(charges, all);
        Breaker breaker = outage.breakerOf(link.nodeOf(call.firstKey()));
        if (!breaker.permits(now)) {
            return makeShift(charges, breaker);
        }
        List<Long> told;
        try {
            told = link.run(call, timeout);
        } catch (RedisFailure failure) {
            failed(breaker, failure);
            return makeShift(charges, breaker);
        }
        outage.succeeded(breaker, now);
        counted.increment();
        return result(charges, all, told, now);
    }

    private RateLimitResult makeShift(List<Charge> charges, Breaker breaker) {
        madeShift.increment();
        if (outage.wouldBeRefusing(breaker) && makeshift.denies(charges)) {
            outage.refuses();
        }
        return makeshift.answer(charges, String.valueOf(lastFailure));
    }

    private RedisLink.Call call(List<Charge> charges, Figures[] all) {
        byte[][] keys = new byte[all.length][];
        long[] numbers = new long[1 + NUMBERS_EACH * all.length];
        int next = 0;
        numbers[next++] = keptMillis;
        for (int i = 0; i < all.length; i++) {
            Charge charge = charges.get(i);
            Figures of = figuresOf(charge.limit());
            all[i] = of;
            keys[i] = names.of(charge);
            numbers[next++] = of.windowCharge(charge.cost());
            numbers[next++] = of.most();
            numbers[next++] = of.windowMicros();
            numbers[next++] = of.capacity();
            numbers[next++] = of.refill();
            numbers[next++] = of.bucketCharge(charge.cost());
        }
        return new RedisLink.Call(keys, numbers);
    }

    /** One for all charges of a limit; past the bound, one for each, for a limiter may be asked about any limit. */
    private Figures figuresOf(RateLimit limit) {
        Figures shared = figures.get(limit);
        if (shared != null) {
            return shared;
        }
        Figures made = Figures.of(limit);
        if (figures.size() < MOST_FIGURES) {
            figures.put(limit, made);
        }
        return made;
    }

    private RateLimitResult result(List<Charge> charges, Figures[] all, List<Long> told, long askedNanos) {
        boolean admitted = told.get(0) == 1;
        Standing[] standings = new Standing[all.length];
        LimitStatus[] statuses = new LimitStatus[all.length];
        long wait = 0;
        for (int i = 0; i < all.length; i++) {
            Standing standing = new Standing(all[i], told.get(3 * i + 1), told.get(3 * i + 2), told.get(3 * i + 3));
            standings[i] = standing;
            statuses[i] = admitted
                    ? standing.admitted()
                    : standing.denied(charges.get(i).cost());
            wait = Math.max(wait, statuses[i].nanosToRetry());
        }
        denials.note(charges, standings, wait, askedNanos, time.nanoTime());
        return new RateLimitResult(admitted, List.of(statuses));
    }

    private void failed(Breaker breaker, RedisFailure failure) {
        failures.increment();
        String why = failure.getMessage();
        lastFailure = why;
        if (outage.failed(breaker, why) && failure.isOfConnection()) {
            // Connections that break are made again by themselves; one that hangs might do so for a quarter of an hour.
            link.renew();
        }
    }

    /**
     * {@inheritDoc} While Redis is known to be away it has fallen back; it is refusing once {@link OnFailure#DENY} refused a
     * request meanwhile. Where nobody has asked for 10 seconds it is not known any more: the next request finds out.
     */
    @Override
    public LimiterHealth health() {
        return outage.health();
    }

    /** What it has done so far. {@link #health} tells how it stands. */
    public LimiterStatus status() {
        return new LimiterStatus(
                Optional.ofNullable(lastFailure), failures.sum(), counted.sum(), knownDenied.sum(), madeShift.sum());
    }

    /** {@inheritDoc} Redis counts what doubles hold exactly, by a clock of microseconds. */
    @Override
    public List<String> problems(Collection<RateLimit> limits) {
        return problems(limits, makeshift.byLimit().keySet());
    }

    static List<String> problems(Collection<RateLimit> limits, Collection<String> named) {
        List<String> problems = new ArrayList<>();
        // What keys of an environment are held to has figures of its own.
        limits.stream()
                .flatMap(limit ->
                        Stream.concat(Stream.of(limit), limit.shares().stream().map(limit::in)))
                .forEach(limit -> Figures.problem(limit).ifPresent(problems::add));
        List<String> known =
                limits.stream().map(RateLimit::name).distinct().sorted().toList();
        named.stream()
                .filter(name -> !known.contains(name))
                .sorted()
                .forEach(name -> problems.add(
                        "limiter.on-failure names the limit '" + name + "', which is not among the limits " + known));
        return problems;
    }

    @Override
    public boolean mayBlock() {
        return true;
    }

    /** Ends the connection and its threads. */
    @Override
    public void close() {
        link.close();
    }

    /**
     * What opens a limiter. An option that is set twice is an error. Not for use by several threads at the same time.
     */
    public static final class Builder {

        private static final int MOST_DENIALS = 100_000;
        /** For clocks of Redis and its replicas that differ. */
        private static final Duration KEPT = Duration.ofSeconds(5);

        private static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(10);

        private final RedisSettings redis;
        private Duration timeout = Duration.ofMillis(50);
        private int nodes = 2;
        private OnFailure onFailure = OnFailure.LOCAL;
        private final Map<String, OnFailure> onFailureOf = new LinkedHashMap<>();
        private int partitions = 1_000_000;
        private TimeSource time = TimeSource.system();
        private Script script = Script.take();
        private Duration kept = KEPT;
        private int denials = MOST_DENIALS;

        private Builder(RedisSettings redis) {
            this.redis = redis;
        }

        /** The user of Redis; the default one unless set. */
        public Builder user(String name) {
            redis.user(name);
            return this;
        }

        /** The user's password; none unless set. */
        public Builder password(String secret) {
            redis.password(secret);
            return this;
        }

        /** That the URL names nodes of a cluster. */
        public Builder cluster() {
            redis.cluster();
            return this;
        }

        /**
         * How long a request waits for Redis at most, 1 ms to 10 s; 50 ms unless set.
         *
         * @throws IllegalArgumentException if it is shorter or longer, or set twice
         */
        public Builder timeout(Duration longest) {
            redis.once("timeout");
            if (longest.compareTo(Duration.ofMillis(1)) < 0 || longest.compareTo(LONGEST_TIMEOUT) > 0) {
                throw new IllegalArgumentException("timeout " + longest + ": expected 1 ms to 10 s");
            }
            this.timeout = longest;
            return this;
        }

        /**
         * How many nodes share the limits, 1 or more: what {@link OnFailure#LOCAL} divides by; 2 unless set.
         *
         * @throws IllegalArgumentException if it is less, or set twice
         */
        public Builder nodes(int expected) {
            redis.once("nodes");
            if (expected < 1) {
                throw new IllegalArgumentException("nodes " + expected + ": expected 1 or more");
            }
            this.nodes = expected;
            return this;
        }

        /** What holds for limits of which nothing else is said, while Redis cannot be asked; {@link OnFailure#LOCAL} unless set. */
        public Builder onFailure(OnFailure otherwise) {
            redis.once("onFailure");
            this.onFailure = otherwise;
            return this;
        }

        /** What holds for the limits of a name while Redis cannot be asked. */
        public Builder onFailure(String limit, OnFailure mode) {
            redis.once("onFailure of limit '" + limit + "'");
            this.onFailureOf.put(limit, mode);
            return this;
        }

        /**
         * What all keys in Redis begin with, up to 64 characters without braces; {@code keystile:} unless set.
         *
         * @throws IllegalArgumentException if it is longer or has any, or is set twice
         */
        public Builder keyPrefix(String beginning) {
            redis.keyPrefix(beginning);
            return this;
        }

        /**
         * How many counts this node keeps at most while Redis cannot be asked, 1 or more; 1,000,000 unless set.
         *
         * @throws IllegalArgumentException if it is less, or set twice
         */
        public Builder partitions(int most) {
            redis.once("partitions");
            if (most < 1) {
                throw new IllegalArgumentException("partitions " + most + ": expected 1 or more");
            }
            this.partitions = most;
            return this;
        }

        /** The clock of this node, by which it waits and counts its shares; that of the machine unless set. */
        public Builder time(TimeSource clock) {
            redis.once("time");
            this.time = clock;
            return this;
        }

        /** For tests: another script, and for how long Redis keeps a count longer than it needs to. */
        Builder script(Script other, Duration keptLonger) {
            this.script = other;
            this.kept = keptLonger;
            return this;
        }

        /** For tests: of how many counts it keeps in mind that they denied. */
        Builder denials(int most) {
            this.denials = most;
            return this;
        }

        /**
         * Opens it, and connects. A Redis that is not there keeps nobody from starting: what {@link OnFailure} says holds until
         * it is.
         *
         * @throws IllegalArgumentException if the URL cannot be read, there is a user without a password, or Redis refuses them
         */
        public RedisRateLimiter open() {
            Makeshift makeshift =
                    new Makeshift(onFailure, Map.copyOf(onFailureOf), nodes, RateLimiter.inMemory(time, partitions));
            RedisLink opened = RedisLink.open(redis.uris(), redis.isCluster(), script);
            try {
                requireLetIn(opened.firstFailure());
                return new RedisRateLimiter(
                        time, timeout, new CountNames(redis.prefix()), kept, makeshift, denials, opened);
            } catch (RuntimeException | Error failure) {
                opened.close();
                throw failure;
            }
        }

        private static void requireLetIn(@Nullable RedisFailure failure) {
            if (failure != null && failure.refusal().isPresent()) {
                throw new IllegalArgumentException("Redis refuses redis.user and redis.password, or what they may do: "
                        + failure.refusal().get());
            }
        }
    }
}
