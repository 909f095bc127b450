package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.keystile.key.AccountChange;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyFormat;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.KeyVerifier;
import dev.keystile.key.NewKey;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.Verification;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Two nodes over one PostgreSQL, which tells each what the other changes; and what holds while it cannot. */
@Timeout(180)
final class ListenTest {

    private static final Logger LOG = LoggerFactory.getLogger(ListenTest.class);
    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final Duration PROMISED = Duration.ofSeconds(2);
    /** Half of what polling takes on average. */
    private static final Duration TYPICAL = Duration.ofMillis(100);
    /** Until a silent connection is noticed, and another made. */
    private static final Duration RECOVERY = Duration.ofSeconds(60);

    private static final String LISTENERS =
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'keystile-listen'"
                    + " AND query <> '' AND usename = current_user ORDER BY pid";

    private final TestDatabase database = DatabaseKind.POSTGRESQL.fresh();
    private final AtomicInteger logReads = new AtomicInteger();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private Node one;
    private Node other;

    /** A node, with connections, a cache and a listener of its own. */
    private record Node(KeyStore store, KeyVerifier<String> verifier, KeyManager manager) implements AutoCloseable {

        static Node over(KeyStore store) {
            KeyFormat format = new KeyFormat(
                    List.of(KeyPrefix.secret("tk_live_", KeyEnvironment.LIVE)), List.of(KeyHasher.argon2id()));
            KeyVerifier<String> verifier = KeyVerifier.builder(store, format).build(ApiKey::account);
            return new Node(
                    store, verifier, verifier.manager(ScopeCatalog.builder().build(), Set.of(), Set.of("admin")));
        }

        /** What it answers once it can tell: on a busy machine a read may take longer than a request waits for it. */
        boolean opens(String text) {
            while (true) {
                try {
                    return verifier.verify(text) instanceof Verification.Verified<String>;
                } catch (UnavailableException busy) {
                    Thread.onSpinWait();
                }
            }
        }

        @Override
        public void close() {
            verifier.close();
            store.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        one = node(Map.of());
        other = node(Map.of());
        until("both listen", RECOVERY, () -> listeners().size() == 2);
    }

    private Node node(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(database.settings());
        settings.putAll(more);
        Node node = Node.over(counting(new JdbcKeyStoreProvider().open(settings)));
        opened.add(node);
        return node;
    }

    /** Counts the reads of the log. */
    private KeyStore counting(KeyStore store) {
        return (KeyStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {KeyStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("changesSince")) {
                        logReads.incrementAndGet();
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getTargetException();
                    }
                });
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        // Whoever was connecting when it was closed ends when that is over.
        until("no thread is left", RECOVERY, () -> threads().isEmpty());
        database.close();
    }

    private List<String> listeners() throws SQLException {
        return database.rows(LISTENERS);
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter("keystile-listen"::equals)
                .toList();
    }

    private static Duration until(String what, Duration bound, Callable<Boolean> condition) throws Exception {
        long began = System.nanoTime();
        long asked = began;
        while (!condition.call()) {
            // What was asked in time may be answered later.
            assertThat(Duration.ofNanos(asked - began))
                    .as("how long until %s", what)
                    .isLessThan(bound);
            LockSupport.parkNanos(100_000);
            asked = System.nanoTime();
        }
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** How long it takes from a revocation on one node until the other one refuses the key. */
    private Duration revocation() throws Exception {
        IssuedKey issued = one.manager()
                .issue(NewKey.of("acme", "a key", KeyEnvironment.LIVE).build(), OPERATOR);
        String text = issued.revealOnce();
        assertThat(other.opens(text)).isTrue();
        one.manager().revoke(issued.key().id(), OPERATOR);
        return until("the other node knows", PROMISED, () -> !other.opens(text));
    }

    private void assertTypical(int count) throws Exception {
        List<Duration> sorted = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            sorted.add(revocation());
        }
        sorted.sort(null);
        LOG.info(
                "{} revocations seen elsewhere: p50 {} ms, p99 {} ms",
                count,
                sorted.get(count / 2).toMillis(),
                sorted.get(count * 99 / 100).toMillis());
        assertThat(sorted.get(count / 2)).isLessThan(TYPICAL);
    }

