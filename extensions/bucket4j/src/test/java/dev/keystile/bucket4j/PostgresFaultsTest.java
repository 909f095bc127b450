package dev.keystile.bucket4j;

import static dev.keystile.bucket4j.Callers.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.zaxxer.hikari.HikariDataSource;
import dev.keystile.key.UnavailableException;
import dev.keystile.limit.Charge;
import dev.keystile.limit.LimiterHealth;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PostgreSQL that is gone, hangs, is locked or has no connection left, over the pool that {@code docs/bucket4j.md} has. */
@Timeout(120)
final class PostgresFaultsTest {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresFaultsTest.class);
    private static final int THREADS = 16;
    private static final Duration RECOVERY = Duration.ofSeconds(10);
    /** What {@code docs/bucket4j.md} says that a request waits, and what a busy machine adds. */
    private static final Duration BOUND = Duration.ofSeconds(3).plusSeconds(3);

    private static final String ADDRESS = "203.0.113.77";
    private static final List<Charge> CHARGE = List.of(
            Charge.of(RateLimit.perDay(1_000_000).named("day").per(PartitionKind.ADDRESS), "keyOne123456", "acme", 1)
                    .from(ADDRESS));

    private static PostgresStore postgres;
    private final List<Connection> held = new ArrayList<>();

    @BeforeAll
    static void start() {
        postgres = new PostgresStore();
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @AfterEach
    void letGo() throws SQLException {
        postgres.thaw();
        for (Connection each : held) {
            each.close();
        }
        held.clear();
    }

    /** How it is broken, and mended. */
    interface Fault {
        void set(PostgresFaultsTest test, HikariDataSource pool) throws SQLException;
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("frozen", (test, pool) -> postgres.freeze(), (test, pool) -> postgres.thaw()),
                fault("table locked", (test, pool) -> test.lock(), (test, pool) -> test.letGo()),
                fault("no connection left", PostgresFaultsTest::takeAll, (test, pool) -> test.letGo()),
                fault("killed", (test, pool) -> postgres.kill(), (test, pool) -> postgres.restart()));
    }

    private static Arguments fault(String name, Fault broken, Fault mended) {
        return argumentSet(name, broken, mended);
    }

    private void lock() throws SQLException {
        Connection connection = postgres.connection();
        held.add(connection);
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("LOCK TABLE bucket IN ACCESS EXCLUSIVE MODE");
        }
    }

    private void takeAll(HikariDataSource pool) throws SQLException {
        while (held.size() < pool.getMaximumPoolSize()) {
            try {
                held.add(pool.getConnection());
            } catch (SQLTransientConnectionException others) {
                // Were faster.
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faults")
    void fault_isUnavailableInTime_andNothingPilesUp_andItEndsByItself(Fault broken, Fault mended) throws Exception {
        try (HikariDataSource pool = postgres.boundedPool()) {
            RateLimiter limiter = ProxyManagerRateLimiter.over(PostgresStore.boundedNode(pool));
            try (Callers callers = new Callers(THREADS, limiter, CHARGE)) {
                until("answers", () -> callers.answered.get() > 100);
                int threads = Thread.getAllStackTraces().size();

                broken.set(this, pool);
                int before = callers.unavailable.get();
                callers.longestNanos.set(0);
                until("two failures each", () -> callers.unavailable.get() > before + 2 * THREADS);
                long began = System.nanoTime();
                assertThatExceptionOfType(UnavailableException.class)
                        .isThrownBy(() -> limiter.tryConsume(CHARGE))
                        .satisfies(failure -> assertThat(Throwables.getStackTrace(failure))
                                .contains("Caused by")
                                .doesNotContain(ADDRESS));
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(BOUND);
                assertThat(limiter.health().state()).isEqualTo(LimiterHealth.State.REFUSING);
                assertThat(Thread.getAllStackTraces())
                        .as("beside the callers a few that connect, close and cancel, and not one for each")
                        .hasSizeLessThan(threads + THREADS / 2);
                assertThat(pool.getHikariPoolMXBean().getTotalConnections())
                        .isLessThanOrEqualTo(pool.getMaximumPoolSize());

                mended.set(this, pool);
                int answered = callers.answered.get();
                long mendedAt = System.nanoTime();
                until("answers again", () -> callers.answered.get() > answered);
                Duration back = Duration.ofNanos(System.nanoTime() - mendedAt);
                assertThat(back).isLessThan(RECOVERY);
                until("all go on", () -> callers.answered.get() > answered + 100);
                Duration longest = Duration.ofNanos(callers.longestNanos.get());
                LOG.info(
                        "the longest wait was {} ms; {} ms after the end it answered",
                        longest.toMillis(),
                        back.toMillis());
                assertThat(longest).isLessThan(BOUND);
            }
            until("it works", () -> answers(limiter) && limiter.health().state() == LimiterHealth.State.WORKING);
            until("its connections are those of the pool", () -> connections() <= pool.getMaximumPoolSize());
            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        }
    }

    private static boolean answers(RateLimiter limiter) {
        try {
            return limiter.tryConsume(CHARGE).admitted();
        } catch (UnavailableException stillGone) {
            return false;
        }
    }

    /** As the server sees it. */
    private static int connections() {
        try (Connection connection = postgres.connection();
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery(
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'limits'")) {
            count.next();
            return count.getInt(1);
        } catch (SQLException notYet) {
            return Integer.MAX_VALUE;
        }
    }
}
