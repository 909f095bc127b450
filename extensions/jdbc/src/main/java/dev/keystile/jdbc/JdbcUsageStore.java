package dev.keystile.jdbc;

import dev.keystile.key.KeyId;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.UsageCount;
import dev.keystile.key.UsageStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Counts in {@code keystile_usage}, and times in {@code keystile_last_use}. Safe for use by many threads. */
final class JdbcUsageStore implements UsageStore {

    private static final Comparator<KeyId> BY_ID = Comparator.comparing(KeyId::text);

    /** Writers that add to the same counts get in each other's way; each time one of them gets on. */
    private static final int ATTEMPTS = 10;

    /** So that deleting them takes far less than a statement may take. */
    private static final int ROWS_FORGOTTEN_AT_ONCE = 1000;

    private final Database database;
    private final Dialect dialect;

    JdbcUsageStore(Database database, Dialect dialect) {
        this.database = database;
        this.dialect = dialect;
    }

    /** What is counted. In the order in which all writers lock rows, so that none waits for another that waits for it. */
    private record Slot(KeyId key, Instant hour, String outcome) implements Comparable<Slot> {

        private static final Comparator<Slot> ORDER =
                Comparator.comparing(Slot::key, BY_ID).thenComparing(Slot::hour).thenComparing(Slot::outcome);

        @Override
        public int compareTo(Slot other) {
            return ORDER.compare(this, other);
        }
    }

    @Override
    public void add(List<UsageCount> counts, Map<KeyId, Instant> lastUsed) {
        if (counts.isEmpty() && lastUsed.isEmpty()) {
            return;
        }
        TreeMap<Slot, Long> sums = new TreeMap<>();
        counts.forEach(it -> sums.merge(new Slot(it.key(), it.hour(), it.outcome()), it.requests(), Long::sum));
        TreeMap<KeyId, Instant> used = new TreeMap<>(BY_ID);
        used.putAll(lastUsed);
        written("add to what keys were used", connection -> {
            Sql.batch(connection, dialect.addToUsage(), sums.entrySet(), (statement, sum) -> {
                statement.setString(1, sum.getKey().key().text());
                statement.setLong(2, Millis.at(sum.getKey().hour()));
                statement.setString(3, sum.getKey().outcome());
                statement.setLong(4, sum.getValue());
            });
            Sql.batch(connection, dialect.moveLastUse(), used.entrySet(), (statement, use) -> {
                statement.setString(1, use.getKey().text());
                statement.setLong(2, Millis.at(use.getValue()));
            });
            return sums.size();
        });
    }

    @Override
    public Map<KeyId, Instant> lastUsed(Collection<KeyId> keys) {
        List<String> ids = keys.stream().map(KeyId::text).distinct().toList();
        return database.read("tell when keys were last used", connection -> {
            Map<KeyId, Instant> found = new HashMap<>();
            for (List<String> portion : Sql.portions(ids)) {
                new Sql("SELECT key_id, used_ms FROM keystile_last_use WHERE key_id")
                        .addIn(portion)
                        .read(connection, rows -> {
                            while (rows.next()) {
                                found.put(KeyRows.keyId(rows), Instant.ofEpochMilli(rows.getLong("used_ms")));
                            }
                            return found.size();
                        });
            }
            return found;
        });
    }

    @Override
    public List<UsageCount> counts(KeyId key, Instant from, Instant to) {
        return database.read(
                "tell how often key " + key + " was used",
                connection -> new Sql(
                                "SELECT hour_ms, outcome, requests FROM keystile_usage"
                                        + " WHERE key_id = ? AND hour_ms >= ? AND hour_ms < ?",
                                key.text(),
                                Millis.from(from),
                                Millis.from(to))
                        .read(connection, rows -> counts(key, rows)));
    }

    private static List<UsageCount> counts(KeyId key, ResultSet rows) throws SQLException {
        List<UsageCount> counts = new ArrayList<>();
        while (rows.next()) {
            try {
                counts.add(new UsageCount(
                        key,
                        Instant.ofEpochMilli(rows.getLong("hour_ms")),
                        rows.getString("outcome"),
                        rows.getLong("requests")));
            } catch (IllegalArgumentException damaged) {
                throw new UnavailableException(
                        "the usage of key " + key + " is damaged: " + damaged.getMessage() + " in keystile_usage");
            }
        }
        counts.sort(Comparator.comparing(UsageCount::hour).thenComparing(UsageCount::outcome));
        return counts;
    }

    /** Some keys of an hour at a time, each in a transaction of its own: years may have gathered, and millions of rows an hour. */
    @Override
    public void forgetBefore(Instant hour) {
        long end = Millis.from(hour);
        boolean more = true;
        while (more) {
            more = written("forget how often keys were used", connection -> forgetSome(connection, end));
        }
    }

    /** Whether there was anything to forget. */
    private static boolean forgetSome(Connection connection, long end) throws SQLException {
        long oldest = new Sql("SELECT MIN(hour_ms) FROM keystile_usage WHERE hour_ms < ?", end)
                .read(connection, row -> row.next() && row.getObject(1) != null ? row.getLong(1) : end);
        if (oldest == end) {
            return false;
        }
        Set<String> keys = new Sql(
                        "SELECT key_id FROM keystile_usage WHERE hour_ms = ? LIMIT ?", oldest, ROWS_FORGOTTEN_AT_ONCE)
                .read(connection, rows -> {
                    Set<String> some = new TreeSet<>();
                    while (rows.next()) {
                        some.add(rows.getString("key_id"));
                    }
                    return some;
                });
        if (!keys.isEmpty()) {
            new Sql("DELETE FROM keystile_usage WHERE hour_ms = ? AND key_id", oldest)
                    .addIn(keys)
                    .write(connection);
        }
        return true;
    }

    /** Does work in one transaction, and does it again where somebody else got in its way. */
    private <T> T written(String task, Database.Work<T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return database.write(task, work);
            } catch (UnavailableException failure) {
                if (attempt == ATTEMPTS || !Database.isCollision(failure)) {
                    throw failure;
                }
            }
        }
    }
}
