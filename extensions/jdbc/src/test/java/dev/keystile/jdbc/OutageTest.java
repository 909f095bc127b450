package dev.keystile.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.keystile.Keystile;
import dev.keystile.decision.Allowed;
import dev.keystile.decision.Decision;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.key.Actor;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyHealth;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.UnavailableException;
import dev.keystile.scope.ScopePolicy;
import dev.keystile.testkit.GetRequest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What callers of a node see when its database is killed, frozen, locked, slow, without a connection for it or replaced by
 * another: known keys go on for the lease, then all that needs the store is told soon that it cannot be told, never that it is
 * wrong, until the database is back. With {@code -Dkeystile.outage.figures=true} it prints how soon.
 */
@ParameterizedClass
@EnumSource(
        value = DatabaseKind.class,
        names = {"POSTGRESQL", "MARIADB"})
@Timeout(180)
final class OutageTest {

    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration PROMISED = Duration.ofMillis(250);
    /** How a request waits, as ADR 31 has it. */
    private static final Duration STEP = Duration.ofMillis(45);

    private static final int STEPS = 4;
    /** What half of the requests take besides: 300 ms on a machine that wakes threads in time. */
    private static final Duration TYPICAL_SLACK = Duration.ofMillis(120);
    /** For threads that have to wait for their turn on a machine that has much else to do. */
    private static final Duration SLACK = Duration.ofSeconds(3);
    /** From when the database is there again. */
    private static final Duration RECOVERY = Duration.ofSeconds(3);

    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final int STRANGERS = 40;
    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final String PREFIX = "tk_live_";

    private final DatabaseKind kind;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private TestDatabase database;
    private HikariDataSource pool;
    private KeyStore store;
    private Keystile keystile;
    private volatile Duration delay = Duration.ZERO;

    OutageTest(DatabaseKind kind) {
        this.kind = kind;
    }

    @BeforeEach
    void start() {
        assumeThat(kind.ownServer()).as("a server that may be killed").isPresent();
        database = kind.fresh();
        pool = JdbcKeyStoreProvider.pool(database.settings());
        store = JdbcKeyStore.open(WatchedDataSource.over(pool, new Delay()));
        keystile = Keystile.builder(store)
                .prefixes(KeyPrefix.secret(PREFIX, KeyEnvironment.LIVE))
                .rules(ScopePolicy.builder()
                        .allow("GET", "/items", "items:read")
                        .build())
                .build();
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        keystile.close();
        store.close();
        pool.close();
        database.close();
    }

    private final class Delay implements WatchedDataSource.Watcher {

        @Override
        public void before(WatchedDataSource.Call call) {
            long until = System.nanoTime() + delay.toNanos();
            while (System.nanoTime() < until) {
                LockSupport.parkNanos(until - System.nanoTime());
            }
        }

        @Override
        public void after(WatchedDataSource.Call call) {}
    }

    private DatabaseServer server() {
        return kind.ownServer().orElseThrow();
    }

    private IssuedKey issue() {
        return keystile.keyManager()
                .issue(
                        NewKey.of("acme", "a key", KeyEnvironment.LIVE)
                                .scopes("items:read")
                                .build(),
                        OPERATOR);
    }

    private Decision present(String text) {
        return keystile.decide(new GetRequest("/items", text));
    }

    private boolean opens(String text) {
        return present(text) instanceof Allowed;
    }

    private KeyHealth health() {
        return keystile.health().keys();
    }

    /** Until the key is in memory, and what was issued before is no news any more by which it would be forgotten. */
    private void awaitKnown(String text) {
        long issued = System.nanoTime();
        until("the log to be read", () -> since(issued).compareTo(health().sinceChanges()) > 0);
        until("the known key to be known", () -> opens(text));
    }

    private void assertCouldNotTell(Decision decision) {
        assertThat(decision).isInstanceOfSatisfying(Denied.class, denied -> {
            assertThat(denied.cause()).as(denied.detail()).isEqualTo(DenialCause.COULD_NOT_TELL);
            assertThat(keystile.answer(denied, new GetRequest("/items", ""))
                            .headers()
                            .get("Retry-After"))
                    .satisfies(seconds -> assertThat(Integer.parseInt(seconds)).isPositive());
        });
    }

    private static Duration since(long nanoTime) {
        return Duration.ofNanos(System.nanoTime() - nanoTime);
    }

