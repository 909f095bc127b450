package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.CountingHasher;
import dev.keystile.FaultyStore;
import dev.keystile.ManualTime;
import dev.keystile.key.KeyInspector.Finding;
import dev.keystile.key.Verification.Reason;
import dev.keystile.key.Verification.Rejected;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class KeyInspectorTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final KeyPrefix ACME_LIVE = KeyPrefix.secret("acme_live_", LIVE);
    private static final KeyPrefix ACME_TEST = KeyPrefix.secret("acme_test_", TEST);

    private final ManualTime time = new ManualTime();
    private final KeyStore records = KeyStore.inMemory();
    private final FaultyStore store = new FaultyStore(records);
    private final KeyVerifier.Builder keys = keys(new CountingHasher());
    private final KeyInspector inspector = keys.inspector();
    private final KeyManager manager = managerOf(inspector);

    private KeyVerifier.Builder keys(KeyHasher hasher) {
        return KeyVerifier.builder(store, new KeyFormat(List.of(ACME_LIVE, ACME_TEST), List.of(hasher)))
                .serving(Set.of(LIVE))
                .time(time);
    }

    private static KeyManager managerOf(KeyInspector inspector) {
        return inspector.manager(ScopeCatalog.builder().build(), Set.of(), Set.of("admin"));
    }

    private IssuedKey issue(KeyEnvironment environment) {
        return manager.issue(
                NewKey.of("acme", "a key", environment)
                        .expiresAt(time.now().plus(Duration.ofDays(30)))
                        .build(),
                OPERATOR);
    }

    /** What is done to a key, and what its text is after that. */
    private record Fate(String name, Optional<Reason> reason, boolean proven, Text text) {

        @FunctionalInterface
        interface Text {
            String after(KeyInspectorTest test);
        }

        Arguments toArguments() {
            return argumentSet(name, reason, proven, text);
        }
    }

    private static Fate after(String name, Reason reason, KeyStep step) {
        return new Fate(name, Optional.of(reason), true, test -> {
            IssuedKey issued = test.issue(LIVE);
            step.on(test, issued.key().id());
            return issued.revealOnce();
        });
    }

    @FunctionalInterface
    private interface KeyStep {
        void on(KeyInspectorTest test, KeyId id);
    }

    static Stream<Arguments> fates() {
        return Stream.of(
                        new Fate(
                                "good",
                                Optional.empty(),
                                true,
                                test -> test.issue(LIVE).revealOnce()),
                        new Fate("old half, while it works", Optional.empty(), true, test -> {
                            IssuedKey issued = test.issue(LIVE);
                            test.manager.rotate(issued.key().id(), Overlap.fromFirstUse(Duration.ofHours(1)), OPERATOR);
                            return issued.revealOnce();
                        }),
                        after("old half, when it has ended", Reason.SECRET_ENDED, (test, id) -> {
                            test.manager.rotate(id, Overlap.of(Duration.ofHours(1)), OPERATOR);
                            test.time.advance(Duration.ofHours(1));
                        }),
                        after("disabled", Reason.DISABLED, (test, id) -> test.manager.disable(id, OPERATOR)),
                        after("revoked", Reason.REVOKED, (test, id) -> test.manager.revoke(id, OPERATOR)),
                        after(
                                "suspended",
                                Reason.ACCOUNT_SUSPENDED,
                                (test, id) -> test.manager.suspendAccount("acme", OPERATOR)),
                        after("expired", Reason.EXPIRED, (test, id) -> test.time.advance(Duration.ofDays(30))),
                        new Fate(
                                "of an environment that is not served",
                                Optional.of(Reason.ENVIRONMENT_NOT_SERVED),
                                true,
                                test -> test.issue(TEST).revealOnce()),
                        new Fate("replaced", Optional.of(Reason.WRONG_SECRET), false, test -> {
                            IssuedKey issued = test.issue(LIVE);
                            test.manager.rotate(issued.key().id(), Overlap.none(), OPERATOR);
                            return issued.revealOnce();
                        }),
                        new Fate("of another prefix", Optional.of(Reason.PREFIX_MISMATCH), false, test -> {
                            IssuedKey issued = test.issue(LIVE);
                            String body = "acme_test_" + issued.key().id().text() + "x".repeat(27);
                            return body + KeyFormat.checksumText(body);
                        }),
                        new Fate("unknown", Optional.of(Reason.UNKNOWN), false, test -> {
                            String body = "acme_live_" + "x".repeat(39);
                            return body + KeyFormat.checksumText(body);
                        }),
                        new Fate(
                                "mistyped",
                                Optional.of(Reason.MALFORMED),
                                false,
                                test -> "acme_live_" + "x".repeat(45)),
                        new Fate("none", Optional.of(Reason.MALFORMED), false, test -> ""),
                        new Fate("unreadable", Optional.of(Reason.MALFORMED), false, test -> "acme_live_\u00e9"),
                        new Fate("endless", Optional.of(Reason.MALFORMED), false, test -> "x".repeat(1_000_000)))
                .map(Fate::toArguments);
    }

    @ParameterizedTest
    @MethodSource("fates")
    void finding_isWhatAVerifierSays_andLeavesNoTrace(Optional<Reason> reason, boolean proven, Fate.Text made) {
        String text = made.after(this);
        long revision = records.revision();

        Finding finding = inspector.inspect(text);

        assertThat(finding.objection()).isEqualTo(reason);
        assertThat(finding.secret().isPresent()).isEqualTo(proven);
        finding.secret()
                .ifPresent(secret ->
                        assertThat(finding.key().orElseThrow().secrets()).contains(secret));
        assertThat(records.revision()).isEqualTo(revision);
        try (KeyVerifier<String> verifier = keys.build(key -> "")) {
            assertThat(
                            verifier.verify(text) instanceof Rejected<String> rejected
                                    ? Optional.of(rejected.reason())
                                    : Optional.empty())
                    .isEqualTo(reason);
        }
    }

    @Test
    void secretOfAnotherAlgorithm_staysAsItIs() {
        IssuedKey issued = issue(LIVE);
        KeyHasher newer = KeyHasher.argon2id();
        KeyInspector later = KeyVerifier.builder(
                        store, new KeyFormat(List.of(ACME_LIVE), List.of(newer, new CountingHasher())))
                .time(time)
                .inspector();

        assertThat(later.inspect(issued.revealOnce()).objection()).isEmpty();

        assertThat(records.find(issued.key().id())).contains(issued.key());
    }

    @Test
    void inspection_thatCannotTell_saysSo() {
        IssuedKey issued = issue(LIVE);
        String text = issued.revealOnce();
        KeyInspector unfit = keys(KeyHasher.argon2id()).inspector();

        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> unfit.inspect(text))
                .withMessageContaining("hmac-sha256")
                .satisfies(failure -> assertThat(failure).message().doesNotContain(text));
        store.goDown();
        assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> inspector.inspect(text));
    }

    private KeyInspector ofAnotherPepper() {
        return keys(KeyHasher.hmacSha256("another pepper of at least 32 bytes".getBytes(StandardCharsets.UTF_8)))
                .inspector();
    }

    @Test
    void secretsOfAnotherPepper_areNoneToAddTo() {
        inspector.requireJudgeable();
        ApiKey key = issue(LIVE).key();
        inspector.requireJudgeable();
        inspector.requireJudgeable(key);

        KeyInspector stranger = ofAnotherPepper();

        assertThatIllegalStateException().isThrownBy(stranger::requireJudgeable).withMessageContaining("key.pepper");
        assertThatIllegalStateException()
                .isThrownBy(() -> stranger.requireJudgeable(key))
                .withMessageContaining("key.pepper");
    }

    @Test
    void secretsOfAnotherPepper_behindHundredsThatAreOver_areNoneToAddTo() {
        ApiKey key = issue(LIVE).key();
        for (int i = 0; i < 350; i++) {
            issue(LIVE);
        }
        records.list(KeyQuery.ofAccount("acme").limit(1000)).keys().stream()
                .filter(it -> !it.id().equals(key.id()))
                .forEach(it -> manager.revoke(it.id(), OPERATOR));
        inspector.requireJudgeable();
        inspector.requireJudgeable(key);

        KeyInspector stranger = ofAnotherPepper();

        assertThatIllegalStateException().isThrownBy(stranger::requireJudgeable).withMessageContaining("key.pepper");
        assertThatIllegalStateException()
                .isThrownBy(() -> stranger.requireJudgeable(key))
                .withMessageContaining("key.pepper");
    }

    @Test
    void keyThatCannotBeRead_hidesNoSecretOfAnotherPepper() {
        issue(LIVE);
        issue(LIVE);
        store.afterNextFind(() -> {
            throw new UnavailableException("the key is damaged");
        });

        assertThatIllegalStateException()
                .isThrownBy(() -> ofAnotherPepper().requireJudgeable())
                .withMessageContaining("key.pepper");
    }

    @Test
    void damagedSecret_mayBeReplaced_wherePepperFitsTheOthers() {
        ApiKey damaged = damaged(issue(LIVE).key());
        inspector.requireJudgeable(damaged);
        issue(LIVE);
        inspector.requireJudgeable(damaged);
        assertThatIllegalStateException()
                .isThrownBy(() -> ofAnotherPepper().requireJudgeable(damaged))
                .withMessageContaining("key.pepper");
    }

    private ApiKey damaged(ApiKey key) {
        KeySecret secret = key.newestSecret();
        KeySecret cut = new KeySecret(
                secret.number(),
                secret.digest().substring(0, secret.digest().length() - 3),
                secret.quickCheck(),
                secret.lastFour(),
                secret.createdAt(),
                secret.endsAt());
        return records.apply(new KeyChange(
                KeyAction.ROTATE, key.toBuilder().secrets(List.of(cut)).build(), "test", time.now()));
    }

    @Test
    void changeByTheManager_isSeenByVerifiersOfTheStore() {
        IssuedKey issued = issue(LIVE);
        String text = issued.revealOnce();
        try (KeyVerifier<String> verifier = keys.build(key -> "")) {
            assertThat(verifier.verify(text)).isInstanceOf(Verification.Verified.class);

            manager.revoke(issued.key().id(), OPERATOR);
            verifier.readChanges();

            assertThat(verifier.verify(text))
                    .isInstanceOfSatisfying(
                            Rejected.class,
                            rejected -> assertThat(rejected.reason()).isEqualTo(Reason.REVOKED));
        }
    }
}
