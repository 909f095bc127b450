package dev.keystile.jdbc;

import dev.keystile.key.UnavailableException;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Borrows a connection for each piece of work, gives it back as it was, and turns what a driver throws into
 * {@link UnavailableException}.
 */
final class Database {

    /** Past this a silent network counts as broken; without it one lost packet could hold a thread for hours. */
    private static final int NETWORK_TIMEOUT_MILLIS = 5_000;
    /** What a node decides by is of no use any more when it took as long as the lease of what it replaces. */
    private static final int DECIDING_TIMEOUT_MILLIS = 2_000;
    /** As long as an index over all that was ever changed may take. */
    private static final int ALTER_TIMEOUT_MILLIS = 30 * 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);

    private final DataSource dataSource;

    Database(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** What is done with a connection. */
    @FunctionalInterface
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /**
     * Does work of which every statement stands for itself.
     *
     * @param task what is done, for the message of a failure
     */
    <T> T read(String task, Work<T> work) {
        return autoCommitting(task, NETWORK_TIMEOUT_MILLIS, work);
    }

    /** As {@link #read}, for what requests and the lease wait for: a connection that is silent is soon replaced. */
    <T> T readToDecide(String task, Work<T> work) {
        return autoCommitting(task, DECIDING_TIMEOUT_MILLIS, work);
    }

    /** As {@link #read}, for work on tables as such, of which a statement may take its time. */
    <T> T alter(String task, Work<T> work) {
        return autoCommitting(task, ALTER_TIMEOUT_MILLIS, work);
    }

    private <T> T autoCommitting(String task, int timeoutMillis, Work<T> work) {
        try {
            return borrow(task, timeoutMillis, connection -> autoCommitting(connection, work));
        } catch (SQLException failure) {
            throw unavailable(task, failure, failure);
        }
    }

    /**
     * Does work in one transaction, which is committed when this returns and rolled back when it throws.
     *
     * @param task what is done, for the message of a failure
     */
    <T> T write(String task, Work<T> work) {
        try {
            return borrow(task, NETWORK_TIMEOUT_MILLIS, connection -> inTransaction(connection, work));
        } catch (SQLException failure) {
            // Databases like to quote the row that they refuse, digest included.
            throw unavailable(task, failure, withoutText(failure));
        }
    }

    private <T> T borrow(String task, int timeoutMillis, Work<T> work) throws SQLException {
        Connection connection = connect(task);
        int networkTimeout = -1;
        try {
            networkTimeout = boundWaiting(connection, timeoutMillis);
            return work.on(connection);
        } finally {
            giveBack(connection, networkTimeout);
        }
    }

    private Connection connect(String task) {
        try {
            return dataSource.getConnection();
        } catch (SQLException failure) {
            throw unavailable(task, failure, failure);
        } catch (RuntimeException failure) {
            // Pools that connect on first use throw exceptions of their own then.
            throw new UnavailableException("the key database could not be reached to " + task, failure);
        }
    }

    private static <T> T autoCommitting(Connection connection, Work<T> work) throws SQLException {
        if (connection.getAutoCommit()) {
            return work.on(connection);
        }
        // A transaction begun by an earlier read would go on showing what it saw then.
        connection.setAutoCommit(true);
        try {
            return work.on(connection);
        } finally {
            connection.setAutoCommit(false);
        }
    }

    private static <T> T inTransaction(Connection connection, Work<T> work) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        int isolation = connection.getTransactionIsolation();
        boolean committed = false;
        try {
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                // Under a stricter one a writer that waited for the counter row would fail instead of reading it anew.
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            connection.setAutoCommit(false);
            T result = work.on(connection);
            connection.commit();
            committed = true;
            return result;
        } finally {
            if (committed || undone(connection)) {
                restore(connection, autoCommit, isolation);
            }
        }
    }

    private static boolean undone(Connection connection) {
        try {
            connection.rollback();
            return true;
        } catch (SQLException failure) {
            LOG.debug("a transaction could not be rolled back; its connection is given up", withoutText(failure));
            // Switching auto-commit back on would commit what is left of it.
            abort(connection);
            return false;
        }
    }

    /** The change is committed or undone by now: what fails here is the connection's trouble alone. */
    private static void restore(Connection connection, boolean autoCommit, int isolation) {
        try {
            connection.setAutoCommit(autoCommit);
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(isolation);
            }
        } catch (SQLException failure) {
            LOG.debug("a connection could not be made what it was; it is given up", failure);
            abort(connection);
        }
    }

    private static void abort(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException failure) {
            LOG.debug("a connection could not be given up", failure);
        }
    }

    /** The time that was set before, in milliseconds, or -1 if nothing was changed. */
    private static int boundWaiting(Connection connection, int timeoutMillis) {
        try {
            int before = connection.getNetworkTimeout();
            if (timeoutMillis != ALTER_TIMEOUT_MILLIS && before > 0 && before <= timeoutMillis) {
                return -1;
            }
            connection.setNetworkTimeout(Runnable::run, timeoutMillis);
            return before;
        } catch (SQLException unsupported) {
            LOG.trace("the driver does not bound its waiting", unsupported);
            return -1;
        }
    }

    private static void giveBack(Connection connection, int networkTimeout) {
        try (connection) {
            if (networkTimeout >= 0 && !connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, networkTimeout);
            }
        } catch (SQLException failure) {
            LOG.debug("a connection could not be given back", failure);
        }
    }

    private static UnavailableException unavailable(String task, SQLException failure, SQLException cause) {
        String state = failure.getSQLState();
        return new UnavailableException(
                "the key database could not " + task + " ("
                        + (state == null
                                ? failure.getClass().getSimpleName()
                                : "SQL state " + state + ", error " + failure.getErrorCode())
                        + ")",
                cause);
    }

    /** Whether a transaction was undone because another one got in its way, so that it can be done again. */
    static boolean isCollision(UnavailableException failure) {
        if (!(failure.getCause() instanceof SQLException cause) || cause.getSQLState() == null) {
            return false;
        }
        String state = cause.getSQLState();
        // Deadlocks; two who make the same row at once; and in H2, rows that somebody else is changing, and a database
        // that
        // H2 closes at the exit of its process, to be opened anew by the next connection.
        return state.startsWith("40") || state.startsWith("23") || state.equals("90131") || state.equals("90121");
    }

    /** Whether the database said no, and not nothing at all. */
    static boolean wasAnswered(UnavailableException failure) {
        return failure.getCause() instanceof SQLException cause
                && cause.getSQLState() != null
                && !cause.getSQLState().startsWith("08");
    }

    /** What a database calls the failure behind an exception, where it calls it something. */
    static String stateOf(RuntimeException failure) {
        return failure.getCause() instanceof SQLException cause && cause.getSQLState() != null
                ? " (SQL state " + cause.getSQLState() + ", error " + cause.getErrorCode() + ")"
                : "";
    }

    /** The failure behind an exception, without the text in which a driver may repeat its URL. */
    static SQLException withoutText(RuntimeException failure) {
        return failure.getCause() instanceof SQLException cause
                ? withoutText(cause)
                : new SQLException(failure.getClass().getName());
    }

    /** A failure without the text in which a driver may repeat its URL. */
    static SQLException withoutText(SQLException failure) {
        SQLException copy = new SQLException(
                failure.getClass().getName() + "; its text is left out, for it may repeat a row or a URL",
                failure.getSQLState(),
                failure.getErrorCode());
        copy.setStackTrace(failure.getStackTrace());
        return copy;
    }
}
