package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.keystile.CountingHasher;
import dev.keystile.FaultyStore;
import dev.keystile.Log;
import dev.keystile.ManualTime;
import dev.keystile.key.Verification.Reason;
import dev.keystile.key.Verification.Rejected;
import dev.keystile.key.Verification.Verified;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Stored digests that no text can prove: told as they are read and at the start, and never taken for wrong secrets. */
@Timeout(30)
final class SecretCheckTest {

    private static final KeyPrefix ACME_LIVE = KeyPrefix.secret("acme_live_", LIVE);
    private static final KeyPrefix ACME_TEST = KeyPrefix.secret("acme_test_", TEST);
    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final KeyHasher OTHER_PEPPER =
            KeyHasher.hmacSha256("another pepper of at least 32 bytes".getBytes(StandardCharsets.UTF_8));

    private final ManualTime time = new ManualTime();
    private final CountingHasher hasher = new CountingHasher();
    private final KeyStore records = KeyStore.inMemory();
    private final FaultyStore store = new FaultyStore(records);
    private final List<KeyVerifier<String>> opened = new ArrayList<>();
    private final KeyVerifier<String> verifier = open(hasher);
    private final KeyManager manager = managerOf(verifier);

    private KeyVerifier<String> open(KeyHasher with) {
        return open(with, Set.of(LIVE, TEST));
    }

    private KeyVerifier<String> open(KeyHasher with, Set<KeyEnvironment> served) {
        KeyVerifier<String> verifier = KeyVerifier.builder(
                        store, new KeyFormat(List.of(ACME_LIVE, ACME_TEST), List.of(with)))
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
    void close() {
        opened.forEach(KeyVerifier::close);
    }

    private IssuedKey issue() {
        return manager.issue(NewKey.of("acme", "a key", LIVE).build(), OPERATOR);
    }

    /** Changes a secret in the database, past the manager. */
    private void change(KeyId id, int number, UnaryOperator<KeySecret> change) {
        ApiKey key = records.find(id).orElseThrow();
        change(key.toBuilder()
                .secrets(key.secrets().stream()
                        .map(secret -> secret.number() == number ? change.apply(secret) : secret)
                        .toList())
                .build());
    }

    private void change(ApiKey key) {
        records.apply(new KeyChange(KeyAction.ROTATE, key, "test", time.now()));
        verifier.readChanges();
    }

    private static KeySecret withDigest(KeySecret secret, String digest, boolean quickCheck) {
        return new KeySecret(
                secret.number(),
                digest,
                quickCheck ? secret.quickCheck() : KeySecret.NO_QUICK_CHECK,
                secret.lastFour(),
                secret.createdAt(),
                secret.endsAt());
    }

    private static String cut(KeySecret secret) {
        return secret.digest().substring(0, secret.digest().length() - 3);
    }

    // As keys are read

    @ParameterizedTest
    @CsvSource({"1, true", "1, false", "2, true", "2, false"})
    void damagedSecret_cannotBeTold_andTheOtherWorks(int damaged, boolean quickCheck) {
        IssuedKey issued = issue();
        KeyId id = issued.key().id();
        String first = issued.revealOnce();
        String second =
                manager.rotate(id, Overlap.of(Duration.ofHours(1)), OPERATOR).revealOnce();
        change(id, damaged, secret -> withDigest(secret, cut(secret), quickCheck));

        assertThat(verifier.verify(damaged == 1 ? second : first)).isInstanceOf(Verified.class);
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> verifier.verify(damaged == 1 ? first : second))
                .withMessageContaining("key " + id + ", secret " + damaged);
        String wrong = wrongText(id);
        if (quickCheck) {
            assertThat(verifier.verify(wrong)).isEqualTo(new Rejected<String>(Reason.WRONG_SECRET));
        } else {
            assertThatExceptionOfType(UnavailableException.class)
                    .as("it may be the one that is damaged")
                    .isThrownBy(() -> verifier.verify(wrong));
        }
    }

    private static String wrongText(KeyId id) {
        String body = "acme_live_" + id + "x".repeat(27);
        return body + KeyFormat.checksumText(body);
    }

