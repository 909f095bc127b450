package dev.keystile.redis;

import static dev.keystile.redis.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.key.TimeSource;
import dev.keystile.key.UnavailableException;
import dev.keystile.limit.Charge;
import dev.keystile.limit.LimiterHealth;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import io.lettuce.core.KillArgs;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A Redis that is gone, hangs or does not count, what callers get meanwhile and how soon, and that it is found again. */
final class FaultsTest {

    private static final Duration RECOVERY = Duration.ofSeconds(5);
    /** For a thread that has to wait for its turn on a machine that has much else to do. */
    private static final Duration SLACK = Duration.ofSeconds(2);

    private static final RateLimit SHARE = RateLimit.perDay(1_000_000).named("share");
    private static final RateLimit DENIED = RateLimit.perDay(1_000_000).named("denied");
    private static final RateLimit FREE = RateLimit.perDay(1).named("free");

    private RedisProcess redis;

    @BeforeEach
    void start() {
        redis = new RedisProcess();
    }

    @AfterEach
    void stop() {
        redis.thaw();
        redis.close();
    }

    private RedisRateLimiter.Builder node() {
        return RedisRateLimiter.builder(redis.url())
                .onFailure("denied", OnFailure.DENY)
                .onFailure("free", OnFailure.ALLOW);
    }

    private static List<Charge> charge(RateLimit limit) {
        return List.of(Charge.of(limit, "keyOne123456", "live:acme", 1));
    }

    private static boolean isWorking(RateLimiter limiter) {
        return limiter.health().state() == LimiterHealth.State.WORKING;
    }

    private static boolean isShared(RedisRateLimiter limiter) {
        return !limiter.tryConsume(charge(SHARE)).isMakeshift() && isWorking(limiter);
    }

