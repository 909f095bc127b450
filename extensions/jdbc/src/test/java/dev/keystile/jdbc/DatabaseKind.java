package dev.keystile.jdbc;

import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/**
 * The databases that a store can be in. PostgreSQL and MariaDB are servers that this JVM starts when they are first asked for,
 * once for all tests; or others, which {@code KEYSTILE_TEST_POSTGRESQL_URL} and {@code KEYSTILE_TEST_MARIADB_URL} name,
 * with {@code …_USER} and {@code …_PASSWORD}: the first with a database in which schemas may be made, the second up to the
 * slash behind which databases may be made.
 */
enum DatabaseKind {
    H2 {
        @Override
        TestDatabase fresh() {
            String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
            return new TestDatabase(this, url, "", "", url, "SHUTDOWN");
        }
    },

    POSTGRESQL {
        @Override
        DatabaseServer start() throws IOException {
            return new PostgresServer();
        }

        @Override
        TestDatabase fresh() {
            String server = url();
            String name = unique("t");
            TestDatabase database = new TestDatabase(
                    this,
                    server + (server.contains("?") ? "&" : "?") + "currentSchema=" + name,
                    user("postgres"),
                    password(""),
                    server,
                    "DROP SCHEMA " + name + " CASCADE");
            database.sqlOfServer("CREATE SCHEMA " + name);
            return database;
        }
    },

    MARIADB {
        @Override
        DatabaseServer start() throws IOException {
            return new MariaDbServer();
        }

        @Override
        TestDatabase fresh() {
            String server = url();
            String name = unique("t");
            TestDatabase database = new TestDatabase(
                    this,
                    server.substring(0, server.lastIndexOf('/') + 1)
                            + name
                            + server.substring(server.lastIndexOf('/') + 1),
                    user(MariaDbServer.USER),
                    password(MariaDbServer.PASSWORD),
                    server,
                    "DROP DATABASE " + name);
            // A character set that does not fit: the tables have to name their own.
            database.sqlOfServer("CREATE DATABASE " + name + " CHARACTER SET latin1");
            return database;
        }
    };

    /** A database of its own for whoever asks: empty, without tables. */
    abstract TestDatabase fresh();

    DatabaseServer start() throws IOException {
        throw new IllegalStateException(this + " needs no server");
    }

    /** The server that this JVM started; none where a server of somebody else's is used. */
    final Optional<DatabaseServer> ownServer() {
        if (variable("URL").isPresent()) {
            return Optional.empty();
        }
        return Optional.of(DatabaseServer.of(this));
    }

    final String url() {
        return variable("URL").orElseGet(() -> ownServer().orElseThrow().url());
    }

    final String user(String own) {
        return variable("URL").isPresent() ? variable("USER").orElse("") : own;
    }

    final String password(String own) {
        return variable("URL").isPresent() ? variable("PASSWORD").orElse("") : own;
    }

    private Optional<String> variable(String what) {
        return Optional.ofNullable(System.getenv("KEYSTILE_TEST_" + this + "_" + what));
    }

    private static String unique(String prefix) {
        return prefix + UUID.randomUUID().toString().replace("-", "");
    }
}
