package dev.keystile.jdbc;

import dev.keystile.key.HintListeners;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what {@link Dialect#POSTGRESQL} tells with each change, by {@code LISTEN}, on one connection and one thread of its own,
 * from when it is made until it is closed.
 *
 * <p>A connection that broke, or over which nothing is answered any more, is given up for a new one. Whatever fails, the change log
 * is read in rounds as before.
 */
final class PostgresHints implements AutoCloseable {

    private static final String LISTEN = "LISTEN " + Dialect.CHANNEL;
    private static final String NAME = "keystile-listen";

    /** How long it is quiet until the other end is asked whether it is there. */
    private static final int QUIET_MILLIS = 5_000;
    /** How long any answer may take. */
    private static final int NETWORK_TIMEOUT_MILLIS = 5_000;

    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;
    private static final Duration LONGEST_END = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(PostgresHints.class);

    private final Connector connector;
    private final HintListeners listeners;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable Connection connection;
    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private boolean listening = true;

    private PostgresHints(Connector connector, HintListeners listeners) {
        this.connector = connector;
        this.listeners = listeners;
        this.thread = new Thread(null, this::run, NAME, 0, false);
        thread.setDaemon(true);
    }

    /** Begins to listen. */
    static PostgresHints start(Connector connector, HintListeners listeners) {
        PostgresHints hints = new PostgresHints(connector, listeners);
        hints.thread.start();
        return hints;
    }

    private void run() {
        boolean goOn = true;
        while (goOn && !isClosing()) {
            try (Connection opened = connector.connect()) {
                connection = opened;
                // Whoever closes this looks at the connection after it said so, and this the other way round.
                if (!isClosing()) {
                    listen(opened);
                }
            } catch (LinkageError driverMissing) {
                LOG.warn(
                        "the driver of PostgreSQL, by which changes of other processes are heard of at once, is not to be seen"
                                + " from keystile-jdbc; they are seen with the next reading of the change log");
                LOG.debug("what is missing", driverMissing);
                goOn = false;
            } catch (Throwable failure) {
                // Whoever listens no more hears nothing for good. The driver keeps all that it heard until it is asked,
                // so
                // that whoever tells enough at once takes the heap: that goes first, for telling takes memory too.
                connection = null;
                tellFailure(failure);
            }
            connection = null;
            goOn = goOn && pause();
        }
    }

    private void listen(Connection opened) throws SQLException {
        PGConnection driver = opened.unwrap(PGConnection.class);
        opened.setNetworkTimeout(Runnable::run, NETWORK_TIMEOUT_MILLIS);
        if (!opened.getAutoCommit()) {
            opened.setAutoCommit(true);
        }
        try (Statement statement = opened.createStatement()) {
            statement.execute("SET application_name = '" + NAME + "'");
            statement.execute(LISTEN);
            if (!listening) {
                LOG.info("changes of other processes are heard of at once again");
            }
            listening = true;
            pauseMillis = FIRST_PAUSE_MILLIS;
            // What was told before is not heard.
            listeners.hint();
            while (!isClosing()) {
                PGNotification @Nullable [] heard = driver.getNotifications(QUIET_MILLIS);
                if (heard != null && heard.length > 0) {
                    listeners.hint();
                } else {
                    statement.execute("SELECT 1");
                }
            }
        } finally {
            // One that came from a pool must not go on listening there.
            opened.abort(Runnable::run);
        }
    }

    private void tellFailure(Throwable failure) {
        if (isClosing()) {
            return;
        }
        if (listening) {
            LOG.warn(
                    "changes of other processes are not heard of by LISTEN; they are seen with the next reading of the change"
                            + " log (store.listen = false leaves it out)",
                    failure instanceof SQLException sql ? Database.withoutText(sql) : failure);
        }
        listening = false;
    }

    /** Waits before the next try; false once it is to end. */
    private boolean pause() {
        try {
            boolean ends = closing.await(pauseMillis, TimeUnit.MILLISECONDS);
            pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, 2 * pauseMillis);
            return !ends;
        } catch (InterruptedException ended) {
            return !isClosing();
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    /** Ends the thread and its connection, without waiting for an answer of the database. */
    @Override
    public void close() {
        closing.countDown();
        Connection open = connection;
        try {
            if (open != null) {
                open.abort(Runnable::run);
            }
        } catch (SQLException failure) {
            LOG.debug("the connection that listens could not be given up", failure);
        }
        // While it waits for a connection.
        thread.interrupt();
        try {
            thread.join(LONGEST_END.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
