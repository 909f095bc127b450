package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.Await;
import dev.keystile.CountingHasher;
import dev.keystile.FaultyStore;
import dev.keystile.ManualTime;
import dev.keystile.key.Verification.Pending;
import dev.keystile.key.Verification.Reason;
import dev.keystile.key.Verification.Rejected;
import dev.keystile.key.Verification.Verified;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class KeyVerifierTest {

    private static final KeyPrefix ACME_LIVE = KeyPrefix.secret("acme_live_", LIVE);
    private static final KeyPrefix ACME_TEST = KeyPrefix.secret("acme_test_", TEST);
    private static final Actor OPERATOR = new Actor.Operator("test");

    private final ManualTime time = new ManualTime();
    private final CountingHasher hasher = new CountingHasher();
    private final KeyFormat format = new KeyFormat(List.of(ACME_LIVE, ACME_TEST), List.of(hasher));
    private final KeyStore records = KeyStore.inMemory();
    private final FaultyStore store = new FaultyStore(records);
    private final KeyVerifier<String> verifier = verifier(store, 100);
    private final KeyManager manager = managerOf(verifier);
    /** Another process over the same store. */
    private final KeyVerifier<String> elsewhere = verifier(new FaultyStore(records), 100);

    private final KeyManager managerElsewhere = managerOf(elsewhere);

    private KeyVerifier<String> verifier(KeyStore from, int capacity) {
        return KeyVerifier.builder(from, format)
                .time(time)
                .capacity(capacity)
                .patience(Duration.ofSeconds(20))
                .build(key -> "view of " + key.id() + " at " + key.revision());
    }

    private static KeyManager managerOf(KeyVerifier<String> verifier) {
        return verifier.manager(ScopeCatalog.builder().build(), Set.of(), Set.of("admin"));
    }

    @AfterEach
    void close() {
        verifier.close();
        elsewhere.close();
    }

    private IssuedKey issue() {
        IssuedKey issued = manager.issue(NewKey.of("acme", "a key", LIVE).build(), OPERATOR);
        // Or the first read of the log would make it forget the key once more.
        verifier.readChanges();
        return issued;
    }

    private Optional<Reason> reason(String text) {
        return reason(verifier, text);
    }

    /** Why not; empty if it is good. */
    private static Optional<Reason> reason(KeyVerifier<String> asked, String text) {
        Verification<String> verification = asked.verify(text);
        return verification instanceof Rejected<String> rejected ? Optional.of(rejected.reason()) : Optional.empty();
    }

    private void assertGood(String text) {
        assertThat(reason(text)).isEmpty();
    }

    private void assertRejected(String text, Reason expected) {
        assertThat(reason(text)).contains(expected);
    }

    /** A text of another secret of the same key, with a checksum that is right. */
    private static String forged(IssuedKey issued, String prefix) {
        String body = prefix + issued.key().id().text() + "x".repeat(27);
        return body + KeyFormat.checksumText(body);
    }

    // Each reason.

    @Test
    void goodKey_isVerifiedWithItsView() {
        IssuedKey issued = issue();
        Verification<String> verification = verifier.verify(issued.revealOnce());
        assertThat(verification).isInstanceOf(Verified.class);
        Verified<String> verified = (Verified<String>) verification;
        assertThat(verified.key()).isEqualTo(issued.key());
        assertThat(verified.view()).isEqualTo("view of " + issued.key().id() + " at 1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "acme_live_",
                "acme_live_short",
                "nonsense",
                "acme_live_000000000000000000000000000000000000000000000",
                "acme live_000000000000000000000000000000000000000000000",
                "acme_live_0000000000000000000000000000000000000000000\u00e9\u00e9",
            })
    void malformed_isRejectedWithoutStore(String text) {
        assertRejected(text, Reason.MALFORMED);
        assertThat(verifier.verifyWithoutBlocking(text)).isNotInstanceOf(Pending.class);
        assertThat(store.finds()).isZero();
    }

    @Test
    void tooLong_isRejectedWithoutStore() {
        assertRejected("acme_live_" + "0".repeat(1_000_000), Reason.MALFORMED);
        assertThat(store.finds()).isZero();
    }

    @Test
    void unknownKey_isRejected() {
        String text = format.mint("acme_live_", format.drawId());
        assertRejected(text, Reason.UNKNOWN);
        assertThat(hasher.verifications()).isZero();
    }

    @Test
    void renamedPrefix_withChecksumRecomputed_isRejected() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        String body = text.substring(0, text.length() - 6).replace("acme_live_", "acme_test_");
        assertRejected(body + KeyFormat.checksumText(body), Reason.PREFIX_MISMATCH);
        assertThat(hasher.verifications()).isZero();
        assertGood(text);
    }

    @Test
    void wrongSecret_isRejectedAndNeverRunsTheHasher() {
        IssuedKey issued = issue();
        for (int i = 0; i < 1000; i++) {
            String text = format.mint("acme_live_", issued.key().id());
            assertRejected(text, Reason.WRONG_SECRET);
        }
        assertRejected(forged(issued, "acme_live_"), Reason.WRONG_SECRET);
        assertThat(hasher.verifications()).isZero();
    }

    @Test
    void wrongSecret_isNotTakenForAGoodOneThatWasProven() {
        IssuedKey issued = issue();
        assertGood(issued.revealOnce());
        assertRejected(forged(issued, "acme_live_"), Reason.WRONG_SECRET);
    }

    @Test
    void withoutQuickCheck_theHasherDecides() {
        IssuedKey issued = issue();
        KeySecret secret = issued.key().newestSecret();
        KeySecret imported = new KeySecret(
                1, secret.digest(), KeySecret.NO_QUICK_CHECK, secret.lastFour(), secret.createdAt(), Optional.empty());
        change(issued.key().toBuilder().secrets(List.of(imported)).build());
        verifier.readChanges();
        assertRejected(forged(issued, "acme_live_"), Reason.WRONG_SECRET);
        assertThat(hasher.verifications()).isEqualTo(1);
        assertGood(issued.revealOnce());
        Await.until("the end of the upgrade", () -> !verifier.isUpgrading());
        assertThat(hasher.verifications())
                .as("the true text, and what is stored anew of it, with a quick check")
                .isEqualTo(3);
        assertRejected(forged(issued, "acme_live_"), Reason.WRONG_SECRET);
        assertThat(hasher.verifications()).isEqualTo(3);
    }

    private void change(ApiKey key) {
        records.apply(new KeyChange(KeyAction.ROTATE, key, "test", time.now()));
    }

    @Test
    void damagedDigest_cannotBeTold_andIsNotRepeated() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        KeySecret secret = issued.key().newestSecret();
        for (String digest : List.of("$", "$$", "plain", "$argon2id$v=19$unknown", secret.digest() + "!")) {
            KeySecret damaged = new KeySecret(
                    1, digest, secret.quickCheck(), secret.lastFour(), secret.createdAt(), Optional.empty());
            change(records.find(issued.key().id()).orElseThrow().toBuilder()
                    .secrets(List.of(damaged))
                    .build());
            verifier.readChanges();
            assertThatExceptionOfType(UnavailableException.class)
                    .as(digest)
                    .isThrownBy(() -> verifier.verify(text))
                    .withMessageContaining(issued.key().id().text())
                    .withMessageNotContaining(text)
                    .withMessageNotContaining("unknown")
                    .withMessageNotContaining(secret.digest().substring(20));
        }
    }

    static Stream<Arguments> states() {
        return Stream.<Arguments>of(
                argumentSet(
                        "disabled",
                        (Consumer<ApiKey.Builder>) key -> key.disabledAt(ManualTime.START),
                        Reason.DISABLED),
                argumentSet(
                        "revoked", (Consumer<ApiKey.Builder>) key -> key.revokedAt(ManualTime.START), Reason.REVOKED),
                argumentSet(
                        "expired", (Consumer<ApiKey.Builder>) key -> key.expiresAt(ManualTime.START), Reason.EXPIRED),
                argumentSet(
                        "disabled, revoked and expired",
                        (Consumer<ApiKey.Builder>) key -> key.disabledAt(ManualTime.START)
                                .revokedAt(ManualTime.START)
                                .expiresAt(ManualTime.START),
                        Reason.DISABLED),
                argumentSet(
                        "revoked and expired",
                        (Consumer<ApiKey.Builder>)
                                key -> key.revokedAt(ManualTime.START).expiresAt(ManualTime.START),
                        Reason.REVOKED));
    }

    /** State is looked at behind the proof: who has not the secret learns nothing of it. */
    @ParameterizedTest
    @MethodSource("states")
    void state_isJudgedForTheTrueTextOnly(Consumer<ApiKey.Builder> state, Reason reason) {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertGood(text);
        ApiKey.Builder changed = issued.key().toBuilder();
        state.accept(changed);
        change(changed.build());
        verifier.readChanges();
        assertRejected(text, reason);
        assertRejected(forged(issued, "acme_live_"), Reason.WRONG_SECRET);
        assertThat(reason(elsewhere, text))
                .as("where it was never proven before")
                .contains(reason);
    }

    @Test
    void expiry_isExactToTheMillisecond() {
        Instant end = time.now().plusMillis(1500);
        String text = manager.issue(
                        NewKey.of("acme", "a key", LIVE).expiresAt(end).build(), OPERATOR)
                .revealOnce();
        assertGood(text);
        time.advance(Duration.ofMillis(1499));
        assertGood(text);
        time.advance(Duration.ofMillis(1));
        assertRejected(text, Reason.EXPIRED);
    }

    @Test
    void expiry_beyondTheYear9999_isRefused() {
        NewKey wanted = NewKey.of("acme", "a key", LIVE).expiresAt(Instant.MAX).build();
        assertThatExceptionOfType(KeyRefusedException.class)
                .isThrownBy(() -> manager.issue(wanted, OPERATOR))
                .matches(it -> it.reason() == KeyRefusedException.Reason.INVALID);
    }

    @Test
    void environmentNotServed_isRejected() {
        String text = issue().revealOnce();
        try (KeyVerifier<String> testOnly = KeyVerifier.builder(store, format)
                .time(time)
                .serving(Set.of(TEST))
                .build(key -> "")) {
            assertThat(reason(testOnly, text)).contains(Reason.ENVIRONMENT_NOT_SERVED);
        }
    }

    // Rotation, as the bearer sees it.

    @Test
    void rotation_bothWorkDuringTheOverlap_exactly() {
        IssuedKey first = issue();
        String old = first.revealOnce();
        assertGood(old);
        String fresh = manager.rotate(first.key().id(), Overlap.of(Duration.ofMinutes(5)), OPERATOR)
                .revealOnce();
        assertGood(old);
        assertGood(fresh);
        time.advance(Duration.ofMinutes(5).minusMillis(1));
        assertGood(old);
        time.advance(Duration.ofMillis(1));
        assertRejected(old, Reason.SECRET_ENDED);
        assertGood(fresh);
    }

    @Test
    void rotation_withoutOverlap_endsTheOldAtOnce() {
        IssuedKey first = issue();
        String old = first.revealOnce();
        assertGood(old);
        String fresh =
                manager.rotate(first.key().id(), Overlap.none(), OPERATOR).revealOnce();
        assertThat(reason(old)).isPresent();
        assertGood(fresh);
    }

    @Test
    void secondRotation_endsTheOldest() {
        IssuedKey issued = issue();
        KeyId id = issued.key().id();
        String first = issued.revealOnce();
        assertGood(first);
        String second =
                manager.rotate(id, Overlap.of(Duration.ofHours(1)), OPERATOR).revealOnce();
        String third =
                manager.rotate(id, Overlap.of(Duration.ofHours(1)), OPERATOR).revealOnce();
        assertThat(reason(first)).isPresent();
        assertGood(second);
        assertGood(third);
        assertThat(records.find(id).orElseThrow().secrets())
                .extracting(KeySecret::number)
                .containsExactly(2, 3);
    }

    @Test
    void rotation_overlapEndsWithTheKey() {
        Instant end = time.now().plusSeconds(60);
        IssuedKey first =
                manager.issue(NewKey.of("acme", "a key", LIVE).expiresAt(end).build(), OPERATOR);
        IssuedKey second = manager.rotate(first.key().id(), Overlap.of(Duration.ofHours(1)), OPERATOR);
        assertThat(second.key().secrets().get(0).endsAt()).contains(end);
        assertThat(second.key().expiresAt()).contains(end);
    }

    // What this node changes is seen here at once.

    @Test
    void changesHere_areSeenAtOnce() {
        IssuedKey issued = issue();
        KeyId id = issued.key().id();
        String text = issued.revealOnce();
        assertGood(text);
        manager.disable(id, OPERATOR);
        assertRejected(text, Reason.DISABLED);
        manager.enable(id, OPERATOR);
        assertGood(text);
        manager.revoke(id, OPERATOR);
        assertRejected(text, Reason.REVOKED);
    }

    /** The connection broke behind the commit, so that the manager was told of a failure. */
    @Test
    void changeThatFailedBehindItsCommit_isSeenAtOnce() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertGood(text);
        store.afterNextApply(() -> {
            throw new UnavailableException("the connection broke");
        });
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> manager.revoke(issued.key().id(), OPERATOR));
        assertRejected(text, Reason.REVOKED);
    }

    /** Before and after the text proved itself to this verifier. */
    @Test
    void rejected_tellsOfTheKey_whoseSecretTheTextIs() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        String view = "view of " + issued.key().id();
        manager.disable(issued.key().id(), OPERATOR);
        for (int i = 0; i < 2; i++) {
            assertThat(((Rejected<String>) verifier.verify(text)).view())
                    .hasValueSatisfying(it -> assertThat(it).startsWith(view));
        }
        assertThat(verifier.verify(forged(issued, "acme_live_"))).isEqualTo(new Rejected<String>(Reason.WRONG_SECRET));
    }

    // What others change is seen with the log, or when the lease is over.

    @Test
    void changeElsewhere_isSeenOnceTheLogIsRead() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertGood(text);
        managerElsewhere.revoke(issued.key().id(), OPERATOR);
        assertGood(text);
        verifier.readChanges();
        assertRejected(text, Reason.REVOKED);
    }

    @Test
    void changesElsewhere_moreThanOnePortion_areAllSeen() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertGood(text);
        KeyId other = issue().key().id();
        for (int i = 0; i < 600; i++) {
            managerElsewhere.disable(other, OPERATOR);
            managerElsewhere.enable(other, OPERATOR);
        }
        managerElsewhere.revoke(issued.key().id(), OPERATOR);
        verifier.readChanges();
        assertRejected(text, Reason.REVOKED);
    }

    @Test
    void leaseHolds_nothingIsRead() {
        String text = issue().revealOnce();
        assertGood(text);
        int before = store.finds();
        for (int i = 0; i < 1999; i++) {
            assertThat(verifier.verifyWithoutBlocking(text)).isNotInstanceOf(Pending.class);
            time.advance(Duration.ofMillis(1));
        }
        assertThat(store.finds()).isEqualTo(before);
    }

    @Test
    void leaseOver_everyRequestReadsTheStore() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertGood(text);
        store.loseLog();
        verifier.readChanges();
        time.advance(Duration.ofSeconds(2));
        assertThat(verifier.verifyWithoutBlocking(text))
                .as("it would have to read")
                .isEqualTo(new Pending<>(true));
        int before = store.finds();
        for (int i = 0; i < 5; i++) {
            assertGood(text);
        }
        assertThat(store.finds()).isEqualTo(before + 5);
        managerElsewhere.revoke(issued.key().id(), OPERATOR);
        assertRejected(text, Reason.REVOKED);
        assertThat(hasher.verifications())
                .as("that the text is the secret stays true")
                .isEqualTo(1);
    }

    @Test
    void leaseOver_thenRenewed_trustsAgain() {
        String text = issue().revealOnce();
        assertGood(text);
        time.advance(Duration.ofSeconds(3));
        assertGood(text);
        verifier.readChanges();
        int before = store.finds();
        assertGood(text);
        assertThat(store.finds()).isEqualTo(before);
    }

    /** The lease counts from when the read of the log began, not from when it ended. */
    @Test
    void lease_countsFromBeginningOfRead() {
        String text = issue().revealOnce();
        assertGood(text);
        time.advance(Duration.ofMillis(700));
        // A second passes while the log is read.
        store.afterNextLogRead(() -> time.advance(Duration.ofSeconds(1)));
        verifier.readChanges();
        time.advance(Duration.ofSeconds(1).minusNanos(1));
        assertThat(verifier.verifyWithoutBlocking(text)).isNotInstanceOf(Pending.class);
        time.advance(Duration.ofNanos(1));
        assertThat(verifier.verifyWithoutBlocking(text)).isEqualTo(new Pending<>(true));
    }

    /** The log is read, and the lease renewed, between two steps of a request that began when the lease was over. */
    @Test
    void leaseRenewedAmidRequest_trustsNothingOlder() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertGood(text);
        time.advance(Duration.ofSeconds(3));
        managerElsewhere.revoke(issued.key().id(), OPERATOR);
        time.onNextNanoTime(verifier::readChanges);
        assertRejected(text, Reason.REVOKED);
    }

    @Test
    void storeDown_cannotBeTold() {
        String text = issue().revealOnce();
        assertGood(text);
        store.goDown();
        verifier.readChanges();
        assertGood(text);
        time.advance(Duration.ofSeconds(2));
        assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> verifier.verify(text));
        store.comeBack();
        assertGood(text);
    }

    @Test
    void storeDown_atTheStart_stopsIt() {
        store.goDown();
        assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> verifier(store, 100));
    }

    // The fence: a read that began before a change is not cached.

    @Test
    void loadThatBeganBeforeAChangeHere_isNotCached() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        store.afterNextFind(() -> manager.revoke(issued.key().id(), OPERATOR));
        reason(text);
        assertRejected(text, Reason.REVOKED);
    }

    @Test
    void loadThatBeganBeforeAChangeElsewhere_isNotCached() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertGood(text);
        managerElsewhere.disable(issued.key().id(), OPERATOR);
        managerElsewhere.enable(issued.key().id(), OPERATOR);
        verifier.readChanges();
        store.afterNextFind(() -> {
            managerElsewhere.revoke(issued.key().id(), OPERATOR);
            verifier.readChanges();
        });
        assertGood(text);
        assertRejected(text, Reason.REVOKED);
    }

    // A machine that is suspended: the clock that leases are measured by stands still.

    private static final Duration SUSPENDED = KeyDirectory.LEASE.plusMillis(1);

    /** While the log is read, whose answer does not come, nothing is trusted any more. */
    @Test
    void suspended_endsTheLeaseBeforeTheLogIsRead() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertGood(text);
        managerElsewhere.revoke(issued.key().id(), OPERATOR);
        time.suspend(SUSPENDED);
        store.loseLog();
        verifier.readChanges();
        assertThat(verifier.verifyWithoutBlocking(text)).isInstanceOf(Pending.class);
        assertRejected(text, Reason.REVOKED);
        store.comeBack();
        verifier.readChanges();
        assertThat(verifier.verifyWithoutBlocking(text)).isInstanceOf(Pending.class);
        assertRejected(text, Reason.REVOKED);
        assertThat(verifier.verifyWithoutBlocking(text)).isInstanceOf(Rejected.class);
    }

    /** What the log had said before is no news. */
    @Test
    void suspendedWhileTheLogIsRead_trustsNothingUntilItIsReadAgain() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertGood(text);
        store.afterNextLogRead(() -> {
            managerElsewhere.revoke(issued.key().id(), OPERATOR);
            time.suspend(SUSPENDED);
        });
        verifier.readChanges();
        assertRejected(text, Reason.REVOKED);
        verifier.readChanges();
        reason(text);
        assertThat(verifier.verifyWithoutBlocking(text)).isInstanceOf(Rejected.class);
    }

    /** A wall clock that is set a little, or back, is nothing; nor is one that is set forward, once the log was read. */
    @ParameterizedTest
    @ValueSource(longs = {2_000, -3_600_000, 3_600_000})
    void wallClockThatIsSet_costsAReadOfTheLogAtMost(long millis) {
        String text = issue().revealOnce();
        assertGood(text);
        time.suspend(Duration.ofMillis(millis));
        verifier.readChanges();
        assertThat(verifier.verifyWithoutBlocking(text)).isInstanceOf(Verified.class);
        int finds = store.finds();
        store.loseLog();
        verifier.readChanges();
        time.advance(KeyDirectory.LEASE.minusNanos(1));
        verifier.readChanges();
        assertThat(verifier.verifyWithoutBlocking(text)).isInstanceOf(Verified.class);
        assertThat(store.finds()).isEqualTo(finds);
    }

    // A process that is frozen decides nothing by what it read before.

    /** As if the process had been frozen once the store had answered and before anybody was told, and the change came then. */
    private void freezeAfterNextFind(Runnable change) {
        store.afterNextFind(() -> {
            change.run();
            time.advance(KeyDirectory.LEASE);
        });
    }

    @Test
    void frozenWhileAProvenKeyIsRead_readsItAgain() {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertGood(text);
        time.advance(KeyDirectory.LEASE);
        freezeAfterNextFind(() -> managerElsewhere.revoke(issued.key().id(), OPERATOR));
        assertRejected(text, Reason.REVOKED);
    }

    @Test
    void frozenDuringTheProof_andAgainWhileTheKeyIsReadAfterIt_readsItAgain() {
        IssuedKey issued = issue();
        hasher.beforeVerify(() -> {
            time.advance(KeyDirectory.LEASE);
            freezeAfterNextFind(() -> managerElsewhere.revoke(issued.key().id(), OPERATOR));
        });
        assertRejected(issued.revealOnce(), Reason.REVOKED);
    }

    /** That there is none was true when it was read. */
    @Test
    void frozenWhileAnUnknownKeyIsRead_readsItAgain() {
        KeyId id = format.drawId();
        String text = textOfNoKeyYet(id);
        freezeAfterNextFind(() -> issueElsewhere(id, text));
        assertGood(text);
    }

    // Ids that nobody has.

    /** What a store would say of a text whose key another node is about to issue. */
    private String textOfNoKeyYet(KeyId id) {
        return format.mint("acme_live_", id);
    }

    private void issueElsewhere(KeyId id, String text) {
        KeySecret secret = format.digest(text, 1, time.now());
        records.apply(new KeyChange(
                KeyAction.ISSUE,
                ApiKey.builder(id, "acme", "a key", ACME_LIVE, secret).build(),
                "test",
                time.now()));
    }

    @Test
    void unknownId_isReadOnce_whileTheLeaseHolds() {
        KeyId id = format.drawId();
        for (int i = 0; i < 5; i++) {
            assertRejected(textOfNoKeyYet(id), Reason.UNKNOWN);
        }
        assertThat(store.finds()).isEqualTo(1);
        time.advance(Duration.ofSeconds(2));
        assertRejected(textOfNoKeyYet(id), Reason.UNKNOWN);
        assertRejected(textOfNoKeyYet(id), Reason.UNKNOWN);
        assertThat(store.finds()).as("the lease is over").isEqualTo(3);
        verifier.readChanges();
        assertRejected(textOfNoKeyYet(id), Reason.UNKNOWN);
        assertThat(store.finds()).as("it holds again, and nothing changed").isEqualTo(3);
    }

    @Test
    void unknownId_issuedElsewhere_isKnownOnceTheLogIsRead() {
        KeyId id = format.drawId();
        String text = textOfNoKeyYet(id);
        assertRejected(text, Reason.UNKNOWN);
        issueElsewhere(id, text);
        assertRejected(text, Reason.UNKNOWN);
        verifier.readChanges();
        assertGood(text);
    }

    @Test
    void unknownId_issuedElsewhere_isKnownOnceTheLeaseIsOver() {
        KeyId id = format.drawId();
        String text = textOfNoKeyYet(id);
        assertRejected(text, Reason.UNKNOWN);
        issueElsewhere(id, text);
        time.advance(Duration.ofSeconds(2));
        assertGood(text);
    }

    @Test
    void unknownId_issuedWhileItWasRead_isNotRememberedAsUnknown() {
        KeyId id = format.drawId();
        String text = textOfNoKeyYet(id);
        store.afterNextFind(() -> {
            issueElsewhere(id, text);
            verifier.readChanges();
        });
        assertRejected(text, Reason.UNKNOWN);
        assertGood(text);
    }

    /** A backup that was played back may hold other keys. */
    @Test
    void unknownId_afterTheStoreWentBack_isReadAgain() {
        KeyId id = format.drawId();
        issue();
        assertRejected(textOfNoKeyYet(id), Reason.UNKNOWN);
        int before = store.finds();
        store.goBackTo(0);
        verifier.readChanges();
        assertRejected(textOfNoKeyYet(id), Reason.UNKNOWN);
        assertThat(store.finds()).isEqualTo(before + 1);
    }

    @Test
    void floodOfUnknownIds_drivesOutNoKey() {
        String text = issue().revealOnce();
        assertGood(text);
        for (int i = 0; i < 12_000; i++) {
            assertRejected(textOfNoKeyYet(format.drawId()), Reason.UNKNOWN);
        }
        assertThat(verifier.verifyWithoutBlocking(text)).isInstanceOf(Verified.class);
    }

    /** Reads of the store that hang until the gate opens, and what is decided meanwhile. */
    @Test
    void readsThatHang_holdUpNeitherTheLogNorKnownKeys() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch reading = new CountDownLatch(KeyReads.AT_ONCE);
        ExecutorService callers = Executors.newFixedThreadPool(20);
        try (KeyVerifier<String> impatient = KeyVerifier.builder(store, format)
                .time(time)
                .patience(Duration.ofMillis(40))
                .build(key -> "")) {
            String text = issue().revealOnce();
            String read = textOfNoKeyYet(format.drawId());
            impatient.readChanges();
            assertThat(reason(impatient, text)).isEmpty();
            store.beforeFinds(() -> {
                reading.countDown();
                Await.open("the test to open the gate of the reads", gate);
            });
            int before = store.finds();
            List<Future<Optional<Reason>>> answers = IntStream.range(0, 20)
                    .mapToObj(i ->
                            callers.submit(() -> reason(impatient, i < 4 ? read : textOfNoKeyYet(format.drawId()))))
                    .toList();
            Await.open("as many reads as may run at once", reading);
            for (Future<Optional<Reason>> answer : answers) {
                assertThatExceptionOfType(ExecutionException.class)
                        .isThrownBy(() -> answer.get(20, TimeUnit.SECONDS))
                        .withCauseInstanceOf(UnavailableException.class);
            }
            time.advance(Duration.ofSeconds(2).minusMillis(1));
            impatient.readChanges();
            time.advance(Duration.ofSeconds(1));
            assertThat(impatient.verifyWithoutBlocking(text)).isInstanceOf(Verified.class);
            assertThat(impatient.health().decides()).isTrue();

            time.advance(Duration.ofSeconds(1));
            assertThat(impatient.verifyWithoutBlocking(text)).isInstanceOf(Pending.class);
            assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> impatient.verify(text));
            assertThat(store.finds()).isEqualTo(before + KeyReads.AT_ONCE);

            gate.countDown();
            Await.until("reads to be possible again", () -> {
                try {
                    return reason(impatient, text).isEmpty();
                } catch (UnavailableException notYet) {
                    return false;
                }
            });
        } finally {
            gate.countDown();
            callers.shutdownNow();
        }
    }

    /** The key is read before the proof and, as the lease ends meanwhile, after it: one patience for both. */
    @Test
    void storeThatIsNeededTwice_isNotWaitedForTwice() {
        Duration patience = Duration.ofSeconds(2);
        String text = issue().revealOnce();
        CountDownLatch gate = new CountDownLatch(1);
        AtomicLong hangsSince = new AtomicLong();
        try (KeyVerifier<String> impatient =
                KeyVerifier.builder(store, format).time(time).patience(patience).build(key -> "")) {
            store.beforeFinds(() -> {
                if (hasher.verifications() > 0) {
                    hangsSince.set(System.nanoTime());
                    Await.open("the test to open the gate of the reads", gate);
                } else {
                    // Two steps of four, or three.
                    long until = System.nanoTime() + patience.toNanos() * 5 / 8;
                    Await.until("half of the patience to be over", () -> System.nanoTime() - until > 0);
                }
            });
            hasher.beforeVerify(() -> time.advance(KeyDirectory.LEASE));
            assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> impatient.verify(text));
            assertThat(Duration.ofNanos(System.nanoTime() - hangsSince.get())).isLessThan(patience);
        } finally {
            gate.countDown();
        }
    }

    /** Slower than anybody waits: who asks first is told that it cannot be told, and who asks again is told. */
    @Test
    void readThatEndsWhenNobodyWaits_isKept() {
        String text = issue().revealOnce();
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        try (KeyVerifier<String> impatient = KeyVerifier.builder(store, format)
                .time(time)
                .patience(Duration.ofMillis(40))
                .build(key -> {
                    over.countDown();
                    return "";
                })) {
            store.beforeFinds(() -> Await.open("the test to open the gate of the reads", gate));
            assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> impatient.verify(text));
            gate.countDown();
            Await.open("the key to be read", over);
            int finds = store.finds();

            Await.until("the key to be known", () -> {
                try {
                    return reason(impatient, text).isEmpty();
                } catch (UnavailableException notYet) {
                    return false;
                }
            });
            assertThat(store.finds()).isEqualTo(finds);
        } finally {
            gate.countDown();
        }
    }

    // Proofs.

    @Test
    void provenText_isProvenOnceForManyCallers() throws Exception {
        String text = issue().revealOnce();
        int callers = 32;
        CountDownLatch started = new CountDownLatch(callers);
        hasher.beforeVerify(() -> Await.open("all callers to start", started));
        ExecutorService pool = Executors.newFixedThreadPool(callers);
        try {
            List<Future<Optional<Reason>>> answers = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                answers.add(pool.submit(() -> {
                    started.countDown();
                    return reason(text);
                }));
            }
            for (Future<Optional<Reason>> answer : answers) {
                assertThat(answer.get(10, TimeUnit.SECONDS)).isEmpty();
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(hasher.verifications()).isEqualTo(1);
    }

    /** A caller who had looked for the proof before it was there comes to prove after it is done. */
    @Test
    void provenText_isNotProvenAgainForWhoComesLate() throws Exception {
        String text = issue().revealOnce();
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch proven = new CountDownLatch(1);
        store.afterNextFind(() -> {
            reading.countDown();
            Await.open("the proof for another caller", proven);
        });
        CompletableFuture<Optional<Reason>> late = CompletableFuture.supplyAsync(() -> reason(text));
        Await.open("the late caller's read", reading);
        // A change, or this caller would wait for the other's read.
        issue();
        assertGood(text);
        proven.countDown();
        assertThat(late.get(10, TimeUnit.SECONDS)).isEmpty();
        assertThat(hasher.verifications()).isEqualTo(1);
    }

    /** An uncertain proof is not remembered as a wrong one, and an error of the hasher holds nobody up. */
    @Test
    void proofThatFails_cannotBeTold_andIsTriedAgain() {
        String text = issue().revealOnce();
        for (Throwable failure : List.of(
                new UnavailableException("no memory"), new IllegalStateException("defect"), new OutOfMemoryError())) {
            hasher.beforeVerify(() -> KeyVerifierTest.<RuntimeException>sneak(failure));
            assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> verifier.verify(text));
        }
        hasher.beforeVerify(() -> {});
        assertGood(text);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void newText_needsBlocking_provenOneDoesNot() {
        String text = issue().revealOnce();
        assertThat(verifier.verifyWithoutBlocking(text)).isEqualTo(new Pending<>(false));
        assertThat(hasher.verifications()).isZero();
        assertThat(store.finds()).isZero();
        assertGood(text);
        assertThat(verifier.verifyWithoutBlocking(text)).isInstanceOf(Verified.class);
    }

    // Bounds.

    @Test
    void smallCapacity_keepsAnswersRight() {
        List<IssuedKey> issued = IntStream.range(0, 12).mapToObj(i -> issue()).toList();
        List<String> texts = issued.stream().map(IssuedKey::revealOnce).toList();
        try (KeyVerifier<String> small = verifier(store, 3)) {
            KeyManager itsManager = managerOf(small);
            for (int round = 0; round < 4; round++) {
                for (int i = 0; i < texts.size(); i++) {
                    Verification<String> verification = small.verify(texts.get(i));
                    if (round > 1 && i % 2 == 0) {
                        assertThat(((Rejected<String>) verification).reason()).isEqualTo(Reason.REVOKED);
                    } else {
                        assertThat(((Verified<String>) verification).key().id())
                                .isEqualTo(issued.get(i).key().id());
                    }
                }
                if (round == 1) {
                    for (int i = 0; i < issued.size(); i += 2) {
                        itsManager.revoke(issued.get(i).key().id(), OPERATOR);
                    }
                }
            }
            int cached = 0;
            for (String text : texts) {
                cached += small.verifyWithoutBlocking(text) instanceof Pending ? 0 : 1;
            }
            assertThat(cached).isBetween(1, 3);
        }
    }

    /** Otherwise the keys that happened to come first would fill the memory for ever, used or not. */
    @Test
    void keysPastTheCapacity_driveOutAllThatWereThereBefore() {
        int capacity = 50;
        List<String> texts = IntStream.range(0, 4 * capacity)
                .mapToObj(i -> issue().revealOnce())
                .toList();
        try (KeyVerifier<String> small = verifier(store, capacity)) {
            texts.forEach(text -> assertThat(reason(small, text)).isEmpty());
            assertThat(texts.subList(0, capacity))
                    .noneMatch(text -> small.verifyWithoutBlocking(text) instanceof Verified);
            assertThat(texts)
                    .filteredOn(text -> small.verifyWithoutBlocking(text) instanceof Verified)
                    .hasSize(capacity);
        }
    }

    @Test
    void capacity_ofNone_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyVerifier.builder(store, format).capacity(0));
    }

    /** A format of signed texts: any number of texts for one secret, each with an end. */
    private final class Signed implements CredentialFormat {

        @Override
        public int maxLength() {
            return 200;
        }

        @Override
        public Optional<PresentedKey> parse(String text) {
            return text.startsWith("signed.")
                    ? Optional.of(new PresentedKey(new KeyId(text.substring(7, 19)), "acme_live_", text))
                    : Optional.empty();
        }

        @Override
        public Proof prove(PresentedKey presented, ApiKey key, KeySecret secret, Instant now) {
            hasher.verify(new byte[0], secret.digest());
            return Proof.until(
                    Instant.ofEpochMilli(Long.parseLong(presented.revealText().substring(20))));
        }
    }

    private KeyVerifier<String> verifierOfSigned() {
        return KeyVerifier.builder(store, format)
                .format(new Signed())
                .time(time)
                .build(key -> "");
    }

    private static String signed(IssuedKey issued, Instant end) {
        return "signed." + issued.key().id() + "." + end.toEpochMilli();
    }

    private IssuedKey issueForSigned() {
        IssuedKey issued = issue();
        KeySecret secret = issued.key().newestSecret();
        change(issued.key().toBuilder()
                .secrets(List.of(new KeySecret(
                        1, secret.digest(), KeySecret.NO_QUICK_CHECK, "", secret.createdAt(), Optional.empty())))
                .build());
        return issued;
    }

    @Test
    void signedText_isProvenAgainAtItsEnd() {
        IssuedKey issued = issueForSigned();
        String text = signed(issued, time.now().plusMillis(1000));
        try (KeyVerifier<String> ofSigned = verifierOfSigned()) {
            assertThat(reason(ofSigned, text)).isEmpty();
            time.advance(Duration.ofMillis(999));
            assertThat(reason(ofSigned, text)).isEmpty();
            assertThat(hasher.verifications()).isEqualTo(1);
            time.advance(Duration.ofMillis(1));
            reason(ofSigned, text);
            assertThat(hasher.verifications())
                    .as("asked again, for the format to refuse it")
                    .isEqualTo(2);
        }
    }

    @Test
    void signedTexts_areRememberedInBoundedNumber() {
        IssuedKey issued = issueForSigned();
        try (KeyVerifier<String> ofSigned = verifierOfSigned()) {
            List<String> texts = IntStream.range(0, 200)
                    .mapToObj(i -> signed(issued, time.now().plusSeconds(60 + i)))
                    .toList();
            texts.forEach(text -> assertThat(reason(ofSigned, text)).isEmpty());
            long remembered = texts.stream()
                    .filter(text -> !(ofSigned.verifyWithoutBlocking(text) instanceof Pending))
                    .count();
            assertThat(remembered).isBetween(1L, 64L);
        }
    }
}
