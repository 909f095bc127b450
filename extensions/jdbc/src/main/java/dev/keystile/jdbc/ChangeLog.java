package dev.keystile.jdbc;

import dev.keystile.key.AuditEntry;
import dev.keystile.key.AuditPage;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChanges;
import dev.keystile.key.KeyId;
import dev.keystile.key.UnavailableException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What was ever changed, by revision: {@code keystile_change}, which is the audit trail as well, and the counter of revisions
 * {@code keystile_revision}. Lines are added to it, and none is ever changed or taken away but by the owner of the tables.
 */
final class ChangeLog {

    private static final String REVISION = "SELECT revision FROM keystile_revision WHERE id = 1";

    private static final String INSERT = "INSERT INTO keystile_change (revision, key_id, account, change_action, actor,"
            + " address, detail, changed_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

    /** Stands for the key where the account itself was changed. */
    private static final String NO_KEY = "";

    /** One statement, so that the end of the log and the changes before it are of the same moment. */
    private static final String CHANGES = "SELECT r.revision AS last_revision, c.revision AS change_revision, c.key_id,"
            + " c.suspended_account FROM keystile_revision r LEFT JOIN"
            + " (SELECT revision, key_id, CASE WHEN key_id = '' THEN account END AS suspended_account"
            + " FROM keystile_change WHERE revision > ? ORDER BY revision LIMIT ?) c ON 1 = 1"
            + " WHERE r.id = 1 ORDER BY c.revision";

    private static final Map<String, KeyAction> ACTIONS =
            Arrays.stream(KeyAction.values()).collect(Collectors.toMap(KeyAction::word, Function.identity()));

    private ChangeLog() {}

    /**
     * Locks the counter until the transaction ends, and tells the last revision. Done first of all, so that whoever changes
     * anything waits here, and nobody for somebody who waits.
     */
    static long lock(Connection connection) throws SQLException {
        return new Sql(REVISION + " FOR UPDATE").read(connection, ChangeLog::revision);
    }

    /** What moves the counter of revisions. */
    @FunctionalInterface
    interface Counter {
        void move(Connection connection, long revision) throws SQLException;
    }

    /** Writes lines, 1 or more, of revisions that follow on one another, and moves the counter to the last of them. */
    static void append(Connection connection, Counter counter, List<AuditEntry> lines) throws SQLException {
        Sql.batch(connection, INSERT, lines, (statement, line) -> {
            statement.setLong(1, line.revision());
            statement.setString(2, line.key().map(KeyId::text).orElse(NO_KEY));
            statement.setString(3, line.account());
            statement.setString(4, line.action().word());
            statement.setString(5, line.actor());
            if (line.address().isPresent()) {
                statement.setString(6, line.address().get());
            } else {
                statement.setNull(6, Types.VARCHAR);
            }
            statement.setString(7, line.detail());
            statement.setLong(8, line.at().toEpochMilli());
        });
        counter.move(connection, lines.get(lines.size() - 1).revision());
    }

    /** The last revision. */
    static long revision(Connection connection) throws SQLException {
        return new Sql(REVISION).read(connection, ChangeLog::revision);
    }

    private static long revision(ResultSet row) throws SQLException {
        if (!row.next()) {
            throw noCounter();
        }
        return row.getLong(1);
    }

    /** What was changed since a revision. */
    static KeyChanges since(Connection connection, long revision, int limit) throws SQLException {
        return new Sql(CHANGES, revision, limit).read(connection, rows -> changes(rows, Math.max(0, revision), limit));
    }

    private static KeyChanges changes(ResultSet rows, long since, int limit) throws SQLException {
        List<KeyId> changed = new ArrayList<>();
        Set<String> accounts = new HashSet<>();
        long told = since;
        if (!rows.next()) {
            throw noCounter();
        }
        long last = rows.getLong("last_revision");
        if (last <= since) {
            return new KeyChanges(List.of(), last, false);
        }
        do {
            // No row at all reads as 0.
            if (rows.getLong("change_revision") != told + 1) {
                break;
            }
            String account = rows.getString("suspended_account");
            if (account == null) {
                changed.add(KeyRows.keyId(rows));
            } else {
                accounts.add(account);
            }
            told++;
        } while (rows.next());
        if (told < last && told - since < limit) {
            // Whoever went on as if nothing was missing would keep a key that was revoked in between.
            return KeyChanges.anything(last);
        }
        return new KeyChanges(changed, accounts, told, told < last);
    }

    private static UnavailableException noCounter() {
        return new UnavailableException("keystile_revision has lost its row");
    }

    /** One page of the audit trail. */
    static AuditPage page(Connection connection, Dialect dialect, AuditQuery query) throws SQLException {
        Sql sql = new Sql("SELECT revision, account, key_id, change_action, actor, address, detail, changed_ms"
                + " FROM keystile_change WHERE ");
        long before = query.before().orElse(Long.MAX_VALUE);
        if (query.key().isPresent()) {
            sql.add(
                    "account = ? AND key_id = ? AND revision < ? ORDER BY revision DESC",
                    query.account(),
                    query.key().get().text(),
                    before);
        } else {
            dialect.addTrail(sql, query.account(), before);
        }
        sql.add(" LIMIT ?", query.limit() + 1);
        List<AuditEntry> found = sql.read(connection, rows -> {
            List<AuditEntry> entries = new ArrayList<>();
            while (rows.next()) {
                entries.add(entry(rows));
            }
            return entries;
        });
        for (AuditEntry entry : found) {
            KeyRows.requireExact(entry.account().equals(query.account()), "account", "keystile_change.account");
        }
        boolean more = found.size() > query.limit();
        return new AuditPage(more ? found.subList(0, query.limit()) : found, more);
    }

    private static AuditEntry entry(ResultSet row) throws SQLException {
        long revision = row.getLong("revision");
        KeyAction action = ACTIONS.get(row.getString("change_action"));
        if (action == null) {
            throw new UnavailableException("revision " + revision + " in keystile_change is of an unknown action: '"
                    + row.getString("change_action") + "'");
        }
        return new AuditEntry(
                revision,
                row.getString("account"),
                NO_KEY.equals(row.getString("key_id")) ? Optional.empty() : Optional.of(KeyRows.keyId(row)),
                action,
                row.getString("actor"),
                Optional.ofNullable(row.getString("address")),
                Objects.requireNonNullElse(row.getString("detail"), ""),
                Instant.ofEpochMilli(row.getLong("changed_ms")));
    }
}
