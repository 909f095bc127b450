package dev.keystile.jdbc;

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

/** The tables, made where they are missing. */
final class Schema {

    private static final int VERSION = 1;
    private static final String SCRIPT = "V1__keystile.sql";
    /** Processes that start at the same moment get in each other's way; each time one of them gets on. */
    private static final int ATTEMPTS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(Schema.class);

    private Schema() {}

    /**
     * Makes what is missing. Safe to run in many processes at once, and again after one that was cut short.
     *
     * @throws IllegalStateException if the tables are of a later version than this one
     */
    static void prepare(Database database) {
        int present = database.read("read the version of its schema", Schema::version);
        if (present == 0) {
            database.read("make its tables", connection -> {
                install(connection);
                return VERSION;
            });
            LOG.info("made the tables of the key store, version {}", VERSION);
        } else if (present > VERSION) {
            throw new IllegalStateException(
                    "the key database has schema version " + present + ", this keystile-jdbc knows " + VERSION
                            + " at most: use the release that made it, or a later one");
        }
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

    private static void install(Connection connection) throws SQLException {
        List<String> statements = statements();
        for (int attempt = 1; ; attempt++) {
            try (Statement statement = connection.createStatement()) {
                for (String each : statements) {
                    statement.execute(each);
                }
                return;
            } catch (SQLException failure) {
                if (attempt == ATTEMPTS) {
                    throw failure;
                }
            }
        }
    }

    /** The statements of the script, which holds no semicolon but those between them. */
    private static List<String> statements() {
        String script;
        try (InputStream resource = Schema.class.getResourceAsStream(SCRIPT)) {
            if (resource == null) {
                throw new IllegalStateException("keystile-jdbc is damaged: it lacks " + SCRIPT);
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
