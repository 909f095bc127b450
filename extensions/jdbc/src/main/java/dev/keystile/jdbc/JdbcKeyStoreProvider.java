package dev.keystile.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import dev.keystile.config.KeyStoreProvider;
import dev.keystile.config.Setting;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the store of {@code store.type = jdbc}: a {@link JdbcKeyStore} with a connection pool of its own, which the store
 * closes with itself.
 *
 * <p>A database that is gone is noticed after one second at most, which is how long a connection is waited for, and one that is
 * back within a quarter of a second. Safe for use by many threads.
 */
public final class JdbcKeyStoreProvider implements KeyStoreProvider {

    private static final Setting URL = Setting.secret(
            "store.url",
            "JDBC URL",
            "Where the keys are: an H2, PostgreSQL or MariaDB database, whose driver stands beside keystile-jdbc. A relative"
                    + " H2 file is relative to the working directory of the process. A password in it stops the"
                    + " start, for drivers repeat URLs: it stands in store.password.",
            "jdbc:h2:file:./data/keys");
    private static final Setting USER = Setting.of(
            "store.user", "text", "", "The database user. Owns the tables, or may read and change them.", "keystile");
    private static final Setting PASSWORD =
            Setting.secret("store.password", "text", "The database user's password.", "${KEYSTILE_DB_PASSWORD}");
    private static final Setting POOL_SIZE = Setting.of(
            "store.pool-size",
            "number from 1 to 100",
            "8",
            "Connections to the database, at most. Requests take 4 of them at most, for keys in use are cached, and who"
                    + " manages keys 3; below 8, they and the reading of the change log wait for each other.",
            "8");

    private static final Setting LISTEN = Setting.of(
            "store.listen",
            "`true` or `false`",
            "true",
            "Whether PostgreSQL tells all processes of a change at once (`LISTEN`, `NOTIFY`), for which each keeps one connection"
                    + " more. `false` behind a pooler that changes servers between transactions, such as PgBouncer in"
                    + " transaction mode, for all processes alike; changes are seen with the next reading of the change log"
                    + " then, as on other databases.",
            "false");

    private static final Logger LOG = LoggerFactory.getLogger(JdbcKeyStoreProvider.class);

    private static final String AUTO_SERVER = "AUTO_SERVER=TRUE";
    private static final String H2_BIND_ADDRESS = "h2.bindAddress";
    /** {@code DATABASE_NOT_FOUND_WITH_IF_EXISTS_1}. */
    private static final int H2_NOT_THERE = 90_146;

    private static final int MAX_POOL_SIZE = 100;
    private static final long CONNECTION_TIMEOUT_MILLIS = 1_000;
    private static final long VALIDATION_TIMEOUT_MILLIS = 500;

    /** For {@link ServiceLoader}. */
    public JdbcKeyStoreProvider() {}

    /** {@code jdbc}. */
    @Override
    public String type() {
        return "jdbc";
    }

