package dev.keystile.jdbc;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyQuery;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Lists of keys, each read by one statement. Immutable. */
final class KeyLists {

    private static final int ID_LENGTH = 12;
    private static final int MAX_LAST_FOUR = 4;

    private final Dialect dialect;

    KeyLists(Dialect dialect) {
        this.dialect = dialect;
    }

    /** One page of an account's keys. */
    KeyPage page(Connection connection, KeyQuery query) throws SQLException {
        Sql sql = new Sql(KeyRows.SELECT + "(SELECT * FROM keystile_key c WHERE c.account = ?", query.account());
        query.environment().ifPresent(environment -> sql.add(" AND c.environment = ?", environment.name()));
        query.member().ifPresent(member -> sql.add(" AND c.member_id = ?", member));
        query.state().ifPresent(state -> addState(sql, state, query.account()));
        query.text().ifPresent(text -> addText(sql, text));
        query.after().ifPresent(after -> addAfter(sql, after));
        // By what is the same in all of them first: H2 finds the index that gives this order by nothing else.
        sql.add(
                " ORDER BY c.account" + (query.member().isPresent() ? ", c.member_id" : "") + ", c.created_ms DESC, "
                        + dialect.inOrder("c.key_id") + " LIMIT ?)",
                query.limit() + 1);
        sql.add(KeyRows.JOINS + " ORDER BY k.created_ms DESC, " + dialect.inOrder("k.key_id"));
        List<ApiKey> found = sql.read(connection, KeyRows::read);
        for (ApiKey key : found) {
            KeyRows.requireExact(key.account().equals(query.account()), "account", "keystile_key.account");
            KeyRows.requireExact(
                    query.member().isEmpty() || query.member().equals(key.member()),
                    "member",
                    "keystile_key.member_id");
        }
        boolean more = found.size() > query.limit();
        return new KeyPage(more ? found.subList(0, query.limit()) : found, more);
    }

    /** The first condition of {@code created_ms} says no more than the second; it is the one that an index serves. */
    private void addAfter(Sql sql, KeyQuery.Position after) {
        long created = Millis.at(after.createdAt());
        sql.add(
                " AND c.created_ms <= ? AND (c.created_ms < ? OR " + dialect.inOrder("c.key_id") + " > ?)",
                created,
                created,
                after.id().text());
    }

    /** As {@link ApiKey#status} tells it. */
    private static void addState(Sql sql, KeyQuery.State state, String account) {
        long at = Millis.at(state.at());
        String suspended = "EXISTS (SELECT 1 FROM keystile_suspension WHERE account = ?)";
        switch (state.status()) {
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
        String pattern = "%" + escaped(Dialect.fold(text)) + "%";
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
        return new Sql(
                        KeyRows.SELECT + "(SELECT * FROM keystile_key c WHERE c.announced_ms IS NULL"
                                + " AND c.revoked_ms IS NULL AND c.expires_ms >= ? AND c.expires_ms < ?"
                                + " ORDER BY c.announced_ms, c.revoked_ms, c.expires_ms, "
                                + dialect.inOrder("c.key_id") + " LIMIT ?)"
                                + KeyRows.JOINS + " ORDER BY k.expires_ms, " + dialect.inOrder("k.key_id"),
                        Millis.from(from),
                        Millis.from(by),
                        limit)
                .read(connection, KeyRows::read);
    }
}
