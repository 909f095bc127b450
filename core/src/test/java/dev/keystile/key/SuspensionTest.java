package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.CountingHasher;
import dev.keystile.FaultyStore;
import dev.keystile.ManualTime;
import dev.keystile.key.Verification.Pending;
import dev.keystile.key.Verification.Reason;
import dev.keystile.key.Verification.Rejected;
import dev.keystile.key.Verification.Verified;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Accounts that are suspended and let in again. */
@Timeout(60)
final class SuspensionTest {

    private static final Actor OPERATOR = new Actor.Operator("billing", Optional.of("192.0.2.1"));

    private final ManualTime time = new ManualTime();
    private final CountingHasher hasher = new CountingHasher();
    private final KeyFormat format = new KeyFormat(List.of(KeyPrefix.secret("acme_live_", LIVE)), List.of(hasher));
    private final KeyStore records = KeyStore.inMemory();
    private final FaultyStore store = new FaultyStore(records);
    private final KeyVerifier<String> verifier = open(store);
    private final KeyManager manager = managerOf(verifier);
    /** Another process over the same store. */
    private final KeyVerifier<String> elsewhere = open(new FaultyStore(records));

    private final KeyManager managerElsewhere = managerOf(elsewhere);

    private KeyVerifier<String> open(KeyStore from) {
        return KeyVerifier.builder(from, format).time(time).build(key -> "");
    }

    private static KeyManager managerOf(KeyVerifier<String> verifier) {
        return verifier.manager(ScopeCatalog.builder().build(), Set.of(), Set.of("admin"));
    }

    @AfterEach
    void close() {
        verifier.close();
        elsewhere.close();
    }

    private String issue(String account) {
        return manager.issue(NewKey.of(account, "a key", LIVE).build(), OPERATOR)
                .revealOnce();
    }

    private static Optional<Reason> reason(KeyVerifier<String> asked, String text) {
        return asked.verify(text) instanceof Rejected<String> rejected
                ? Optional.of(rejected.reason())
                : Optional.empty();
    }

    private void assertGood(String text) {
        assertThat(reason(verifier, text)).isEmpty();
    }

    private void assertSuspended(String text) {
        assertThat(reason(verifier, text)).contains(Reason.ACCOUNT_SUSPENDED);
    }

    @Test
    void suspendedAccount_opensNothingHereAtOnce_andNoOtherIsTouched() {
        String first = issue("acme");
        String second = issue("acme");
        String other = issue("acme2");
        List.of(first, second, other).forEach(this::assertGood);

        assertThat(manager.suspendAccount("acme", OPERATOR)).isTrue();

        assertSuspended(first);
        assertSuspended(second);
        assertGood(other);
        assertThat(verifier.verifyWithoutBlocking(other)).isInstanceOf(Verified.class);
        String wrong = format.mint("acme_live_", new KeyId(first.substring(10, 22)));
        assertThat(reason(verifier, wrong))
                .as("who has not the secret learns nothing of it")
                .contains(Reason.WRONG_SECRET);

        assertThat(manager.resumeAccount("acme", OPERATOR)).isTrue();

        assertGood(first);
        assertGood(second);
    }

    @Test
    void accountThatIsSuspendedWhileAKeyIsIssued_getsNone() {
        store.beforeNextApply(() -> managerElsewhere.suspendAccount("acme", OPERATOR));

        assertThatExceptionOfType(KeyRefusedException.class)
                .isThrownBy(() -> issue("acme"))
                .withMessage("account acme is suspended");

        assertThat(records.list(KeyQuery.ofAccount("acme")).keys()).isEmpty();
    }

    @Test
    void keyThatIsDisabledToo_staysSo_whenTheAccountIsLetInAgain() {
        String text = issue("acme");
        manager.disable(new KeyId(text.substring(10, 22)), OPERATOR);
        manager.suspendAccount("acme", OPERATOR);
        assertSuspended(text);
        manager.resumeAccount("acme", OPERATOR);
        assertThat(reason(verifier, text)).contains(Reason.DISABLED);
    }

    @Test
    void suspensionElsewhere_isSeenOnceTheLogIsRead_andSoIsItsEnd() {
        String text = issue("acme");
        assertGood(text);
        managerElsewhere.suspendAccount("acme", OPERATOR);
        assertGood(text);
        verifier.readChanges();
        assertSuspended(text);
        managerElsewhere.resumeAccount("acme", OPERATOR);
        assertSuspended(text);
        verifier.readChanges();
        assertGood(text);
    }