    @Override
    public List<Setting> settings() {
        return List.of(URL, USER, PASSWORD, POOL_SIZE, LISTEN);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the tables are of a later version than this one knows
     */
    @Override
    public KeyStore open(Map<String, String> values) {
        Drivers.retain();
        try {
            return open(values, pool(values));
        } catch (RuntimeException failure) {
            Drivers.release();
            throw failure;
        }
    }

    private static KeyStore open(Map<String, String> values, HikariDataSource pool) {
        try {
            return JdbcKeyStore.open(pool, listening(values), () -> close(pool));
        } catch (RuntimeException failure) {
            end(pool);
            throw failure;
        }
    }

    private static void close(HikariDataSource pool) {
        // A store may be closed twice.
        if (!pool.isClosed()) {
            end(pool);
            Drivers.release();
        }
    }

    private static void end(HikariDataSource pool) {
        if (pool.getDataSource() instanceof RetryingDataSource source) {
            source.close();
        }
        pool.close();
    }

    @Override
    public List<String> problems(Map<String, String> values) {
        return problemsOf(values);
    }

    private static List<String> problemsOf(Map<String, String> values) {
        List<String> problems = new ArrayList<>();
        String url = values.getOrDefault(URL.name(), "").strip();
        if (url.isEmpty()) {
            problems.add(URL.name() + " is missing: expected a JDBC URL, such as " + URL.example());
        } else if (!url.startsWith("jdbc:")) {
            problems.add(
                    URL.name() + " is not a JDBC URL: expected one that begins with jdbc:, such as " + URL.example());
        } else if (Drivers.find(url).isEmpty()) {
            problems.add(
                    URL.name() + " begins with " + scheme(url) + ", for which the class path holds no driver: expected"
                            + " jdbc:h2:, jdbc:postgresql: or jdbc:mariadb:, and the driver's jar beside keystile-jdbc");
        }
        if (url.toLowerCase(Locale.ROOT).contains("password=")) {
            problems.add(
                    URL.name() + " holds a password: expected it in " + PASSWORD.name() + ", for drivers repeat URLs");
        }
        poolSize(values, problems);
        isListening(values, problems);
        return problems;
    }

    /** What makes a connection past the pool, for one that is kept for good; empty where that is not wanted. */
    private static Optional<Connector> listening(Map<String, String> values) {
        if (!isListening(values, new ArrayList<>())) {
            return Optional.empty();
        }
        String url = values.getOrDefault(URL.name(), "").strip();
        Properties properties = new Properties();
        properties.putAll(connectBounds(url));
        properties.setProperty("tcpKeepAlive", "true");
        return Optional.of(connector(url, properties, values));
    }

    private static Connector connector(String url, Properties properties, Map<String, String> values) {
        Driver driver = Drivers.find(url).orElseThrow();
        Optional.ofNullable(values.get(USER.name())).ifPresent(user -> properties.setProperty("user", user));
        Optional.ofNullable(values.get(PASSWORD.name()))
                .ifPresent(password -> properties.setProperty("password", password));
        return () -> {
            Connection connection = driver.connect(url, properties);
            if (connection == null) {
                throw new SQLException("the driver " + driver.getClass().getName() + " does not know the URL", "08001");
            }
            return connection;
        };
    }

    private static boolean isListening(Map<String, String> values, List<String> problems) {
        String value = values.getOrDefault(LISTEN.name(), LISTEN.defaultValue());
        if (!value.equals("true") && !value.equals("false")) {
            problems.add(LISTEN.name() + " is '" + value + "': expected true or false");
        }
        return value.equals("true");
    }

    /** The pool of a store, connected. */
    static HikariDataSource pool(Map<String, String> values) {
        return connect(configure(values));
    }

    private static HikariConfig configure(Map<String, String> values) {
        List<String> problems = problemsOf(values);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        String url = values.getOrDefault(URL.name(), "").strip();
        HikariConfig config = new HikariConfig();
        config.setPoolName("keystile");
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(poolSize(values, problems));
        config.setMinimumIdle(1);
        config.setConnectionTimeout(CONNECTION_TIMEOUT_MILLIS);
        config.setValidationTimeout(VALIDATION_TIMEOUT_MILLIS);
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        config.setExceptionOverride(new EvictAfterFailure());
        Properties driver = new Properties();
        driver.putAll(connectBounds(url));
        if (scheme(url).equals("jdbc:postgresql:")) {
            // Rows that are written together travel as one statement.
            driver.setProperty("reWriteBatchedInserts", "true");
        }
        if (scheme(url).equals("jdbc:h2:")) {
            // Whoever makes its tables needs two.
            config.setMaximumPoolSize(Math.max(2, config.getMaximumPoolSize()));
            driver.putAll(h2Settings(url));
        }
        config.setDataSource(new RetryingDataSource(connector(url, driver, values)));
        return config;
    }

    /**
     * How long a driver may take to connect. The pool makes one connection after the other and bounds none of them, and
     * PostgreSQL's driver waits for ever for a server that accepts and then says nothing. What the URL says wins.
     */
    private static Map<String, String> connectBounds(String url) {
        return switch (scheme(url)) {
            case "jdbc:postgresql:" -> Map.of("loginTimeout", "5", "connectTimeout", "5");
            case "jdbc:mariadb:" -> Map.of("connectTimeout", "5000");
            default -> Map.of();
        };
    }

    /**
     * What H2 is told with every connection, for it forgets it when the last one is closed and the database with it: to
     * keep no commit in memory, to answer no query by an earlier result, and to leave closing to the pool, as its own
     * shutdown hook would close under requests that a stopping process still answers. What the URL says wins.
     */
    private static Map<String, String> h2Settings(String url) {
        Map<String, String> settings = new LinkedHashMap<>(
                Map.of("WRITE_DELAY", "0", "OPTIMIZE_REUSE_RESULTS", "0", "DB_CLOSE_ON_EXIT", "FALSE"));
        String upper = url.toUpperCase(Locale.ROOT);
        if (upper.contains(AUTO_SERVER)) {
            // H2 refuses the two together: it closes the file for all at the exit of the process that serves it.
            settings.remove("DB_CLOSE_ON_EXIT");
            warnOfOpenPort();
        }
        settings.keySet().removeIf(upper::contains);
        return settings;
    }

    private static void warnOfOpenPort() {
        if (System.getProperty(H2_BIND_ADDRESS, "").isBlank()) {
            LOG.warn(
                    "{} says {}: H2 serves the file to other processes on a port of every address of this host, and not"
                            + " of the loopback address alone unless the JVM is started with -D{}=127.0.0.1",
                    URL.name(),
                    AUTO_SERVER,
                    H2_BIND_ADDRESS);
        }
    }

    private static int poolSize(Map<String, String> values, List<String> problems) {
        String value = values.getOrDefault(POOL_SIZE.name(), POOL_SIZE.defaultValue());
        try {
            int size = Integer.parseInt(value.strip());
            if (size >= 1 && size <= MAX_POOL_SIZE) {
                return size;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, as a number out of bounds is.
        }
        problems.add(POOL_SIZE.name() + " is '" + value + "': expected a whole number from 1 to " + MAX_POOL_SIZE);
        return 1;
    }

    private static String scheme(String url) {
        int end = url.indexOf(':', "jdbc:".length());
        return end < 0 ? "jdbc:" : url.substring(0, end + 1);
    }

    private static HikariDataSource connect(HikariConfig config) {
        try {
            return new HikariDataSource(config);
        } catch (PoolInitializationException failure) {
            if (isMissing(failure)) {
                throw new UnavailableException(
                        "the H2 database that " + URL.name()
                                + " names is not there, and IFEXISTS=TRUE lets none be made"
                                + " (a relative file is relative to the working directory of the process)",
                        Database.withoutText(failure));
            }
            throw new UnavailableException(
                    "the key database of " + URL.name() + " (" + scheme(config.getJdbcUrl())
                            + "…) cannot be reached: is it " + whatItNeeds(config.getJdbcUrl()) + ", and are "
                            + USER.name() + " and "
                            + PASSWORD.name() + " right?" + Database.stateOf(failure),
                    Database.withoutText(failure));
        }
    }

    private static String whatItNeeds(String url) {
        return scheme(url).equals("jdbc:h2:")
                ? "free (an H2 file takes one process at a time, unless all that open it say " + AUTO_SERVER + ")"
                : "running, does the database exist";
    }

    private static boolean isMissing(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getErrorCode() == H2_NOT_THERE) {
                return true;
            }
        }
        return false;
    }
}
