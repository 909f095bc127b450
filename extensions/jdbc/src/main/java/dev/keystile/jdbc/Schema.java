package dev.keystile.jdbc;

import dev.keystile.key.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables, made where they are missing and brought up to date where they are of an earlier version. */
final class Schema {

    /** One for each version, which never changes once a later one exists. */
    private static final List<String> SCRIPTS = List.of("V1__keystile.sql", "V2__life_of_a_key.sql");

    static final int VERSION = SCRIPTS.size();
    /** Processes that start at the same moment get in each other's way; each time one of them gets on. */
    private static final int ATTEMPTS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(Schema.class);

    private Schema() {}

    /**
     * Makes what is missing. Safe to run in many processes at once, and again after one that was cut short. What a process of
     * an earlier release writes meanwhile is kept, though none should run any more: {@code docs/databases.md} tells why.
     *
     * @throws IllegalStateException if the tables are of a later version than this one
     */
    static void prepare(Database database, Dialect dialect) {
        int present = version(database);
        if (present > VERSION) {
            throw new IllegalStateException(
                    "the key database has schema version " + present + ", this keystile-jdbc knows " + VERSION
                            + " at most: use the release that made it, or a later one");
        }
        if (present == VERSION) {
            return;
        }
        if (dialect == Dialect.H2) {
            installAlone(database);
        } else {
            installMissing(database);
        }
        if (present == 0) {
            LOG.info("made the tables of the key store, version {}", VERSION);
        } else {
            LOG.info("brought the tables of the key store from version {} to {}", present, VERSION);
        }
    }

    /**
     * H2 adds a column by making a copy of the table, and loses what others write into it meanwhile, another copy among it.
     * So it is done while the counter is locked, which all who write lock first. That takes a second connection, for
     * whatever changes a table lets go of what its own connection has locked.
     */
    private static void installAlone(Database database) {
        // The counter and its row, which nothing changes any more once they are there.
        install(database, "make its counter", statements(1).subList(0, 2));
        again(() -> database.write("wait for others who make its tables", connection -> {
            ChangeLog.lock(connection);
            installMissing(database);
            return VERSION;
        }));
    }

    private static void installMissing(Database database) {
        for (int version = version(database) + 1; version <= VERSION; version++) {
            install(database, "bring its tables to version " + version, statements(version));
        }
    }

    private static void install(Database database, String task, List<String> statements) {
        again(() -> database.alter(task, connection -> run(connection, statements)));
    }

    /** On another connection each time, for a pool may give up one on which something failed. */
    private static void again(Runnable task) {
        for (int attempt = 1; ; attempt++) {
            try {
                task.run();
                return;
            } catch (UnavailableException failure) {
                if (attempt == ATTEMPTS || !Database.wasAnswered(failure)) {
                    throw failure;
                }
            }
        }
    }

    private static int version(Database database) {
        return database.read("read the version of its schema", Schema::version);
    }

    /** 0 where there is none. */
    private static int version(Connection connection) throws SQLException {
        if (!exists(connection, "keystile_schema") && !exists(connection, "KEYSTILE_SCHEMA")) {
            return 0;
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT MAX(schema_version) FROM keystile_schema")) {
            return row.next() ? row.getInt(1) : 0;
        } catch (SQLException failure) {
            // Class 42: there is no such table here, but one in another schema.
            if (failure.getSQLState() != null && failure.getSQLState().startsWith("42")) {
                return 0;
            }
            throw failure;
        }
    }

    /** Asked of the catalogue, for a database may log a statement that names what is not there. */
    private static boolean exists(Connection connection, String table) throws SQLException {
        try (ResultSet tables = connection.getMetaData().getTables(connection.getCatalog(), null, table, null)) {
            return tables.next();
        }
    }

    private static boolean run(Connection connection, List<String> statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
            return true;
        }
    }

    /** The statements that lead to a version from the one before: its script holds no semicolon but those between them. */
    static List<String> statements(int version) {
        String name = SCRIPTS.get(version - 1);
        String script;
        try (InputStream resource = Schema.class.getResourceAsStream(name)) {
            if (resource == null) {
                throw new IllegalStateException("keystile-jdbc is damaged: it lacks " + name);
            }
            script = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        String withoutComments =
                script.lines().filter(line -> !line.startsWith("--")).collect(Collectors.joining("\n"));
        return Arrays.stream(withoutComments.split(";", -1))
                .map(String::strip)
                .filter(statement -> !statement.isEmpty())
                .toList();
    }
}
