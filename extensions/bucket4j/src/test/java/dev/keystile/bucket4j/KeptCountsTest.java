package dev.keystile.bucket4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.limit.Charge;
import dev.keystile.limit.Partition;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Under which keys a store has the counts, and how long. */
final class KeptCountsTest {

    private static RedisStore redis;

    @BeforeAll
    static void start() {
        redis = new RedisStore();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    static Stream<Arguments> limits() {
        return Stream.of(
                argumentSet("window", RateLimit.perHour(100), Duration.ofHours(1)),
                argumentSet("long window", RateLimit.of(1, Duration.ofDays(366)), Duration.ofDays(366)),
                argumentSet("window and bucket", RateLimit.perMinute(60).burst(10), Duration.ofMinutes(1)),
                argumentSet("bucket", RateLimit.perHour(100).burst(200), Duration.ofHours(2)),
                argumentSet("slow bucket", RateLimit.perDay(1).burst(30), Duration.ofDays(30)));
    }

    /** Were it dropped before, that would be a refund; were it kept for ever, the store would fill up. */
    @ParameterizedTest
    @MethodSource("limits")
    void count_isKeptUntilItStandsAsIfNeverUsed_andNotForEver(RateLimit limit, Duration untilWhole) {
        redis.clear();
        RateLimiter limiter = ProxyManagerRateLimiter.over(redis.node());
        RedisCommands<String, String> commands = redis.commands();
        Charge all = Charge.of(limit.named("limit"), "keyOne123456", "acme", limit.capacity());

        assertThat(limiter.tryConsume(List.of(all)).admitted()).isTrue();
        assertThat(limiter.tryConsume(List.of(all)).admitted()).isFalse();

        List<String> keys = commands.keys("key:*:limit *:keyOne123456");
        assertThat(keys).hasSize(1);
        assertThat(commands.pttl(keys.get(0)))
                .isBetween(
                        untilWhole.toMillis(),
                        untilWhole.plus(Layout.KEPT_AFTER_END).plusMinutes(1).toMillis());
    }

    @Test
    void keys_ofDifferentPartitions_differ() {
        assertThat(Stream.of(
                                new Partition("a 1/PT1M 0", PartitionKind.KEY, "b"),
                                new Partition("a 1/PT1M 0", PartitionKind.ACCOUNT, "b"),
                                new Partition("a 1/PT1M 0", PartitionKind.KEY, "c"),
                                new Partition("a 2/PT1M 0", PartitionKind.KEY, "b"),
                                new Partition("a 1/PT1M 0", PartitionKind.KEY, ":b"),
                                new Partition("a 1/PT1M 0:", PartitionKind.KEY, "b"),
                                new Partition("", PartitionKind.KEY, "a 1/PT1M 0:b"),
                                visitor("b").partition(),
                                visitor("b").from("c").partition(),
                                visitor("b:").from("c").partition(),
                                visitor("b").from(":c").partition(),
                                visitor("").from("b:c").partition())
                        .map(StoredCount::key))
                .doesNotHaveDuplicates()
                .contains("key:10:a 1/PT1M 0:b", "address:10:a 1/PT1M 0:1:b:c");
    }

    private static Charge visitor(String account) {
        return Charge.of(RateLimit.perMinute(1).named("a").per(PartitionKind.ADDRESS), "key", account, 1);
    }
}
