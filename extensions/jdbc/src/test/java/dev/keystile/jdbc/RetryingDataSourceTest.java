package dev.keystile.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which failures to connect a pool is told, and which are tried past. */
@Timeout(30)
final class RetryingDataSourceTest {

    private static final String NONE = "";

    /** The SQL states of the failures to come; none for a connection. */
    private final Queue<String> states = new ArrayDeque<>();

    private final List<Connection> made = new ArrayList<>();

    private final RetryingDataSource dataSource = new RetryingDataSource(this::connect, Duration.ofMillis(1));

    private Connection connect() throws SQLException {
        String state = states.isEmpty() ? NONE : states.remove();
        if (!state.isEmpty()) {
            throw new SQLException("as the test wants it", state);
        }
        Connection connection = DriverManager.getConnection("jdbc:h2:mem:");
        made.add(connection);
        return connection;
    }

    private void assertConnects() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            assertThat(connection.isValid(1)).isTrue();
        }
    }

    private void assertFails(String state) {
        assertThatExceptionOfType(SQLException.class)
                .isThrownBy(dataSource::getConnection)
                .returns(state, SQLException::getSQLState);
    }

    /** Whoever starts an application is told now that its database is not there. */
    @Test
    void databaseThatWasNeverReached_isTold() {
        states.add("08001");
        assertFails("08001");
    }

    @ParameterizedTest
    @ValueSource(strings = {"08001", "08006", "53300", "57P03", "57P01", "90067"})
    void databaseThatWasReached_isWaitedFor(String state) throws SQLException {
        assertConnects();
        states.addAll(Collections.nCopies(20, state));
        assertConnects();
        assertThat(states).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"28P01", "28000", "3D000", "42501"})
    void refusal_isTold(String state) throws SQLException {
        assertConnects();
        states.add("08001");
        states.add(state);
        assertFails(state);
        assertConnects();
    }

    @Test
    void interrupt_endsTheWait() throws SQLException {
        assertConnects();
        states.addAll(Collections.nCopies(1000, "08001"));
        Thread.currentThread().interrupt();
        assertFails("08001");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(states).hasSize(999);
    }

    @Test
    void close_endsTheWait() throws SQLException {
        assertConnects();
        dataSource.close();
        states.addAll(Collections.nCopies(1000, "08001"));
        assertFails("08001");
        assertThat(states).hasSize(999);
    }

    /** Nobody would close it: the pool is closed. */
    @Test
    void connectionThatIsMadeAfterClose_isClosed() throws SQLException {
        dataSource.close();
        assertThatExceptionOfType(SQLException.class).isThrownBy(dataSource::getConnection);
        assertThat(made).singleElement().returns(true, RetryingDataSourceTest::isClosed);
    }

    private static boolean isClosed(Connection connection) {
        try {
            return connection.isClosed();
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }
}
