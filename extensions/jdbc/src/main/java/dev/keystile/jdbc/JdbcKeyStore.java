package dev.keystile.jdbc;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyChanges;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys in a relational database: H2. The SQL is written for PostgreSQL and MariaDB too, which this project does not test
 * yet.
 *
 * <p>Its tables, {@code keystile_key}, {@code keystile_secret}, {@code keystile_change}, {@code keystile_revision} and
 * {@code keystile_schema}, are made where they are missing; {@code dev/keystile/jdbc/V1__keystile.sql} in this jar does
 * it, for Flyway too. {@code keystile_change} is the audit trail as well: every change with actor and time.
 *
 * <p>A stored row that cannot be a key is an {@link UnavailableException} that names it, never another key.
 *
 * <p>Safe for use by many threads, and by many processes on one database.
 */
public final class JdbcKeyStore implements KeyStore {

    private static final String FIND = "SELECT " + KeyRows.COLUMNS
            + " FROM keystile_key k LEFT JOIN keystile_secret s ON s.key_id = k.key_id WHERE k.key_id = ?";

    private static final String NEXT_REVISION = "UPDATE keystile_revision SET revision = revision + 1 WHERE id = 1";
    private static final String REVISION = "SELECT revision FROM keystile_revision WHERE id = 1";

    private static final String INSERT_CHANGE = "INSERT INTO keystile_change (revision, key_id, account, change_action,"
            + " actor, changed_ms) VALUES (?, ?, ?, ?, ?, ?)";

    /** One statement, so that the end of the log and the changes before it are of the same moment. */
    private static final String CHANGES = "SELECT r.revision AS last_revision, c.revision AS change_revision, c.key_id"
            + " FROM keystile_revision r LEFT JOIN"
            + " (SELECT revision, key_id FROM keystile_change WHERE revision > ? ORDER BY revision LIMIT ?) c ON 1 = 1"
            + " WHERE r.id = 1 ORDER BY c.revision";

    private static final Logger LOG = LoggerFactory.getLogger(JdbcKeyStore.class);

    private final Database database;
    private final Runnable onClose;
    /** The column by which keys of one moment are ordered, compared by code and not by the rules of a language. */
    private final String keyIdInOrder;

    private final boolean isH2;

    private JdbcKeyStore(DataSource dataSource, Runnable onClose) {
        this.database = new Database(dataSource);
        this.onClose = onClose;
        String product = database.read(
                "tell its name", connection -> connection.getMetaData().getDatabaseProductName());
        this.keyIdInOrder = product.equals("PostgreSQL") ? "key_id COLLATE \"C\"" : "key_id";
        this.isH2 = product.equals("H2");
        makeExact();
        Schema.prepare(database);
    }

    /**
     * H2 promises less than a key store needs unless told otherwise. It keeps commits in memory for half a second, and a
     * process that is killed then has lost them: keys just issued, and worse, keys just revoked. And it answers a query
     * by its last result for a moment after others have seen that the tables changed. It forgets being told when its last
     * connection is closed, as a pool may do at any time: so it is told before each change.
     */
    private void makeExact() {
        if (isH2) {
            database.read("make it exact", JdbcKeyStore::makeExact);
        }
    }