    private static Duration until(String what, BooleanSupplier condition) {
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(since(began)).as("time to wait for %s", what).isLessThan(LONGEST);
            LockSupport.parkNanos(1_000_000);
        }
        return since(began);
    }

    private void tell(String fault, String what, Duration time) {
        if (Boolean.getBoolean("keystile.outage.figures")) {
            System.out.printf(Locale.ROOT, "%s, %s: %s %d ms%n", kind, fault, what, time.toMillis());
        }
    }

    /** What happens to a database. */
    private enum Fault {
        KILLED {
            @Override
            void begin(OutageTest test) throws Exception {
                test.server().kill();
            }

            @Override
            void end(OutageTest test) throws Exception {
                test.server().start();
            }
        },

        FROZEN {
            @Override
            void begin(OutageTest test) throws Exception {
                test.server().signal("STOP");
            }

            @Override
            void end(OutageTest test) throws Exception {
                test.server().signal("CONT");
            }
        },

        /** Somebody alters the tables, and takes their time. */
        LOCKED {
            @Override
            void begin(OutageTest test) throws SQLException {
                Connection connection = test.database.connect();
                test.held.add(connection);
                connection.setAutoCommit(false);
                try (Statement statement = connection.createStatement()) {
                    statement.execute(
                            test.kind == DatabaseKind.POSTGRESQL
                                    ? "LOCK TABLE keystile_key, keystile_revision IN ACCESS EXCLUSIVE MODE"
                                    : "LOCK TABLES keystile_key WRITE, keystile_revision WRITE");
                }
            }
        },

        /** Others have all the connections that there are. */
        EXHAUSTED {
            @Override
            void begin(OutageTest test) throws SQLException {
                while (test.held.size() < test.pool.getMaximumPoolSize()) {
                    test.held.add(test.pool.getConnection());
                }
            }
        };

        abstract void begin(OutageTest test) throws Exception;

        void end(OutageTest test) throws Exception {
            for (Connection each : test.held) {
                each.close();
            }
            test.held.clear();
        }
    }

    private final List<Connection> held = new ArrayList<>();

    @ParameterizedTest
    @EnumSource
    void fault_isA503SoonAfterTheLease_neverA401_andIsOverWithoutARestart(Fault fault) throws Exception {
        String known = issue().revealOnce();
        String other = issue().revealOnce();
        List<String> strangers = strangers();
        awaitKnown(known);
        AtomicBoolean over = new AtomicBoolean();
        Future<Integer> watch = threads.submit(() -> presentUntil(over, known));

        long began = System.nanoTime();
        fault.begin(this);
        try {
            Future<List<Duration>> unavoidable = threads.submit(() -> waitFor(STRANGERS));
            List<Duration> waits = presentAll(strangers);
            tell(fault.name(), "503 for new keys after, median", waits.get(waits.size() / 2));
            tell(fault.name(), "503 for new keys after, longest", waits.get(waits.size() - 1));
            assertThat(waits.get(waits.size() / 2))
                    .as("median wait for a 503")
                    .isLessThan(unavoidable.get().get(STRANGERS / 2).plus(TYPICAL_SLACK));
            assertThat(waits.get(waits.size() - 1)).as("longest wait for a 503").isLessThan(PROMISED.plus(SLACK));

            until("the lease to end", () -> !opens(known));
            tell(fault.name(), "known keys went on for", since(began));
            assertThat(since(began)).isLessThan(LEASE.plus(SLACK));
            assertCouldNotTell(present(known));
            assertCouldNotTell(present(other));
            until("health to tell it", () -> !health().decides());
        } finally {
            fault.end(this);
        }
        long back = System.nanoTime();
        until("keys to be read again", () -> opens(other) && opens(known));
        tell(fault.name(), "keys are read again after", since(back));
        until("memory to be trusted again", () -> health().trustsMemory());
        tell(fault.name(), "memory is trusted again after", since(back));
        assertThat(since(back)).isLessThan(RECOVERY.plus(SLACK));
        assertThat(strangers).allMatch(this::opens);
        assertThat(opens(issue().revealOnce())).as("a key issued since").isTrue();
        over.set(true);
        assertThat(watch.get()).as("answers to the known key").isPositive();
    }

    /** A caller who does not give up; how many answers there were. */
    private int presentUntil(AtomicBoolean over, String text) {
        int answers = 0;
        while (!over.get() && !Thread.currentThread().isInterrupted()) {
            Duration untold = health().sinceChanges();
            Decision decision = present(text);
            if (!(decision instanceof Allowed)) {
                assertThat(untold).as("since the log was read").isGreaterThan(LEASE.dividedBy(2));
                assertCouldNotTell(decision);
            }
            answers++;
            LockSupport.parkNanos(5_000_000);
        }
        return answers;
    }

    /** As many threads as there are requests wait as they do, for nothing; how long it takes each here and now, in order. */
    private List<Duration> waitFor(int count) throws Exception {
        List<Future<Duration>> waiting = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            waiting.add(threads.submit(() -> {
                long began = System.nanoTime();
                CompletableFuture<Object> never = new CompletableFuture<>();
                for (int step = 0; step < STEPS; step++) {
                    assertThatExceptionOfType(TimeoutException.class)
                            .isThrownBy(() -> never.get(STEP.toNanos(), TimeUnit.NANOSECONDS));
                }
                return since(began);
            }));
        }
        List<Duration> waits = new ArrayList<>();
        for (Future<Duration> each : waiting) {
            waits.add(each.get());
        }
        Collections.sort(waits);
        return waits;
    }

    /** Keys that the node has not read. */
    private List<String> strangers() {
        return IntStream.range(0, STRANGERS).mapToObj(i -> issue().revealOnce()).toList();
    }

    /** Presents them all at once; how long each waits to be told that it cannot be told, in order. */
    private List<Duration> presentAll(List<String> strangers) throws Exception {
        ConcurrentLinkedQueue<Duration> waits = new ConcurrentLinkedQueue<>();
        List<Future<?>> callers = new ArrayList<>();
        for (String text : strangers) {
            callers.add(threads.submit(() -> {
                long asked = System.nanoTime();
                Decision decision = present(text);
                waits.add(since(asked));
                assertCouldNotTell(decision);
            }));
        }
        for (Future<?> caller : callers) {
            caller.get();
        }
        List<Duration> sorted = new ArrayList<>(waits);
        Collections.sort(sorted);
        return sorted;
    }

    /** A read takes longer than anybody waits for it, and is there for who asks again. */
    @Test
    void slowDatabase_isA503First_andAnAnswerThen_andKnownKeysGoOn() {
        String known = issue().revealOnce();
        List<String> strangers = strangers();
        awaitKnown(known);

        delay = Duration.ofMillis(400);

        String stranger = strangers.get(0);
        assertCouldNotTell(present(stranger));
        Duration retried = until("the key to be read", () -> {
            Decision decision = present(stranger);
            if (decision instanceof Allowed) {
                return true;
            }
            assertCouldNotTell(decision);
            return false;
        });
        tell("SLOW", "a new key is known after", retried);
        assertThat(opens(known)).isTrue();
        delay = Duration.ZERO;
        until("keys to be read at once", () -> strangers.stream().allMatch(this::opens));
    }

    /** As after a failover whose promotion is not through yet. */
    @Test
    void databaseReplacedByAReadOnlyOne_decidesOn_andIsChangedAgainOnceItMayBe() throws Exception {
        String known = issue().revealOnce();
        String other = issue().revealOnce();
        awaitKnown(known);
        AtomicBoolean over = new AtomicBoolean();
        Future<Integer> watch = threads.submit(() -> presentUntil(over, known));
        boolean postgres = kind == DatabaseKind.POSTGRESQL;
        if (postgres) {
            database.sql("ALTER DATABASE postgres SET default_transaction_read_only = on");
        }
        server().kill();
        server().start();
        try {
            if (!postgres) {
                database.sql("SET GLOBAL tx_read_only = ON");
                pool.getHikariPoolMXBean().softEvictConnections();
            }
            until("keys to be read again", () -> opens(other) && opens(known) && health().trustsMemory());
            assertThatExceptionOfType(UnavailableException.class).isThrownBy(this::issue);
            assertThat(opens(known)).isTrue();
        } finally {
            if (postgres) {
                database.sql(
                        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
                        "ALTER DATABASE postgres RESET default_transaction_read_only");
            } else {
                database.sql("SET GLOBAL tx_read_only = OFF");
            }
        }
        until("keys to be issued again", () -> {
            try {
                return opens(issue().revealOnce());
            } catch (UnavailableException connectionOfBefore) {
                return false;
            }
        });
        over.set(true);
        assertThat(watch.get()).as("answers to the known key").isPositive();
    }
}
