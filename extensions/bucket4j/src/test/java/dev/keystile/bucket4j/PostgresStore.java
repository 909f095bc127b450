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
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A real PostgreSQL, with an empty table of buckets, that can be killed, frozen and started again. */
final class PostgresStore implements AutoCloseable {

    /** How long a command waits on a machine that has much else to do. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path data;
    private final HikariDataSource patient;
    private EmbeddedPostgres server;
    /** The server and those it has for its connections. */
    private List<ProcessHandle> frozen = List.of();

    PostgresStore() {
        try {
            data = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "postgresql");
            server = start(0);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url());
        config.setMaximumPoolSize(8);
        patient = new HikariDataSource(config);
        sql("CREATE TABLE bucket (id VARCHAR(500) PRIMARY KEY, state BYTEA, expires_at BIGINT)");
    }

    /** @param port 0 for one that is free */
    private EmbeddedPostgres start(int port) throws IOException {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                // After a kill it looks at its data first, which takes its time where others take the processor.
                .setPGStartupWait(Duration.ofSeconds(60))
                .setServerConfig("fsync", "off")
                .setServerConfig("synchronous_commit", "off");
        return (port == 0 ? builder : builder.setPort(port)).start();
    }

    private String url() {
        return "jdbc:postgresql://localhost:" + server.getPort() + "/postgres?user=postgres";
    }

    /** The pool of {@code docs/bucket4j.md}. */
    HikariDataSource boundedPool() {
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(url() + "&connectTimeout=1&socketTimeout=1&cancelSignalTimeout=1"
                + "&options=-c%20statement_timeout=500&ApplicationName=limits");
        pool.setMaximumPoolSize(8);
        pool.setConnectionTimeout(500);
        pool.setValidationTimeout(250);
        return new HikariDataSource(pool);
    }

    /** The buckets of {@code docs/bucket4j.md}, over that pool. */
    static ProxyManager<String> boundedNode(HikariDataSource pool) {
        return Bucket4jPostgreSQL.selectForUpdateBasedBuilder(pool)
                .primaryKeyMapper(PrimaryKeyMapper.STRING)
                .requestTimeout(Duration.ofMillis(500))
                .expirationAfterWrite(
                        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(10)))
                .build();
    }

    /** What a node has: bucket4j over the table. */
    ProxyManager<String> node(TimeSource time) {
        return Bucket4jPostgreSQL.selectForUpdateBasedBuilder(patient)
                .primaryKeyMapper(PrimaryKeyMapper.STRING)
                .clientClock(Grid.clock(time))
                .requestTimeout(PATIENCE)
                .expirationAfterWrite(
                        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(10)))
                .build();
    }

    /** A connection beside those of nodes. */
    Connection connection() throws SQLException {
        return patient.getConnection();
    }

    /** Forgets all counts. */
    void clear() {
        sql("TRUNCATE bucket");
    }

    private void sql(String statement) {
        try (Connection connection = connection();
                Statement each = connection.createStatement()) {
            each.execute(statement);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private List<ProcessHandle> processes() {
        try {
            long pid = Long.parseLong(
                    Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
            ProcessHandle first = ProcessHandle.of(pid).orElseThrow();
            return Stream.concat(Stream.of(first), first.descendants()).toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** As {@code kill -9}: the server gets to do nothing more. */
    void kill() {
        List<ProcessHandle> all = processes();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(each -> each.onExit().join());
        end();
    }

    /** Starts it again, on the same port and over the same data. */
    void restart() {
        try {
            server = start(server.getPort());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Stops it as it stands, with its connections open. */
    void freeze() {
        frozen = processes();
        signal("STOP");
    }

    void thaw() {
        signal("CONT");
        frozen = List.of();
    }

    private void signal(String name) {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        frozen.forEach(each -> command.add(Long.toString(each.pid())));
        try {
            if (!frozen.isEmpty()) {
                new ProcessBuilder(command).start().waitFor();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() {
        try {
            server.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        thaw();
        patient.close();
        end();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
