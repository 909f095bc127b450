package dev.keystile.jdbc;

import dev.keystile.key.KeyQuery;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;

/** What the databases say in words of their own. */
enum Dialect {
    H2 {
        /** Its {@code LOWER} changes letters by what stands beside them, and some into two. */
        @Override
        String folded(String column) {
            return "TRANSLATE(" + column + ", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')";
        }

        @Override
        String addToUsage() {
            return "MERGE INTO keystile_usage t USING (VALUES (CAST(? AS VARCHAR), CAST(? AS BIGINT), CAST(? AS"
                    + " VARCHAR), CAST(? AS BIGINT))) n (key_id, hour_ms, outcome, requests)"
                    + " ON t.key_id = n.key_id AND t.hour_ms = n.hour_ms AND t.outcome = n.outcome"
                    + " WHEN MATCHED THEN UPDATE SET requests = t.requests + n.requests"
                    + " WHEN NOT MATCHED THEN INSERT (key_id, hour_ms, outcome, requests)"
                    + " VALUES (n.key_id, n.hour_ms, n.outcome, n.requests)";
        }

        @Override
        String moveLastUse() {
            return "MERGE INTO keystile_last_use t USING (VALUES (CAST(? AS VARCHAR), CAST(? AS BIGINT)))"
                    + " n (key_id, used_ms) ON t.key_id = n.key_id"
                    + " WHEN MATCHED AND t.used_ms < n.used_ms THEN UPDATE SET used_ms = n.used_ms"
                    + " WHEN NOT MATCHED THEN INSERT (key_id, used_ms) VALUES (n.key_id, n.used_ms)";
        }
    },

    POSTGRESQL {
        /** By code, and not by the rules of a language. */
        @Override
        String inOrder(String column) {
            return column + " COLLATE \"C\"";
        }

        @Override
        String folded(String column) {
            return "LOWER(" + column + " COLLATE \"C\")";
        }

        /**
         * Said so that only the index of accounts gives the order: the planner would rather go back through the lines of all
         * accounts, which is quick for an account that changes all the time, and not for one that has changed long ago.
         */
        @Override
        void addTrail(Sql sql, String account, long before) {
            sql.add(
                    "(account, revision) >= (?, 0) AND (account, revision) < (?, ?)"
                            + " ORDER BY account DESC, revision DESC",
                    account,
                    account,
                    before);
        }

        /** Tells those who listen, with the commit; the revision and nothing of the key, for anybody may listen. */
        @Override
        void moveCounter(Connection connection, long revision, boolean telling) throws SQLException {
            if (telling) {
                new Sql(MOVE_COUNTER + " RETURNING pg_notify('" + CHANNEL + "', revision::text)", revision)
                        .read(connection, ResultSet::next);
            } else {
                super.moveCounter(connection, revision, false);
            }
        }

        @Override
        String addToUsage() {
            return INSERT_USAGE + " ON CONFLICT (key_id, hour_ms, outcome)"
                    + " DO UPDATE SET requests = keystile_usage.requests + EXCLUDED.requests";
        }

        @Override
        String moveLastUse() {
            return INSERT_LAST_USE + " ON CONFLICT (key_id) DO UPDATE SET used_ms = EXCLUDED.used_ms"
                    + " WHERE keystile_last_use.used_ms < EXCLUDED.used_ms";
        }
    },

    MARIADB {
        /** Letters beyond ASCII are folded too, one by one. */
        @Override
        String folded(String column) {
            return "LOWER(" + column + ")";
        }

        @Override
        String foldedParameter() {
            return "LOWER(?)";
        }

        @Override
        String addToUsage() {
            return INSERT_USAGE + " ON DUPLICATE KEY UPDATE requests = requests + VALUES(requests)";
        }

        @Override
        String moveLastUse() {
            return INSERT_LAST_USE + " ON DUPLICATE KEY UPDATE used_ms = GREATEST(used_ms, VALUES(used_ms))";
        }
    };

    /** On which PostgreSQL tells of changes. */
    static final String CHANNEL = "keystile_change";

    private static final String MOVE_COUNTER = "UPDATE keystile_revision SET revision = ? WHERE id = 1";
    private static final String INSERT_USAGE =
            "INSERT INTO keystile_usage (key_id, hour_ms, outcome, requests) VALUES (?, ?, ?, ?)";
    private static final String INSERT_LAST_USE = "INSERT INTO keystile_last_use (key_id, used_ms) VALUES (?, ?)";

    /**
     * The dialect that the database behind a connection speaks.
     *
     * @throws IllegalStateException if it is none of those that the tables are made for
     */
    static Dialect of(Connection connection) throws SQLException {
        String product = connection.getMetaData().getDatabaseProductName();
        return switch (product) {
            case "H2" -> H2;
            case "PostgreSQL" -> POSTGRESQL;
            case "MariaDB" -> MARIADB;
            default ->
                throw new IllegalStateException(
                        "the key database is " + product + ": expected H2, PostgreSQL or MariaDB");
        };
    }

    /** A column of key ids as lists are ordered by it. */
    String inOrder(String column) {
        return column;
    }

    /** A column without regard to the case of ASCII letters, to be compared with {@link #foldedParameter}. */
    abstract String folded(String column);

    /** A parameter that went through {@link KeyQuery#folded}. */
    String foldedParameter() {
        return "?";
    }

    /** Adds the condition that lines of the audit trail are of an account and before a revision, and their order. */
    void addTrail(Sql sql, String account, long before) {
        // By the account first: H2 finds the index that gives this order by nothing else.
        sql.add("account = ? AND revision < ? ORDER BY account DESC, revision DESC", account, before);
    }

    /**
     * Moves the counter of revisions.
     *
     * @param telling whether processes that listen shall hear of it, where the database has a way to tell them
     */
    void moveCounter(Connection connection, long revision, boolean telling) throws SQLException {
        new Sql(MOVE_COUNTER, revision).write(connection);
    }

    /** Takes a key, an hour, an outcome and a number of requests, and adds. */
    abstract String addToUsage();

    /** Takes a key and a time, and keeps the later one. */
    abstract String moveLastUse();
}