    @Test
    void revocations_areSeenInMilliseconds() throws Exception {
        assertTypical(200);
    }

    @Test
    void listeningConnections_ended_areReplaced_andNoRevocationIsLate() throws Exception {
        List<String> before = listeners();
        database.rows("SELECT pg_terminate_backend(pid) FROM (" + LISTENERS + ") l");

        for (int n = 0; n < 5; n++) {
            assertThat(revocation()).isLessThan(PROMISED);
        }

        until("both listen again", RECOVERY, () -> {
            List<String> now = listeners();
            return now.size() == 2 && now.stream().noneMatch(before::contains);
        });
        assertTypical(50);
    }

    /** The server's end of the connection says nothing any more, as when a network drops packets. */
    @Test
    void listeningConnections_frozen_areReplaced_andNoRevocationIsLate_andClosingWaitsForNothing() throws Exception {
        assumeThat(DatabaseKind.POSTGRESQL.ownServer())
                .as("a server that may be frozen")
                .isPresent();
        List<String> before = listeners();
        before.forEach(pid -> signal("STOP", pid));
        try {
            for (int n = 0; n < 5; n++) {
                assertThat(revocation()).isLessThan(PROMISED);
            }
            Node third = node(Map.of());
            until("both listen again, and a third", RECOVERY, () -> listeners().size() == 5);
            assertTypical(50);

            List<String> ofThird = new ArrayList<>(listeners());
            ofThird.removeAll(before);
            ofThird.forEach(pid -> signal("STOP", pid));
            try {
                long began = System.nanoTime();
                third.verifier().close();
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
            } finally {
                ofThird.forEach(pid -> signal("CONT", pid));
            }
        } finally {
            before.forEach(pid -> signal("CONT", pid));
        }
        until("what was frozen is gone", RECOVERY, () -> listeners().stream().noneMatch(before::contains));
    }

    private static void signal(String name, String pid) {
        try {
            new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void close_leavesNeitherThreadNorConnection() throws Exception {
        assertThat(threads()).hasSize(2);
        one.verifier().close();
        assertThat(threads()).as("while the store is still open").hasSize(1);
        other.close();
        assertThat(threads()).isEmpty();
        until("the server knows", RECOVERY, () -> listeners().isEmpty());
    }

    @Test
    void listeningToAStore_twice_takesOneConnection_untilBothEnd() throws Exception {
        KeyStore store = other.store();
        KeyStore.Listening second = store.listen(() -> {});
        assertThat(threads()).hasSize(2);
        other.verifier().close();
        assertThat(threads()).hasSize(2);
        second.close();
        assertThat(threads()).hasSize(1);
        AtomicInteger hints = new AtomicInteger();
        try (KeyStore.Listening anew = store.listen(hints::incrementAndGet)) {
            until("it listens again", RECOVERY, () -> hints.get() > 0);
        }
    }

    @Test
    void manyChanges_costFewReads() throws Exception {
        List<ApiKey> keys = IntStream.range(0, 10).mapToObj(TestKeys::key).toList();
        List<ApiKey> current =
                keys.stream().map(key -> TestKeys.issue(one.store(), key)).toList();
        int before = logReads.get();
        long began = System.nanoTime();
        for (int n = 0; n < 1_000; n++) {
            current = one.store()
                    .apply(current.stream()
                            .map(key -> new KeyChange(KeyAction.ENABLE, key, "operator:test", NOW))
                            .toList());
        }
        int reads = logReads.get() - before;
        long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();

        LOG.info("10,000 changes in {} ms: {} reads of the log by two nodes", millis, reads);
        // Of each node one each 10 ms, those of its rounds, and those that read on.
        assertThat(reads).isLessThanOrEqualTo(2 * (int) (millis / 10 + millis / 500 + 2 + 10));
    }

    @Test
    void suspension_andLettingIn_areTold() throws Exception {
        AtomicInteger hints = new AtomicInteger();
        try (KeyStore.Listening listening = other.store().listen(hints::incrementAndGet)) {
            for (boolean suspended : new boolean[] {true, false}) {
                int before = hints.get();
                one.store().apply(new AccountChange("acme", suspended, "operator:test", Optional.empty(), NOW));
                until("the other node hears of it", PROMISED, () -> hints.get() > before);
            }
        }
    }

    /** Whoever listens learns how many changes there were, and of nobody's key. */
    @Test
    void whatIsTold_isTheRevisionAlone() throws Exception {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("LISTEN keystile_change");
            TestKeys.issue(one.store(), TestKeys.key(1));
            assertThat(connection.unwrap(PGConnection.class).getNotifications(10_000))
                    .extracting(PGNotification::getParameter)
                    .containsExactly(Long.toString(one.store().revision()));
        }
    }

    @Test
    void listenOff_takesNoConnection_tellsNothing_andIsPolled() throws Exception {
        other.close();
        until("one listens", RECOVERY, () -> listeners().size() == 1);
        Node deaf = node(Map.of("store.listen", "false"));
        assertThat(threads()).hasSize(1);
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("LISTEN keystile_change");
            TestKeys.issue(deaf.store(), TestKeys.key(1));
            String told =
                    Long.toString(TestKeys.issue(one.store(), TestKeys.key(2)).revision());
            assertThat(connection.unwrap(PGConnection.class).getNotifications(10_000))
                    .extracting(PGNotification::getParameter)
                    .containsExactly(told);
        }
        IssuedKey issued = one.manager()
                .issue(NewKey.of("acme", "a key", KeyEnvironment.LIVE).build(), OPERATOR);
        String text = issued.revealOnce();
        assertThat(deaf.opens(text)).isTrue();
        one.manager().revoke(issued.key().id(), OPERATOR);
        until("it is polled", PROMISED, () -> !deaf.opens(text));
    }

