package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.Await;
import dev.keystile.FaultyStore;
import dev.keystile.Log;
import dev.keystile.ManualTime;
import dev.keystile.key.Verification.Verified;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets that are stored otherwise than is set now: what becomes of them when they are used, and what never does. */
@Timeout(30)
final class SecretUpgradesTest {

    private static final KeyPrefix ACME_LIVE = KeyPrefix.secret("acme_live_", LIVE);
    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final KeyHasher LIGHT = KeyHasher.argon2id(new Argon2Cost(64, 1, 1));
    private static final KeyHasher COSTLY = KeyHasher.argon2id(new Argon2Cost(256, 2, 1));
    private static final KeyHasher HMAC =
            KeyHasher.hmacSha256("a pepper of at least 32 bytes, for tests".getBytes(StandardCharsets.UTF_8));

    private final ManualTime time = new ManualTime();
    private final KeyStore records = KeyStore.inMemory();
    private final FaultyStore store = new FaultyStore(records);
    private final List<AutoCloseable> opened = new ArrayList<>();

    private KeyVerifier<String> open(KeyHasher... hashers) {
        return open(store, Set.of(LIVE), hashers);
    }

    private KeyVerifier<String> open(KeyStore from, Set<KeyEnvironment> served, KeyHasher... hashers) {
        KeyVerifier<String> verifier = KeyVerifier.builder(from, new KeyFormat(List.of(ACME_LIVE), List.of(hashers)))
                .time(time)
                .serving(served)
                .build(key -> "");
        opened.add(verifier);
        return verifier;
    }

