package dev.keystile.jdbc;

import dev.keystile.jdbc.KeyRows.Stored;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.UnavailableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists of keys, each read by one statement, or by more where keys are damaged: those are left out, and told of once each.
 *
 * <p>Safe for use by many threads.
 */
final class KeyLists {

    private static final int ID_LENGTH = 12;
    private static final int MAX_LAST_FOUR = 4;
    private static final int MAX_TOLD = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(KeyLists.class);

    private final Dialect dialect;
    /** The ids of damaged keys that were told of. */
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    KeyLists(Dialect dialect) {
        this.dialect = dialect;
    }

    /**
     * A place in a list.
     *
     * @param millis the time by which the list is in order
     * @param id     what stands in the column {@code key_id} there
     */
    private record Place(long millis, String id) {}

    /** A page as it fills. */
    private final class Found {

        private final int limit;
        private final List<ApiKey> keys = new ArrayList<>();
        private final List<KeyId> damaged = new ArrayList<>();
        /** Behind the last of the keys: on this page only if it is the last one. */
        private final List<KeyId> damagedBehind = new ArrayList<>();

        private boolean more;

        Found(int limit) {
            this.limit = limit;
        }

        boolean isFull() {
            return more;
        }

        void add(Stored stored) {
            if (more) {
                return;
            }
            if (stored.key().isEmpty()) {
                tell(stored).ifPresent(damagedBehind::add);
            } else if (keys.size() < limit) {
                damaged.addAll(damagedBehind);
                damagedBehind.clear();
                keys.add(stored.key().get());
            } else {
                more = true;
            }
        }

        KeyPage page() {
            if (!more) {
                damaged.addAll(damagedBehind);
            }
            return new KeyPage(keys, damaged, more);
        }
    }

    /** Tells of a damaged key, once. Gives its id, unless that is damaged too. */
    private Optional<KeyId> tell(Stored stored) {
        if (told.size() < MAX_TOLD && told.add(stored.id())) {
            LOG.warn(
                    "{}; it opens nothing, and is left out of lists and of notices of expiry",
                    stored.damage().map(UnavailableException::getMessage).orElse(""));
        }
        return KeyRows.idIn(stored.id());
    }

    /** One page of an account's keys. */
    KeyPage page(Connection connection, KeyQuery query) throws SQLException {
        Found found = new Found(query.limit());
        Optional<Place> after = query.after()
                .map(it -> new Place(Millis.at(it.createdAt()), it.id().text()));
        while (true) {
            List<Stored> stored = read(connection, query, after);
            for (Stored each : stored) {
                each.key().ifPresent(key -> requireAskedFor(key, query));
                found.add(each);
            }
            if (found.isFull() || stored.size() <= query.limit()) {
                return found.page();
            }
            // Some are damaged: what stands behind them takes their place.
            Stored last = stored.get(stored.size() - 1);
            after = Optional.of(new Place(last.createdMillis(), last.id()));
        }
    }

    private static void requireAskedFor(ApiKey key, KeyQuery query) {
        KeyRows.requireExact(key.account().equals(query.account()), "account", "keystile_key.account");
        KeyRows.requireExact(
                query.member().isEmpty() || query.member().equals(key.member()), "member", "keystile_key.member_id");
    }

    /** One key more than fit on the page, if there are so many; damaged ones are counted. */
    private List<Stored> read(Connection connection, KeyQuery query, Optional<Place> after) throws SQLException {
        Sql sql = new Sql(KeyRows.SELECT + "(SELECT * FROM keystile_key c WHERE c.account = ?", query.account());
        query.environment().ifPresent(environment -> sql.add(" AND c.environment = ?", environment.name()));
        query.member().ifPresent(member -> sql.add(" AND c.member_id = ?", member));
        query.status().ifPresent(status -> addStatus(sql, status, query.account()));
        query.text().ifPresent(text -> addText(sql, text));
        after.ifPresent(place -> addAfter(sql, place));
        // By what is the same in all of them first: H2 finds the index that gives this order by nothing else.
        sql.add(
                " ORDER BY c.account" + (query.member().isPresent() ? ", c.member_id" : "") + ", c.created_ms DESC, "
                        + dialect.inOrder("c.key_id") + " LIMIT ?)",
                query.limit() + 1);
        sql.add(KeyRows.JOINS + " ORDER BY k.created_ms DESC, " + dialect.inOrder("k.key_id"));
        return sql.read(connection, KeyRows::readEach);
    }

