package dev.keystile.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.HintListeners;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the thread that listens does when listening fails, without a server. */
@Timeout(30)
final class PostgresHintsTest {

    /** As when so much is told at once that the driver finds no memory for it. */
    @Test
    void memoryThatIsSpent_endsAConnection_andNotTheListening() throws Exception {
        AtomicBoolean first = new AtomicBoolean(true);
        CountDownLatch another = new CountDownLatch(1);
        Connector spent = () -> {
            if (first.getAndSet(false)) {
                throw new OutOfMemoryError("for a test");
            }
            another.countDown();
            return refused();
        };
        try (PostgresHints hints = PostgresHints.start(spent, new HintListeners())) {
            assertThat(another.await(20, TimeUnit.SECONDS))
                    .as("another connection of %s", hints)
                    .isTrue();
        }
    }

    private static Connection refused() throws SQLException {
        throw new SQLException("for a test");
    }
}
