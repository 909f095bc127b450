package dev.keystile.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.Await;
import dev.keystile.CountingHasher;
import dev.keystile.FaultyStore;
import dev.keystile.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much of a store those take who manage keys. */
@Timeout(30)
final class ManagedKeyStoreTest {

    private static final KeyId ID = new KeyId("one000000000");
    private static final Actor OPERATOR = new Actor.Operator("test");

    private final FaultyStore store = new FaultyStore(KeyStore.inMemory());
    private final AskingThreads callers = new AskingThreads();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final AtomicInteger running = new AtomicInteger();

    @AfterEach
    void close() {
        gate.countDown();
        callers.close();
    }

    private void holdFinds() {
        store.beforeFinds(() -> {
            running.incrementAndGet();
            Await.open("the test to open the gate of the store", gate);
        });
    }

    @Test
    void manyWhoManageKeys_askForFewAtOnce_throughAllManagersOfAVerifier() {
        KeyFormat format = new KeyFormat(
                List.of(KeyPrefix.secret("acme_live_", KeyEnvironment.LIVE)), List.of(new CountingHasher()));
        try (KeyVerifier<String> verifier =
                KeyVerifier.builder(store, format).time(new ManualTime()).build(key -> "")) {
            ScopeCatalog catalog = ScopeCatalog.builder().build();
            List<KeyManager> managers = List.of(
                    verifier.manager(catalog, Set.of(), Set.of()), verifier.manager(catalog, Set.of(), Set.of()));
            holdFinds();
            for (int i = 0; i < 20; i++) {
                KeyManager manager = managers.get(i % managers.size());
                Future<Optional<ApiKey>> unused = callers.ask(() -> manager.find(ID, OPERATOR));
            }
            assertThat(running).hasValue(ManagedKeyStore.AT_ONCE);
        }
    }

    @Test
    void noPlaceInTime_couldNotTell_andAPlaceThatIsFreeAgainIsTaken() throws Exception {
        KeyStore managed = new ManagedKeyStore(store, Duration.ofMillis(40));
        holdFinds();
        List<Future<Optional<ApiKey>>> answers = new ArrayList<>();
        for (int i = 0; i < ManagedKeyStore.AT_ONCE; i++) {
            answers.add(callers.ask(() -> managed.find(ID)));
        }
        assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> managed.list(KeyQuery.ofAccount("a")));
        gate.countDown();
        for (Future<Optional<ApiKey>> answer : answers) {
            assertThat(answer.get(20, TimeUnit.SECONDS)).isEmpty();
        }
        assertThat(managed.list(KeyQuery.ofAccount("a")).keys()).isEmpty();
    }

    @Test
    void storeThatFails_leavesNoPlaceTaken() {
        KeyStore managed = new ManagedKeyStore(store, Duration.ofMillis(40));
        store.goDown();
        for (int i = 0; i < 2 * ManagedKeyStore.AT_ONCE; i++) {
            assertThatExceptionOfType(UnavailableException.class)
                    .isThrownBy(() -> managed.find(ID))
                    .withMessage("the store is down");
        }
        store.comeBack();
        assertThat(managed.find(ID)).isEmpty();
    }
}
