package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.id;
import static dev.keystile.jdbc.TestKeys.issue;
import static dev.keystile.jdbc.TestKeys.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.keystile.config.KeyStoreProvider;
import dev.keystile.config.Setting;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import org.h2.tools.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class JdbcKeyStoreProviderTest {

    /** A second, and what a busy machine adds to it. */
    private static final Duration QUICKLY = Duration.ofSeconds(8);

    private static final String ROLE = "keystile_wrong_password";

    private final JdbcKeyStoreProvider provider = new JdbcKeyStoreProvider();

    @TempDir
    private Path directory;

    @Test
    void provider_serviceLoader_findsIt() {
        assertThat(ServiceLoader.load(KeyStoreProvider.class))
                .singleElement()
                .isInstanceOf(JdbcKeyStoreProvider.class)
                .extracting(KeyStoreProvider::type)
                .isEqualTo("jdbc");
    }

    /** As after a failover: of the servers that the URL names, one is gone. */
    @Test
    void open_urlOfSeveralServers_findsTheOneThatIsPrimary() throws Exception {
        try (TestDatabase database = DatabaseKind.POSTGRESQL.fresh()) {
            Map<String, String> settings = new HashMap<>(database.settings());
            settings.computeIfPresent("store.url", (name, url) -> {
                String both = url.replace("//", "//127.0.0.1:1,");
                return both + (both.contains("?") ? "&" : "?") + "targetServerType=primary";
            });
            try (KeyStore store = provider.open(settings)) {
                assertThat(store.find(id(1))).isEmpty();
            }
        }
    }

    /** As after the end of a store in the same web application. */
    @Test
    void open_driverThatIsNotRegistered_isFound() throws SQLException {
        Driver h2 = DriverManager.getDriver("jdbc:h2:mem:");
        DriverManager.deregisterDriver(h2);
        try (KeyStore store = provider.open(Map.of("store.url", "jdbc:h2:mem:unregistered"))) {
            assertThat(store.find(id(1))).isEmpty();
        } finally {
            DriverManager.registerDriver(h2);
        }
    }

    /** It may be what the application connects by. */
    @Test
    void close_driverThatWasRegisteredBefore_staysSo() throws SQLException {
        Driver h2 = DriverManager.getDriver("jdbc:h2:mem:");

        provider.open(Map.of("store.url", "jdbc:h2:mem:registered")).close();

        assertThat(DriverManager.drivers()).contains(h2);
    }

    @Test
    void settings_thatMayHoldASecret_areSensitive() {
        assertThat(provider.settings())
                .filteredOn(Setting::sensitive)
                .extracting(Setting::name)
                .containsExactlyInAnyOrder("store.url", "store.password");
        assertThat(provider.settings()).allMatch(it -> it.name().startsWith("store."));
    }

    static Stream<Arguments> wrongSettings() {
        String url = "jdbc:h2:mem:wrong";
        return Stream.of(
                argumentSet(
                        "nothing",
                        Map.of(),
                        "store.url is missing: expected a JDBC URL, such as jdbc:h2:file:./data/keys"),
                argumentSet("a blank URL", Map.of("store.url", " "), "store.url is missing"),
                argumentSet("no URL", Map.of("store.url", "./data/keys"), "store.url is not a JDBC URL: expected one"),
                argumentSet(
                        "no driver",
                        Map.of("store.url", "jdbc:oracle:thin:scott/t1ger@db"),
                        "store.url begins with jdbc:oracle:, for which the class path holds no driver"),
                argumentSet(
                        "a pool of none",
                        Map.of("store.url", url, "store.pool-size", "0"),
                        "store.pool-size is '0': expected a whole number from 1 to 100"),
                argumentSet(
                        "too large a pool",
                        Map.of("store.url", url, "store.pool-size", "101"),
                        "store.pool-size is '101': expected"),
                argumentSet(
                        "a pool of words",
                        Map.of("store.url", url, "store.pool-size", "many"),
                        "store.pool-size is 'many': expected"),
                argumentSet(
                        "listening perhaps",
                        Map.of("store.url", url, "store.listen", "maybe"),
                        "store.listen is 'maybe': expected true or false"));
    }

    @ParameterizedTest
    @MethodSource("wrongSettings")
    void open_wrongSetting_saysWhatWouldBeRight(Map<String, String> values, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> provider.open(values))
                .withMessageContaining(message)
                .withMessageNotContaining("t1ger");
    }

    @Test
    void open_severalWrongSettings_tellsThemAll() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> provider.open(Map.of("store.pool-size", "x")))
                .withMessageContainingAll("store.url", "store.pool-size");
    }

    /** What is asked of whoever reads it fits the database. */
    @Test
    void open_serverDown_saysNothingOfFiles() {
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> provider.open(Map.of("store.url", "jdbc:postgresql://127.0.0.1:1/keystile")))
                .withMessageContaining("is it running, does the database exist, and are store.user")
                .satisfies(it -> assertThat(it.getMessage()).doesNotContain("H2", "AUTO_SERVER"));
    }

    @Test
    void open_fileThatHasToBeThere_saysThatItIsNot() {
        String url = "jdbc:h2:file:" + directory.resolve("kyes") + ";IFEXISTS=TRUE";

        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> provider.open(Map.of("store.url", url)))
                .withMessageContaining("the H2 database that store.url names is not there");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void open_wrongPassword_isUnavailableAndDoesNotShowIt() {
        String url = "jdbc:h2:file:" + directory.resolve("keys");
        provider.open(Map.of("store.url", url, "store.user", "owner", "store.password", "right"))
                .close();

        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(
                        () -> provider.open(Map.of("store.url", url, "store.user", "owner", "store.password", "t1ger")))
                .withMessageContainingAll("store.url", "store.user", "store.password")
                .withMessageContaining("SQL state 28000")
                .satisfies(it -> assertThat(Failures.text(it)).doesNotContain("t1ger"));
    }

    @Test
    void open_wrongPasswordForAServer_isUnavailableAndDoesNotShowIt() {
        try (TestDatabase database = DatabaseKind.MARIADB.fresh()) {
            database.sqlOfServer("CREATE USER " + ROLE + " IDENTIFIED BY 'right'");
            Map<String, String> settings = new HashMap<>(database.settings());
            settings.put("store.user", ROLE);
            settings.put("store.password", "t1ger");

            assertThatExceptionOfType(UnavailableException.class)
                    .isThrownBy(() -> provider.open(settings))
                    .withMessageContainingAll("store.url", "store.user", "store.password", "SQL state 28")
                    .satisfies(it -> assertThat(Failures.text(it)).doesNotContain("t1ger"));

            database.sqlOfServer("DROP USER " + ROLE);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void open_userWhoMayMakeNoTables_isUnavailableAndSaysWhat(DatabaseKind kind) {
        try (TestDatabase database = kind.fresh()) {
            boolean isPostgres = kind == DatabaseKind.POSTGRESQL;
            String schema = database.drop().split(" ", -1)[2];
            database.sqlOfServer(
                    isPostgres
                            ? "CREATE ROLE " + ROLE + " LOGIN PASSWORD 'right'"
                            : "CREATE USER " + ROLE + " IDENTIFIED BY 'right'");
            database.sqlOfServer(
                    isPostgres
                            ? "GRANT USAGE ON SCHEMA " + schema + " TO " + ROLE
                            : "GRANT SELECT ON " + schema + ".* TO " + ROLE);
            Map<String, String> settings = new HashMap<>(database.settings());
            settings.put("store.user", ROLE);
            settings.put("store.password", "right");

            assertThatExceptionOfType(UnavailableException.class)
                    .isThrownBy(() -> provider.open(settings))
                    .withMessageContaining("could not bring its tables to version 1 (SQL state 42");

            database.sqlOfServer(isPostgres ? "DROP OWNED BY " + ROLE : "DROP USER " + ROLE);
            if (isPostgres) {
                database.sqlOfServer("DROP ROLE " + ROLE);
            }
        }
    }

    @Test
    void open_databaseOfAnotherKind_isRefused() throws SQLException {
        try (Connection h2 = DriverManager.getConnection("jdbc:h2:mem:")) {
            DatabaseMetaData mySql =
                    answering(DatabaseMetaData.class, "getDatabaseProductName", "MySQL", h2.getMetaData());
            Connection connection = answering(Connection.class, "getMetaData", mySql, h2);

            assertThatIllegalStateException()
                    .isThrownBy(() -> JdbcKeyStore.open(new ConnectingDataSource(() -> connection)))
                    .withMessage("the key database is MySQL: expected H2, PostgreSQL or MariaDB");
        }
    }

    private static <T> T answering(Class<T> type, String method, Object answer, T otherwise) {
        return type.cast(Proxy.newProxyInstance(
                JdbcKeyStoreProviderTest.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, called, arguments) ->
                        called.getName().equals(method) ? answer : called.invoke(otherwise, arguments)));
    }

    @Test
    void open_urlThatTheDriverRefuses_isNotRepeated() {
        // H2 wants ./ before a relative path, and says so with the whole URL.
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> provider.open(Map.of("store.url", "jdbc:h2:folder-of-keys/keys")))
                .satisfies(it -> assertThat(Failures.text(it)).doesNotContain("folder-of-keys"));
    }

    @Test
    void open_passwordInTheUrl_isRefused() {
        assertThat(provider.problems(Map.of("store.url", "jdbc:h2:file:./keys;USER=sa;PASSWORD=t1ger")))
                .singleElement()
                .asString()
                .contains("store.url holds a password", "store.password")
                .doesNotContain("t1ger");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void apply_afterAllConnectionsWereReplaced_isWrittenAtOnce(boolean ownPool) throws SQLException {
        String url = "jdbc:h2:file:" + directory.resolve("keys");
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMinimumIdle(0);
        try (HikariDataSource pool =
                        ownPool ? JdbcKeyStoreProvider.pool(Map.of("store.url", url)) : new HikariDataSource(config);
                KeyStore store = JdbcKeyStore.open(pool)) {
            issue(store, key(1));
            pool.getHikariPoolMXBean().softEvictConnections();

            issue(store, key(2));

            try (Connection connection = pool.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(
                            "SELECT setting_value FROM information_schema.settings WHERE setting_name = 'WRITE_DELAY'")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getString(1)).isEqualTo("0");
            }
        }
    }

    @Test
    void store_databaseGoneAndBack_isUnavailableAndWorksAgain() throws SQLException {
        Server server = start("0");
        String port = String.valueOf(server.getPort());
        String url = "jdbc:h2:tcp://localhost:" + port + "/" + directory.resolve("keys");
        try (KeyStore store = provider.open(Map.of("store.url", url))) {
            issue(store, key(1));

            server.stop();

            assertThatUnavailable(() -> store.find(id(1)));
            assertThatUnavailable(store::revision);
            assertThatUnavailable(() -> store.changesSince(0, 10));
            assertThatUnavailable(() -> issue(store, key(2)));

            server = start(port);
            untilAvailable(() -> assertThat(store.find(id(1))).isPresent());
            assertThat(store.find(id(2))).isEmpty();
            assertThat(issue(store, key(2)).revision()).isEqualTo(2);
        } finally {
            server.stop();
        }
    }

    /** Or what tries to connect would outlive the application. */
    @Test
    void close_databaseGone_endsTheThreadsOfThePool() throws Exception {
        Server server = start("0");
        String url = "jdbc:h2:tcp://localhost:" + server.getPort() + "/" + directory.resolve("keys");
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (KeyStore store = provider.open(Map.of("store.url", url))) {
            server.stop();
            while (!isConnecting()) {
                assertThatUnavailable(() -> store.find(id(1)));
            }
        } finally {
            server.stop();
        }
        for (Thread each : Thread.getAllStackTraces().keySet()) {
            if (!before.contains(each) && each.getName().startsWith("keystile:")) {
                each.join(QUICKLY.toMillis());
                assertThat(each.isAlive()).as(each.getName()).isFalse();
            }
        }
    }

    /** Whether the pool is at it to make a connection, which goes on from when one failed. */
    private static boolean isConnecting() {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Stream::of)
                .anyMatch(frame -> frame.getClassName().equals(RetryingDataSource.class.getName()));
    }

    @Test
    void open_databaseGone_isUnavailable() throws SQLException {
        Server server = start("0");
        String url = "jdbc:h2:tcp://localhost:" + server.getPort() + "/" + directory.resolve("keys");
        server.stop();

        assertThatUnavailable(() -> provider.open(Map.of("store.url", url)));
    }

    private Server start(String port) throws SQLException {
        return Server.createTcpServer(
                        "-tcpPort",
                        port,
                        "-ifNotExists",
                        "-baseDir",
                        directory.toAbsolutePath().toString())
                .start();
    }

    /** The server runs in this JVM, where the database of the one before it may still be closing. */
    private static void untilAvailable(Runnable call) {
        long began = System.nanoTime();
        while (true) {
            try {
                call.run();
                return;
            } catch (UnavailableException notYet) {
                assertThat(Duration.ofNanos(System.nanoTime() - began))
                        .as("time to recover from: %s", Failures.text(notYet))
                        .isLessThan(QUICKLY);
            }
        }
    }

    private static void assertThatUnavailable(Runnable call) {
        long began = System.nanoTime();
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(call::run)
                .satisfies(it -> assertThat(Failures.text(it)).doesNotContain(TestKeys.DIGEST));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(QUICKLY);
    }
}