    /** The first condition of {@code created_ms} says no more than the second; it is the one that an index serves. */
    private void addAfter(Sql sql, Place after) {
        sql.add(
                " AND c.created_ms <= ? AND (c.created_ms < ? OR " + dialect.inOrder("c.key_id") + " > ?)",
                after.millis(),
                after.millis(),
                after.id());
    }

    /** As {@link ApiKey#status} tells it. */
    private static void addStatus(Sql sql, KeyQuery.StatusAt wanted, String account) {
        long at = Millis.at(wanted.at());
        String suspended = "EXISTS (SELECT 1 FROM keystile_suspension WHERE account = ?)";
        switch (wanted.status()) {
            case REVOKED -> sql.add(" AND c.revoked_ms IS NOT NULL");
            case EXPIRED -> sql.add(" AND c.revoked_ms IS NULL AND c.expires_ms <= ?", at);
            case SUSPENDED -> addNotOver(sql, at).add(" AND " + suspended, account);
            case DISABLED ->
                addNotOver(sql, at).add(" AND NOT " + suspended + " AND c.disabled_ms IS NOT NULL", account);
            case ACTIVE -> addNotOver(sql, at).add(" AND NOT " + suspended + " AND c.disabled_ms IS NULL", account);
        }
    }

    private static Sql addNotOver(Sql sql, long at) {
        return sql.add(" AND c.revoked_ms IS NULL AND (c.expires_ms IS NULL OR c.expires_ms > ?)", at);
    }

    /** What is too long to stand in a column is not looked for in it. */
    private void addText(Sql sql, String text) {
        String like = " LIKE " + dialect.foldedParameter() + " ESCAPE '!'";
        String pattern = "%" + escaped(KeyQuery.folded(text)) + "%";
        List<Object> patterns = new ArrayList<>(List.of(pattern));
        StringBuilder condition = new StringBuilder(dialect.folded("c.key_name") + like);
        if (text.length() <= ID_LENGTH) {
            condition.append(" OR ").append(dialect.folded("c.key_id")).append(like);
            patterns.add(pattern);
        }
        if (text.length() <= MAX_LAST_FOUR) {
            condition
                    .append(" OR EXISTS (SELECT 1 FROM keystile_secret t WHERE t.key_id = c.key_id AND ")
                    .append(dialect.folded("t.last_four"))
                    .append(like)
                    .append(")");
            patterns.add(pattern);
        }
        sql.add(" AND (" + condition + ")", patterns.toArray());
    }

    private static String escaped(String text) {
        return text.replace("!", "!!").replace("%", "!%").replace("_", "!_");
    }

    /** Keys of all accounts that expire within a time, and of which that was not announced. */
    List<ApiKey> expiring(Connection connection, Instant from, Instant by, int limit) throws SQLException {
        List<ApiKey> found = new ArrayList<>();
        Optional<Place> after = Optional.empty();
        while (true) {
            List<Stored> stored = expiring(connection, Millis.from(from), Millis.from(by), after, limit);
            for (Stored each : stored) {
                if (each.key().isEmpty()) {
                    tell(each);
                } else if (found.size() < limit) {
                    found.add(each.key().get());
                }
            }
            if (found.size() == limit || stored.size() < limit) {
                return found;
            }
            Stored last = stored.get(stored.size() - 1);
            after = Optional.of(new Place(last.expiresMillis(), last.id()));
        }
    }

    private List<Stored> expiring(Connection connection, long from, long by, Optional<Place> after, int limit)
            throws SQLException {
        Sql sql = new Sql(
                KeyRows.SELECT + "(SELECT * FROM keystile_key c WHERE c.announced_ms IS NULL"
                        + " AND c.revoked_ms IS NULL AND c.expires_ms >= ? AND c.expires_ms < ?",
                after.map(Place::millis).orElse(from),
                by);
        after.ifPresent(place -> sql.add(
                " AND (c.expires_ms > ? OR " + dialect.inOrder("c.key_id") + " > ?)", place.millis(), place.id()));
        sql.add(
                " ORDER BY c.announced_ms, c.revoked_ms, c.expires_ms, " + dialect.inOrder("c.key_id") + " LIMIT ?)"
                        + KeyRows.JOINS + " ORDER BY k.expires_ms, " + dialect.inOrder("k.key_id"),
                limit);
        return sql.read(connection, KeyRows::readEach);
    }
}
