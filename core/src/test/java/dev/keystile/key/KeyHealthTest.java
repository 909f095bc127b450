package dev.keystile.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.Await;
import dev.keystile.CountingHasher;
import dev.keystile.FaultyStore;
import dev.keystile.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node tells of its store, as the store and its change log fail and come back. */
@Timeout(30)
final class KeyHealthTest {

    private static final Duration LEASE = Duration.ofSeconds(2);

    private final ManualTime time = new ManualTime();
    private final FaultyStore store = new FaultyStore(KeyStore.inMemory());
    private final KeyVerifier<String> verifier;

    KeyHealthTest() {
        // So that the thread finds what the test finds, whenever its turn is.
        store.letPoll();
        KeyFormat format = new KeyFormat(
                List.of(KeyPrefix.secret("acme_live_", KeyEnvironment.LIVE)), List.of(new CountingHasher()));
        verifier = KeyVerifier.builder(store, format).time(time).build(key -> "");
    }

    @AfterEach
    void close() {
        verifier.close();
    }

    private KeyHealth health() {
        return verifier.health();
    }

    private void assertWell() {
        assertThat(health()).isEqualTo(new KeyHealth(true, Duration.ZERO, true, Duration.ZERO, LEASE, 0));
        assertThat(health().trustsMemory()).isTrue();
        assertThat(health().decides()).isTrue();
    }

    @Test
    void storeThatAnswers_isTold() {
        assertWell();
        time.advance(Duration.ofSeconds(1));
        verifier.readChanges();
        assertWell();
    }

    @Test
    void storeDown_decidesByMemory_whileTheLeaseHolds() {
        store.goDown();
        verifier.readChanges();
        time.advance(LEASE.minusNanos(1));

        assertThat(health()).isEqualTo(new KeyHealth(false, LEASE.minusNanos(1), false, LEASE.minusNanos(1), LEASE, 0));
        assertThat(health().trustsMemory()).isTrue();
        assertThat(health().decides()).isTrue();

        time.advance(Duration.ofNanos(1));
        assertThat(health().trustsMemory()).isFalse();
        assertThat(health().decides()).isFalse();

        store.comeBack();
        verifier.readChanges();
        assertWell();
    }

    @Test
    void logLost_decidesByTheStore_asLongAsItAnswersForKeys() {
        store.loseLog();
        verifier.readChanges();
        time.advance(LEASE);
        assertThat(health().decides()).as("nobody has asked for a key yet").isFalse();

        readAKey();
        assertThat(health()).isEqualTo(new KeyHealth(true, Duration.ZERO, false, LEASE, LEASE, 0));
        assertThat(health().trustsMemory()).isFalse();
        assertThat(health().decides()).isTrue();

        time.advance(Duration.ofSeconds(5));
        assertThat(health().decides()).as("that was long ago").isFalse();
    }

    /** Neither does the log fail nor is it read: its reader hangs. */
    @Test
    void readOfTheLogThatHangs_isAnOutage_onceTheLeaseIsOver_unlessKeysCanBeRead() {
        CountDownLatch over = hang();
        time.advance(LEASE.minusNanos(1));
        assertThat(health().storeAnswers()).isTrue();
        assertThat(health().decides()).isTrue();

        time.advance(Duration.ofNanos(1));
        assertThat(health()).isEqualTo(new KeyHealth(false, LEASE, true, LEASE, LEASE, 0));
        assertThat(health().decides()).isFalse();

        readAKey();
        assertThat(health()).isEqualTo(new KeyHealth(true, Duration.ZERO, true, LEASE, LEASE, 0));
        assertThat(health().decides()).isTrue();
        time.advance(Duration.ofSeconds(5));
        assertThat(health().decides()).as("that was long ago").isFalse();

        over.countDown();
        Await.until("the end of the read that hung", () -> health().decides());
    }

    /** Until the first read after it has taken longer than reads do. */
    @Test
    void pauseOfTheProcess_isNoOutage() {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        // On the thread that reads the log, as it begins to.
        time.onNextNanoTime(() -> {
            time.advance(Duration.ofSeconds(3));
            store.beforeLogReads(() -> {
                reading.countDown();
                Await.open("the end of the read", over);
            });
        });
        Await.open("the thread that reads the log", reading);
        time.advance(Duration.ofMillis(500).minusNanos(1));
        assertThat(health().trustsMemory()).isFalse();
        assertThat(health().decides()).isTrue();

        time.advance(Duration.ofNanos(1));
        assertThat(health().decides()).isFalse();

        over.countDown();
        Await.until("the end of the read", () -> health().trustsMemory());
        assertThat(health().decides()).isTrue();
    }

    /** Has the store asked for a key: there is none of this id. */
    private void readAKey() {
        String ofNoKey = "acme_live_" + "0".repeat(39);
        verifier.verify(ofNoKey + KeyFormat.checksumText(ofNoKey));
    }

    /** Hangs what reads the log. */
    private CountDownLatch hang() {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        store.afterNextLogRead(() -> {
            hanging.countDown();
            Await.open("the end of the silence", over);
        });
        Await.open("the thread that reads the log", hanging);
        return over;
    }
}