    private static KeyManager managerOf(KeyVerifier<String> verifier) {
        return verifier.manager(ScopeCatalog.builder().build(), Set.of(), Set.of("admin"));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    /** A key whose secret was made with a hasher. */
    private IssuedKey issuedWith(KeyHasher hasher) {
        return managerOf(open(hasher)).issue(NewKey.of("acme", "a key", LIVE).build(), OPERATOR);
    }

    private ApiKey stored(IssuedKey issued) {
        return records.find(issued.key().id()).orElseThrow();
    }

    private void change(ApiKey key) {
        records.apply(new KeyChange(KeyAction.ROTATE, key, "test", time.now()));
    }

    private static void use(KeyVerifier<String> verifier, String text) {
        assertThat(verifier.verify(text)).isInstanceOf(Verified.class);
        awaitUpgrades(verifier);
    }

    private static void awaitUpgrades(KeyVerifier<String> verifier) {
        Await.until("the end of all upgrades", () -> !verifier.isUpgrading());
    }

    private List<KeyChange> upgrades() {
        return store.changes().stream()
                .filter(change -> change.action() == KeyAction.UPGRADE)
                .toList();
    }

    static Stream<Arguments> settings() {
        return Stream.of(
                argumentSet("a higher cost", LIGHT, new KeyHasher[] {COSTLY}),
                argumentSet("a lower cost", COSTLY, new KeyHasher[] {LIGHT}),
                argumentSet("to Argon2id", HMAC, new KeyHasher[] {LIGHT, HMAC}),
                argumentSet("from Argon2id", LIGHT, new KeyHasher[] {HMAC, LIGHT}));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void secretStoredOtherwise_isStoredAnewOnUse_onceAndForAll(KeyHasher before, KeyHasher[] now) {
        IssuedKey issued = issuedWith(before);
        String text = issued.revealOnce();
        KeyVerifier<String> verifier = open(now);

        use(verifier, text);

        ApiKey upgraded = stored(issued);
        assertThat(now[0].isCurrent(upgraded.newestSecret().digest())).isTrue();
        assertThat(upgraded.isSameButForUpkeep(issued.key())).isTrue();
        assertThat(upgraded.newestSecret().quickCheck())
                .isEqualTo(issued.key().newestSecret().quickCheck());
        assertThat(upgrades()).singleElement().satisfies(change -> {
            assertThat(change.actor()).isEqualTo("keystile");
            assertThat(change.at()).isEqualTo(time.now());
        });
        assertThat(((Verified<String>) verifier.verify(text)).key())
                .as("what this node does, it sees at once")
                .isEqualTo(upgraded);
        use(verifier, text);
        use(open(now), text);
        use(open(now[0]), text);
        assertThat(upgrades()).hasSize(1);
    }

    @Test
    void missingQuickCheck_isWritten() {
        IssuedKey issued = issuedWith(LIGHT);
        KeySecret secret = issued.key().newestSecret();
        change(issued.key().toBuilder()
                .secrets(List.of(new KeySecret(
                        1, secret.digest(), KeySecret.NO_QUICK_CHECK, "imp", secret.createdAt(), Optional.empty())))
                .build());

        use(open(LIGHT), issued.revealOnce());

        assertThat(stored(issued).newestSecret().quickCheck()).isEqualTo(secret.quickCheck());
        assertThat(stored(issued).newestSecret().lastFour()).isEqualTo("imp");
    }

    @Test
    void bothSecretsOfARotation_areStoredAnew_eachWhenItIsUsed_andKeepTheirEnds() {
        KeyVerifier<String> before = open(LIGHT);
        IssuedKey first =
                managerOf(before).issue(NewKey.of("acme", "a key", LIVE).build(), OPERATOR);
        IssuedKey second = managerOf(before).rotate(first.key().id(), Overlap.of(Duration.ofHours(1)), OPERATOR);
        KeyVerifier<String> verifier = open(COSTLY);

        use(verifier, first.revealOnce());
        assertThat(stored(first).secrets())
                .extracting(secret -> COSTLY.isCurrent(secret.digest()))
                .containsExactly(true, false);
        use(verifier, second.revealOnce());

        assertThat(stored(first).secrets())
                .extracting(secret -> COSTLY.isCurrent(secret.digest()))
                .containsExactly(true, true);
        assertThat(stored(first).isSameButForUpkeep(second.key())).isTrue();
        assertThat(stored(first).secrets())
                .extracting(KeySecret::endsAt)
                .containsExactly(Optional.of(time.now().plus(Duration.ofHours(1))), Optional.empty());
    }

    @Test
    void currentSecret_andWrongText_changeNothing() {
        IssuedKey issued = issuedWith(LIGHT);
        String body = "acme_live_" + issued.key().id() + "x".repeat(27);
        KeySecret secret = issued.key().newestSecret();
        use(open(LIGHT), issued.revealOnce());
        assertThat(records.revision()).isEqualTo(1);
        change(issued.key().toBuilder()
                .secrets(List.of(new KeySecret(
                        1, secret.digest(), KeySecret.NO_QUICK_CHECK, "", secret.createdAt(), Optional.empty())))
                .build());
        KeyVerifier<String> verifier = open(COSTLY);
        verifier.verify(body + KeyFormat.checksumText(body));
        awaitUpgrades(verifier);
        assertThat(records.revision()).isEqualTo(2);
    }

    static Stream<Arguments> states() {
        return Stream.<Arguments>of(
                argumentSet("disabled", (Consumer<ApiKey.Builder>) key -> key.disabledAt(ManualTime.START)),
                argumentSet("revoked", (Consumer<ApiKey.Builder>) key -> key.revokedAt(ManualTime.START)),
                argumentSet("expired", (Consumer<ApiKey.Builder>) key -> key.expiresAt(ManualTime.START)));
    }

    @ParameterizedTest
    @MethodSource("states")
    void keyThatOpensNothing_staysAsItIs(Consumer<ApiKey.Builder> state) {
        IssuedKey issued = issuedWith(LIGHT);
        ApiKey.Builder key = issued.key().toBuilder();
        state.accept(key);
        change(key.build());
        KeyVerifier<String> verifier = open(COSTLY);
        verifier.verify(issued.revealOnce());
        awaitUpgrades(verifier);
        assertThat(records.revision()).isEqualTo(2);
    }

    @Test
    void keyOfAnEnvironmentThatIsNotServed_isLeftToWhoServesIt() {
        IssuedKey issued = issuedWith(LIGHT);
        KeyVerifier<String> verifier = open(store, Set.of(TEST), COSTLY);
        verifier.verify(issued.revealOnce());
        awaitUpgrades(verifier);
        assertThat(records.revision()).isEqualTo(1);
    }

    // Others change the key at the same time

    /** What somebody else may do between the read of an upgrade and its write. */
    static Stream<Arguments> changesOfOthers() {
        return Stream.<Arguments>of(
                argumentSet("revoked", (Consumer<ApiKey.Builder>) key -> key.revokedAt(ManualTime.START)),
                argumentSet("disabled", (Consumer<ApiKey.Builder>) key -> key.disabledAt(ManualTime.START)),
                argumentSet("old secret ended", (Consumer<ApiKey.Builder>) key -> key.secrets(List.of(
                        new KeySecret(2, HMAC.hash(new byte[] {1}), 1, "", ManualTime.START, Optional.empty())))),
                argumentSet("given a plan", (Consumer<ApiKey.Builder>) key -> key.plan("large")));
    }

    @ParameterizedTest
    @MethodSource("changesOfOthers")
    void changeByOthers_betweenReadAndWrite_staysWhole(Consumer<ApiKey.Builder> change) {
        IssuedKey issued = issuedWith(LIGHT);
        KeyVerifier<String> verifier = open(COSTLY);
        readKey(verifier, issued);
        ApiKey.Builder changed = issued.key().toBuilder();
        change.accept(changed);
        store.afterNextFind(() -> change(changed.build()));
        verifier.verify(issued.revealOnce());
        awaitUpgrades(verifier);
        assertThat(stored(issued)).isEqualTo(changed.revision(2).build());
        assertThat(upgrades()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("changesOfOthers")
    void changeByOthers_beforeTheRead_isKept(Consumer<ApiKey.Builder> change) {
        IssuedKey issued = issuedWith(LIGHT);
        KeyVerifier<String> verifier = open(COSTLY);
        readKey(verifier, issued);
        ApiKey.Builder changed = issued.key().toBuilder();
        change.accept(changed);
        change(changed.build());
        verifier.verify(issued.revealOnce());
        awaitUpgrades(verifier);
        assertThat(stored(issued).isSameButForUpkeep(changed.build())).isTrue();
    }

    /** Has the key in memory, so that the next to read it is the upgrade. */
    private static void readKey(KeyVerifier<String> verifier, IssuedKey issued) {
        String body = "acme_live_" + issued.key().id() + "x".repeat(27);
        verifier.verify(body + KeyFormat.checksumText(body));
    }

    @Test
    void twoNodes_upgradeOnce() {
        IssuedKey issued = issuedWith(LIGHT);
        String text = issued.revealOnce();
        KeyVerifier<String> one = open(COSTLY);
        KeyVerifier<String> other = open(new FaultyStore(records), Set.of(LIVE), COSTLY);
        readKey(one, issued);
        readKey(other, issued);
        CountDownLatch bothRead = new CountDownLatch(1);
        store.afterNextFind(() -> {
            use(other, text);
            bothRead.countDown();
        });
        assertThat(one.verify(text)).isInstanceOf(Verified.class);
        awaitUpgrades(one);
        assertThat(bothRead.getCount()).isZero();
        assertThat(records.revision()).isEqualTo(2);
        one.readChanges();
        use(one, text);
        use(other, text);
        assertThat(records.revision()).isEqualTo(2);
    }

    static Stream<Arguments> changesByTheManager() {
        return Stream.<Arguments>of(
                argumentSet("rotate", (BiFunction<KeyManager, KeyId, ApiKey>)
                        (manager, id) -> manager.rotate(id, Overlap.of(Duration.ofHours(1)), OPERATOR)
                                .key()),
                argumentSet("disable", (BiFunction<KeyManager, KeyId, ApiKey>)
                        (manager, id) -> manager.disable(id, OPERATOR)),
                argumentSet("revoke", (BiFunction<KeyManager, KeyId, ApiKey>)
                        (manager, id) -> manager.revoke(id, OPERATOR)));
    }

    /** The request that asks for the change may be the one in which its key is proven. */
    @ParameterizedTest
    @MethodSource("changesByTheManager")
    void upgradeWhileTheManagerChangesTheKey_isNoConflict(BiFunction<KeyManager, KeyId, ApiKey> change) {
        IssuedKey issued = issuedWith(LIGHT);
        KeyManager manager = managerOf(open(COSTLY));
        store.afterNextFind(() -> use(open(new FaultyStore(records), Set.of(LIVE), COSTLY), issued.revealOnce()));
        ApiKey changed = change.apply(manager, issued.key().id());
        assertThat(stored(issued)).isEqualTo(changed);
        assertThat(COSTLY.isCurrent(changed.secrets().get(0).digest())).isTrue();
        assertThat(records.revision()).isEqualTo(3);
    }

    @Test
    void changeByOthersWhileTheManagerChangesTheKey_isAConflict() {
        IssuedKey issued = issuedWith(LIGHT);
        KeyManager manager = managerOf(open(COSTLY));
        store.afterNextFind(() -> change(issued.key().toBuilder().plan("large").build()));
        assertThatExceptionOfType(KeyRefusedException.class)
                .isThrownBy(() -> manager.rotate(issued.key().id(), Overlap.of(Duration.ofHours(1)), OPERATOR))
                .matches(refused -> refused.reason() == KeyRefusedException.Reason.CONFLICT);
    }

    // What fails

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void storeDown_leavesTheKeyAsItIs_andWarnsOnce_untilItIsProvenAgain(boolean atTheRead) {
        List<String> texts = new ArrayList<>();
        KeyVerifier<String> verifier;
        try (KeyVerifier<String> before = open(LIGHT)) {
            KeyManager manager = managerOf(before);
            for (int i = 0; i < 3; i++) {
                texts.add(manager.issue(NewKey.of("acme", "a key", LIVE).build(), OPERATOR)
                        .revealOnce());
            }
        }
        verifier = open(COSTLY);
        try (Log log = Log.listen()) {
            for (String text : texts) {
                readKey(verifier, text);
                if (atTheRead) {
                    store.afterNextFind(() -> {
                        throw new UnavailableException("the store is down");
                    });
                } else {
                    store.beforeNextApply(() -> {
                        throw new UnavailableException("the store is down");
                    });
                }
                assertThat(verifier.verify(text)).isInstanceOf(Verified.class);
                awaitUpgrades(verifier);
            }
            assertThat(records.revision()).isEqualTo(3);
            assertThat(log.lines())
                    .singleElement()
                    .satisfies(line -> assertThat(line).contains("WARN", "secrets are not stored anew"));
        }
        KeyVerifier<String> again = open(COSTLY);
        texts.forEach(text -> use(again, text));
        assertThat(records.revision()).isEqualTo(6);
    }

    private static void readKey(KeyVerifier<String> verifier, String text) {
        String body = text.substring(0, "acme_live_".length() + KeyId.LENGTH) + "x".repeat(27);
        verifier.verify(body + KeyFormat.checksumText(body));
    }

    /** A hasher that makes digests of something else, or none it would call its own. */
    private record Broken(boolean ofAnotherText) implements KeyHasher {

        @Override
        public String algorithm() {
            return "hmac-sha256";
        }

        @Override
        public String hash(byte[] text) {
            return HMAC.hash(ofAnotherText ? new byte[] {1} : text);
        }

        @Override
        public boolean verify(byte[] text, String digest) {
            return HMAC.verify(text, digest);
        }

        @Override
        public void requireValid(String digest) {
            HMAC.requireValid(digest);
        }

        @Override
        public boolean isCurrent(String digest) {
            return ofAnotherText && HMAC.isCurrent(digest);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void digestThatDoesNotProveTheText_isNotStored(boolean ofAnotherText) {
        IssuedKey issued = issuedWith(LIGHT);
        String text = issued.revealOnce();
        try (Log log = Log.listen()) {
            use(open(new Broken(ofAnotherText), LIGHT), text);
            assertThat(String.join("\n", log.lines()))
                    .contains("key " + issued.key().id() + ", secret 1 could not be stored anew")
                    .doesNotContain(text)
                    .doesNotContain(issued.key().newestSecret().digest());
        }
        assertThat(stored(issued)).isEqualTo(issued.key());
    }

    // Its place behind the proofs

    private SecretUpgrades behind(AtomicInteger asked, int busyFor) {
        ScheduledExecutorService thread = DaemonThreads.one("keystile-test");
        SecretUpgrades upgrades =
                new SecretUpgrades(store, time, thread, () -> asked.incrementAndGet() > busyFor, id -> {});
        opened.add(upgrades);
        opened.add(() -> DaemonThreads.end(thread));
        return upgrades;
    }

    private static PresentedKey presented(IssuedKey issued) {
        return new PresentedKey(issued.key().id(), "acme_live_", issued.revealOnce());
    }

    @Test
    void upgrade_waitsWhileProofsDo() {
        IssuedKey issued = issuedWith(LIGHT);
        AtomicInteger asked = new AtomicInteger();
        SecretUpgrades upgrades = behind(asked, 3);
        store.beforeFinds(() -> assertThat(asked).hasValue(4));
        upgrades.offer(
                new KeyFormat(List.of(ACME_LIVE), List.of(COSTLY)),
                presented(issued),
                issued.key().newestSecret());
        Await.until("the end of the upgrade", () -> upgrades.open() == 0);
        assertThat(COSTLY.isCurrent(stored(issued).newestSecret().digest())).isTrue();
    }

    @Test
    void upgrades_pastTheBound_areDropped_andAllAtTheEnd() {
        IssuedKey issued = issuedWith(LIGHT);
        PresentedKey presented = presented(issued);
        KeyFormat format = new KeyFormat(List.of(ACME_LIVE), List.of(COSTLY));
        SecretUpgrades upgrades = behind(new AtomicInteger(), Integer.MAX_VALUE);
        for (int i = 0; i < 20_000; i++) {
            upgrades.offer(format, presented, issued.key().newestSecret());
        }
        assertThat(upgrades.open()).isEqualTo(16_384);
        upgrades.close();
        upgrades.offer(format, presented, issued.key().newestSecret());
        while (upgrades.open() > 0) {
            Thread.onSpinWait();
        }
        assertThat(stored(issued)).isEqualTo(issued.key());
    }
}
