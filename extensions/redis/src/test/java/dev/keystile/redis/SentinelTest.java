package dev.keystile.redis;

import static dev.keystile.redis.Await.until;
import static dev.keystile.redis.Await.untilTold;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.key.KeyStore;
import dev.keystile.limit.Charge;
import dev.keystile.limit.RateLimit;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A master, its replica and a sentinel, over which a limiter and hints go on when the master does not. */
final class SentinelTest {

    private static final Logger LOG = LoggerFactory.getLogger(SentinelTest.class);
    private static final Duration RECOVERY = Duration.ofSeconds(5);
    private static final String CHANNEL = "keystile:changed";
    private static final String SECRET = "hush-hush-hush";
    private static final RateLimit SHARE = RateLimit.perDay(1_000_000).named("share");

    private RedisProcess master;
    private RedisProcess replica;
    private RedisProcess sentinel;

    @BeforeEach
    void start() {
        master = dataNode();
        replica = dataNode("--replicaof", "127.0.0.1", Integer.toString(master.port()));
        until("the replica has all", () -> master.commands().info("replication").contains("state=online"));
        sentinel = RedisProcess.sentinelOf(master, SECRET);
        until("the sentinel knows the replica", () -> sentinel.log().contains("+slave slave 127.0.0.1"));
    }

    private static RedisProcess dataNode(String... more) {
        return new RedisProcess(Stream.concat(
                        Stream.of("--requirepass", SECRET, "--masterauth", SECRET, "--repl-diskless-sync-delay", "0"),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    @AfterEach
    void stop() {
        master.thaw();
        sentinel.close();
        replica.close();
        master.close();
    }

    private String url(String otherSentinels) {
        return "redis-sentinel://" + otherSentinels + "127.0.0.1:" + sentinel.port() + "#main";
    }

    private RedisRateLimiter.Builder node() {
        return RedisRateLimiter.builder(url("")).password(SECRET);
    }

    private RedisChangeHints hints() {
        return RedisChangeHints.builder(url("")).password(SECRET).open();
    }

    private static boolean isShared(RedisRateLimiter limiter) {
        return !limiter.tryConsume(charge()).isMakeshift();
    }

    private static List<Charge> charge() {
        return List.of(Charge.of(SHARE, "keyOne123456", "live:acme", 1));
    }

    private static long left(RedisRateLimiter limiter) {
        return limiter.tryConsume(charge()).decisive().remaining();
    }

    static Stream<Arguments> endsOfMasters() {
        return Stream.of(
                end("killed", test -> test.master.kill(), RECOVERY),
                end("frozen", test -> test.master.freeze(), RECOVERY),
                // Counts on until the sentinel makes it a replica, which by itself it puts off for 8 s.
                end("told to hand over", SentinelTest::handOver, RECOVERY.plusSeconds(10)));
    }

    private void handOver() {
        // As soon as the sentinel has heard enough of the replica.
        until("the sentinel begins", () -> {
            try {
                sentinel.commands()
                        .dispatch(
                                CommandType.SENTINEL,
                                new StatusOutput<>(StringCodec.UTF8),
                                new CommandArgs<>(StringCodec.UTF8)
                                        .add("FAILOVER")
                                        .add("main"));
                return true;
            } catch (RedisCommandExecutionException notYet) {
                return false;
            }
        });
    }

    private static Arguments end(String name, Consumer<SentinelTest> end, Duration bound) {
        return argumentSet(name, end, bound);
    }

    @ParameterizedTest
    @MethodSource("endsOfMasters")
    void masterThatEnds_limitsAreShared_andHintsTold_overItsReplica(Consumer<SentinelTest> end, Duration bound) {
        AtomicInteger heard = new AtomicInteger();
        RedisCommands<String, String> promoted = replica.commands();
        try (RedisRateLimiter one = node().open();
                RedisRateLimiter other = node().open();
                RedisChangeHints telling = hints();
                RedisChangeHints hearing = hints();
                KeyStore.Listening listening = hearing.listen(heard::incrementAndGet)) {
            until("limits are shared", () -> isShared(one) && isShared(other));
            untilTold(telling, heard);

            end.accept(this);
            until("the replica is promoted", () -> {
                isShared(one);
                isShared(other);
                return sentinel.log().contains("+switch-master main");
            });
            Duration after = until(
                    "limits are shared again",
                    bound,
                    () -> isShared(one) && isShared(other) && replica.evaluations(promoted) > 0);
            LOG.info("limits were shared {} ms after the replica was promoted", after.toMillis());
            until("both count as one", () -> left(one) == left(other) + 1);
            untilTold(telling, heard);
            until("all hear it there", () -> promoted.pubsubNumsub(CHANNEL).containsValue(2L));
        }
    }

    @Test
    void sentinelThatHangs_isPassedOver() {
        try (RedisProcess hanging = new RedisProcess()) {
            hanging.freeze();
            try (RedisRateLimiter limiter = RedisRateLimiter.builder(url("127.0.0.1:" + hanging.port() + ","))
                    .password(SECRET)
                    .open()) {
                until("limits are shared", RECOVERY, () -> isShared(limiter));
            }
            hanging.thaw();
        }
    }

    @Test
    void sentinelThatIsGone_endsNothing() {
        try (RedisRateLimiter limiter = node().open()) {
            until("limits are shared", () -> isShared(limiter));
            sentinel.kill();
            for (int n = 0; n < 20; n++) {
                left(limiter);
            }
            until("limits are shared", RECOVERY, () -> isShared(limiter));
        }
    }

    @Test
    void wrongPassword_stopsTheStart() {
        try (RedisRateLimiter limiter = node().open()) {
            until("limits are shared", () -> isShared(limiter));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        RedisRateLimiter.builder(url("")).password("wrong-one").open())
                .withMessageStartingWith("Redis refuses redis.user and redis.password");
    }
}
