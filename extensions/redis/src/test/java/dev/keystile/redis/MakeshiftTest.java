package dev.keystile.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.UnavailableException;
import dev.keystile.limit.Charge;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.LimiterHealth;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import dev.keystile.testkit.ManualTime;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds while Redis cannot be asked, and how much that admits, by clocks that the test advances. */
final class MakeshiftTest {

    private static RedisProcess redis;
    private static RedisCommands<String, String> commands;

    private final ManualTime time = new ManualTime();

    @BeforeAll
    static void start() {
        redis = new RedisProcess();
        commands = redis.commands();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void clear() {
        commands.flushall();
    }

    private static void away() {
        commands.set(TestClock.AWAY, "");
    }

    private static void back() {
        commands.del(TestClock.AWAY);
    }

    private RedisRateLimiter.Builder node() {
        return TestClock.builder(redis, OnFailure.LOCAL).time(time);
    }

    private static List<Charge> charges(RateLimit... limits) {
        return Stream.of(limits)
                .map(limit -> Charge.of(limit, "keyOne123456", "live:acme", 1))
                .toList();
    }

    private static int admitted(RateLimiter node, RateLimit... limits) {
        int admitted = 0;
        while (node.tryConsume(charges(limits)).admitted()) {
            admitted++;
        }
        return admitted;
    }

    @Test
    void failingOften_admitsOneShareMoreOnEachNode_andNoSecond() {
        RateLimit limit = RateLimit.perDay(100).named("day");
        TestClock clock = new TestClock(time, redis);
        try (RedisRateLimiter one = node().nodes(2).denials(0).open();
                RedisRateLimiter other = node().nodes(2).denials(0).open()) {
            clock.set();
            assertThat(admitted(one, limit)).isEqualTo(100);
            int more = 0;
            for (int failure = 0; failure < 5; failure++) {
                away();
                more += admitted(one, limit) + admitted(other, limit);
                back();
                time.advance(Duration.ofSeconds(1));
                more += admitted(one, limit) + admitted(other, limit);
            }
            assertThat(more).isEqualTo(2 * 50);
        } finally {
            clock.close();
        }
    }

    /** In no stretch of a window's length more than the limit admits in one, and a share of it on each node. */
    @ParameterizedTest
    @CsvSource({"12, 0, 24, 6, 12", "12, 4, 16, 6, 8", "6, 12, 18, 3, 9", "7, 0, 14, 4, 8"})
    void failingAtRandom_admitsNoMoreThanTold(int count, int burst, int most, int share, int mostOfShare) {
        Random random = new Random(count + burst);
        Duration window = Duration.ofSeconds(10);
        RateLimit whole = RateLimit.of(count, window).named("limit");
        RateLimit limit = burst == 0 ? whole : whole.burst(burst);
        assertThat(Makeshift.share(limit, 2).count()).isEqualTo(share);
        List<Long> moments = new ArrayList<>();
        try (TestClock clock = new TestClock(time, redis);
                RedisRateLimiter one = node().nodes(2).open();
                RedisRateLimiter other = node().nodes(2).open()) {
            for (int step = 0; step < 1500; step++) {
                time.advance(Duration.ofMillis(random.nextInt(4) == 0 ? random.nextInt(800) : 0));
                clock.set();
                if (random.nextInt(40) == 0) {
                    away();
                } else if (random.nextInt(30) == 0) {
                    back();
                }
                RateLimiter node = random.nextBoolean() ? one : other;
                if (node.tryConsume(charges(limit)).admitted()) {
                    moments.add(time.nanoTime());
                }
            }
        }
        int seen = 0;
        for (int from = 0, to = 0; from < moments.size(); from++) {
            while (to < moments.size() && moments.get(to) - moments.get(from) < window.toNanos()) {
                to++;
            }
            seen = Math.max(seen, to - from);
        }
        assertThat(seen)
                .isLessThanOrEqualTo(most + 2 * mostOfShare)
                .as("so that it means something")
                .isGreaterThan(count);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void share_isThePartOfCountAndBurst_roundedUp(int nodes) {
        for (RateLimit limit : List.of(
                RateLimit.perMinute(60),
                RateLimit.perMinute(60).burst(10),
                RateLimit.perMinute(100).burst(200),
                RateLimit.perSecond(1))) {
            RateLimit share = Makeshift.share(limit, nodes);
            assertThat(share.count()).isEqualTo((limit.count() + nodes - 1) / nodes);
            assertThat(share.burst()).isEqualTo((limit.burst() + nodes - 1) / nodes);
            assertThat(share.window()).isEqualTo(limit.window());
        }
    }

    @Test
    void severalLimits_areAnsweredEachAsTold_andTakeAllOrNothing() {
        RateLimit narrow = RateLimit.perDay(4).named("narrow");
        RateLimit wide = RateLimit.perDay(100).named("wide");
        RateLimit free = RateLimit.perDay(9).named("free");
        RateLimit denied = RateLimit.perDay(10).named("denied");
        away();
        try (RedisRateLimiter node = node().nodes(2)
                .onFailure("free", OnFailure.ALLOW)
                .onFailure("denied", OnFailure.DENY)
                .open()) {
            RateLimitResult first = node.tryConsume(charges(free, wide, narrow));
            assertThat(first.admitted()).isTrue();
            assertThat(first.isMakeshift()).isTrue();
            assertThat(first.statuses()).extracting(LimitStatus::limit).containsExactly(free, wide, narrow);
            assertThat(first.statuses()).extracting(LimitStatus::remaining).containsExactly(9L, 49L, 1L);

            assertThat(admitted(node, free, wide, narrow)).isEqualTo(1);
            assertThat(admitted(node, wide)).as("denied, they took nothing").isEqualTo(48);
            assertThatExceptionOfType(UnavailableException.class)
                    .isThrownBy(() -> node.tryConsume(charges(wide, denied)))
                    .withMessageStartingWith("limit 'denied' admits nobody while Redis cannot be asked: AWAY by order");
            assertThatExceptionOfType(UnavailableException.class)
                    .isThrownBy(() -> node.tryConsume(List.of(Charge.of(narrow, "keyOne123456", "live:acme", 3))))
                    .withMessageStartingWith("this node's share of limit 'narrow' never admits a cost of 3");
        }
    }

    @Test
    void shareOfALimit_countsForTheSame_andHasItsEnvironmentsPart() {
        RateLimit limit = RateLimit.perDay(200)
                .burst(100)
                .named("app")
                .perAttribute("app")
                .share(new KeyEnvironment("sandbox"), 10);
        RateLimit sandbox = limit.in(new KeyEnvironment("sandbox"));
        away();
        try (RedisRateLimiter node = node().nodes(2).open()) {
            for (String app : List.of("one", "two")) {
                assertThat(admittedOf(app, node, limit, "live:acme")).isEqualTo(50);
                assertThat(admittedOf(app, node, sandbox, "sandbox:acme")).isEqualTo(5);
            }
        }
    }

    private static int admittedOf(String app, RateLimiter node, RateLimit limit, String account) {
        List<Charge> charges = List.of(Charge.of(limit, "keyOne123456", account, Map.of("app", app), 1));
        int admitted = 0;
        while (node.tryConsume(charges).admitted()) {
            admitted++;
        }
        return admitted;
    }

    @Test
    void health_tellsWhatBecomesOfRequests_andSinceWhen_untilRedisIsBackOrNobodyAsks() {
        RateLimit open = RateLimit.perDay(1000).named("open");
        RateLimit denied = RateLimit.perDay(1000).named("denied");
        try (TestClock clock = new TestClock(time, redis);
                RedisRateLimiter node =
                        node().nodes(2).onFailure("denied", OnFailure.DENY).open()) {
            clock.set();
            node.tryConsume(charges(open));
            assertThat(node.health()).isEqualTo(LimiterHealth.overNodes());

            away();
            for (int i = 0; i < 6; i++) {
                time.advance(Duration.ofMillis(50));
                node.tryConsume(charges(open));
            }
            LimiterHealth fallenBack = node.health();
            assertThat(fallenBack.shared()).isTrue();
            assertThat(fallenBack.state()).isEqualTo(LimiterHealth.State.FALLEN_BACK);
            assertThat(fallenBack.since().orElseThrow().toEpochMilli())
                    .isBetween(time.currentTimeMillis() - 300, time.currentTimeMillis());

            assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> node.tryConsume(charges(denied)));
            assertThat(node.health())
                    .isEqualTo(new LimiterHealth(true, LimiterHealth.State.REFUSING, fallenBack.since()));

            time.advance(Duration.ofSeconds(10));
            assertThat(node.health()).as("nobody has asked since").isEqualTo(LimiterHealth.overNodes());
            node.tryConsume(charges(open));
            assertThat(node.health().state()).isEqualTo(LimiterHealth.State.REFUSING);

            back();
            time.advance(Duration.ofMillis(200));
            clock.set();
            assertThat(node.tryConsume(charges(open)).isMakeshift()).isFalse();
            assertThat(node.health()).isEqualTo(LimiterHealth.overNodes());
        }
    }

    /** It is known what a count that was spent takes to recover, whether Redis can be asked or not. */
    @Test
    void keyThatWasDenied_isDeniedWhileRedisIsAway() {
        RateLimit limit = RateLimit.perMinute(10).named("minute");
        try (TestClock clock = new TestClock(time, redis);
                RedisRateLimiter node = node().nodes(2).open()) {
            clock.set();
            assertThat(admitted(node, limit)).isEqualTo(10);
            away();
            assertThat(admitted(node, limit)).isZero();
            time.advance(Duration.ofSeconds(59));
            assertThat(admitted(node, limit)).isZero();
            time.advance(Duration.ofSeconds(1));
            assertThat(admitted(node, limit)).isEqualTo(5);
        }
    }
}
