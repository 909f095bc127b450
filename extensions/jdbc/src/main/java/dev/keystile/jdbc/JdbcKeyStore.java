package dev.keystile.jdbc;

import dev.keystile.key.AccountChange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditPage;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.HintListeners;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyChanges;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyRevocation;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.UsageStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys in a relational database: H2, PostgreSQL or MariaDB.
 *
 * <p>Its tables, whose names begin with {@code keystile_}, are made where they are missing, and brought up to date where an
 * earlier release made them; the scripts {@code dev/keystile/jdbc/V…__….sql} in this jar do it, for Flyway too. {@code
 * keystile_change} is the audit trail as well: lines are added to it, and none is ever changed or taken away by the library.
 *
 * <p>A stored row that cannot be a key is an {@link UnavailableException} that names it, never another key. Lists leave it
 * out and warn of it; it can be revoked, and nothing else.
 *
 * <p>Safe for use by many threads, and by many processes on one database.
 */
public final class JdbcKeyStore implements KeyStore {

    private static final Logger LOG = LoggerFactory.getLogger(JdbcKeyStore.class);

    private final Database database;
    private final Optional<Connector> listening;
    private final boolean telling;
    private final Runnable onClose;
    private final HintListeners listeners = new HintListeners();
    private final Dialect dialect;
    private final KeyLists lists;
    private final UsageStore usage;
    /** While somebody listens; under the lock of the listeners. */
    private @Nullable PostgresHints hints;

    private JdbcKeyStore(DataSource dataSource, Optional<Connector> listening, boolean telling, Runnable onClose) {
        this.database = new Database(dataSource);
        this.listening = listening;
        this.telling = telling;
        this.onClose = onClose;
        this.dialect = database.read("tell its name", Dialect::of);
        this.lists = new KeyLists(dialect);
        this.usage = new JdbcUsageStore(database, dialect);
        makeExact();
        Schema.prepare(database, dialect);
    }