    /** Of a pool of the application's one connection is kept, and none that still listens goes back. */
    @Test
    void dataSource_forListening_givesOneConnection_andGetsBackNoneThatListens() throws Exception {
        try (HikariDataSource pool = JdbcKeyStoreProvider.pool(database.settings())) {
            Node node = Node.over(JdbcKeyStore.open(pool, pool));
            until("three listen", RECOVERY, () -> listeners().size() == 3);
            // Besides, now and then, that which reads the log.
            until("one is kept", RECOVERY, () -> pool.getHikariPoolMXBean().getActiveConnections() == 1);
            node.close();
            until("none is taken", RECOVERY, () -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
            until("two listen", RECOVERY, () -> listeners().size() == 2);
            for (int n = 0; n < 10; n++) {
                try (Connection connection = pool.getConnection();
                        Statement statement = connection.createStatement();
                        ResultSet channels = statement.executeQuery("SELECT pg_listening_channels()")) {
                    assertThat(channels.next()).isFalse();
                }
            }
        }
    }

    /** A store is opened, listened to and changed by classes that do not see the driver. */
    public static final class WithoutDriver implements Callable<Integer> {

        @Override
        public Integer call() {
            AtomicInteger hints = new AtomicInteger();
            try (KeyStore store = new JdbcKeyStoreProvider().open(Map.of("store.url", "jdbc:h2:mem:without"));
                    KeyStore.Listening listening = store.listen(hints::incrementAndGet)) {
                TestKeys.issue(store, TestKeys.key(1));
            }
            return hints.get();
        }
    }

    @Test
    void driverOfPostgres_needNotBeThere() throws Exception {
        List<URL> jars = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (!path.getFileName().toString().startsWith("postgresql-")) {
                jars.add(path.toUri().toURL());
            }
        }
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader classes =
                new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Thread.currentThread().setContextClassLoader(classes);
            Object hints = ((Callable<?>) classes.loadClass(WithoutDriver.class.getName())
                            .getConstructor()
                            .newInstance())
                    .call();
            assertThat(hints).isEqualTo(1);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}
