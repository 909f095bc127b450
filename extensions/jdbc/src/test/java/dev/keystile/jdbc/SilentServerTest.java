package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.id;
import static dev.keystile.jdbc.TestKeys.issue;
import static dev.keystile.jdbc.TestKeys.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that keeps its connections and says nothing any more, as one whose machine hangs. */
@Timeout(120)
final class SilentServerTest {

    /** Five seconds for the answer, one for another connection, and what a busy machine adds. */
    private static final Duration BOUND = Duration.ofSeconds(15);

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
