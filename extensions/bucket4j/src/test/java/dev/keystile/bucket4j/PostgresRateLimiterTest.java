package dev.keystile.bucket4j;

import dev.keystile.key.TimeSource;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract, over a real PostgreSQL. */
final class PostgresRateLimiterTest extends SharedStoreContract {

    private static PostgresStore postgres;

    @BeforeAll
    static void start() {
        postgres = new PostgresStore();
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @Override
    ProxyManager<String> node(TimeSource time) {
        return postgres.node(time);
    }

    @Override
    void clear() {
        postgres.clear();
    }
}
