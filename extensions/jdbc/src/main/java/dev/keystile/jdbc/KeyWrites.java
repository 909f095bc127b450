package dev.keystile.jdbc;

import dev.keystile.key.AccountChange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditEntry;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.KeyRevocation;
import dev.keystile.key.KeySecret;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Changes of keys and accounts, inside a transaction. */
final class KeyWrites {

    private static final String PRESENT = "SELECT k.key_id, k.revision, " + KeyRows.SECRET_COLUMNS
            + " FROM keystile_key k LEFT JOIN keystile_secret s ON s.key_id = k.key_id WHERE k.key_id";

    private KeyWrites() {}

    /** A key as it is before a change. */
    private record Present(long revision, List<KeySecret> secrets) {
        static final Present NONE = new Present(0, List.of());
    }

    /** A key as it shall be, and the revision that it has until then. */
    private record Update(ApiKey key, long from) {}

    /**
     * Applies changes, 1 or more, to different keys.
     *
     * @throws KeyRefusedException if a key is not the one its change was made from, or a new one's account is suspended
     */
    static List<ApiKey> apply(Connection connection, ChangeLog.Counter counter, List<KeyChange> changes)
            throws SQLException {
        long revision = ChangeLog.lock(connection);
        // Nobody else changes anything from here on: what is read now stays true until the commit.
        Map<String, Instant> suspended = suspended(
                connection, changes.stream().map(it -> it.key().account()).collect(Collectors.toSet()));
        Map<String, Present> before = present(
                connection, changes.stream().map(it -> it.key().id().text()).toList());
        List<ApiKey> stored = new ArrayList<>(changes.size());
        List<AuditEntry> lines = new ArrayList<>(changes.size());
        for (KeyChange change : changes) {
            ApiKey wanted = change.key();
            if (before.getOrDefault(wanted.id().text(), Present.NONE).revision() != wanted.revision()) {
                throw KeyRefusedException.conflict(wanted.id());
            }
            if (wanted.revision() == 0 && suspended.containsKey(wanted.account())) {
                throw KeyRefusedException.suspended(wanted.account());
            }
            revision++;
            ApiKey.Builder made = wanted.toBuilder().revision(revision).notSuspended();
            Optional.ofNullable(suspended.get(wanted.account())).ifPresent(made::suspendedAt);
            stored.add(made.build());
            lines.add(line(change, revision));
        }
        write(connection, stored, before);
        ChangeLog.append(connection, counter, lines);
        return stored;
    }

    private static AuditEntry line(KeyChange change, long revision) {
        return new AuditEntry(
                revision,
                change.key().account(),
                Optional.of(change.key().id()),
                change.action(),
                change.actor(),
                change.address(),
                change.detail(),
                change.at());
    }

    private static Map<String, Present> present(Connection connection, List<String> ids) throws SQLException {
        Map<String, Present> present = new HashMap<>();
        for (List<String> portion : Sql.portions(ids)) {
            new Sql(PRESENT).addIn(portion).read(connection, rows -> addPresent(present, rows));
        }
        return present;
    }

    private static int addPresent(Map<String, Present> present, ResultSet rows) throws SQLException {
        while (rows.next()) {
            long revision = rows.getLong("revision");
            Present key =
                    present.computeIfAbsent(rows.getString("key_id"), id -> new Present(revision, new ArrayList<>()));
            rows.getInt("secret_number");
            if (!rows.wasNull()) {
                key.secrets().add(KeyRows.secret(rows));
            }
        }
        return present.size();
    }

    private static void write(Connection connection, List<ApiKey> keys, Map<String, Present> before)
            throws SQLException {
        List<ApiKey> issued = new ArrayList<>();
        List<Update> updates = new ArrayList<>();
        List<ApiKey> withOtherSecrets = new ArrayList<>();
        for (ApiKey key : keys) {
            Present present = before.get(key.id().text());
            if (present == null) {
                issued.add(key);
            } else {
                updates.add(new Update(key, present.revision()));
                // Those that stay as they are stay untouched, as when thousands of keys are revoked.
                if (!Set.copyOf(present.secrets()).equals(Set.copyOf(key.secrets()))) {
                    withOtherSecrets.add(key);
                }
            }
        }
        Sql.batch(connection, KeyRows.INSERT_KEY, issued, KeyRows::bindKey);
        update(connection, updates);
        Sql.batch(
                connection,
                "DELETE FROM keystile_secret WHERE key_id = ?",
                withOtherSecrets,
                (statement, key) -> statement.setString(1, key.id().text()));
        insertSecrets(connection, issued);
        insertSecrets(connection, withOtherSecrets);
    }

