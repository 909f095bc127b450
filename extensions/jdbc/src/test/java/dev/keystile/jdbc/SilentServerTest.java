package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.id;
import static dev.keystile.jdbc.TestKeys.issue;
import static dev.keystile.jdbc.TestKeys.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keystile.jdbc.WatchedDataSource.Call;
import dev.keystile.jdbc.WatchedDataSource.Watcher;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that keeps its connections and says nothing any more, as one whose machine hangs. */
@Timeout(120)
final class SilentServerTest {

    /** Two seconds for the answer, one for another connection, and what a busy machine adds. */
    private static final Duration BOUND = Duration.ofSeconds(12);

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void store_whoseServerFallsSilent_isUnavailableInSecondsAndWorksAgain(DatabaseKind kind) throws Exception {
        assumeThat(kind.ownServer()).as("a server that may be stopped").isPresent();
        DatabaseServer server = kind.ownServer().orElseThrow();
        try (TestDatabase database = kind.fresh();
                KeyStore store = new JdbcKeyStoreProvider().open(database.settings())) {
            issue(store, key(1));
            server.signal("STOP");
            long began = System.nanoTime();
            try {
                assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> store.find(id(1)));
            } finally {
                server.signal("CONT");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(BOUND);

            assertThat(eventually(store)).isTrue();
            assertThat(issue(store, key(2)).revision()).isEqualTo(2);
        }
    }

    /** What a node decides by is soon given up; what takes longer than others by its nature is not. */
    @ParameterizedTest
    @CsvSource({"POSTGRESQL, 0, 2000, 5000", "POSTGRESQL, 1000, 1000, 1000", "MARIADB, 0, 2000, 5000"})
    void silence_isBoundByWhatIsAsked(DatabaseKind kind, int ofConnection, int toDecide, int otherwise)
            throws Exception {
        try (TestDatabase database = kind.fresh()) {
            DataSource bounded = new ConnectingDataSource(() -> {
                Connection connection = database.connect();
                connection.setNetworkTimeout(Runnable::run, ofConnection);
                return connection;
            });
            Set<Integer> timeouts = new HashSet<>();
            try (KeyStore store = JdbcKeyStore.open(WatchedDataSource.over(bounded, new Watcher() {
                @Override
                public void before(Call call) throws SQLException {
                    timeouts.add(call.connection().getNetworkTimeout());
                }

                @Override
                public void after(Call call) {}
            }))) {
                timeouts.clear();
                assertThat(store.find(id(1))).isEmpty();
                assertThat(store.changesSince(0, 1).changed()).isEmpty();
                assertThat(timeouts).containsExactly(toDecide);

                timeouts.clear();
                assertThat(store.suspendedAt("acme")).isEmpty();
                issue(store, key(1));
                assertThat(timeouts).containsExactly(otherwise);
            }
        }
    }

    private static boolean eventually(KeyStore store) {
        long began = System.nanoTime();
        while (true) {
            try {
                return store.find(id(1)).isPresent();
            } catch (UnavailableException notYet) {
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(BOUND);
            }
        }
    }
}