    /** How it is broken, and mended. */
    interface Fault {
        void set(RedisProcess redis, RedisCommands<String, String> commands);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("killed", (redis, commands) -> redis.kill(), (redis, commands) -> redis.restart()),
                fault("frozen", (redis, commands) -> redis.freeze(), (redis, commands) -> redis.thaw()),
                fault(
                        "read-only",
                        (redis, commands) -> commands.replicaof("127.0.0.1", 1),
                        (redis, commands) -> commands.replicaofNoOne()),
                fault(
                        "without the replicas it has to have",
                        (redis, commands) -> commands.configSet("min-replicas-to-write", "1"),
                        (redis, commands) -> commands.configSet("min-replicas-to-write", "0")),
                fault(
                        "full",
                        (redis, commands) -> commands.configSet("maxmemory", "1"),
                        (redis, commands) -> commands.configSet("maxmemory", "0")),
                fault(
                        "with another password",
                        (redis, commands) -> {
                            commands.configSet("requirepass", "another");
                            commands.clientKill(KillArgs.Builder.typeNormal().skipme());
                        },
                        (redis, commands) -> commands.configSet("requirepass", "")));
    }

    private static Arguments fault(String name, Fault broken, Fault mended) {
        return argumentSet(name, broken, mended);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void fault_isAnsweredAsTold_andNobodyWaitsLong_andItEndsSoon(Fault broken, Fault mended) {
        RedisCommands<String, String> commands = redis.commands();
        try (RedisRateLimiter limiter = node().open()) {
            until("limits are shared", () -> isShared(limiter));

            broken.set(redis, commands);
            until("Redis is known to be away", () -> {
                tryQuietly(limiter, SHARE);
                return !isWorking(limiter);
            });
            assertThat(limiter.status().lastFailure()).isPresent();
            long began = System.nanoTime();
            for (int i = 0; i < 300; i++) {
                RateLimitResult share = limiter.tryConsume(charge(SHARE));
                assertThat(share.isMakeshift()).isTrue();
                assertThat(share.admitted()).isTrue();
                assertThat(share.decisive().limit()).isEqualTo(SHARE);
                assertThat(share.decisive().remaining()).isLessThan(500_000);
                assertThat(limiter.tryConsume(charge(FREE)).admitted()).isTrue();
                assertThatExceptionOfType(UnavailableException.class)
                        .isThrownBy(() -> limiter.tryConsume(charge(DENIED)))
                        .withMessageContaining("denied");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as("900 requests, of which each would wait 50 ms")
                    .isLessThan(Duration.ofSeconds(10));

            mended.set(redis, commands);
            long mendedAt = System.nanoTime();
            until("limits are shared again", () -> isShared(limiter));
            assertThat(Duration.ofNanos(System.nanoTime() - mendedAt)).isLessThan(RECOVERY);
        }
    }

    private static void tryQuietly(RateLimiter limiter, RateLimit limit) {
        try {
            limiter.tryConsume(charge(limit));
        } catch (UnavailableException expected) {
            // That is one of the answers.
        }
    }

    /** Each by itself, with every thread at it: what a request waits is bounded, whatever the others do. */
    @Test
    void frozenUnderLoad_keepsNoRequestLongerThanTheTimeout() throws Exception {
        int threads = 16;
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (RedisRateLimiter limiter = node().open()) {
            until("limits are shared", () -> isShared(limiter));
            List<Future<Long>> longest = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                longest.add(pool.submit(() -> {
                    long most = 0;
                    while (!done.get()) {
                        long began = System.nanoTime();
                        assertThat(limiter.tryConsume(charge(SHARE)).admitted()).isTrue();
                        most = Math.max(most, System.nanoTime() - began);
                        answered.incrementAndGet();
                    }
                    return most;
                }));
            }
            redis.freeze();
            until("Redis is known to be away", () -> !isWorking(limiter));
            int before = answered.get();
            until("requests go on", () -> answered.get() > before + 20_000);
            redis.thaw();
            until("limits are shared again", () -> isWorking(limiter));
            done.set(true);
            for (Future<Long> each : longest) {
                assertThat(Duration.ofNanos(each.get()))
                        .isLessThan(Duration.ofMillis(50).plus(SLACK));
            }
        } finally {
            done.set(true);
            pool.shutdownNow();
        }
    }

    /** Slower than the timeout, and then not. */
    @Test
    void slow_isAsAway_untilItIsFast() {
        RedisCommands<String, String> commands = redis.commands();
        try (RedisRateLimiter limiter = node().open()) {
            until("limits are shared", () -> isShared(limiter));
            long began = System.nanoTime();
            commands.clientPause(2000);
            until("Redis is known to be away", () -> {
                assertThat(limiter.tryConsume(charge(SHARE)).admitted()).isTrue();
                return !isWorking(limiter);
            });
            assertThat(limiter.status().lastFailure()).contains("no answer within 50 ms");
            until("limits are shared again", () -> isShared(limiter));
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isLessThan(Duration.ofSeconds(2).plus(RECOVERY));
        }
    }

    @Test
    void scriptThatRedisForgot_isSentAgain_andNobodyNotices() {
        RedisCommands<String, String> commands = redis.commands();
        try (RedisRateLimiter limiter = node().timeout(Duration.ofSeconds(10)).open()) {
            assertThat(limiter.tryConsume(charge(SHARE)).decisive().remaining()).isEqualTo(999_999);
            long before = redis.evaluations(commands);
            commands.scriptFlush();
            assertThat(limiter.tryConsume(charge(SHARE)).decisive().remaining()).isEqualTo(999_998);
            assertThat(limiter.tryConsume(charge(SHARE)).decisive().remaining()).isEqualTo(999_997);
            assertThat(limiter.status().failures()).isZero();
            assertThat(redis.evaluations(commands) - before)
                    .as("refused, sent whole, and by its name again")
                    .isEqualTo(3);
        }
    }

    @Test
    void redisThatIsNotThereAtTheStart_keepsNobodyFromStarting_andIsFoundWhenItComes() {
        redis.kill();
        try (RedisRateLimiter limiter = node().open()) {
            assertThat(limiter.tryConsume(charge(SHARE)).isMakeshift()).isTrue();
            until("Redis is known to be away", () -> {
                limiter.tryConsume(charge(SHARE));
                return !isWorking(limiter);
            });
            redis.restart();
            long began = System.nanoTime();
            until("limits are shared", () -> isShared(limiter));
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(RECOVERY);
        }
    }

    /** Traffic may be light: the limiter does not need five requests to find it. */
    @Test
    void redisThatIsNotThereAtTheStart_isFoundWithoutARequest() {
        redis.kill();
        try (RedisRateLimiter limiter = node().timeout(Duration.ofSeconds(10)).open()) {
            redis.restart();
            until("it connects", RECOVERY, () -> clients() == 2);
            // Redis sees it before the limiter does.
            until("limits are shared", RECOVERY, () -> isShared(limiter));
        }
    }

    /** That of the test too. */
    private long clients() {
        return redis.commands()
                .clientList()
                .lines()
                .filter(line -> !line.isBlank())
                .count();
    }

    @Test
    void wrongPassword_stopsTheStart_andIsNotRepeated() {
        try (RedisProcess guarded = new RedisProcess("--requirepass", "right-one")) {
            for (String password : List.of("", "wrong-one")) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> RedisRateLimiter.builder(guarded.url())
                                .password(password)
                                .open())
                        .withMessageStartingWith("Redis refuses redis.user and redis.password")
                        .withMessageNotContaining("wrong-one");
            }
            try (RedisRateLimiter limiter = RedisRateLimiter.builder(guarded.url())
                    .user("default")
                    .password("right-one")
                    .timeout(Duration.ofSeconds(10))
                    .open()) {
                assertThat(limiter.tryConsume(charge(SHARE)).isMakeshift()).isFalse();
            }
        }
    }

    /** For want of a clock, which fails once all is connected. */
    @Test
    void startThatFails_leavesNoConnection() {
        TimeSource broken = new TimeSource() {
            @Override
            public long nanoTime() {
                if (clients() > 1) {
                    throw new IllegalStateException("no clock");
                }
                return 0;
            }

            @Override
            public long currentTimeMillis() {
                return 0;
            }
        };
        assertThat(clients()).isEqualTo(1);
        assertThatIllegalStateException()
                .isThrownBy(() -> node().time(broken).open())
                .withMessage("no clock");
        until("its connection is gone", RECOVERY, () -> clients() == 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> node().partitions(0))
                .withMessage("partitions 0: expected 1 or more");
    }

    private static List<Charge> chargeOf(String account) {
        return List.of(Charge.of(SHARE, "keyOne123456", account, 1));
    }

    /** An account of which all counts are in one half of the slots. */
    private static String accountInHalf(int half) {
        return IntStream.range(0, 100)
                .mapToObj(i -> "live:acme" + i)
                .filter(account -> SlotHash.getSlot(account) * 2 / SlotHash.SLOT_COUNT == half)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void nodeOfAClusterThatIsKilled_takesNoAccountsButItsOwnWithIt() {
        String[] settings = {
            "--cluster-enabled", "yes", "--cluster-require-full-coverage", "no", "--cluster-node-timeout", "1000"
        };
        try (RedisProcess first = new RedisProcess(settings);
                RedisProcess second = new RedisProcess(settings)) {
            int half = SlotHash.SLOT_COUNT / 2;
            first.commands().clusterAddSlots(IntStream.range(0, half).toArray());
            second.commands()
                    .clusterAddSlots(IntStream.range(half, SlotHash.SLOT_COUNT).toArray());
            first.commands().clusterMeet("127.0.0.1", second.port());
            for (RedisProcess node : List.of(first, second)) {
                until(
                        "the cluster knows all slots",
                        () -> node.commands().clusterInfo().contains("slots_ok:16384"));
            }
            try (RedisRateLimiter limiter = RedisRateLimiter.builder(first.url() + ",127.0.0.1:" + second.port())
                    .cluster()
                    .open()) {
                for (String account : List.of(accountInHalf(0), accountInHalf(1))) {
                    until(
                            "limits are shared",
                            () -> !limiter.tryConsume(chargeOf(account)).isMakeshift());
                }
                second.kill();
                until(
                        "its accounts are not shared",
                        () -> limiter.tryConsume(chargeOf(accountInHalf(1))).isMakeshift() && !isWorking(limiter));
                int shared = 0;
                for (int i = 0; i < 50; i++) {
                    shared += limiter.tryConsume(chargeOf(accountInHalf(0))).isMakeshift() ? 0 : 1;
                    assertThat(limiter.tryConsume(chargeOf(accountInHalf(1))).isMakeshift())
                            .isTrue();
                }
                assertThat(shared).as("of 50, some of which may be late").isGreaterThan(25);
                second.restart();
                until(
                        "its accounts are shared again",
                        () -> !limiter.tryConsume(chargeOf(accountInHalf(1))).isMakeshift());
            }
        }
    }

    /** As {@code docs/redis.md} has it: nothing but what the script and the connection need. */
    @Test
    void userWithFewRights_isEnough_andWithFewerIsRefused() {
        RedisCommands<String, String> commands = redis.commands();
        commands.dispatch(
                CommandType.ACL,
                new StatusOutput<>(StringCodec.UTF8),
                new CommandArgs<>(StringCodec.UTF8)
                        .add("SETUSER")
                        .add("keystile")
                        .add("on")
                        .add(">hush")
                        .add("~keystile:*")
                        .add("+@connection")
                        .add("+evalsha")
                        .add("+eval")
                        .add("+time")
                        .add("+mget")
                        .add("+set"));
        RedisRateLimiter.Builder builder = RedisRateLimiter.builder(redis.url())
                .user("keystile")
                .password("hush")
                .timeout(Duration.ofSeconds(10));
        try (RedisRateLimiter limiter = builder.open();
                RedisRateLimiter elsewhere = builder.keyPrefix("other:").open()) {
            assertThat(limiter.tryConsume(charge(SHARE)).isMakeshift()).isFalse();
            assertThat(elsewhere.tryConsume(charge(SHARE)).isMakeshift()).isTrue();
            assertThat(elsewhere.status().lastFailure().orElseThrow()).contains("NOPERM");
        }
    }

    /** Commands whose answer was lost may have been counted: sent again, they would be counted twice. */
    @Test
    void connectionThatBreaks_countsNothingTwice() throws Exception {
        RedisCommands<String, String> commands = redis.commands();
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try (RedisRateLimiter limiter =
                node().timeout(Duration.ofSeconds(10)).nodes(1).open()) {
            AtomicInteger shared = new AtomicInteger();
            AtomicInteger lost = new AtomicInteger();
            AtomicBoolean done = new AtomicBoolean();
            List<Future<?>> callers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                callers.add(pool.submit(() -> {
                    while (!done.get()) {
                        (limiter.tryConsume(charge(SHARE)).isMakeshift() ? lost : shared).incrementAndGet();
                    }
                }));
            }
            for (int i = 0; i < 10; i++) {
                int before = shared.get();
                until("requests are counted", () -> shared.get() > before + 50);
                commands.clientKill(KillArgs.Builder.typeNormal().skipme());
            }
            done.set(true);
            for (Future<?> caller : callers) {
                caller.get();
            }
            until("limits are shared", () -> isShared(limiter));
            long used = 1_000_000 - limiter.tryConsume(charge(SHARE)).decisive().remaining();
            long calls = limiter.status().counted();
            assertThat(used).isBetween(calls, calls + limiter.status().failures());
        } finally {
            pool.shutdownNow();
        }
    }

    /** Also where the owner asks for what nobody can hold: more than the queue, and a caller that is interrupted. */
    @Test
    void interruptedCaller_isAnswered_andStaysInterrupted() {
        try (RedisRateLimiter limiter = node().open()) {
            until("limits are shared", () -> isShared(limiter));
            redis.freeze();
            Thread.currentThread().interrupt();
            assertThat(limiter.tryConsume(charge(SHARE)).isMakeshift()).isTrue();
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void closed_isAnsweredAsAway() {
        RedisRateLimiter limiter = node().open();
        limiter.close();
        limiter.close();
        assertThat(limiter.tryConsume(charge(SHARE)).isMakeshift()).isTrue();
    }
}
