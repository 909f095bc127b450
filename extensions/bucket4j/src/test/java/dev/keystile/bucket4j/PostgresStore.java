package dev.keystile.bucket4j;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.keystile.key.TimeSource;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.jdbc.PrimaryKeyMapper;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** A real PostgreSQL, with an empty table of buckets. */
final class PostgresStore implements AutoCloseable {

    /** How long a node waits for a connection. */
    static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(2);

    private final EmbeddedPostgres server;
    private final HikariDataSource pool;

    PostgresStore() {
        try {
            server = EmbeddedPostgres.builder()
                    .setServerConfig("fsync", "off")
                    .setServerConfig("synchronous_commit", "off")
                    .start();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
        HikariConfig config = new HikariConfig();
        config.setDataSource(server.getPostgresDatabase());
        config.setMaximumPoolSize(8);
        config.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
        pool = new HikariDataSource(config);
        sql("CREATE TABLE bucket (id VARCHAR(500) PRIMARY KEY, state BYTEA, expires_at BIGINT)");
    }

    /** What a node has: bucket4j over the table. */
    ProxyManager<String> node(TimeSource time) {
        return Bucket4jPostgreSQL.selectForUpdateBasedBuilder(pool)
                .primaryKeyMapper(PrimaryKeyMapper.STRING)
                .clientClock(Grid.clock(time))
                .requestTimeout(Duration.ofSeconds(10))
                .expirationAfterWrite(
                        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(10)))
                .build();
    }

    /** Forgets all counts. */
    void clear() {
        sql("TRUNCATE bucket");
    }

    private void sql(String statement) {
        try (Connection connection = pool.getConnection();
                Statement each = connection.createStatement()) {
            each.execute(statement);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Ends the server, not the pool. */
    void kill() {
        try {
            server.close();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Override
    public void close() {
        pool.close();
        kill();
    }
}
