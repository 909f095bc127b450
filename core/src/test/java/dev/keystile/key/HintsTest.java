package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.Await;
import dev.keystile.FaultyStore;
import dev.keystile.Keystile;
import dev.keystile.KeystileBuilder;
import dev.keystile.key.Verification.Verified;
import dev.keystile.scope.Rule;
import dev.keystile.scope.ScopePolicy;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hints have the log read at once, cost few reads, and are never needed. */
@Timeout(60)
class HintsTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final KeyFormat FORMAT =
            new KeyFormat(List.of(KeyPrefix.secret("tk_live_", LIVE)), List.of(KeyHasher.argon2id()));

    private final KeyStore shared = KeyStore.inMemory();
    private final FaultyStore store = new FaultyStore(shared);
    private KeyVerifier<String> one;
    private KeyVerifier<String> other;

    @BeforeEach
    void start() {
        store.letPoll();
        one = verifier(shared);
        other = verifier(store);
    }

    @AfterEach
    void close() {
        one.close();
        other.close();
    }

    private static KeyVerifier<String> verifier(KeyStore over) {
        return KeyVerifier.builder(over, FORMAT).build(ApiKey::account);
    }

    private static KeyManager managerOf(KeyVerifier<String> verifier) {
        return verifier.manager(ScopeCatalog.builder().build(), Set.of(), Set.of("admin"));
    }

    private IssuedKey issue() {
        return managerOf(one).issue(NewKey.of("acme", "a key", LIVE).build(), OPERATOR);
    }

    private boolean opens(String text) {
        return other.verify(text) instanceof Verified<String>;
    }

    /** Polling alone would take a quarter of a second for each of them. */
    @Test
    void changes_oneAfterTheOther_areSeenSooner_thanByPolling() {
        List<IssuedKey> issued = IntStream.range(0, 100).mapToObj(n -> issue()).toList();
        List<String> texts = issued.stream().map(IssuedKey::revealOnce).toList();
        assertThat(texts).allMatch(this::opens);
        long began = System.nanoTime();

        for (int n = 0; n < texts.size(); n++) {
            String text = texts.get(n);
            managerOf(one).revoke(issued.get(n).key().id(), OPERATOR);
            Await.until("the revocation", () -> !opens(text));
        }

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(12));
    }

    @Test
    void flood_ofChanges_costsFewReads() {
        KeyId id = issue().key().id();
        KeyManager manager = managerOf(one);
        int before = store.logReads();
        long began = System.nanoTime();

        for (int n = 0; n < 5_000; n++) {
            manager.disable(id, OPERATOR);
            manager.enable(id, OPERATOR);
        }

        int reads = store.logReads() - before;
        long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
        assertThat(store.revision()).isEqualTo(10_001);
        // One each 10 ms, those of polling, and that each of both may have begun just before; each reads on while there
        // is more.
        assertThat(reads).isLessThanOrEqualTo((int) (millis / 10 + millis / 500 + 2 + 10_000 / 1_000));
    }

    @Test
    void hintWhileTheLogIsRead_waitsForNothing_andHasItReadAgain() {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        store.beforeLogReads(() -> {
            reading.countDown();
            Await.open("the test", goOn);
        });
        Await.open("a read of the log", reading);

        String text = issue().revealOnce();
        int before = store.logReads();
        store.beforeLogReads(() -> {});
        goOn.countDown();

        Await.until("another read", () -> store.logReads() > before);
        assertThat(opens(text)).isTrue();
    }

    @Test
    void close_endsListening() {
        AtomicInteger hints = new AtomicInteger();
        KeyStore.Listening listening = shared.listen(hints::incrementAndGet);
        issue();
        assertThat(hints).hasValue(1);

        listening.close();
        listening.close();
        issue();

        assertThat(hints).hasValue(1);
    }

    @Test
    void listenerThatThrows_keepsNoOtherFromHearing_andNoChangeFromBeingMade() {
        AtomicInteger hints = new AtomicInteger();
        try (KeyStore.Listening broken = shared.listen(() -> {
                    throw new IllegalStateException("broken");
                });
                KeyStore.Listening worse = shared.listen(() -> {
                    throw new AssertionError("broken");
                });
                KeyStore.Listening sound = shared.listen(hints::incrementAndGet)) {
            issue();
        }
        assertThat(hints).hasValue(1);
    }

    @Test
    void storeThatCannotBeListenedTo_isPolled() {
        KeyStore deaf = (KeyStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {KeyStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("listen")) {
                        throw new UnavailableException("cannot be listened to");
                    }
                    return method.invoke(shared, arguments);
                });
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        try (KeyVerifier<String> polling = verifier(deaf)) {
            assertThat(polling.verify(text)).isInstanceOf(Verified.class);
            managerOf(one).revoke(issued.key().id(), OPERATOR);
            Await.until("the next poll", () -> !(polling.verify(text) instanceof Verified));
        }
    }

    /** What was cut off may have held a revocation. */
    @Test
    void logThatWasCut_hasAllKeysReadAnew_andIsReadOnFromItsEnd() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertThat(opens(text)).isTrue();
        store.loseLog();
        managerOf(one).revoke(issued.key().id(), OPERATOR);
        String later = issue().revealOnce();

        store.cutLogBefore(shared.revision());
        store.comeBack();

        Await.until("the revocation", () -> !opens(text));
        assertThat(opens(later)).isTrue();
        int finds = store.finds();
        assertThat(opens(later)).isTrue();
        assertThat(store.finds()).as("it is cached again").isEqualTo(finds);
    }

    /** Hints of another kind, in one process. */
    private static final class LocalHints implements ChangeHints {

        private final HintListeners listeners = new HintListeners();
        private final AtomicInteger told = new AtomicInteger();
        private boolean closed;

        @Override
        public void tell() {
            told.incrementAndGet();
            listeners.hint();
        }

        @Override
        public KeyStore.Listening listen(Runnable changed) {
            return listeners.add(changed);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void hintedStore_tellsEachChange_andPassesOnWhatItHears() {
        LocalHints hints = new LocalHints();
        AtomicInteger heard = new AtomicInteger();
        KeyStore hinted = KeyStore.hintedBy(hints, new FaultyStore(shared));
        try (KeyVerifier<String> verifier = verifier(hinted);
                KeyStore.Listening listening = hinted.listen(heard::incrementAndGet)) {
            KeyManager manager = managerOf(verifier);
            manager.revoke(
                    manager.issue(NewKey.of("acme", "a key", LIVE).build(), OPERATOR)
                            .key()
                            .id(),
                    OPERATOR);
            manager.suspendAccount("acme", OPERATOR);
            assertThat(hints.told).hasValue(3);
            assertThat(heard).hasValue(3);
            hints.listeners.hint();
            assertThat(heard).hasValue(4);
        }
        assertThat(hints.listeners.isEmpty()).isTrue();
        hinted.close();
        assertThat(hints.closed).isTrue();
    }

    private KeystileBuilder facade(KeyStore over) {
        return Keystile.builder(over)
                .prefixes(KeyPrefix.secret("tk_live_", LIVE))
                .rules(ScopePolicy.builder()
                        .rule(Rule.parse("a", "GET /a authenticated"))
                        .build());
    }

    @Test
    void hintsOfTheBuilder_areOpenedWithTheFacade_tellItsChanges_andAreClosedWithIt() {
        LocalHints hints = new LocalHints();
        try (Keystile keystile = facade(KeyStore.inMemory()).hints(() -> hints).build()) {
            keystile.keyManager().issue(NewKey.of("acme", "a key", LIVE).build(), OPERATOR);
            assertThat(hints.told).hasValue(1);
            assertThat(hints.listeners.isEmpty()).isFalse();
        }
        assertThat(hints.listeners.isEmpty()).isTrue();
        assertThat(hints.closed).isTrue();
    }

    @Test
    void hintsOfTheBuilder_areClosed_whereNothingComesOfIt() {
        LocalHints hints = new LocalHints();
        store.goDown();
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> facade(store).hints(() -> hints).build());
        assertThat(hints.closed).isTrue();
    }

    /** A commit that was not answered may have been made. */
    @Test
    void hintedStore_tellsOfAChangeThatFailed() {
        LocalHints hints = new LocalHints();
        FaultyStore faulty = new FaultyStore(shared);
        KeyStore hinted = KeyStore.hintedBy(hints, faulty);
        faulty.goDown();
        List<Runnable> changes = List.of(
                () -> hinted.apply(List.<KeyChange>of()),
                () -> hinted.apply(new AccountChange("acme", true, "test", Optional.empty(), Instant.EPOCH)));

        assertThat(Stream.of(0, 1).filter(n -> fails(changes.get(n)))).hasSize(2);

        assertThat(hints.told).hasValue(2);
    }

    private static boolean fails(Runnable change) {
        try {
            change.run();
            return false;
        } catch (UnavailableException failure) {
            return true;
        }
    }
}