    /**
     * H2 promises less than a key store needs unless told otherwise. It keeps commits in memory for half a second, and a
     * process that is killed then has lost them: keys just issued, and worse, keys just revoked. And it answers a query
     * by its last result for a moment after others have seen that the tables changed. It forgets being told when its last
     * connection is closed, as a pool may do at any time: so it is told before each change.
     */
    private void makeExact() {
        if (dialect == Dialect.H2) {
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
     * gets 5 seconds of silence where the driver can bound that, one that reads a key or the change log 2.
     *
     * @throws UnavailableException  if the database cannot be reached, or does not let the tables be made
     * @throws IllegalStateException if the database is none of those, or its tables are of a later version than this one
     *                               knows
     */
    public static JdbcKeyStore open(DataSource dataSource) {
        return new JdbcKeyStore(dataSource, Optional.empty(), true, () -> {});
    }

    /**
     * As {@link #open(DataSource)}, and hears at once what other processes change, on PostgreSQL. For that it keeps a connection for
     * good, from when a verifier is made over the store until the last one is closed; others it does not take from there.
     *
     * @param dataSource what gives connections for all else
     * @param listening  what gives that connection, made by PostgreSQL's own driver and leading to the database itself, and not by
     *                   way of a pooler that changes servers between transactions; it may be the same
     * @throws UnavailableException  as above
     * @throws IllegalStateException as above
     */
    public static JdbcKeyStore open(DataSource dataSource, DataSource listening) {
        return new JdbcKeyStore(dataSource, Optional.of(listening::getConnection), true, () -> {});
    }

    /**
     * As {@link #open(DataSource)}.
     *
     * @param listening what makes a connection of its own for hints; where there is none, other processes are told nothing either
     * @param onClose   what {@link #close} shall do
     */
    static JdbcKeyStore open(DataSource dataSource, Optional<Connector> listening, Runnable onClose) {
        return new JdbcKeyStore(dataSource, listening, listening.isPresent(), onClose);
    }

    @Override
    public Optional<ApiKey> find(KeyId id) {
        return database.readToDecide(
                "find key " + id,
                connection -> new Sql(KeyRows.FIND, id.text())
                        .read(
                                connection,
                                rows -> KeyRows.read(rows).stream()
                                        // A database that was made to compare without regard to case finds others too.
                                        .filter(key -> key.id().equals(id))
                                        .findAny()));
    }

    @Override
    public KeyPage list(KeyQuery query) {
        return database.read("list keys", connection -> lists.page(connection, query));
    }

    @Override
    public List<ApiKey> expiring(Instant from, Instant by, int limit) {
        requirePositive(limit);
        return database.read("list keys that expire", connection -> lists.expiring(connection, from, by, limit));
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if two of the changes are to one key
     */
    @Override
    public List<ApiKey> apply(List<KeyChange> changes) {
        Set<KeyId> ids = new LinkedHashSet<>();
        for (KeyChange change : changes) {
            if (!ids.add(change.key().id())) {
                throw new IllegalArgumentException(
                        "key " + change.key().id() + " stands in two changes of one transaction");
            }
        }
        if (changes.isEmpty()) {
            return List.of();
        }
        makeExact();
        String task = ids.size() == 1 ? "change key " + ids.iterator().next() : "change " + ids.size() + " keys";
        List<ApiKey> applied =
                database.write(task, connection -> KeyWrites.apply(connection, this::moveCounter, changes));
        listeners.hint();
        return applied;
    }

    @Override
    public boolean apply(KeyRevocation revocation) {
        makeExact();
        return hinted(database.write(
                "revoke key " + revocation.key(),
                connection -> KeyWrites.apply(connection, this::moveCounter, revocation)));
    }

    @Override
    public boolean apply(AccountChange change) {
        makeExact();
        return hinted(database.write(
                "suspend an account or let it in",
                connection -> KeyWrites.apply(connection, this::moveCounter, change)));
    }

    private void moveCounter(Connection connection, long revision) throws SQLException {
        dialect.moveCounter(connection, revision, telling);
    }

    private boolean hinted(boolean changed) {
        if (changed) {
            listeners.hint();
        }
        return changed;
    }

    @Override
    public Optional<Instant> suspendedAt(String account) {
        return database.read(
                "tell whether an account is suspended", connection -> KeyWrites.suspendedAt(connection, account));
    }

    @Override
    public AuditPage audit(AuditQuery query) {
        return database.read("read its audit trail", connection -> ChangeLog.page(connection, dialect, query));
    }

    @Override
    public long revision() {
        return database.read("tell its revision", ChangeLog::revision);
    }

    @Override
    public KeyChanges changesSince(long revision, int limit) {
        requirePositive(limit);
        return database.readToDecide("tell what changed", connection -> ChangeLog.since(connection, revision, limit));
    }

    private static void requirePositive(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit + ": expected 1 or more");
        }
    }

    @Override
    public Listening listen(Runnable changed) {
        synchronized (listeners) {
            Listening listening = listeners.add(changed);
            if (hints == null && dialect == Dialect.POSTGRESQL && this.listening.isPresent()) {
                hints = listenByDriver(this.listening.get());
            }
            return () -> {
                listening.close();
                endHintsWhereNobodyListens();
            };
        }
    }

    /** The driver of PostgreSQL need not be there, or not where this is. */
    private @Nullable PostgresHints listenByDriver(Connector connector) {
        try {
            return PostgresHints.start(connector, listeners);
        } catch (LinkageError missing) {
            LOG.warn("what other processes change is not heard of at once: there is no driver of PostgreSQL", missing);
            return null;
        }
    }

    private void endHintsWhereNobodyListens() {
        synchronized (listeners) {
            if (hints != null && listeners.isEmpty()) {
                hints.close();
                hints = null;
            }
        }
    }

    @Override
    public UsageStore usage() {
        return usage;
    }

    @Override
    public void close() {
        synchronized (listeners) {
            if (hints != null) {
                hints.close();
                hints = null;
            }
        }
        onClose.run();
    }
}
