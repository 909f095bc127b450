package dev.keystile.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.limit.Charge;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import dev.keystile.testkit.ManualTime;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Nodes over one Redis, by its own clock: what they admit together, what that costs, and what is left in Redis. */
final class SharedLimitsTest {

    private static final int THREADS = 8;
    private static final RateLimit WINDOW = RateLimit.perDay(300).named("window");
    private static final RateLimit BOTH =
            RateLimit.perDay(400).burst(200).named("both").per(PartitionKind.ACCOUNT);
    private static final RateLimit VISITOR =
            RateLimit.perDay(280).named("visitor").per(PartitionKind.ADDRESS);
    private static final RateLimit BUCKET = RateLimit.perDay(1).burst(250).named("bucket");

    private static RedisProcess redis;
    private static RedisProcess cluster;
    private static RedisCommands<String, String> commands;

    @BeforeAll
    static void start() {
        redis = new RedisProcess();
        commands = redis.commands();
        cluster = new RedisProcess("--cluster-enabled", "yes");
        RedisCommands<String, String> ofCluster = cluster.commands();
        ofCluster.clusterAddSlots(IntStream.range(0, SlotHash.SLOT_COUNT).toArray());
        while (!ofCluster.clusterInfo().contains("cluster_state:ok")) {
            Thread.onSpinWait();
        }
    }

    @AfterAll
    static void stop() {
        redis.close();
        cluster.close();
    }

    @BeforeEach
    void clear() {
        commands.flushall();
    }

    private static RedisRateLimiter.Builder node() {
        return RedisRateLimiter.builder(redis.url())
                .timeout(Duration.ofSeconds(10))
                .onFailure(OnFailure.DENY);
    }

    private static List<Charge> charges(RateLimit... limits) {
        return Stream.of(limits)
                .map(limit -> Charge.of(limit, "keyOne123456", "live:acme", 1).from("192.0.2.1"))
                .toList();
    }

    static Stream<Arguments> limitsOfNodes() {
        return Stream.of(
                argumentSet("window", new RateLimit[] {WINDOW}, 300),
                argumentSet("window and bucket", new RateLimit[] {BOTH}, 200),
                argumentSet("bucket", new RateLimit[] {BUCKET}, 250),
                argumentSet("of an address", new RateLimit[] {VISITOR}, 280),
                argumentSet("several", new RateLimit[] {BUCKET, WINDOW, VISITOR, BOTH}, 200));
    }

    /** One of the clocks is an hour ahead, and nobody asks it. */
    @ParameterizedTest
    @MethodSource("limitsOfNodes")
    void nodes_underConcurrency_admitWhatOneDoes(RateLimit[] limits, int expected) throws Exception {
        ManualTime ahead = new ManualTime(Instant.now().plus(Duration.ofHours(1)));
        ahead.advance(Duration.ofHours(1));
        try (RateLimiter one = node().open();
                RateLimiter other = node().time(ahead).open();
                RateLimiter third = node().time(new ManualTime()).open()) {
            assertThat(admittedToManyThreads(List.of(one, other, third), charges(limits)))
                    .isEqualTo(expected);
        }
    }

