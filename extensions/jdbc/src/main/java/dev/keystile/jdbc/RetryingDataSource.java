package dev.keystile.jdbc;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * Where the pool of a store gets its connections from: once there was one, a database that cannot be reached is tried again every
 * quarter of a second, until it is there or the pool is closed.
 *
 * <p>The pool by itself waits twice as long after each failure, up to five seconds, and for so long it would not see that a
 * database is back. Whatever the database refuses by name, such as a password, is told to the pool, which is in no hurry
 * then.
 *
 * <p>Safe for use by many threads.
 */
final class RetryingDataSource implements DataSource, AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(250);

    /** Connections that fail, resources that are used up, servers that start or stop, and the first of these in H2's words. */
    private static final Set<String> PASSING = Set.of("08", "53", "57", "90067");

    /** For how long a pool that is closed waits for a connection that is being made: as long as one may take. */
    private static final int LOGIN_TIMEOUT_SECONDS = 5;

    private final Connector connector;
    private final Duration pause;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile boolean wasReached;

    RetryingDataSource(Connector connector) {
        this(connector, PAUSE);
    }

    /** As above, with a pause that a test has time for. */
    RetryingDataSource(Connector connector, Duration pause) {
        this.connector = connector;
        this.pause = pause;
    }

    /** Blocks while the database cannot be reached, if it could be before, until this is closed or the thread interrupted. */
    @Override
    public Connection getConnection() throws SQLException {
        while (true) {
            try {
                Connection connection = connector.connect();
                wasReached = true;
                if (isClosed()) {
                    connection.close();
                    throw new SQLException("closed meanwhile");
                }
                return connection;
            } catch (SQLException failure) {
                if (!wasReached || !mayPass(failure)) {
                    throw failure;
                }
                pause(failure);
            }
        }
    }

    private boolean isClosed() {
        return closing.getCount() == 0;
    }

    /** No connection is made from now on. */
    @Override
    public void close() {
        closing.countDown();
    }

    private static boolean mayPass(SQLException failure) {
        String state = failure.getSQLState();
        return state != null && PASSING.stream().anyMatch(state::startsWith);
    }

    private void pause(SQLException failure) throws SQLException {
        try {
            if (closing.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                throw failure;
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the data source has its user");
    }

    /** None. */
    @Override
    public PrintWriter getLogWriter() throws SQLException {
        throw new SQLFeatureNotSupportedException("it logs nothing");
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        throw new SQLFeatureNotSupportedException("it logs nothing");
    }

    /** Ignored: how long connecting may take is in the properties of the driver. */
    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return LOGIN_TIMEOUT_SECONDS;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("it logs nothing");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("it wraps nothing");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