    private static void update(Connection connection, List<Update> updates) throws SQLException {
        List<Integer> changed = Sql.batch(
                connection,
                KeyRows.UPDATE_KEY,
                updates,
                (statement, update) -> statement.setLong(KeyRows.bindKey(statement, update.key()), update.from()));
        int first = changed.indexOf(0);
        if (first >= 0) {
            // Somebody changed it past the counter.
            throw KeyRefusedException.conflict(updates.get(first).key().id());
        }
    }

    private static void insertSecrets(Connection connection, List<ApiKey> keys) throws SQLException {
        List<StoredSecret> secrets = keys.stream()
                .flatMap(key -> key.secrets().stream().map(secret -> new StoredSecret(key.id(), secret)))
                .toList();
        Sql.batch(
                connection,
                KeyRows.INSERT_SECRET,
                secrets,
                (statement, it) -> KeyRows.bindSecret(statement, it.id(), it.secret()));
    }

    /** A secret and whose it is. */
    private record StoredSecret(KeyId id, KeySecret secret) {}

    /**
     * Revokes a key, whatever else its row says.
     *
     * @return false if the account has no such key, or it is revoked already
     */
    static boolean apply(Connection connection, ChangeLog.Counter counter, KeyRevocation revocation)
            throws SQLException {
        long revision = ChangeLog.lock(connection) + 1;
        int changed = new Sql(
                        "UPDATE keystile_key SET revision = ?, revoked_ms = ?"
                                + " WHERE key_id = ? AND account = ? AND revoked_ms IS NULL",
                        revision,
                        revocation.at().toEpochMilli(),
                        revocation.key().text(),
                        revocation.account())
                .write(connection);
        if (changed == 0) {
            return false;
        }
        ChangeLog.append(
                connection,
                counter,
                List.of(new AuditEntry(
                        revision,
                        revocation.account(),
                        Optional.of(revocation.key()),
                        KeyAction.REVOKE,
                        revocation.actor(),
                        revocation.address(),
                        revocation.detail(),
                        revocation.at())));
        return true;
    }

    /**
     * Suspends an account or lets it in again.
     *
     * @return false if it is as it shall be already
     */
    static boolean apply(Connection connection, ChangeLog.Counter counter, AccountChange change) throws SQLException {
        long revision = ChangeLog.lock(connection) + 1;
        boolean isSuspended = suspendedAt(connection, change.account()).isPresent();
        if (isSuspended == change.suspended()) {
            return false;
        }
        Sql sql = change.suspended()
                ? new Sql(
                        "INSERT INTO keystile_suspension (account, suspended_ms) VALUES (?, ?)",
                        change.account(),
                        change.at().toEpochMilli())
                : new Sql("DELETE FROM keystile_suspension WHERE account = ?", change.account());
        sql.write(connection);
        ChangeLog.append(
                connection,
                counter,
                List.of(new AuditEntry(
                        revision,
                        change.account(),
                        Optional.empty(),
                        change.action(),
                        change.actor(),
                        change.address(),
                        "",
                        change.at())));
        return true;
    }

    /** Since when an account is suspended, if it is. */
    static Optional<Instant> suspendedAt(Connection connection, String account) throws SQLException {
        return Optional.ofNullable(suspended(connection, Set.of(account)).get(account));
    }

    /** Those of some accounts that are suspended, and since when. */
    private static Map<String, Instant> suspended(Connection connection, Set<String> accounts) throws SQLException {
        Map<String, Instant> suspended = new HashMap<>();
        for (List<String> portion : Sql.portions(List.copyOf(accounts))) {
            new Sql("SELECT account, suspended_ms FROM keystile_suspension WHERE account")
                    .addIn(portion)
                    .read(connection, rows -> {
                        while (rows.next()) {
                            suspended.put(
                                    rows.getString("account"), Instant.ofEpochMilli(rows.getLong("suspended_ms")));
                        }
                        return suspended.size();
                    });
        }
        return suspended;
    }
}