    private static int admittedToManyThreads(List<RateLimiter> nodes, List<Charge> charges) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Integer>> counts = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                RateLimiter node = nodes.get(thread % nodes.size());
                counts.add(pool.submit(() -> {
                    start.await();
                    int admitted = 0;
                    for (int i = 0; i < 120; i++) {
                        RateLimitResult result = node.tryConsume(charges);
                        assertThat(result.isMakeshift()).isFalse();
                        admitted += result.admitted() ? 1 : 0;
                    }
                    return admitted;
                }));
            }
            int admitted = 0;
            for (Future<Integer> count : counts) {
                admitted += count.get();
            }
            return admitted;
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void admittedRequest_costsOneRoundTrip_andOneKnownToBeDenied_none() {
        RateLimit ten = RateLimit.perDay(10).named("ten").per(PartitionKind.ACCOUNT);
        try (RedisRateLimiter limiter = node().open();
                RedisRateLimiter other = node().open()) {
            limiter.tryConsume(charges(WINDOW));
            long before = redis.evaluations(commands);
            List<Charge> charges = charges(WINDOW, BOTH, ten);

            for (int i = 0; i < 10; i++) {
                assertThat(limiter.tryConsume(charges).admitted()).isTrue();
            }
            assertThat(redis.evaluations(commands) - before).isEqualTo(10);

            for (int i = 0; i < 1000; i++) {
                RateLimitResult denied = limiter.tryConsume(charges);
                assertThat(denied.admitted()).isFalse();
                assertThat(denied.decisive().limit()).isEqualTo(ten);
                assertThat(denied.decisive().remaining()).isZero();
                assertThat(denied.retryAfter()).isBetween(Duration.ofHours(23), Duration.ofDays(1));
            }
            assertThat(redis.evaluations(commands) - before)
                    .as("the first denial was asked for")
                    .isEqualTo(11);
            assertThat(limiter.tryConsume(charges(WINDOW, BOTH)).admitted())
                    .as("without the limit that is spent")
                    .isTrue();
            assertThat(other.tryConsume(charges).admitted()).isFalse();
            assertThat(limiter.status()).isEqualTo(new LimiterStatus(Optional.empty(), 0, 13, 999, 0));
        }
    }

    @Test
    void keyThatWasDenied_isAskedForAgain_whenItCouldBeAdmitted() {
        ManualTime time = new ManualTime();
        RateLimit limit = RateLimit.perMinute(60).burst(10).named("starter");
        try (TestClock limiter = new TestClock(time, redis)) {
            while (limiter.tryConsume(charges(limit)).admitted()) {
                // Until the bucket is empty.
            }
            long asked = redis.evaluations(commands);
            time.advance(Duration.ofMillis(999));
            assertThat(limiter.tryConsume(charges(limit)).retryAfter()).isEqualTo(Duration.ofMillis(1));
            assertThat(redis.evaluations(commands)).isEqualTo(asked);
            time.advance(Duration.ofMillis(1));
            assertThat(limiter.tryConsume(charges(limit)).admitted()).isTrue();
            assertThat(redis.evaluations(commands)).isEqualTo(asked + 1);
        }
    }

    /** What is known is not trusted for ever: a count may have been dropped, and clocks do not run alike. */
    @Test
    void keyThatWasDenied_isAskedForAfterAMinute_howeverLongItHasToWait() {
        ManualTime time = new ManualTime();
        RateLimit limit = RateLimit.perDay(1).named("day");
        try (TestClock limiter = new TestClock(time, redis)) {
            assertThat(limiter.tryConsume(charges(limit)).admitted()).isTrue();
            assertThat(limiter.tryConsume(charges(limit)).admitted()).isFalse();
            commands.flushall();
            time.advance(Duration.ofSeconds(59));
            assertThat(limiter.tryConsume(charges(limit)).admitted()).isFalse();
            time.advance(Duration.ofSeconds(1));
            assertThat(limiter.tryConsume(charges(limit)).admitted()).isTrue();
        }
    }

    /** What a smaller cost leaves, a larger one does not take away. */
    @Test
    void denialOfALargeCost_keepsNoSmallOneWaiting() {
        try (RateLimiter limiter = node().open()) {
            List<Charge> large = List.of(Charge.of(WINDOW, "keyOne123456", "live:acme", 250));
            assertThat(limiter.tryConsume(large).admitted()).isTrue();
            assertThat(limiter.tryConsume(large).admitted()).isFalse();
            assertThat(admittedOneByOne(limiter, charges(WINDOW))).isEqualTo(50);
        }
    }

    private static int admittedOneByOne(RateLimiter limiter, List<Charge> charges) {
        int admitted = 0;
        while (limiter.tryConsume(charges).admitted()) {
            admitted++;
        }
        return admitted;
    }

    /** An hour back: what was counted stays counted, and nobody waits for the hour to pass again. */
    @Test
    void clockOfRedisSetBack_refundsNothing_andGoesOn() {
        RateLimit window = RateLimit.perMinute(60).named("window");
        RateLimit bucket = RateLimit.perMinute(60).burst(100).named("bucket");
        ManualTime time = new ManualTime();
        try (TestClock clock = new TestClock(time, redis, 0);
                RateLimiter limiter =
                        TestClock.builder(redis, OnFailure.DENY).denials(0).open()) {
            assertThat(admittedOneByOne(limiter, charges(window))).isEqualTo(60);
            assertThat(admittedOneByOne(limiter, charges(bucket))).isEqualTo(100);
            long anHourAgo = -Duration.ofHours(1).toMillis() * 1000;
            clock.setMicros(anHourAgo);
            assertThat(limiter.tryConsume(charges(window)).retryAfter()).isEqualTo(Duration.ofMinutes(1));
            assertThat(limiter.tryConsume(charges(bucket)).retryAfter()).isEqualTo(Duration.ofSeconds(1));
            clock.setMicros(anHourAgo + 59_999_999);
            assertThat(limiter.tryConsume(charges(window)).admitted()).isFalse();
            assertThat(admittedOneByOne(limiter, charges(bucket))).isEqualTo(59);
            clock.setMicros(anHourAgo + 60_000_000);
            assertThat(admittedOneByOne(limiter, charges(window))).isEqualTo(60);
        }
    }

    @ParameterizedTest
    @MethodSource("limitsOfNodes")
    void cluster_takesAllPartitionsOfARequestAtOnce(RateLimit[] limits, int expected) throws Exception {
        cluster.commands().flushall();
        RedisRateLimiter.Builder builder = RedisRateLimiter.builder(cluster.url())
                .cluster()
                .timeout(Duration.ofSeconds(10))
                .onFailure(OnFailure.DENY);
        try (RateLimiter one = builder.open();
                RateLimiter other = builder.open()) {
            assertThat(admittedToManyThreads(List.of(one, other), charges(limits)))
                    .isEqualTo(expected);
        }
    }

    private static final CountNames NAMES = new CountNames("keystile:");

    @Test
    void names_ofAnAccount_areInOneSlot_andNoTwoCountsHaveOne() {
        Set<String> names = new HashSet<>();
        Set<List<Object>> counts = new HashSet<>();
        for (String account : List.of("live:a", "live:a}", "live:a}1:key:", "{", "5", "ä:ö", "x".repeat(5000))) {
            Set<Integer> slots = new HashSet<>();
            for (PartitionKind kind : PartitionKind.values()) {
                for (String id : List.of("", "a", ":a", "=a", "+a", "6:live:a:", account, "y".repeat(1000))) {
                    Charge charge = charge(kind, id, account).from(id);
                    byte[] name = NAMES.of(charge);
                    assertThat(name.length).isLessThan(1000);
                    names.add(new String(name, UTF_8));
                    counts.add(List.of(account, charge.partition()));
                    slots.add(SlotHash.getSlot(name));
                }
            }
            assertThat(slots).as("slots of %s", account).hasSize(1);
        }
        assertThat(names).hasSameSizeAs(counts);
    }

    /** A value that goes on as names do, and an account that is what the name of a count begins with. */
    @Test
    void accountThatReadsLikeACountOfAnother_hasCountsOfItsOwn() {
        String rest = ":attribute:18:window 300/PT24H 0+app=";
        String account = "live:a}6" + rest + "x";
        Charge others = charge(PartitionKind.ATTRIBUTE, "x}" + account.length() + rest + "y", "live:a");
        Charge own = charge(PartitionKind.ATTRIBUTE, "y", account);
        assertThat(NAMES.of(own)).isNotEqualTo(NAMES.of(others));
    }

    /** Of a key whose attribute reads like its id. */
    private static Charge charge(PartitionKind kind, String id, String account) {
        RateLimit limit = kind == PartitionKind.ATTRIBUTE ? WINDOW.perAttribute("app") : WINDOW.per(kind);
        return Charge.of(limit, id, account, Map.of("app", id), 1);
    }

    private static String name(PartitionKind kind) {
        return new String(NAMES.of(charge(kind, "4mVfR2xkQ8sT", "live:acme").from("192.0.2.1")), UTF_8);
    }

    @Test
    void names_areReadable() {
        assertThat(Stream.of(PartitionKind.values()).map(SharedLimitsTest::name))
                .containsExactly(
                        "keystile:{live:acme}9:key:18:window 300/PT24H 0=4mVfR2xkQ8sT",
                        "keystile:{live:acme}9:account:18:window 300/PT24H 0",
                        "keystile:{live:acme}9:address:18:window 300/PT24H 0+192.0.2.1",
                        "keystile:{live:acme}9:attribute:18:window 300/PT24H 0+app=4mVfR2xkQ8sT");
    }

    /** A count is dropped when it stands as if never used, and not before. */
    @Test
    void counts_areKeptAsLongAsTheyTell() {
        RateLimit bucket = RateLimit.perMinute(100).burst(200).named("bucket");
        RateLimit both = RateLimit.perMinute(60).burst(10).named("both");
        try (RateLimiter limiter = node().open()) {
            for (RateLimit limit : List.of(bucket, both, WINDOW)) {
                limiter.tryConsume(charges(limit));
                List<Charge> more = List.of(Charge.of(limit, "keyOne123456", "live:acme", limit.capacity() - 1));
                RateLimitResult spent = limiter.tryConsume(more);
                assertThat(spent.admitted()).isTrue();
                String key = commands.keys("*" + limit.name() + "*").get(0);
                long whole = Math.max(
                        spent.decisive().nanosToReset(),
                        limit.bucketRefillTime().toNanos());
                assertThat(Duration.ofMillis(commands.pttl(key)))
                        .isBetween(
                                Duration.ofNanos(spent.decisive().nanosToReset()),
                                Duration.ofNanos(whole).plusSeconds(6));
            }
        }
    }
}
