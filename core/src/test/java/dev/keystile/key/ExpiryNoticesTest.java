package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.keystile.CountingHasher;
import dev.keystile.FaultyStore;
import dev.keystile.Log;
import dev.keystile.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Keys that will soon have expired, and who hears of them. */
@Timeout(30)
final class ExpiryNoticesTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final Duration NOTICE = Duration.ofDays(14);

    private final ManualTime time = new ManualTime();
    private final KeyFormat format = new KeyFormat(
            List.of(KeyPrefix.secret("acme_live_", LIVE), KeyPrefix.secret("acme_test_", TEST)),
            List.of(new CountingHasher()));
    private final KeyStore records = KeyStore.inMemory();
    private final FaultyStore store = new FaultyStore(records);
    private final List<KeyVerifier<String>> opened = new ArrayList<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final KeyManager manager =
            open(store, Set.of(LIVE)).manager(ScopeCatalog.builder().build(), Set.of(), Set.of("admin"));

    private KeyVerifier<String> open(KeyStore from, Set<KeyEnvironment> served, ExpiryListener... listeners) {
        KeyVerifier.Builder builder =
                KeyVerifier.builder(from, format).time(time).serving(served);
        if (listeners.length > 0) {
            builder.expiryNotice(NOTICE, Arrays.asList(listeners));
        }
        KeyVerifier<String> verifier = builder.build(key -> "");
        opened.add(verifier);
        return verifier;
    }

    private KeyVerifier<String> announcing() {
        return open(store, Set.of(LIVE), this::hear);
    }

    private void hear(ApiKey key, Duration left) {
        assertThat(records.find(key.id())).as("it is marked before").contains(key);
        heard.add(key.name() + " in " + left.toDays() + " days");
    }

    @AfterEach
    void close() {
        opened.forEach(KeyVerifier::close);
    }

    private ApiKey issue(String name, Duration life, UnaryOperator<NewKey.Builder> more) {
        return manager.issue(
                        more.apply(NewKey.of("acme", name, LIVE))
                                .expiresAt(time.now().plus(life))
                                .build(),
                        OPERATOR)
                .key();
    }

    private ApiKey issue(String name, Duration life) {
        return issue(name, life, it -> it);
    }

    @Test
    void keyThatExpiresSoon_isAnnouncedOnce_overNodesAndRestarts() {
        ApiKey key = issue("a key", Duration.ofDays(30));
        KeyVerifier<String> node = announcing();
        KeyVerifier<String> other = announcing();
        time.advance(Duration.ofDays(16));
        node.announceExpiry();
        other.announceExpiry();
        assertThat(heard).as("14 days are not less than 14 days").isEmpty();

        time.advance(Duration.ofMillis(1));
        try (Log log = Log.listen()) {
            node.announceExpiry();
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .contains("key " + key.id() + " of account acme expires in 14 days");
        }
        other.announceExpiry();
        announcing().announceExpiry();
        time.advance(Duration.ofDays(14));
        node.announceExpiry();

        assertThat(heard).containsExactly("a key in 13 days");
        assertThat(records.audit(AuditQuery.ofAccount("acme")).entries())
                .extracting(AuditEntry::action, AuditEntry::actor, AuditEntry::detail)
                .startsWith(tuple(
                        KeyAction.ANNOUNCE_EXPIRY,
                        "keystile",
                        "expires " + key.expiresAt().orElseThrow()));
        assertThat(records.revision()).isEqualTo(2);
    }

    @Test
    void whoIsAnnounced() {
        manager.issue(NewKey.of("acme", "without end", LIVE).build(), OPERATOR);
        issue("later", NOTICE);
        issue("over", Duration.ofSeconds(1));
        issue("revoked", Duration.ofDays(3));
        ApiKey revoked = issue("revoked", Duration.ofDays(3));
        manager.revokeByAccount("acme", OPERATOR);
        assertThat(records.find(revoked.id()).orElseThrow().revokedAt()).isPresent();
        time.advance(Duration.ofSeconds(1));
        issue("later", NOTICE);
        issue("disabled", Duration.ofDays(3), it -> it);
        manager.disable(issue("disabled too", Duration.ofDays(2)).id(), OPERATOR);
        issue("of another environment", Duration.ofDays(1));
        manager.issue(
                NewKey.of("acme2", "of a suspended account", LIVE)
                        .expiresAt(time.now().plus(Duration.ofDays(4)))
                        .build(),
                OPERATOR);
        manager.suspendAccount("acme2", OPERATOR);

        open(store, Set.of(TEST), this::hear).announceExpiry();

        assertThat(heard)
                .containsExactly(
                        "of another environment in 1 days",
                        "disabled too in 2 days",
                        "disabled in 3 days",
                        "of a suspended account in 4 days");
    }

    @Test
    void nodeThatStarts_announcesByItself() {
        issue("a key", Duration.ofDays(1));
        try (ExpiryNotices notices = new ExpiryNotices(records, time, NOTICE, List.of(this::hear), id -> {})) {
            notices.start(Duration.ZERO);
            while (heard.isEmpty()) {
                Thread.onSpinWait();
            }
        }
        assertThat(heard).containsExactly("a key in 1 days");
    }

    @Test
    void listenerThatThrows_isLogged_andKeepsNobodyFromHearing() {
        KeyVerifier<String> node = open(
                store,
                Set.of(LIVE),
                (key, left) -> {
                    throw new IllegalStateException("the mail server is down");
                },
                (key, left) -> {
                    throw new NoClassDefFoundError("a library is missing");
                },
                this::hear);
        issue("first", Duration.ofDays(1));
        issue("second", Duration.ofDays(2));
        try (Log log = Log.listen()) {
            node.announceExpiry();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("ERROR"))
                    .hasSize(4)
                    .allSatisfy(line -> assertThat(line).contains("an expiry listener failed for key"));
        }
        assertThat(heard).containsExactly("first in 1 days", "second in 2 days");
    }

    @Test
    void keyThatSomebodyElseChangesMeanwhile_staysAsTheyMadeIt_andIsAnnouncedNextTime() {
        KeyVerifier<String> node = announcing();
        ApiKey key = issue("a key", Duration.ofDays(1));
        store.beforeNextApply(() -> records.apply(new KeyChange(
                KeyAction.DISABLE, key.toBuilder().disabledAt(time.now()).build(), "test", time.now())));
        node.announceExpiry();
        assertThat(heard).isEmpty();
        assertThat(records.find(key.id()).orElseThrow().expiryAnnouncedAt()).isEmpty();
        node.announceExpiry();
        assertThat(heard).containsExactly("a key in 1 days");
        assertThat(records.find(key.id()).orElseThrow().disabledAt()).isPresent();
    }

    @Test
    void announcementWhileTheManagerChangesTheKey_isNoConflict() {
        KeyVerifier<String> node = announcing();
        ApiKey key = issue("a key", Duration.ofDays(1));
        store.afterNextFind(node::announceExpiry);
        assertThat(manager.disable(key.id(), OPERATOR).expiryAnnouncedAt()).isPresent();
        assertThat(heard).hasSize(1);
    }

    @Test
    void oneTurn_isBounded_andTheNextGoesOn() {
        KeyVerifier<String> node = announcing();
        for (int i = 0; i < 1_050; i++) {
            issue("key " + i, Duration.ofDays(1).plusSeconds(i));
        }
        try (Log log = Log.listen()) {
            node.announceExpiry();
            assertThat(heard).hasSize(1_000).contains("key 0 in 1 days").doesNotContain("key 1000 in 1 days");
            node.announceExpiry();
            assertThat(heard).hasSize(1_050).doesNotHaveDuplicates();
            assertThat(log.lines()).hasSize(1_050);
        }
    }

    @Test
    void storeThatIsDown_announcesNothing_untilItIsBack() {
        KeyVerifier<String> node = announcing();
        issue("a key", Duration.ofDays(1));
        store.goDown();
        assertThatExceptionOfType(UnavailableException.class).isThrownBy(node::announceExpiry);
        assertThat(heard).isEmpty();
        store.comeBack();
        node.announceExpiry();
        assertThat(heard).containsExactly("a key in 1 days");
    }
}
