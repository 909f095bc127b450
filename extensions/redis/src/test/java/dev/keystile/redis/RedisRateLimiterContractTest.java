package dev.keystile.redis;

import dev.keystile.limit.RateLimiter;
import dev.keystile.testkit.ManualTime;
import dev.keystile.testkit.RateLimiterContract;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract, over a real Redis. */
final class RedisRateLimiterContractTest extends RateLimiterContract {

    private static RedisProcess redis;
    private static RedisCommands<String, String> commands;

    @BeforeAll
    static void start() {
        redis = new RedisProcess();
        commands = redis.commands();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @Override
    protected RateLimiter openEmptyLimiter(ManualTime time) {
        commands.flushall();
        return new TestClock(time, redis);
    }

    @Override
    protected Duration resolution() {
        return Duration.ofNanos(1000);
    }
}