    private static boolean makeExact(Connection connection) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET WRITE_DELAY 0");
            statement.execute("SET OPTIMIZE_REUSE_RESULTS 0");
            return true;
        } catch (SQLException notAllowed) {
            LOG.warn(
                    "a process that is killed may lose the changes of its last half second: the database user is no"
                            + " administrator of the H2 database and may not SET WRITE_DELAY and"
                            + " OPTIMIZE_REUSE_RESULTS to 0; say so in store.url",
                    notAllowed);
            return false;
        }
    }

    /**
     * Opens the store, making its tables where they are missing.
     *
     * <p>{@link #close} leaves the data source alone. Its connections must be its own: with one that takes part in the
     * transactions of the application, such as a transaction-aware proxy, a change would be committed together with what
     * the application has not finished. How long to wait for a connection is for the data source to say; a statement
     * gets 5 seconds of silence where the driver can bound that.
     *
     * @throws UnavailableException  if the database cannot be reached, or does not let the tables be made
     * @throws IllegalStateException if the tables are of a later version than this one knows
     */
    public static JdbcKeyStore open(DataSource dataSource) {
        return new JdbcKeyStore(dataSource, () -> {});
    }

    /** As {@link #open(DataSource)}, with what {@link #close} shall do. */
    static JdbcKeyStore open(DataSource dataSource, Runnable onClose) {
        return new JdbcKeyStore(dataSource, onClose);
    }

    @Override
    public Optional<ApiKey> find(KeyId id) {
        return database.read("find key " + id, connection -> {
            try (PreparedStatement statement = connection.prepareStatement(FIND)) {
                statement.setString(1, id.text());
                try (ResultSet rows = statement.executeQuery()) {
                    return KeyRows.read(rows).stream()
                            // A database that was made to compare without regard to case finds others too.
                            .filter(key -> key.id().equals(id))
                            .findAny();
                }
            }
        });
    }

    @Override
    public KeyPage list(KeyQuery query) {
        return database.read("list keys", connection -> {
            try (PreparedStatement statement = connection.prepareStatement(listSql(query))) {
                int p = 1;
                statement.setString(p++, query.account());
                if (query.environment().isPresent()) {
                    statement.setString(p++, query.environment().get().name());
                }
                if (query.member().isPresent()) {
                    statement.setString(p++, query.member().get());
                }
                if (query.after().isPresent()) {
                    KeyQuery.Position after = query.after().get();
                    long createdMillis = after.createdAt().toEpochMilli();
                    statement.setLong(p++, createdMillis);
                    statement.setLong(p++, createdMillis);
                    statement.setString(p++, after.id().text());
                }
                statement.setInt(p, query.limit() + 1);
                try (ResultSet rows = statement.executeQuery()) {
                    return page(query, KeyRows.read(rows));
                }
            }
        });
    }

    private String listSql(KeyQuery query) {
        return "SELECT " + KeyRows.COLUMNS + " FROM (SELECT * FROM keystile_key WHERE account = ?"
                + (query.environment().isPresent() ? " AND environment = ?" : "")
                + (query.member().isPresent() ? " AND member_id = ?" : "")
                + (query.after().isPresent()
                        ? " AND (created_ms < ? OR (created_ms = ? AND " + keyIdInOrder + " > ?))"
                        : "")
                + " ORDER BY created_ms DESC, " + keyIdInOrder + " LIMIT ?) k"
                + " LEFT JOIN keystile_secret s ON s.key_id = k.key_id"
                + " ORDER BY k.created_ms DESC, k." + keyIdInOrder;
    }

    private static KeyPage page(KeyQuery query, List<ApiKey> found) {
        for (ApiKey key : found) {
            requireExact(key.account().equals(query.account()), "account", "account");
            requireExact(query.member().isEmpty() || query.member().equals(key.member()), "member", "member_id");
        }
        boolean more = found.size() > query.limit();
        return new KeyPage(more ? found.subList(0, query.limit()) : found, more);
    }

    private static void requireExact(boolean same, String what, String column) {
        if (!same) {
            throw new UnavailableException(
                    "the key database takes one " + what + " for another: its column keystile_key." + column
                            + " must compare by character, with regard to case and spaces");
        }
    }

    @Override
    public ApiKey apply(KeyChange change) {
        KeyId id = change.key().id();
        makeExact();
        return database.write("change key " + id, connection -> {
            // First of all, so that whoever changes anything waits here, and nobody for somebody who waits.
            ApiKey stored =
                    change.key().toBuilder().revision(nextRevision(connection)).build();
            if (change.key().revision() == 0) {
                insertKey(connection, stored);
            } else {
                updateKey(connection, stored, change.key().revision());
            }
            insertSecrets(connection, stored);
            insertChange(connection, change, stored);
            return stored;
        });
    }

    private static long nextRevision(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(NEXT_REVISION);
        }
        return revision(connection);
    }

    private static void insertKey(Connection connection, ApiKey key) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(KeyRows.INSERT_KEY)) {
            KeyRows.bindKey(statement, key);
            statement.executeUpdate();
        } catch (SQLException failure) {
            // Class 23, a constraint: the one that can fail here is that a key id is there once.
            if (failure.getSQLState() != null && failure.getSQLState().startsWith("23")) {
                throw KeyRefusedException.conflict(key.id());
            }
            throw failure;
        }
    }

    private static void updateKey(Connection connection, ApiKey key, long expectedRevision) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(KeyRows.UPDATE_KEY);
                PreparedStatement delete =
                        connection.prepareStatement("DELETE FROM keystile_secret WHERE key_id = ?")) {
            update.setLong(KeyRows.bindKey(update, key), expectedRevision);
            if (update.executeUpdate() != 1) {
                throw KeyRefusedException.conflict(key.id());
            }
            delete.setString(1, key.id().text());
            delete.executeUpdate();
        }
    }

    private static void insertSecrets(Connection connection, ApiKey key) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(KeyRows.INSERT_SECRET)) {
            for (KeySecret secret : key.secrets()) {
                KeyRows.bindSecret(statement, key.id(), secret);
                statement.executeUpdate();
            }
        }
    }

    private static void insertChange(Connection connection, KeyChange change, ApiKey stored) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT_CHANGE)) {
            statement.setLong(1, stored.revision());
            statement.setString(2, stored.id().text());
            statement.setString(3, stored.account());
            statement.setString(4, change.action().word());
            statement.setString(5, change.actor());
            statement.setLong(6, change.at().toEpochMilli());
            statement.executeUpdate();
        }
    }

    @Override
    public long revision() {
        return database.read("tell its revision", JdbcKeyStore::revision);
    }

    private static long revision(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(REVISION)) {
            if (!row.next()) {
                throw noCounter();
            }
            return row.getLong(1);
        }
    }

    @Override
    public KeyChanges changesSince(long revision, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit + ": expected 1 or more");
        }
        return database.read("tell what changed", connection -> {
            try (PreparedStatement statement = connection.prepareStatement(CHANGES)) {
                statement.setLong(1, revision);
                statement.setInt(2, limit);
                try (ResultSet rows = statement.executeQuery()) {
                    return changes(rows, Math.max(0, revision), limit);
                }
            }
        });
    }

    private static KeyChanges changes(ResultSet rows, long since, int limit) throws SQLException {
        List<KeyId> changed = new ArrayList<>();
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
            changed.add(KeyRows.keyId(rows));
            told++;
        } while (rows.next());
        if (told < last && changed.size() < limit) {
            // Whoever went on would keep a key that was revoked in between.
            throw new UnavailableException("keystile_change lacks revision " + (told + 1)
                    + "; a node that was to read it must be started anew");
        }
        return new KeyChanges(changed, told, told < last);
    }

    private static UnavailableException noCounter() {
        return new UnavailableException("keystile_revision has lost its row");
    }

    @Override
    public void close() {
        onClose.run();
    }
}