    @Test
    void suspensionElsewhere_isSeenOnceTheLeaseIsOver_alsoWithoutTheLog() {
        String text = issue("acme");
        assertGood(text);
        store.loseLog();
        managerElsewhere.suspendAccount("acme", OPERATOR);
        time.advance(Duration.ofSeconds(2));
        assertSuspended(text);
    }

    @Test
    void suspensionThatFailedBehindItsCommit_isSeenAtOnce() {
        String text = issue("acme");
        assertGood(text);
        store.afterNextApply(() -> {
            throw new UnavailableException("the connection broke");
        });
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> manager.suspendAccount("acme", OPERATOR));
        assertSuspended(text);
    }

    @Test
    void loadThatBeganBeforeASuspension_isNotCached() {
        String text = issue("acme");
        store.afterNextFind(() -> manager.suspendAccount("acme", OPERATOR));
        reason(verifier, text);
        assertSuspended(text);
    }

    @Test
    void loadThatBeganBeforeASuspensionElsewhere_isNotCached() {
        String text = issue("acme");
        store.afterNextFind(() -> {
            managerElsewhere.suspendAccount("acme", OPERATOR);
            verifier.readChanges();
        });
        reason(verifier, text);
        assertSuspended(text);
    }

    /** The search for the account's keys in memory must not pass by one that is just being put there. */
    @Test
    void keysThatAreReadWhileTheirAccountIsSuspended_openNothingAfterwards() throws Exception {
        List<String> texts =
                IntStream.range(0, 200).mapToObj(i -> issue("acme")).toList();
        for (int round = 0; round < 10; round++) {
            try (KeyVerifier<String> fresh = open(store)) {
                KeyManager itsManager = managerOf(fresh);
                CyclicBarrier start = new CyclicBarrier(2);
                CompletableFuture<Void> requests = CompletableFuture.runAsync(() -> {
                    awaitAt(start);
                    texts.forEach(fresh::verify);
                });
                awaitAt(start);
                itsManager.suspendAccount("acme", OPERATOR);
                assertThat(texts).noneMatch(text -> fresh.verifyWithoutBlocking(text) instanceof Verified);
                requests.get();
                assertThat(texts).allMatch(text -> fresh.verify(text) instanceof Rejected);
                assertThat(texts).noneMatch(text -> fresh.verifyWithoutBlocking(text) instanceof Pending);
                itsManager.resumeAccount("acme", OPERATOR);
            }
        }
    }

    private static void awaitAt(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception broken) {
            throw new IllegalStateException(broken);
        }
    }

    @Test
    void accountThatIsSuspended_getsNoKeys_untilItIsLetInAgain() {
        manager.suspendAccount("acme", OPERATOR);
        assertThatExceptionOfType(KeyRefusedException.class)
                .isThrownBy(() -> issue("acme"))
                .withMessage("account acme is suspended")
                .matches(refused -> refused.reason() == KeyRefusedException.Reason.INVALID);
        manager.resumeAccount("acme", OPERATOR);
        assertGood(issue("acme"));
    }

    @Test
    void doingItTwice_changesNothing_andEachChangeStandsInTheAudit() {
        assertThat(manager.resumeAccount("acme", OPERATOR)).isFalse();
        assertThat(manager.suspendAccount("acme", OPERATOR)).isTrue();
        assertThat(manager.suspendAccount("acme", OPERATOR)).isFalse();
        assertThat(manager.resumeAccount("acme", OPERATOR)).isTrue();
        assertThat(manager.audit(AuditQuery.ofAccount("acme"), OPERATOR).entries())
                .extracting(AuditEntry::action)
                .containsExactly(KeyAction.RESUME_ACCOUNT, KeyAction.SUSPEND_ACCOUNT);
        assertThat(manager.audit(AuditQuery.ofAccount("acme"), OPERATOR).entries())
                .allSatisfy(entry -> {
                    assertThat(entry.actor()).isEqualTo("operator:billing");
                    assertThat(entry.address()).contains("192.0.2.1");
                    assertThat(entry.key()).isEmpty();
                });
    }
}
