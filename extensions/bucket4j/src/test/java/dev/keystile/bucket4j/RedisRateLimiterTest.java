package dev.keystile.bucket4j;

import dev.keystile.key.TimeSource;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract, over a real Redis. */
final class RedisRateLimiterTest extends SharedStoreContract {

    private static RedisStore redis;

    @BeforeAll
    static void start() {
        redis = new RedisStore();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @Override
    ProxyManager<String> node(TimeSource time) {
        return redis.node(time);
    }

    @Override
    void clear() {
        redis.clear();
    }
}