    @Test
    void damagedSecret_isWarnedOfOnce_withoutItsDigest_andAgainAfterItWasMended() {
        IssuedKey issued = issue();
        KeyId id = issued.key().id();
        String text = issued.revealOnce();
        KeySecret good = issued.key().newestSecret();
        store.loseLog();
        time.advance(Duration.ofSeconds(2));
        try (Log log = Log.listen()) {
            change(id, 1, secret -> withDigest(secret, cut(secret), true));
            for (int i = 0; i < 3; i++) {
                assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> verifier.verify(text));
            }
            assertThat(log.lines())
                    .singleElement()
                    .satisfies(line -> assertThat(line)
                            .contains("WARN", "key " + id + ", secret 1", "503")
                            .doesNotContain(good.digest().substring(20, 40), text));
            change(id, 1, secret -> good);
            assertThat(verifier.verify(text)).isInstanceOf(Verified.class);
            change(id, 1, secret -> withDigest(secret, "plain", true));
            assertThat(verifier.verify(text))
                    .as("it was proven, which stays true")
                    .isInstanceOf(Verified.class);
            assertThat(log.lines()).hasSize(2);
        }
        assertThat(hasher.verifications()).as("a damaged digest costs no proof").isEqualTo(1);
    }

    @Test
    void damagedSecret_thatIsOver_isNotWarnedOf() {
        KeyId id = issue().key().id();
        String second =
                manager.rotate(id, Overlap.of(Duration.ofHours(1)), OPERATOR).revealOnce();
        change(id, 1, secret -> withDigest(secret, cut(secret), true));
        time.advance(Duration.ofHours(1));
        try (Log log = Log.listen()) {
            assertThat(verifier.verify(second)).isInstanceOf(Verified.class);
            assertThat(log.lines()).isEmpty();
        }
    }

    // As a node starts

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 40})
    void start_withAnotherPepper_isRefused_andSaysWhatIsWrong(int keys) {
        List<IssuedKey> issued = Stream.generate(this::issue).limit(keys).toList();
        try (Log log = Log.listen()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> open(OTHER_PEPPER))
                    .withMessageContainingAll(
                            "none of the " + Math.min(keys, 16) + " stored secrets",
                            "key " + issued.get(keys - 1).key().id() + ", secret 1",
                            "another pepper",
                            "expected key.hash and key.pepper")
                    .withMessageNotContaining("\n");
            assertThat(log.lines()).isEmpty();
        }
    }

    @Test
    void start_withoutThePepper_isRefused_andNamesIt() {
        issue();
        assertThatIllegalStateException()
                .isThrownBy(() -> open(KeyHasher.argon2id()))
                .withMessageContaining("hmac-sha256 and needs key.pepper")
                .withMessageContaining("configured are [argon2id]");
    }

    /** Some would be taken for those of another pepper, were the shape not looked at first. */
    static Stream<UnaryOperator<String>> damages() {
        return Stream.of(
                digest -> digest.substring(0, digest.length() - 3),
                digest -> digest.substring(0, digest.indexOf("k=") + 5),
                digest -> digest.replace("$k=", "$k=x"),
                digest -> digest.replace('$', ' '),
                digest -> digest.substring(1),
                digest -> "$unknown$",
                digest -> "$hmac-sha256",
                digest -> "$$" + digest,
                digest -> "plain");
    }

    /** A small installation has one key. */
    @ParameterizedTest
    @MethodSource("damages")
    void start_whereAllThatIsStoredIsDamaged_warns_andStarts(UnaryOperator<String> damage) {
        KeyId id = issue().key().id();
        String whole = records.find(id).orElseThrow().newestSecret().digest();
        change(id, 1, secret -> withDigest(secret, damage.apply(whole), true));
        try (Log log = Log.listen()) {
            KeyManager running = managerOf(open(hasher));
            assertThat(log.lines())
                    .singleElement()
                    .satisfies(line -> assertThat(line)
                            .contains("WARN", "1 of the 1 stored secrets", "damaged", "key " + id + ", secret 1")
                            .doesNotContain("key.pepper", whole.substring(whole.length() - 20)));
            String another = running.rotate(id, Overlap.none(), OPERATOR).revealOnce();
            assertThat(open(hasher).verify(another)).isInstanceOf(Verified.class);
        }
    }

    @Test
    void start_withAnotherPepper_whereTheNewestIsDamaged_isRefused_andNamesOneThatIsWhole() {
        KeyId whole = issue().key().id();
        KeyId damaged = issue().key().id();
        change(damaged, 1, secret -> withDigest(secret, cut(secret), true));
        assertThatIllegalStateException()
                .isThrownBy(() -> open(OTHER_PEPPER))
                .withMessageContainingAll("none of the 2 stored secrets", "key " + whole + ", secret 1");
    }

    @Test
    void start_withAnotherPepper_behindManyThatAreDamaged_isRefused() {
        KeyId whole = issue().key().id();
        for (int i = 0; i < 20; i++) {
            change(issue().key().id(), 1, secret -> withDigest(secret, cut(secret), true));
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> open(OTHER_PEPPER))
                .withMessageContainingAll("none of the 21 stored secrets", "key " + whole + ", secret 1");
    }

    @Test
    void start_withoutTheHasher_ofTheOnlySecret_isRefused() {
        KeyId id = issue().key().id();
        change(id, 1, secret -> withDigest(secret, "$other$p=1$c29tZXNhbHQ$bm9uZSBvZiBvdXJz", true));
        assertThatIllegalStateException()
                .isThrownBy(() -> open(hasher))
                .withMessageContainingAll("none of the 1 stored secrets", "no hasher for its digest");
    }

    @Test
    void start_whereOnlySomeCannotBeProven_warnsOnce() {
        issue();
        IssuedKey damaged = issue();
        issue();
        change(damaged.key().id(), 1, secret -> withDigest(secret, OTHER_PEPPER.hash(new byte[] {1}), true));
        try (Log log = Log.listen()) {
            open(hasher);
            assertThat(log.lines())
                    .singleElement()
                    .satisfies(line -> assertThat(line)
                            .contains(
                                    "WARN",
                                    "1 of the 3 stored secrets",
                                    "key " + damaged.key().id() + ", secret 1")
                            .contains("key.pepper")
                            .doesNotContain("k="));
        }
    }

    /** What may be in a store that a node with another pepper must start on. */
    static Stream<Consumer<SecretCheckTest>> start_withAnotherPepper_whereNobodyNeedsTheOld_isQuiet() {
        return Stream.of(
                test -> {},
                test -> {
                    for (int i = 0; i < 20; i++) {
                        test.manager.revoke(test.issue().key().id(), OPERATOR);
                    }
                },
                test -> {
                    test.manager.issue(
                            NewKey.of("acme", "a key", LIVE)
                                    .expiresAt(test.time.now().plusSeconds(1))
                                    .build(),
                            OPERATOR);
                    test.time.advance(Duration.ofSeconds(1));
                },
                // Of an environment that another application serves, with a pepper of its own.
                test -> test.manager.issue(NewKey.of("acme", "a key", TEST).build(), OPERATOR),
                test -> {
                    test.issue();
                    test.store.loseLog();
                });
    }

    @ParameterizedTest
    @MethodSource
    void start_withAnotherPepper_whereNobodyNeedsTheOld_isQuiet(Consumer<SecretCheckTest> stored) {
        stored.accept(this);
        try (Log log = Log.listen()) {
            open(OTHER_PEPPER, Set.of(LIVE));
            assertThat(log.lines()).isEmpty();
        }
    }

    /** After many revocations the last changes tell nothing of the keys in use. */
    @Test
    void start_looksPastRevokedKeys() {
        issue();
        for (int i = 0; i < 40; i++) {
            manager.revoke(issue().key().id(), OPERATOR);
        }
        assertThatIllegalStateException().isThrownBy(() -> open(OTHER_PEPPER));
    }

    @Test
    void start_withASecretOfEachPepper_isNotRefused() {
        KeyId id = issue().key().id();
        ApiKey key = records.find(id).orElseThrow();
        KeySecret second = new KeySecret(2, OTHER_PEPPER.hash(new byte[] {1}), 1, "abcd", time.now(), Optional.empty());
        change(key.toBuilder().secrets(List.of(key.newestSecret(), second)).build());
        open(hasher);
        open(OTHER_PEPPER);
    }
}
