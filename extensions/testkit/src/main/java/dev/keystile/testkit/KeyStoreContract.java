package dev.keystile.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.key.AccountChange;
import dev.keystile.key.AddressRange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditEntry;
import dev.keystile.key.AuditPage;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyChanges;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStatus;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UsageCount;
import dev.keystile.key.UsageStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link KeyStore} promises, as tests: extend it and say how the store is opened.
 *
 * <p>A store may keep times to the millisecond, and its revisions may leave gaps; it may do no less than that. Each test
 * has a store of its own, which is closed after it.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class KeyStoreContract {

    private static final String ACCOUNT = "acme";
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.123Z");
    private static final Instant HOUR = Instant.parse("2026-03-01T12:00:00Z");
    private static final KeyPrefix LIVE_SECRET = KeyPrefix.secret("acme_live_", KeyEnvironment.LIVE);
    private static final KeyPrefix TEST_SECRET = KeyPrefix.secret("acme_test_", KeyEnvironment.TEST);
    private static final String ACTOR = "operator:contract";

    private KeyStore store;

    /** For the class that extends this one. */
    protected KeyStoreContract() {}

    /** A store without keys, which nothing else uses. */
    protected abstract KeyStore openEmptyStore();

    /**
     * The same store after a restart: a durable one is closed and opened again. Gives the same instance unless
     * overridden.
     *
     * @param open the store, not to be used any more where another is returned
     */
    protected KeyStore reopen(KeyStore open) {
        return open;
    }

    /**
     * Takes the changes up to a revision out of the log, as an owner may who keeps the audit trail elsewhere. Refuses unless
     * overridden: a store that forgets no change needs not.
     *
     * @return whether it did
     */
    protected boolean cutLog(KeyStore open, long upToRevision) {
        return false;
    }

    @BeforeEach
    void openStore() {
        store = openEmptyStore();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    // A new store

    @Test
    void newStore_anyRead_findsNothing() {
        assertThat(store.expiring(Instant.MIN, Instant.MAX, 10)).isEmpty();
        assertThat(store.suspendedAt(ACCOUNT)).isEmpty();
        assertThat(store.audit(AuditQuery.ofAccount(ACCOUNT))).isEqualTo(new AuditPage(List.of(), false));
        assertThat(store.usage().lastUsed(List.of(id(1)))).isEmpty();
        assertThat(store.usage().counts(id(1), Instant.MIN, Instant.MAX)).isEmpty();
        assertThat(store.revision()).isZero();
        assertThat(store.find(id(1))).isEmpty();
        assertThat(store.list(KeyQuery.ofAccount(ACCOUNT))).isEqualTo(new KeyPage(List.of(), false));
        assertThat(store.changesSince(0, 10)).isEqualTo(new KeyChanges(List.of(), 0, false));
    }

    @Test
    void find_unknownId_isEmpty() {
        issue(key(1));

        assertThat(store.find(id(2))).isEmpty();
    }

    @Test
    void find_idsThatDifferInCaseOnly_areTwoKeys() {
        ApiKey lower = issue(key(new KeyId("abcdefabcdef"), ACCOUNT, LIVE_SECRET, NOW));

        assertThat(store.find(new KeyId("ABCDEFabcdef"))).isEmpty();

        ApiKey upper = issue(key(new KeyId("ABCDEFabcdef"), ACCOUNT, LIVE_SECRET, NOW));
        assertThat(store.find(lower.id())).contains(lower);
        assertThat(store.find(upper.id())).contains(upper);
    }

    // What is kept

    static Stream<Arguments> keys() {
        return Stream.of(
                argumentSet("as little as can be", key(1)),
                argumentSet("all there can be", full(key(1))),
                argumentSet(
                        "publishable",
                        key(id(1), ACCOUNT, KeyPrefix.publishable("pk_", new KeyEnvironment("eu-1")), NOW)),
                argumentSet(
                        "the longest prefix, of a version",
                        key(
                                id(1),
                                ACCOUNT,
                                KeyPrefix.secret("a".repeat(30) + ".-", KeyEnvironment.SANDBOX)
                                        .withVersion(Integer.MAX_VALUE),
                                NOW)),
                argumentSet("minted elsewhere, without a prefix", mintedElsewhere()),
                argumentSet(
                        "member", key(1).toBuilder().member("ann@acme.example").build()),
                argumentSet("plan", key(1).toBuilder().plan("growth").build()),
                argumentSet(
                        "expiry",
                        key(1).toBuilder().expiresAt(NOW.plusMillis(1)).build()),
                argumentSet(
                        "expiry in the year 9999",
                        key(1).toBuilder()
                                .expiresAt(Instant.parse("9999-12-31T23:59:59.999Z"))
                                .build()),
                argumentSet(
                        "announced expiry",
                        key(1).toBuilder()
                                .expiresAt(NOW.plusSeconds(1))
                                .expiryAnnouncedAt(NOW)
                                .build()),
                argumentSet("disabled", key(1).toBuilder().disabledAt(NOW).build()),
                argumentSet("revoked", key(1).toBuilder().revokedAt(NOW).build()),
                argumentSet(
                        "an address",
                        key(1).toBuilder().addresses(ranges("10.1.2.3")).build()),
                argumentSet(
                        "ranges of addresses, in an order of their own",
                        key(1).toBuilder()
                                .addresses(ranges(
                                        "192.0.2.0/24", "fd00::/8", "0.0.0.0/0", "::/0", "2001:db8::1", "10.0.0.0/8"))
                                .build()),
                argumentSet(
                        "50 ranges of addresses",
                        key(1).toBuilder()
                                .addresses(IntStream.range(0, 50)
                                        .mapToObj(n -> AddressRange.parse("2001:db8:1234:5678:9abc:def0:1234:" + n))
                                        .toList())
                                .build()),
                argumentSet("issued in 1970", key(id(1), ACCOUNT, LIVE_SECRET, Instant.EPOCH)),
                argumentSet(
                        "labels of 100 characters",
                        key(id(1), "a".repeat(100), LIVE_SECRET, NOW, "n".repeat(100)).toBuilder()
                                .member("m".repeat(100))
                                .createdBy("member:" + "m".repeat(100))
                                .build()),
                argumentSet(
                        "labels of odd characters",
                        key(id(1), "a'b\"c\\d%e_f;g", LIVE_SECRET, NOW, "Zoë's \"key\" 鍵 🔑 -- /* */ $1 ? {x}")
                                .toBuilder()
                                .member(" member with spaces ")
                                .createdBy("member:O'Brien")
                                .build()),
                argumentSet(
                        "300 scopes",
                        key(1).toBuilder()
                                .scopes(IntStream.range(0, 300)
                                        .mapToObj(n -> new KeyScope("thing" + n + ":read.all_of-it/v1"))
                                        .collect(Collectors.toSet()))
                                .build()),
                argumentSet(
                        "attributes of odd characters",
                        key(1).toBuilder()
                                .attributes(Map.of(
                                        "quotes", "'\"`",
                                        "backslashes", "\\ \\n \\u0041",
                                        "line-breaks", "a\r\nb\nc\td",
                                        "json", "{\"a\":[1,null]}",
                                        "sql", "'; DROP TABLE keys; --",
                                        "ключ", "значение 鍵 🔑 \u2028",
                                        "empty", ""))
                                .build()),
                argumentSet("a key that signs", signing()),
                argumentSet("no quick check", withSecrets(key(1), secret(1, KeySecret.NO_QUICK_CHECK, "", NOW))),
                argumentSet("quick check of zeros", withSecrets(key(1), secret(1, 0, "0000", NOW))),
                argumentSet("quick check of ones", withSecrets(key(1), secret(1, 0xFFFF_FFFFL, "'\"\\;", NOW))),
                argumentSet(
                        "only secret ends",
                        withSecrets(key(1), secret(7, 1, "wxyz", NOW).endingAt(NOW.plusMillis(1)))),
                argumentSet(
                        "two secrets",
                        withSecrets(
                                key(1),
                                secret(9, 1, "aaaa", NOW).endingAt(NOW.plusSeconds(60)),
                                secret(10, 2, "bbbb", NOW.plusMillis(5)))),
                argumentSet(
                        "an overlap that awaits the first use",
                        withSecrets(
                                key(1),
                                secret(1, 1, "aaaa", NOW).endingAfterFirstUse(Duration.ofDays(366)),
                                secret(2, 2, "bbbb", NOW))),
                argumentSet(
                        "an overlap of nothing",
                        withSecrets(
                                key(1),
                                secret(1, 1, "aaaa", NOW).endingAfterFirstUse(Duration.ZERO),
                                secret(2, 2, "bbbb", NOW))));
    }

    @ParameterizedTest
    @MethodSource("dev.keystile.testkit.KeyStoreContract#keys")
    void apply_newKey_keepsEveryPart(ApiKey wanted) {
        ApiKey stored = issue(wanted);

        assertThat(stored.revision()).isPositive();
        assertThat(stored)
                .isEqualTo(wanted.toBuilder().revision(stored.revision()).build());
        assertThat(store.find(wanted.id())).contains(stored);
        assertThat(list(KeyQuery.ofAccount(wanted.account()))).containsExactly(stored);
    }

    @ParameterizedTest
    @MethodSource("dev.keystile.testkit.KeyStoreContract#keys")
    void apply_newKey_outlivesARestart(ApiKey wanted) {
        ApiKey stored = issue(wanted);

        store = reopen(store);

        assertThat(store.find(wanted.id())).contains(stored);
        assertThat(list(KeyQuery.ofAccount(wanted.account()))).containsExactly(stored);
        assertThat(store.revision()).isEqualTo(stored.revision());
        assertThat(store.changesSince(0, 10)).isEqualTo(new KeyChanges(List.of(stored.id()), stored.revision(), false));
    }

    static Stream<Arguments> changesOfOneKey() {
        ApiKey bare = key(1);
        ApiKey full = full(bare);
        ApiKey rotating = withSecrets(
                bare,
                secret(1, 1, "aaaa", NOW).endingAt(NOW.plusSeconds(60)),
                secret(2, 2, "bbbb", NOW.plusSeconds(1)));
        return Stream.of(
                argumentSet("everything added", KeyAction.ROTATE, bare, full),
                argumentSet("everything taken away", KeyAction.ROTATE, full, bare),
                argumentSet("nothing but the revision", KeyAction.ENABLE, full, full),
                argumentSet("a second secret", KeyAction.ROTATE, bare, rotating),
                argumentSet(
                        "two new secrets for two old",
                        KeyAction.ROTATE,
                        rotating,
                        withSecrets(
                                bare,
                                rotating.newestSecret().endingAt(NOW.plusSeconds(90)),
                                secret(3, 3, "cccc", NOW))),
                argumentSet(
                        "one secret for two", KeyAction.ROTATE, rotating, withSecrets(bare, rotating.newestSecret())),
                argumentSet(
                        "the end of a secret moved",
                        KeyAction.ROTATE,
                        rotating,
                        withSecrets(
                                bare, rotating.secrets().get(0).endingAt(NOW.plusSeconds(1)), rotating.newestSecret())),
                argumentSet(
                        "a secret stored anew",
                        KeyAction.UPGRADE,
                        rotating,
                        withSecrets(rotating, rotating.secrets().get(0), storedAnew(rotating.newestSecret()))),
                argumentSet(
                        "an overlap that awaits the first use",
                        KeyAction.ROTATE,
                        bare,
                        withSecrets(
                                bare,
                                bare.newestSecret().endingAfterFirstUse(Duration.ofMillis(1_500)),
                                secret(2, 2, "bbbb", NOW.plusSeconds(1)))),
                argumentSet(
                        "an overlap that has begun",
                        KeyAction.BEGIN_OVERLAP,
                        withSecrets(
                                bare,
                                secret(1, 1, "aaaa", NOW).endingAfterFirstUse(Duration.ofHours(1)),
                                secret(2, 2, "bbbb", NOW)),
                        withSecrets(
                                bare,
                                secret(1, 1, "aaaa", NOW).endingAt(NOW.plusSeconds(3600)),
                                secret(2, 2, "bbbb", NOW))),
                argumentSet(
                        "expiry announced",
                        KeyAction.ANNOUNCE_EXPIRY,
                        bare.toBuilder().expiresAt(NOW.plusSeconds(60)).build(),
                        bare.toBuilder()
                                .expiresAt(NOW.plusSeconds(60))
                                .expiryAnnouncedAt(NOW)
                                .build()),
                argumentSet(
                        "disabled",
                        KeyAction.DISABLE,
                        bare,
                        bare.toBuilder().disabledAt(NOW).build()),
                argumentSet(
                        "enabled",
                        KeyAction.ENABLE,
                        bare.toBuilder().disabledAt(NOW).build(),
                        bare),
                argumentSet(
                        "revoked",
                        KeyAction.REVOKE,
                        full,
                        full.toBuilder().revokedAt(NOW.plusSeconds(5)).build()));
    }

    @ParameterizedTest
    @MethodSource("dev.keystile.testkit.KeyStoreContract#changesOfOneKey")
    void apply_changedKey_replacesWhatWasBefore(KeyAction action, ApiKey before, ApiKey after) {
        ApiKey neighbour = issue(full(key(2)));
        long issued = issue(before).revision();

        ApiKey changed = apply(action, after.toBuilder().revision(issued).build());

        assertThat(changed.revision()).isGreaterThan(issued);
        assertThat(changed)
                .isEqualTo(after.toBuilder().revision(changed.revision()).build());
        assertThat(store.find(before.id())).contains(changed);
        assertThat(store.find(neighbour.id())).contains(neighbour);
        assertThat(list(KeyQuery.ofAccount(ACCOUNT))).containsExactlyInAnyOrder(changed, neighbour);
    }

    @Test
    void apply_timesFinerThanAMillisecond_returnsWhatIsStored() {
        Instant fine = NOW.plusNanos(456_789);
        ApiKey wanted = withSecrets(
                key(id(1), ACCOUNT, LIVE_SECRET, fine).toBuilder()
                        .expiresAt(fine)
                        .expiryAnnouncedAt(fine)
                        .disabledAt(fine)
                        .revokedAt(fine)
                        .build(),
                secret(1, 1, "aaaa", fine).endingAfterFirstUse(Duration.ofNanos(1_999_999)),
                secret(2, 1, "aaaa", fine).endingAt(fine));

        ApiKey stored = issue(wanted);

        assertThat(store.find(wanted.id())).contains(stored);
        assertThat(list(KeyQuery.ofAccount(ACCOUNT))).containsExactly(stored);
        assertThat(stored.createdAt().truncatedTo(ChronoUnit.MILLIS)).isEqualTo(NOW);
        assertThat(stored.expiresAt().orElseThrow().truncatedTo(ChronoUnit.MILLIS))
                .isEqualTo(NOW);
        assertThat(stored.newestSecret().endsAt().orElseThrow().truncatedTo(ChronoUnit.MILLIS))
                .isEqualTo(NOW);
    }

    @ParameterizedTest
    @EnumSource(KeyAction.class)
    void apply_anyAction_isInTheChangeLog(KeyAction action) {
        ApiKey issued = issue(key(1));

        ApiKey changed = apply(action, issued);

        assertThat(store.changesSince(issued.revision(), 10))
                .isEqualTo(new KeyChanges(List.of(issued.id()), changed.revision(), false));
    }

    // Conflicts

    @Test
    void apply_idThatExists_isConflictAndChangesNothing() {
        ApiKey first = issue(full(key(1)));
        ApiKey second = key(id(1), "other", TEST_SECRET, NOW.plusSeconds(1), "second");

        assertConflictThatChangesNothing(KeyAction.ISSUE, second, first);
        assertThat(list(KeyQuery.ofAccount("other"))).isEmpty();
    }

    @Test
    void apply_staleRevision_isConflictAndChangesNothing() {
        ApiKey first = issue(key(1));
        ApiKey second =
                apply(KeyAction.DISABLE, first.toBuilder().disabledAt(NOW).build());
        ApiKey stale = withSecrets(full(first), secret(1, 1, "aaaa", NOW).endingAt(NOW), secret(2, 2, "bbbb", NOW));

        assertConflictThatChangesNothing(KeyAction.ROTATE, stale, second);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1, Long.MAX_VALUE})
    void apply_revisionNeverStored_isConflictAndChangesNothing(long distance) {
        issue(key(2));
        ApiKey stored = issue(key(1));
        long wrong = distance == Long.MAX_VALUE ? distance : stored.revision() + distance;

        assertConflictThatChangesNothing(
                KeyAction.DISABLE,
                stored.toBuilder().revision(wrong).disabledAt(NOW).build(),
                stored);
    }

    @Test
    void apply_changeOfUnknownKey_isConflictAndChangesNothing() {
        ApiKey stored = issue(key(1));

        assertConflictThatChangesNothing(
                KeyAction.REVOKE,
                key(2).toBuilder().revision(stored.revision()).revokedAt(NOW).build(),
                stored);
        assertThat(store.find(id(2))).isEmpty();
    }

    // Several changes at once

    @Test
    void apply_severalChanges_appliesThemInTheirOrder() {
        List<ApiKey> before = issueMany(3);
        long last = store.revision();

        List<ApiKey> applied = store.apply(List.of(
                change(
                        KeyAction.REVOKE,
                        before.get(2).toBuilder().revokedAt(NOW).build()),
                change(KeyAction.ISSUE, key(9)),
                change(
                        KeyAction.ROTATE,
                        withSecrets(before.get(0), secret(2, 2, "bbbb", NOW), secret(3, 3, "cccc", NOW)))));

        assertThat(ids(applied)).containsExactly(id(2), id(9), id(0));
        assertThat(applied.stream().map(ApiKey::revision)).isSorted().doesNotHaveDuplicates();
        assertThat(applied).allSatisfy(it -> {
            assertThat(it.revision()).isGreaterThan(last);
            assertThat(store.find(it.id())).contains(it);
        });
        assertThat(applied.get(0).revokedAt()).contains(NOW);
        assertThat(applied.get(2).secrets()).extracting(KeySecret::number).containsExactly(2, 3);
        assertThat(store.find(id(1))).contains(before.get(1));
        assertThat(store.revision()).isEqualTo(applied.get(2).revision());
        assertThat(store.changesSince(last, 10))
                .isEqualTo(new KeyChanges(ids(applied), applied.get(2).revision(), false));
        assertThat(store.audit(AuditQuery.ofAccount(ACCOUNT).limit(3)).entries())
                .extracting(AuditEntry::action)
                .containsExactly(KeyAction.ROTATE, KeyAction.ISSUE, KeyAction.REVOKE);
    }

    static Stream<Arguments> conflictsAmongOthers() {
        return Stream.of(
                argumentSet(
                        "the first is stale",
                        0,
                        key(1).toBuilder().revision(7000).build()),
                argumentSet(
                        "one in the middle is stale",
                        1,
                        key(1).toBuilder().revision(7000).build()),
                argumentSet(
                        "the last is stale",
                        2,
                        key(1).toBuilder().revision(7000).build()),
                argumentSet("the first exists", 0, key(1)),
                argumentSet("the last exists", 2, key(1)),
                argumentSet("one is unknown", 1, key(77).toBuilder().revision(1).build()));
    }

    @ParameterizedTest
    @MethodSource("dev.keystile.testkit.KeyStoreContract#conflictsAmongOthers")
    void apply_severalChangesOfWhichOneConflicts_changesNothing(int place, ApiKey conflicting) {
        List<ApiKey> before = issueMany(4);
        long last = store.revision();
        List<KeyChange> changes = new ArrayList<>(List.of(
                change(
                        KeyAction.REVOKE,
                        before.get(2).toBuilder().revokedAt(NOW).build()),
                change(KeyAction.ISSUE, key(9))));
        changes.add(place, change(KeyAction.DISABLE, conflicting));

        assertThatExceptionOfType(KeyRefusedException.class)
                .isThrownBy(() -> store.apply(changes))
                .matches(it -> it.reason() == KeyRefusedException.Reason.CONFLICT, "is a conflict")
                .withMessageContaining(conflicting.id().text());

        assertThat(list(KeyQuery.ofAccount(ACCOUNT))).isEqualTo(before);
        assertThat(store.revision()).isEqualTo(last);
        assertThat(store.changesSince(last, 10)).isEqualTo(new KeyChanges(List.of(), last, false));
        assertThat(store.audit(AuditQuery.ofAccount(ACCOUNT)).entries()).hasSize(4);
        assertThat(issue(key(50)).revision()).isGreaterThan(last);
    }

    @Test
    void apply_twoChangesOfOneKey_isRefused() {
        ApiKey issued = issue(key(1));
        KeyChange change = change(KeyAction.DISABLE, issued);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.apply(List.of(change, change)))
                .withMessageContaining(issued.id().text());
        assertThat(store.find(id(1))).contains(issued);
    }

    @Test
    void apply_thousandsOfChanges_appliesThemAll() {
        int count = 2_500;
        List<ApiKey> issued = store.apply(IntStream.range(0, count)
                .mapToObj(n -> change(KeyAction.ISSUE, n % 2 == 0 ? key(n) : full(key(n))))
                .toList());

        List<ApiKey> revoked = store.apply(issued.stream()
                .map(key -> change(
                        KeyAction.REVOKE,
                        key.toBuilder().revokedAt(NOW.plusSeconds(9)).build()))
                .toList());

        assertThat(ids(revoked)).isEqualTo(ids(issued));
        List<ApiKey> found = new ArrayList<>();
        KeyQuery query = KeyQuery.ofAccount(ACCOUNT).limit(KeyQuery.MAX_LIMIT);
        KeyPage page = store.list(query);
        while (page.more()) {
            found.addAll(page.keys());
            page = store.list(query.after(found.get(found.size() - 1)));
        }
        found.addAll(page.keys());
        assertThat(found).isEqualTo(revoked);
        assertThat(store.changesSince(0, 2 * count).changed())
                .isEqualTo(Stream.concat(ids(issued).stream(), ids(issued).stream())
                        .toList());
    }

    private void assertConflictThatChangesNothing(KeyAction action, ApiKey wanted, ApiKey stored) {
        long revision = store.revision();
        KeyChanges log = store.changesSince(0, 100);

        assertThatExceptionOfType(KeyRefusedException.class)
                .isThrownBy(() -> apply(action, wanted))
                .matches(it -> it.reason() == KeyRefusedException.Reason.CONFLICT, "is a conflict")
                .withMessageContaining(wanted.id().text());

        assertThat(store.revision()).isEqualTo(revision);
        assertThat(store.changesSince(0, 100)).isEqualTo(log);
        assertThat(store.find(stored.id())).contains(stored);
        assertThat(list(KeyQuery.ofAccount(ACCOUNT))).contains(stored);
        assertThat(issue(key(99)).revision()).isGreaterThan(revision);
    }

    // Revisions and the change log

    @Test
    void revision_afterEachChange_isThatOfTheChange() {
        long last = 0;
        for (int n = 1; n <= 5; n++) {
            ApiKey issued = issue(key(n));
            assertThat(issued.revision()).isGreaterThan(last);
            assertThat(store.revision()).isEqualTo(issued.revision());
            ApiKey revoked =
                    apply(KeyAction.REVOKE, issued.toBuilder().revokedAt(NOW).build());
            assertThat(revoked.revision()).isGreaterThan(issued.revision());
            assertThat(store.revision()).isEqualTo(revoked.revision());
            last = revoked.revision();
        }
    }

    @Test
    void changesSince_keyChangedTwice_standsTwiceInOrder() {
        ApiKey first = issue(key(1));
        issue(key(2));
        ApiKey last = apply(KeyAction.DISABLE, first.toBuilder().disabledAt(NOW).build());

        assertThat(store.changesSince(0, 10))
                .isEqualTo(new KeyChanges(List.of(id(1), id(2), id(1)), last.revision(), false));
    }

    @Test
    void changesSince_eachRevision_tellsWhatCameAfterIt() {
        List<ApiKey> issued = issueMany(6);

        for (int n = 0; n < issued.size(); n++) {
            assertThat(store.changesSince(issued.get(n).revision(), 10).changed())
                    .isEqualTo(ids(issued.subList(n + 1, issued.size())));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 6, 7, Integer.MAX_VALUE})
    void changesSince_inPortions_tellsEachChangeOnce(int limit) {
        List<ApiKey> issued = issueMany(6);
        List<KeyId> told = new ArrayList<>();
        long revision = 0;
        KeyChanges portion;
        do {
            portion = store.changesSince(revision, limit);
            assertThat(portion.changed()).hasSizeLessThanOrEqualTo(limit).isNotEmpty();
            assertThat(portion.revision()).isGreaterThan(revision);
            told.addAll(portion.changed());
            revision = portion.revision();
            assertThat(portion.more()).isEqualTo(told.size() < issued.size());
        } while (portion.more());

        assertThat(told).isEqualTo(ids(issued));
        assertThat(revision).isEqualTo(store.revision());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1000, Long.MAX_VALUE})
    void changesSince_lastRevisionOrLater_tellsNothingAndWhereToGoOn(long distance) {
        issueMany(3);
        long last = store.revision();
        long asked = distance == Long.MAX_VALUE ? distance : last + distance;

        assertThat(store.changesSince(asked, 10)).isEqualTo(new KeyChanges(List.of(), last, false));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void changesSince_zeroOrBelow_tellsAll(long revision) {
        List<ApiKey> issued = issueMany(3);

        assertThat(store.changesSince(revision, 10)).isEqualTo(new KeyChanges(ids(issued), store.revision(), false));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void changesSince_limitBelowOne_isRefused(int limit) {
        issue(key(1));

        assertThatIllegalArgumentException().isThrownBy(() -> store.changesSince(0, limit));
    }

    @Test
    void changesSince_beforeWhereTheLogWasCut_saysThatAnythingMayHaveChanged() {
        List<ApiKey> issued = issueMany(6);
        long last = store.revision();
        assumeThat(cutLog(store, issued.get(3).revision()))
                .as("a log that can be cut")
                .isTrue();

        for (long revision :
                new long[] {0, issued.get(0).revision(), issued.get(2).revision()}) {
            assertThat(store.changesSince(revision, 10)).isEqualTo(KeyChanges.anything(last));
            assertThat(store.changesSince(revision, 1)).isEqualTo(KeyChanges.anything(last));
        }
        assertThat(store.changesSince(issued.get(3).revision(), 10))
                .isEqualTo(new KeyChanges(ids(issued.subList(4, 6)), last, false));

        assertThat(cutLog(store, last)).isTrue();
        assertThat(store.changesSince(issued.get(3).revision(), 10)).isEqualTo(KeyChanges.anything(last));
        assertThat(store.changesSince(last, 10)).isEqualTo(new KeyChanges(List.of(), last, false));
        assertThat(issue(key(50)).revision()).isGreaterThan(last);
        assertThat(store.changesSince(last, 10).changed()).containsExactly(id(50));
    }

    // Hints

    /** One that says how it is listened to. */
    private boolean givesHints() {
        try {
            return store.getClass().getMethod("listen", Runnable.class).getDeclaringClass() != KeyStore.class;
        } catch (NoSuchMethodException missing) {
            throw new IllegalStateException("every store has the method", missing);
        }
    }

    /** What is hinted at is committed: whoever reads the log then finds it. */
    @Test
    void listen_eachChange_isHintedAfterItsCommit() {
        assumeThat(givesHints()).as("a store that gives hints").isTrue();
        Set<Long> heard = ConcurrentHashMap.newKeySet();
        try (KeyStore.Listening listening = store.listen(() -> heard.add(store.revision()))) {
            ApiKey issued = issue(key(1));
            assertThat(heard).contains(issued.revision());
            ApiKey revoked =
                    apply(KeyAction.REVOKE, issued.toBuilder().revokedAt(NOW).build());
            assertThat(heard).contains(revoked.revision());
            store.apply(new AccountChange(ACCOUNT, true, ACTOR, Optional.empty(), NOW));
            assertThat(heard).contains(store.revision()).hasSizeGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void listen_once_andAgain_andClosed_isEachByItself() {
        assumeThat(givesHints()).as("a store that gives hints").isTrue();
        AtomicInteger hints = new AtomicInteger();
        Runnable listener = hints::incrementAndGet;
        KeyStore.Listening first = store.listen(listener);
        KeyStore.Listening second = store.listen(listener);
        first.close();
        first.close();
        int before = hints.get();
        issue(key(1));
        assertThat(hints.get()).as("hints to the second").isGreaterThan(before);

        second.close();
        int after = hints.get();
        issue(key(2));
        assertThat(hints).as("hints to nobody").hasValue(after);
    }

    @Test
    void listen_listenerThatThrows_keepsNoOtherFromHearing_norAChangeFromBeingMade() {
        AtomicInteger hints = new AtomicInteger();
        try (KeyStore.Listening broken = store.listen(() -> {
                    throw new IllegalStateException("a listener that must not throw does");
                });
                KeyStore.Listening sound = store.listen(hints::incrementAndGet)) {
            ApiKey issued = issue(key(1));
            assertThat(store.find(id(1))).contains(issued);
            assertThat(hints.get() > 0).isEqualTo(givesHints());
        }
    }

    // Lists

    @Test
    void list_keysOfManyTimes_isNewestFirstThenById() {
        Instant later = NOW.plusMillis(1);
        ApiKey oldest = issue(key(new KeyId("000000000000"), ACCOUNT, LIVE_SECRET, NOW.minusMillis(1)));
        ApiKey newest = issue(key(new KeyId("zzzzzzzzzzzz"), ACCOUNT, LIVE_SECRET, later));
        ApiKey lower = issue(key(new KeyId("a00000000000"), ACCOUNT, LIVE_SECRET, NOW));
        ApiKey upper = issue(key(new KeyId("B00000000000"), ACCOUNT, LIVE_SECRET, NOW));
        ApiKey digit = issue(key(new KeyId("100000000000"), ACCOUNT, LIVE_SECRET, NOW));
        ApiKey lowerA = issue(key(new KeyId("AA000000000a"), ACCOUNT, LIVE_SECRET, NOW));

        assertThat(list(KeyQuery.ofAccount(ACCOUNT))).containsExactly(newest, digit, lowerA, upper, lower, oldest);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 9, 10, 11, KeyQuery.MAX_LIMIT})
    void list_inPages_showsEachKeyOnce(int limit) {
        List<ApiKey> expected = new ArrayList<>();
        for (int n = 0; n < 10; n++) {
            // Three keys a moment, and every other one with two secrets, so that pages end between and within moments.
            ApiKey key = key(id(n), ACCOUNT, LIVE_SECRET, NOW.plusMillis(n / 3));
            expected.add(issue(n % 2 == 0 ? key : full(key)));
        }
        expected.sort(Comparator.comparing(ApiKey::createdAt)
                .reversed()
                .thenComparing(it -> it.id().text()));

        List<ApiKey> seen = new ArrayList<>();
        KeyQuery query = KeyQuery.ofAccount(ACCOUNT).limit(limit);
        KeyPage page = store.list(query);
        while (page.more()) {
            assertThat(page.keys()).hasSize(limit);
            seen.addAll(page.keys());
            assertThat(seen).as("keys seen while there are more").hasSizeLessThan(expected.size());
            page = store.list(query.after(seen.get(seen.size() - 1)));
        }
        seen.addAll(page.keys());

        assertThat(page.keys()).hasSizeBetween(1, limit);
        assertThat(seen).isEqualTo(expected);
    }

    @Test
    void list_keyIssuedBetweenPages_movesNoOther() {
        List<ApiKey> issued = issueMany(4);
        KeyQuery query = KeyQuery.ofAccount(ACCOUNT).limit(2);
        KeyPage first = store.list(query);

        issue(key(id(50), ACCOUNT, LIVE_SECRET, NOW.plusSeconds(60)));
        KeyPage second = store.list(query.after(first.keys().get(1)));

        assertThat(ids(first.keys()))
                .containsExactly(issued.get(0).id(), issued.get(1).id());
        assertThat(ids(second.keys()))
                .containsExactly(issued.get(2).id(), issued.get(3).id());
        assertThat(second.more()).isFalse();
    }

    @Test
    void list_behindTheLastKey_isEmpty() {
        ApiKey only = issue(key(1));

        assertThat(store.list(KeyQuery.ofAccount(ACCOUNT).after(only))).isEqualTo(new KeyPage(List.of(), false));
    }

    @Test
    void list_ofOneEnvironment_leavesTheOthersOut() {
        ApiKey live1 = issue(key(id(1), ACCOUNT, LIVE_SECRET, NOW));
        ApiKey test2 = issue(key(id(2), ACCOUNT, TEST_SECRET, NOW));
        ApiKey live3 = issue(key(id(3), ACCOUNT, LIVE_SECRET, NOW));
        ApiKey test4 = issue(key(id(4), ACCOUNT, TEST_SECRET, NOW));
        KeyQuery query = KeyQuery.ofAccount(ACCOUNT);

        assertThat(list(query)).containsExactly(live1, test2, live3, test4);
        assertThat(list(query.in(KeyEnvironment.LIVE))).containsExactly(live1, live3);
        assertThat(list(query.in(KeyEnvironment.TEST))).containsExactly(test2, test4);
        assertThat(list(query.in(KeyEnvironment.SANDBOX))).isEmpty();
        assertThat(store.list(query.in(KeyEnvironment.TEST).limit(1))).isEqualTo(new KeyPage(List.of(test2), true));
        assertThat(store.list(query.in(KeyEnvironment.TEST).limit(1).after(test2)))
                .isEqualTo(new KeyPage(List.of(test4), false));
    }

    @Test
    void list_ofOneMember_leavesTheOthersOut() {
        List<ApiKey> keys = List.of(
                issue(withMember(key(id(1), ACCOUNT, LIVE_SECRET, NOW), "ann")),
                issue(withMember(key(id(2), ACCOUNT, LIVE_SECRET, NOW), "bob")),
                issue(withMember(key(id(3), ACCOUNT, TEST_SECRET, NOW), "ann")),
                issue(key(id(4), ACCOUNT, LIVE_SECRET, NOW)),
                issue(withMember(key(id(5), "other", LIVE_SECRET, NOW), "ann")),
                issue(withMember(full(key(id(6), ACCOUNT, LIVE_SECRET, NOW)), "ann")));
        KeyQuery query = KeyQuery.ofAccount(ACCOUNT).ofMember("ann");

        assertThat(list(query)).containsExactly(keys.get(0), keys.get(2), keys.get(5));
        assertThat(list(query.in(KeyEnvironment.LIVE))).containsExactly(keys.get(0), keys.get(5));
        assertThat(store.list(query.limit(1))).isEqualTo(new KeyPage(List.of(keys.get(0)), true));
        assertThat(store.list(query.limit(1).after(keys.get(0)))).isEqualTo(new KeyPage(List.of(keys.get(2)), true));
        assertThat(store.list(query.limit(2).after(keys.get(0)).in(KeyEnvironment.LIVE)))
                .isEqualTo(new KeyPage(List.of(keys.get(5)), false));
        assertThat(list(KeyQuery.ofAccount(ACCOUNT).ofMember("carl"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Ann", "ANN", "ann ", " ann", "an", "anns", "ann%", "ann_", "aññ", "%", "аnn", "' OR 1=1 --"})
    void list_memberThatOnlyLooksAlike_isAnother(String other) {
        ApiKey own = issue(withMember(key(1), "ann"));

        assertThat(list(KeyQuery.ofAccount(ACCOUNT).ofMember(other))).isEmpty();

        ApiKey others = issue(withMember(key(2), other));
        assertThat(list(KeyQuery.ofAccount(ACCOUNT).ofMember(other))).containsExactly(others);
        assertThat(list(KeyQuery.ofAccount(ACCOUNT).ofMember("ann"))).containsExactly(own);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Acme", "ACME", "acme ", " acme", "acm", "acmes", "acm%", "acm_", "acmé", "%", "аcme"})
    void list_accountThatOnlyLooksAlike_isAnother(String other) {
        ApiKey own = issue(key(id(1), ACCOUNT, LIVE_SECRET, NOW));

        assertThat(list(KeyQuery.ofAccount(other))).isEmpty();

        ApiKey others = issue(key(id(2), other, LIVE_SECRET, NOW));
        assertThat(list(KeyQuery.ofAccount(other))).containsExactly(others);
        assertThat(list(KeyQuery.ofAccount(ACCOUNT))).containsExactly(own);
    }

    @Test
    void list_revokedDisabledOrExpiredKeys_areIn() {
        ApiKey revoked = issue(key(1).toBuilder().revokedAt(NOW).build());
        ApiKey disabled = issue(key(2).toBuilder().disabledAt(NOW).build());
        ApiKey expired = issue(key(3).toBuilder().expiresAt(Instant.EPOCH).build());

        assertThat(list(KeyQuery.ofAccount(ACCOUNT))).containsExactly(revoked, disabled, expired);
        assertThat(store.find(id(1))).contains(revoked);
        assertThat(store.find(id(2))).contains(disabled);
        assertThat(store.find(id(3))).contains(expired);
    }

    static Stream<Arguments> statuses() {
        return Arrays.stream(KeyStatus.values())
                .flatMap(status -> Stream.of(
                        argumentSet(status + " in an account that is let in", status, false),
                        argumentSet(status + " in a suspended account", status, true)));
    }

    @ParameterizedTest
    @MethodSource("dev.keystile.testkit.KeyStoreContract#statuses")
    void list_ofOneStatus_findsTheKeysThatHaveIt(KeyStatus status, boolean suspended) {
        Instant at = NOW.plusNanos(500_000);
        List<ApiKey> keys = new ArrayList<>();
        for (int n = 0; n < 24; n++) {
            ApiKey.Builder key = key(n).toBuilder();
            switch (n % 4) {
                case 1 -> key.expiresAt(NOW);
                case 2 -> key.expiresAt(NOW.plusMillis(1));
                case 3 -> key.expiresAt(NOW.minusSeconds(1));
                default -> {
                    // Never.
                }
            }
            if (n / 4 % 2 == 1) {
                key.disabledAt(NOW.plusSeconds(n));
            }
            if (n / 8 == 2) {
                key.revokedAt(NOW.plusSeconds(n));
            }
            keys.add(issue(key.build()));
        }
        if (suspended) {
            suspend(ACCOUNT);
        }
        List<ApiKey> expected = keys.stream()
                .map(key -> store.find(key.id()).orElseThrow())
                .filter(key -> key.status(at) == status)
                .toList();
        boolean isAnswered = !suspended || (status != KeyStatus.ACTIVE && status != KeyStatus.DISABLED);
        assertThat(expected.isEmpty()).isEqualTo(!isAnswered || (!suspended && status == KeyStatus.SUSPENDED));
        KeyQuery query = KeyQuery.ofAccount(ACCOUNT).with(status, at);

        assertThat(list(query)).isEqualTo(expected);
        assertThat(list(query.in(KeyEnvironment.TEST))).isEmpty();
        if (expected.size() > 1) {
            assertThat(store.list(query.limit(1))).isEqualTo(new KeyPage(expected.subList(0, 1), true));
            assertThat(store.list(query.limit(1).after(expected.get(0))).keys()).isEqualTo(expected.subList(1, 2));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, Long.MAX_VALUE})
    void list_ofAStatusAtTheEndsOfTime_isAnswered(long end) {
        ApiKey key = issue(key(1).toBuilder().expiresAt(NOW).build());
        Instant at = end < 0 ? Instant.MIN : Instant.MAX;

        assertThat(list(KeyQuery.ofAccount(ACCOUNT).with(key.status(at), at))).containsExactly(key);
    }

    static Stream<Arguments> texts() {
        return Stream.of(
                argumentSet("the whole name", "Checkout server", "Checkout server", true),
                argumentSet("a part of the name", "Checkout server", "out s", true),
                argumentSet("one letter", "Checkout server", "h", true),
                argumentSet("another case", "Checkout server", "cHECKOUT", true),
                argumentSet("more than the name", "Checkout server", "Checkout servers", false),
                argumentSet("a percent sign", "Checkout server", "%", false),
                argumentSet("a percent sign that is there", "100% load", "0% L", true),
                argumentSet("an underscore", "Checkout server", "Checkout_server", false),
                argumentSet("an underscore that is there", "checkout_server", "T_S", true),
                argumentSet("a backslash", "Checkout server", "\\", false),
                argumentSet("a backslash that is there", "a\\b", "A\\B", true),
                argumentSet("an exclamation mark", "Checkout server", "!", false),
                argumentSet("an exclamation mark that is there", "go!", "O!", true),
                argumentSet("quotes", "Zoë's \"key\"", "'s \"K", true),
                argumentSet("no SQL", "Checkout server", "' OR '1'='1", false),
                argumentSet("brackets", "a[b]", "[B]", true),
                argumentSet("brackets that are no class", "ab", "[ab]", false),
                argumentSet("a letter with an accent", "Éva", "É", true),
                argumentSet("ASCII beside other letters", "Straße NACH Ö", "sTRAßE nach Ö", true),
                argumentSet("no accent", "Éva", "Eva", false),
                argumentSet("a sigma at the end", "ΟΔΟΣ key", "ΟΔΟΣ KEY", true),
                argumentSet("a sigma alone", "ΟΔΟΣ", "Σ", true),
                argumentSet("a dotted capital", "İstanbul", "İST", true),
                argumentSet("letters beyond 16 bits", "a 🔑 b", "🔑 B", true),
                argumentSet("spaces", "a  b", "A  B", true),
                argumentSet("fewer spaces", "a  b", "a b", false),
                argumentSet("a name of 100 characters", "n".repeat(100), "N".repeat(100), true));
    }

    @ParameterizedTest
    @MethodSource("dev.keystile.testkit.KeyStoreContract#texts")
    void list_holdingAText_findsNamesThatHoldIt(String name, String text, boolean found) {
        ApiKey key = issue(key(id(1), ACCOUNT, LIVE_SECRET, NOW, name));
        issue(key(id(2), ACCOUNT, LIVE_SECRET, NOW, "-"));
        issue(key(id(3), "other", LIVE_SECRET, NOW, name));

        assertThat(list(KeyQuery.ofAccount(ACCOUNT).holding(text))).isEqualTo(found ? List.of(key) : List.of());
    }

    static Stream<Arguments> otherPlacesOfATextInAKey() {
        return Stream.of(
                argumentSet("the id", "Abc0123XYZ78", true),
                argumentSet("a part of the id, in another case", "3xyz", true),
                argumentSet("more than the id", "Abc0123XYZ789", false),
                argumentSet("last four of the old secret", "aB%d", true),
                argumentSet("last four of the new secret, in another case", "_q", true),
                argumentSet("five characters of a secret", "aB%d_", false),
                argumentSet("the account", ACCOUNT, false),
                argumentSet("the prefix", "_live_", false),
                argumentSet("the member", "ann", false),
                argumentSet("a digest", "argon2id", false));
    }

    @ParameterizedTest
    @MethodSource("dev.keystile.testkit.KeyStoreContract#otherPlacesOfATextInAKey")
    void list_holdingAText_findsIdsAndLastFourThatHoldIt(String text, boolean found) {
        ApiKey key = issue(withSecrets(
                withMember(key(new KeyId("Abc0123XYZ78"), ACCOUNT, LIVE_SECRET, NOW, "-"), "ann"),
                secret(1, 1, "aB%d", NOW),
                secret(2, 2, "__Qz", NOW)));
        issue(key(id(2), ACCOUNT, LIVE_SECRET, NOW, "-"));

        assertThat(list(KeyQuery.ofAccount(ACCOUNT).holding(text))).isEqualTo(found ? List.of(key) : List.of());
    }

    @Test
    void list_byEverythingAtOnce_findsWhatFitsAll() {
        List<ApiKey> fitting = new ArrayList<>();
        for (int n = 0; n < 64; n++) {
            boolean live = n % 2 == 0;
            boolean anns = n / 2 % 2 == 0;
            boolean named = n / 4 % 2 == 0;
            boolean active = n / 8 % 2 == 0;
            ApiKey key = withMember(
                    key(id(n), ACCOUNT, live ? LIVE_SECRET : TEST_SECRET, NOW.minusSeconds(n), named ? "Server" : "-"),
                    anns ? "ann" : "bob");
            ApiKey issued = issue(active ? key : key.toBuilder().disabledAt(NOW).build());
            if (live && anns && named && active) {
                fitting.add(issued);
            }
        }
        KeyQuery query = KeyQuery.ofAccount(ACCOUNT)
                .in(KeyEnvironment.LIVE)
                .ofMember("ann")
                .with(KeyStatus.ACTIVE, NOW)
                .holding("serv");

        assertThat(fitting).hasSize(4);
        assertThat(list(query)).isEqualTo(fitting);
        assertThat(store.list(query.limit(2))).isEqualTo(new KeyPage(fitting.subList(0, 2), true));
        assertThat(store.list(query.limit(2).after(fitting.get(1))))
                .isEqualTo(new KeyPage(fitting.subList(2, 4), false));
    }

    // Coming expiries

    @Test
    void expiring_ofAllAccounts_areTheFirstToExpireFirst() {
        ApiKey third = issue(expiring(key(id(1), "b", LIVE_SECRET, NOW), NOW.plusSeconds(3)));
        ApiKey first = issue(expiring(key(id(2), "a", TEST_SECRET, NOW), NOW.minusSeconds(1)));
        ApiKey sameMomentUpper =
                issue(expiring(key(new KeyId("B00000000000"), "c", LIVE_SECRET, NOW), NOW.plusSeconds(2)));
        ApiKey sameMomentLower =
                issue(expiring(key(new KeyId("a00000000000"), "c", LIVE_SECRET, NOW), NOW.plusSeconds(2)));
        ApiKey disabled = issue(
                expiring(key(4), NOW.plusSeconds(4)).toBuilder().disabledAt(NOW).build());
        ApiKey rotating = issue(withSecrets(
                expiring(key(5), NOW.plusSeconds(5)),
                secret(1, 1, "aaaa", NOW).endingAt(NOW),
                secret(2, 2, "bbbb", NOW)));
        issue(key(6));
        issue(expiring(key(7), NOW.plusSeconds(1)).toBuilder().revokedAt(NOW).build());
        issue(expiring(key(8), NOW.plusSeconds(1)).toBuilder()
                .expiryAnnouncedAt(NOW)
                .build());
        List<ApiKey> all = List.of(first, sameMomentUpper, sameMomentLower, third, disabled, rotating);

        assertThat(store.expiring(Instant.MIN, Instant.MAX, 10)).isEqualTo(all);
        assertThat(store.expiring(Instant.MIN, Instant.MAX, 3)).isEqualTo(all.subList(0, 3));
        Instant three = NOW.plusSeconds(3);
        assertThat(store.expiring(Instant.MIN, three, 10)).isEqualTo(all.subList(0, 3));
        assertThat(store.expiring(Instant.MIN, three.plusNanos(1), 10)).isEqualTo(all.subList(0, 4));
        assertThat(store.expiring(three, Instant.MAX, 10)).isEqualTo(all.subList(3, 6));
        assertThat(store.expiring(three.plusNanos(1), Instant.MAX, 10)).isEqualTo(all.subList(4, 6));
        assertThat(store.expiring(NOW, three.plusSeconds(1), 2)).isEqualTo(all.subList(1, 3));
        assertThat(store.expiring(three, three, 10)).isEmpty();
        assertThat(store.expiring(Instant.MAX, Instant.MIN, 10)).isEmpty();
    }

    @Test
    void expiring_keyThatWasAnnounced_isNotToldAgain() {
        ApiKey issued = issue(expiring(key(1), NOW.plusSeconds(60)));

        apply(
                KeyAction.ANNOUNCE_EXPIRY,
                issued.toBuilder().expiryAnnouncedAt(NOW).build());

        assertThat(store.expiring(NOW, NOW.plusSeconds(61), 10)).isEmpty();
    }

    // Suspended accounts

    @Test
    void suspension_ofAnAccount_isToldWithEachOfItsKeys() {
        ApiKey own = issue(full(key(1)));
        ApiKey expiring = issue(expiring(key(2), NOW.plusSeconds(60)));
        ApiKey others = issue(key(id(3), "other", LIVE_SECRET, NOW));
        Instant at = NOW.plusSeconds(5);

        assertThat(store.apply(accountChange(ACCOUNT, true, at))).isTrue();

        assertThat(store.suspendedAt(ACCOUNT)).contains(at);
        assertThat(store.suspendedAt("other")).isEmpty();
        assertThat(store.find(own.id())).contains(suspended(own, at));
        assertThat(list(KeyQuery.ofAccount(ACCOUNT))).containsExactly(suspended(own, at), suspended(expiring, at));
        assertThat(store.expiring(Instant.MIN, Instant.MAX, 10)).containsExactly(suspended(expiring, at));
        assertThat(store.find(others.id())).contains(others);
        assertThat(list(KeyQuery.ofAccount("other"))).containsExactly(others);
        assertThat(apply(KeyAction.DISABLE, own.toBuilder().disabledAt(NOW).build())
                        .suspendedAt())
                .contains(at);

        assertThat(store.apply(accountChange(ACCOUNT, false, NOW.plusSeconds(9))))
                .isTrue();

        assertThat(store.suspendedAt(ACCOUNT)).isEmpty();
        assertThat(store.find(expiring.id())).contains(expiring);
    }

    @Test
    void suspension_ofAnAccount_letsNoKeyBeIssued() {
        ApiKey own = issue(key(1));
        suspend(ACCOUNT);
        long revision = store.revision();

        assertThatExceptionOfType(KeyRefusedException.class)
                .isThrownBy(() -> store.apply(List.of(
                        change(
                                KeyAction.DISABLE,
                                own.toBuilder().disabledAt(NOW).build()),
                        change(KeyAction.ISSUE, key(id(2), "other", LIVE_SECRET, NOW)),
                        change(KeyAction.ISSUE, key(3)))))
                .withMessageContaining(ACCOUNT)
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(KeyRefusedException.Reason.INVALID));

        assertThat(store.revision()).isEqualTo(revision);
        assertThat(store.find(own.id())).contains(suspended(own, NOW));
        assertThat(store.find(id(2))).isEmpty();
        assertThat(store.find(id(3))).isEmpty();
        issue(key(id(2), "other", LIVE_SECRET, NOW));
        store.apply(accountChange(ACCOUNT, false, NOW));
        issue(key(3));
    }

    @Test
    void suspension_whileManyThreadsIssue_hasNoKeyIssuedBehindIt() throws Exception {
        AtomicInteger ids = new AtomicInteger();
        AtomicBoolean isSuspended = new AtomicBoolean();
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int n = 0; n < 3; n++) {
            tasks.add(() -> {
                try {
                    while (!isSuspended.get()) {
                        issue(key(ids.incrementAndGet()));
                    }
                    issue(key(ids.incrementAndGet()));
                    return false;
                } catch (KeyRefusedException refused) {
                    return refused.reason() == KeyRefusedException.Reason.INVALID;
                }
            });
        }
        tasks.add(() -> {
            while (ids.get() < 20) {
                Thread.onSpinWait();
            }
            suspend(ACCOUNT);
            isSuspended.set(true);
            return true;
        });

        assertThat(atOnce(tasks)).containsOnly(true);

        assertThat(store.audit(AuditQuery.ofAccount(ACCOUNT)).entries().get(0).action())
                .isEqualTo(KeyAction.SUSPEND_ACCOUNT);
    }

    @Test
    void suspension_ofWhatIsSoAlready_changesNothing() {
        assertThat(store.apply(accountChange(ACCOUNT, false, NOW))).isFalse();
        suspend(ACCOUNT);
        long revision = store.revision();

        assertThat(store.apply(accountChange(ACCOUNT, true, NOW.plusSeconds(60))))
                .isFalse();

        assertThat(store.suspendedAt(ACCOUNT)).contains(NOW);
        assertThat(store.revision()).isEqualTo(revision);
        assertThat(store.audit(AuditQuery.ofAccount(ACCOUNT)).entries()).hasSize(1);
        ApiKey issued = issue(key(id(1), "other", LIVE_SECRET, NOW));
        assertThat(store.changesSince(revision, 10))
                .isEqualTo(new KeyChanges(List.of(issued.id()), issued.revision(), false));
    }

    @Test
    void suspension_isNotTakenFromAChangeToAKey() {
        ApiKey free = issue(suspended(key(1), NOW));
        assertThat(free.suspendedAt()).isEmpty();
        assertThat(store.find(id(1))).contains(free);

        suspend(ACCOUNT);
        ApiKey read = store.find(id(1)).orElseThrow();
        ApiKey changed = apply(
                KeyAction.DISABLE,
                read.toBuilder().notSuspended().disabledAt(NOW).build());

        assertThat(changed.suspendedAt()).contains(NOW);
        assertThat(store.find(id(1))).contains(changed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Acme", "ACME", "acme ", " acme", "acm%", "acm_", "acmé", "аcme"})
    void suspension_ofAnAccountThatOnlyLooksAlike_isOfAnother(String other) {
        ApiKey own = issue(key(1));
        issue(key(id(2), other, LIVE_SECRET, NOW));

        suspend(other);

        assertThat(store.suspendedAt(ACCOUNT)).isEmpty();
        assertThat(store.find(own.id())).contains(own);
        assertThat(list(KeyQuery.ofAccount(ACCOUNT))).containsExactly(own);
        suspend(ACCOUNT);
        assertThat(store.apply(accountChange(other, false, NOW))).isTrue();
        assertThat(store.suspendedAt(ACCOUNT)).contains(NOW);
        assertThat(store.find(id(2)).orElseThrow().suspendedAt()).isEmpty();
    }

    @Test
    void suspension_ofAnAccount_outlivesARestart() {
        ApiKey issued = issue(key(1));
        suspend(ACCOUNT);

        store = reopen(store);

        assertThat(store.suspendedAt(ACCOUNT)).contains(NOW);
        assertThat(store.find(id(1))).contains(suspended(issued, NOW));
    }

    @Test
    void suspension_inTheChangeLog_isToldByAccount() {
        ApiKey first = issue(key(1));
        suspend("zoë's account");
        ApiKey second = issue(key(2));
        store.apply(accountChange("zoë's account", false, NOW));
        suspend("other");
        long last = store.revision();

        assertThat(store.changesSince(0, 10))
                .isEqualTo(new KeyChanges(
                        List.of(first.id(), second.id()), Set.of("zoë's account", "other"), last, false));
        assertThat(store.changesSince(first.revision(), 1))
                .isEqualTo(new KeyChanges(List.of(), Set.of("zoë's account"), second.revision() - 1, true));
        assertThat(store.changesSince(second.revision(), 10))
                .isEqualTo(new KeyChanges(List.of(), Set.of("zoë's account", "other"), last, false));
    }

    @Test
    void suspension_byManyThreads_takesTurns() throws Exception {
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int n = 0; n < 4; n++) {
            boolean suspending = n % 2 == 0;
            tasks.add(() -> {
                int made = 0;
                for (int i = 0; i < 25; i++) {
                    made += store.apply(accountChange(ACCOUNT, suspending, NOW)) ? 1 : 0;
                }
                return made;
            });
        }

        int made = atOnce(tasks).stream().mapToInt(it -> it).sum();

        List<KeyAction> told = store.audit(AuditQuery.ofAccount(ACCOUNT).limit(200)).entries().stream()
                .map(AuditEntry::action)
                .toList();
        assertThat(told).hasSize(made);
        for (int i = 0; i < told.size(); i++) {
            boolean isSuspension = (told.size() - 1 - i) % 2 == 0;
            assertThat(told.get(i)).isEqualTo(isSuspension ? KeyAction.SUSPEND_ACCOUNT : KeyAction.RESUME_ACCOUNT);
        }
        assertThat(store.suspendedAt(ACCOUNT).isPresent()).isEqualTo(made % 2 == 1);
    }

    // The audit trail

    @Test
    void audit_ofAnAccount_tellsWhoDidWhatNewestFirst() {
        ApiKey key = key(1);
        String actor = "member:" + "m".repeat(113);
        String detail = "Zoë's 鍵 🔑 – '\"%_\\ " + "d".repeat(475);
        KeyChange issue = new KeyChange(
                KeyAction.IMPORT,
                key,
                actor,
                Optional.of("2001:db8::1 鍵" + "a".repeat(87)),
                detail,
                NOW.minusSeconds(9));
        ApiKey issued = store.apply(issue);
        AccountChange suspension =
                new AccountChange(ACCOUNT, true, "operator:Zoë", Optional.of("10.1.2.3"), NOW.plusMillis(1));
        store.apply(suspension);
        ApiKey revoked =
                apply(KeyAction.REVOKE, issued.toBuilder().revokedAt(NOW).build());

        AuditPage page = store.audit(AuditQuery.ofAccount(ACCOUNT));

        assertThat(page.more()).isFalse();
        assertThat(page.entries())
                .containsExactly(
                        new AuditEntry(
                                revoked.revision(),
                                ACCOUNT,
                                Optional.of(id(1)),
                                KeyAction.REVOKE,
                                ACTOR,
                                Optional.empty(),
                                "",
                                NOW),
                        new AuditEntry(
                                page.entries().get(1).revision(),
                                ACCOUNT,
                                Optional.empty(),
                                KeyAction.SUSPEND_ACCOUNT,
                                "operator:Zoë",
                                Optional.of("10.1.2.3"),
                                "",
                                NOW.plusMillis(1)),
                        new AuditEntry(
                                issued.revision(),
                                ACCOUNT,
                                Optional.of(id(1)),
                                KeyAction.IMPORT,
                                actor,
                                issue.address(),
                                detail,
                                NOW.minusSeconds(9)));
        assertThat(page.entries().get(1).revision()).isBetween(issued.revision() + 1, revoked.revision() - 1);

        store = reopen(store);

        assertThat(store.audit(AuditQuery.ofAccount(ACCOUNT))).isEqualTo(page);
    }

    @ParameterizedTest
    @EnumSource(KeyAction.class)
    void audit_anyAction_isTold(KeyAction action) {
        apply(action, issue(key(1)));

        assertThat(store.audit(AuditQuery.ofAccount(ACCOUNT)).entries())
                .extracting(AuditEntry::action)
                .containsExactly(action, KeyAction.ISSUE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6, 7, 8, AuditQuery.MAX_LIMIT})
    void audit_inPages_showsEachEntryOnce(int limit) {
        for (int n = 0; n < 7; n++) {
            issue(key(id(n), n % 3 == 2 ? "other" : ACCOUNT, LIVE_SECRET, NOW));
            if (n == 3) {
                suspend(ACCOUNT);
                suspend("other");
                store.apply(accountChange(ACCOUNT, false, NOW));
                store.apply(accountChange("other", false, NOW));
            }
        }
        List<AuditEntry> all = store.audit(AuditQuery.ofAccount(ACCOUNT)).entries();
        assertThat(all).hasSize(7);

        List<AuditEntry> seen = new ArrayList<>();
        AuditQuery query = AuditQuery.ofAccount(ACCOUNT).limit(limit);
        AuditPage page = store.audit(query);
        while (page.more()) {
            assertThat(page.entries()).hasSize(limit);
            seen.addAll(page.entries());
            page = store.audit(query.before(seen.get(seen.size() - 1)));
        }
        seen.addAll(page.entries());

        assertThat(page.entries()).hasSizeBetween(1, limit);
        assertThat(seen).isEqualTo(all);
        assertThat(store.audit(query.before(seen.get(6)))).isEqualTo(new AuditPage(List.of(), false));
    }

    @Test
    void audit_ofOneKey_leavesTheOthersOut() {
        ApiKey first = issue(key(1));
        issue(key(2));
        suspend(ACCOUNT);
        ApiKey disabled =
                apply(KeyAction.DISABLE, first.toBuilder().disabledAt(NOW).build());
        AuditQuery query = AuditQuery.ofAccount(ACCOUNT).ofKey(id(1));

        AuditPage page = store.audit(query);

        assertThat(page.entries())
                .extracting(AuditEntry::revision)
                .containsExactly(disabled.revision(), first.revision());
        assertThat(store.audit(query.limit(1)).more()).isTrue();
        assertThat(store.audit(query.limit(1).before(page.entries().get(0))))
                .isEqualTo(new AuditPage(page.entries().subList(1, 2), false));
        assertThat(store.audit(AuditQuery.ofAccount(ACCOUNT).ofKey(id(3))).entries())
                .isEmpty();
        assertThat(store.audit(AuditQuery.ofAccount("other").ofKey(id(1))).entries())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Acme", "ACME", "acme ", " acme", "acm%", "acm_", "acmé", "аcme"})
    void audit_ofAnAccountThatOnlyLooksAlike_isOfAnother(String other) {
        issue(key(1));

        assertThat(store.audit(AuditQuery.ofAccount(other)).entries()).isEmpty();

        issue(key(id(2), other, LIVE_SECRET, NOW));
        assertThat(store.audit(AuditQuery.ofAccount(other)).entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.key()).contains(id(2)));
    }

    // Usage

    private UsageStore usage() {
        UsageStore usage = store.usage();
        assumeThat(usage).as("a store that keeps usage").isNotSameAs(UsageStore.none());
        return usage;
    }

    @Test
    void usage_thatWasAdded_isSummedByKeyHourAndOutcome() {
        UsageStore usage = usage();
        usage.add(
                List.of(
                        count(1, 0, "allowed", 5),
                        count(1, 0, "rate-limited", 1),
                        count(1, 1, "allowed", 7),
                        count(2, 0, "allowed", 100),
                        count(1, 0, "allowed", 3)),
                Map.of());
        usage.add(List.of(count(1, 0, "allowed", 2), count(1, 0, "Zoë's", 4_000_000_000L)), Map.of());

        assertThat(usage.counts(id(1), HOUR, hour(2)))
                .containsExactly(
                        count(1, 0, "Zoë's", 4_000_000_000L),
                        count(1, 0, "allowed", 10),
                        count(1, 0, "rate-limited", 1),
                        count(1, 1, "allowed", 7));
        assertThat(usage.counts(id(2), Instant.MIN, Instant.MAX)).containsExactly(count(2, 0, "allowed", 100));
        assertThat(usage.counts(id(3), Instant.MIN, Instant.MAX)).isEmpty();
        assertThat(store.revision()).as("usage is no change").isZero();
    }

    @Test
    void usage_ofATime_hasItsFirstHourAndNotItsEnd() {
        UsageStore usage = usage();
        usage.add(
                IntStream.range(-2, 4)
                        .mapToObj(n -> count(1, n, "allowed", n + 3L))
                        .toList(),
                Map.of());

        assertThat(usage.counts(id(1), HOUR, hour(2)))
                .containsExactly(count(1, 0, "allowed", 3), count(1, 1, "allowed", 4));
        assertThat(usage.counts(id(1), HOUR.plusNanos(1), hour(2).plusNanos(1)))
                .containsExactly(count(1, 1, "allowed", 4), count(1, 2, "allowed", 5));
        assertThat(usage.counts(id(1), HOUR, HOUR)).isEmpty();
        assertThat(usage.counts(id(1), hour(2), HOUR)).isEmpty();
    }

    @Test
    void lastUsed_ofAKey_isTheLatestThatWasAdded() {
        UsageStore usage = usage();
        usage.add(List.of(), Map.of(id(1), NOW, id(2), NOW));
        usage.add(List.of(), Map.of(id(1), NOW.minusSeconds(60), id(2), NOW.plusSeconds(60)));

        Map<KeyId, Instant> lastUsed = usage.lastUsed(List.of(id(1), id(2), id(3)));

        assertThat(lastUsed).containsOnlyKeys(id(1), id(2));
        assertThat(lastUsed).hasEntrySatisfying(id(1), at -> assertSameSecond(at, NOW));
        assertThat(lastUsed).hasEntrySatisfying(id(2), at -> assertSameSecond(at, NOW.plusSeconds(60)));
        assertThat(usage.lastUsed(List.of(id(2)))).containsOnlyKeys(id(2));
        assertThat(usage.lastUsed(List.of())).isEmpty();
        assertThat(usage.counts(id(1), Instant.MIN, Instant.MAX)).isEmpty();
    }

    @Test
    void usage_ofThousandsOfKeys_isKeptWhole() {
        UsageStore usage = usage();
        List<UsageCount> counts = IntStream.range(0, 2_500)
                .mapToObj(n -> count(n, n % 3, "allowed", n + 1L))
                .toList();
        Map<KeyId, Instant> used = IntStream.range(0, 2_500)
                .boxed()
                .collect(Collectors.toMap(KeyStoreContract::id, n -> NOW.plusSeconds(n)));
        usage.add(counts, used);
        usage.add(List.of(), Map.of());

        store = reopen(store);

        assertThat(usage().lastUsed(used.keySet())).hasSize(2_500);
        assertThat(usage().lastUsed(List.of(id(1234)))).containsOnlyKeys(id(1234));
        assertThat(usage().counts(id(2_499), Instant.MIN, Instant.MAX)).containsExactly(counts.get(2_499));
    }

    @Test
    void usage_beforeAMoment_isForgottenAndLastUseStays() {
        UsageStore usage = usage();
        usage.add(
                IntStream.range(0, 6)
                        .mapToObj(n -> count(n % 2, n, "allowed", 1))
                        .toList(),
                Map.of(id(0), NOW));

        usage.forgetBefore(hour(3));

        assertThat(usage.counts(id(0), Instant.MIN, Instant.MAX)).containsExactly(count(0, 4, "allowed", 1));
        assertThat(usage.counts(id(1), Instant.MIN, Instant.MAX))
                .containsExactly(count(1, 3, "allowed", 1), count(1, 5, "allowed", 1));
        assertThat(usage.lastUsed(List.of(id(0)))).containsOnlyKeys(id(0));

        usage.forgetBefore(Instant.MIN);
        assertThat(usage.counts(id(0), Instant.MIN, Instant.MAX)).hasSize(1);
        usage.forgetBefore(Instant.MAX);
        assertThat(usage.counts(id(0), Instant.MIN, Instant.MAX)).isEmpty();
    }

    @Test
    void usage_addedByManyThreads_losesNothing() throws Exception {
        UsageStore usage = usage();
        int writers = 8;
        int rounds = 10;
        List<Callable<Integer>> tasks = IntStream.range(0, writers)
                .<Callable<Integer>>mapToObj(writer -> () -> {
                    for (int round = 0; round < rounds; round++) {
                        List<UsageCount> counts = new ArrayList<>();
                        Map<KeyId, Instant> used = new HashMap<>();
                        for (int n = 0; n < 20; n++) {
                            counts.add(count(n, round / 2, "allowed", 1));
                            used.put(id(n), NOW.plusSeconds(writer * 100L + round));
                        }
                        // Every writer in an order of its own.
                        Collections.shuffle(counts, new Random(writer * 31L + round));
                        usage.add(counts, used);
                    }
                    return writer;
                })
                .toList();

        atOnce(tasks);

        for (int n = 0; n < 20; n++) {
            assertThat(usage.counts(id(n), Instant.MIN, Instant.MAX))
                    .hasSize(rounds / 2)
                    .allSatisfy(it -> assertThat(it.requests()).isEqualTo(writers * 2L));
            Instant latest = NOW.plusSeconds((writers - 1) * 100L + rounds - 1);
            assertThat(usage.lastUsed(List.of(id(n)))).hasEntrySatisfying(id(n), at -> assertSameSecond(at, latest));
        }
    }

    private static void assertSameSecond(Instant at, Instant expected) {
        assertThat(at.truncatedTo(ChronoUnit.SECONDS)).isEqualTo(expected.truncatedTo(ChronoUnit.SECONDS));
    }

    // Many threads

    @Test
    void apply_sameIdByManyThreads_oneWins() throws Exception {
        for (int round = 0; round < 20; round++) {
            KeyId id = id(round);
            List<Optional<ApiKey>> outcomes = atOnce(IntStream.range(0, 4)
                    .mapToObj(n -> attempt(KeyAction.ISSUE, key(id, "account" + n, LIVE_SECRET, NOW)))
                    .toList());

            assertThat(store.find(id)).isEqualTo(onlyWinner(outcomes));
        }
        assertThat(store.changesSince(0, 1000).changed()).hasSize(20);
    }

    @Test
    void apply_sameRevisionByManyThreads_oneWins() throws Exception {
        ApiKey current = issue(key(1));
        List<Long> revisions = new ArrayList<>(List.of(current.revision()));
        for (int round = 0; round < 20; round++) {
            ApiKey from = current;
            List<Optional<ApiKey>> outcomes = atOnce(IntStream.range(0, 4)
                    .mapToObj(n -> attempt(
                            KeyAction.ROTATE, withSecrets(from, secret(n + 1, n, "000" + n, NOW.plusSeconds(n)))))
                    .toList());

            current = onlyWinner(outcomes).orElseThrow();
            revisions.add(current.revision());
            assertThat(store.find(from.id())).contains(current);
        }
        assertThat(revisions).isSorted().doesNotHaveDuplicates();
        assertThat(store.revision()).isEqualTo(current.revision());
        assertThat(store.changesSince(0, 1000).changed()).hasSize(21).containsOnly(id(1));
    }

    @Test
    void apply_sameKeysByManyThreadsInDifferentOrders_oneWins() throws Exception {
        List<ApiKey> current = issueMany(12);
        for (int round = 0; round < 10; round++) {
            List<ApiKey> from = current;
            List<Optional<List<ApiKey>>> outcomes = atOnce(IntStream.range(0, 4)
                    .mapToObj(n -> attemptAll(from, new Random(n)))
                    .toList());

            List<List<ApiKey>> winners =
                    outcomes.stream().flatMap(Optional::stream).toList();
            assertThat(winners).hasSize(1);
            current = winners.get(0);
            assertThat(list(KeyQuery.ofAccount(ACCOUNT))).containsExactlyInAnyOrderElementsOf(current);
        }
        assertThat(store.changesSince(0, 1000).changed()).hasSize(12 * 11);
    }

    private Callable<Optional<List<ApiKey>>> attemptAll(List<ApiKey> keys, Random random) {
        List<KeyChange> changes = new ArrayList<>(
                keys.stream().map(key -> change(KeyAction.DISABLE, key)).toList());
        Collections.shuffle(changes, random);
        return () -> {
            try {
                return Optional.of(store.apply(changes));
            } catch (KeyRefusedException lost) {
                assertThat(lost.reason()).isEqualTo(KeyRefusedException.Reason.CONFLICT);
                return Optional.empty();
            }
        };
    }

    @Test
    void changesSince_whileManyThreadsWrite_tellsEveryChangeOnceInOrder() throws Exception {
        int writers = 4;
        int keysOfAWriter = 25;
        AtomicInteger writing = new AtomicInteger(writers);
        List<Callable<Map<Long, KeyId>>> tasks = new ArrayList<>();
        for (int writer = 0; writer < writers; writer++) {
            int first = writer * keysOfAWriter;
            tasks.add(() -> {
                try {
                    return issueAndRevoke(first, keysOfAWriter);
                } finally {
                    writing.decrementAndGet();
                }
            });
        }
        List<List<KeyId>> told = List.of(new ArrayList<>(), new ArrayList<>());
        for (List<KeyId> ofThisReader : told) {
            tasks.add(() -> {
                readUntil(writing, ofThisReader, writers * keysOfAWriter * 2);
                return Map.of();
            });
        }

        TreeMap<Long, KeyId> written = new TreeMap<>();
        atOnce(tasks).forEach(written::putAll);

        assertThat(written).as("one revision a change").hasSize(writers * keysOfAWriter * 2);
        assertThat(told).allSatisfy(it -> assertThat(it).containsExactlyElementsOf(written.values()));
        assertThat(store.revision()).isEqualTo(written.lastKey());
    }

    /** What was written, by revision; each change is looked for as soon as it is made. */
    private Map<Long, KeyId> issueAndRevoke(int first, int count) {
        Map<Long, KeyId> written = new TreeMap<>();
        for (int n = first; n < first + count; n++) {
            ApiKey issued = issue(key(n));
            assertThat(store.find(issued.id())).contains(issued);
            assertThat(store.revision()).isGreaterThanOrEqualTo(issued.revision());
            written.put(issued.revision(), issued.id());

            ApiKey revoked =
                    apply(KeyAction.REVOKE, issued.toBuilder().revokedAt(NOW).build());
            assertThat(store.find(issued.id())).contains(revoked);
            assertThat(store.changesSince(revoked.revision() - 1, 1).changed()).containsExactly(revoked.id());
            written.put(revoked.revision(), revoked.id());
        }
        return written;
    }

    private void readUntil(AtomicInteger writing, List<KeyId> told, int most) {
        long revision = 0;
        boolean last;
        do {
            // Asked before the read: what is written later than this answer is not waited for.
            last = writing.get() == 0;
            KeyChanges portion;
            do {
                portion = store.changesSince(revision, 7);
                told.addAll(portion.changed());
                assertThat(told).as("changes told").hasSizeLessThanOrEqualTo(most);
                assertThat(portion.revision()).isGreaterThanOrEqualTo(revision);
                revision = portion.revision();
            } while (portion.more());
        } while (!last);
    }

    @Test
    void find_whileAnotherThreadRotates_neverSeesHalfAChange() throws Exception {
        ApiKey issued = issue(key(1));
        AtomicInteger writing = new AtomicInteger(1);
        Callable<Boolean> writer = () -> {
            try {
                ApiKey current = issued;
                for (int n = 2; n <= 60; n++) {
                    KeySecret old = current.newestSecret();
                    KeySecret next = secret(n, n, lastFour(n), NOW);
                    current = apply(
                            KeyAction.ROTATE,
                            n % 2 == 0
                                    ? withSecrets(current, old.endingAt(NOW.plusSeconds(n)), next)
                                    : withSecrets(current, next));
                }
                return true;
            } finally {
                writing.decrementAndGet();
            }
        };
        Callable<Boolean> reader = () -> {
            long revision = 0;
            while (writing.get() > 0) {
                for (ApiKey seen : List.of(
                        store.find(issued.id()).orElseThrow(),
                        list(KeyQuery.ofAccount(ACCOUNT)).get(0))) {
                    int newest = seen.newestSecret().number();
                    assertThat(seen.secrets())
                            .as("secrets while number %s is new", newest)
                            .hasSize(newest % 2 == 0 ? 2 : 1);
                    assertThat(seen.revision()).isGreaterThanOrEqualTo(revision);
                    revision = seen.revision();
                }
            }
            return true;
        };

        assertThat(atOnce(List.of(writer, reader, reader))).containsOnly(true);
    }

    private static String lastFour(int n) {
        return String.format(Locale.ROOT, "%04d", n);
    }

    /** The key as stored, or nothing if somebody else won. */
    private Callable<Optional<ApiKey>> attempt(KeyAction action, ApiKey wanted) {
        return () -> {
            try {
                return Optional.of(apply(action, wanted));
            } catch (KeyRefusedException lost) {
                assertThat(lost.reason()).isEqualTo(KeyRefusedException.Reason.CONFLICT);
                return Optional.empty();
            }
        };
    }

    private static Optional<ApiKey> onlyWinner(List<Optional<ApiKey>> outcomes) {
        List<ApiKey> winners = outcomes.stream().flatMap(Optional::stream).toList();
        assertThat(winners).hasSize(1);
        return Optional.of(winners.get(0));
    }

    /** Runs each task on a thread of its own, all begun at the same moment, and waits for them all. */
    private static <T> List<T> atOnce(List<Callable<T>> tasks) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        CyclicBarrier start = new CyclicBarrier(tasks.size());
        try {
            List<Future<T>> running = tasks.stream()
                    .map(task -> threads.submit(() -> {
                        start.await();
                        return task.call();
                    }))
                    .toList();
            List<T> results = new ArrayList<>();
            for (Future<T> each : running) {
                results.add(each.get());
            }
            return results;
        } finally {
            threads.shutdown();
        }
    }

    // Keys to try it with

    private ApiKey issue(ApiKey key) {
        return apply(KeyAction.ISSUE, key);
    }

    private ApiKey apply(KeyAction action, ApiKey key) {
        return store.apply(change(action, key));
    }

    private static KeyChange change(KeyAction action, ApiKey key) {
        return new KeyChange(action, key, ACTOR, NOW);
    }

    private void suspend(String account) {
        assertThat(store.apply(accountChange(account, true, NOW))).isTrue();
    }

    private static AccountChange accountChange(String account, boolean suspended, Instant at) {
        return new AccountChange(account, suspended, ACTOR, Optional.empty(), at);
    }

    private static ApiKey suspended(ApiKey key, Instant at) {
        return key.toBuilder().suspendedAt(at).build();
    }

    private static ApiKey expiring(ApiKey key, Instant at) {
        return key.toBuilder().expiresAt(at).build();
    }

    private static List<AddressRange> ranges(String... texts) {
        return Arrays.stream(texts).map(AddressRange::parse).toList();
    }

    private static Instant hour(int n) {
        return HOUR.plus(Duration.ofHours(n));
    }

    private static UsageCount count(int key, int hour, String outcome, long requests) {
        return new UsageCount(id(key), hour(hour), outcome, requests);
    }

    private List<ApiKey> issueMany(int count) {
        return IntStream.range(0, count).mapToObj(n -> issue(key(n))).toList();
    }

    private List<ApiKey> list(KeyQuery query) {
        KeyPage page = store.list(query);
        assertThat(page.more()).isFalse();
        return page.keys();
    }

    private static List<KeyId> ids(List<ApiKey> keys) {
        return keys.stream().map(ApiKey::id).toList();
    }

    private static KeyId id(int n) {
        return new KeyId(String.format(Locale.ROOT, "K%011d", n));
    }

    private static ApiKey key(int n) {
        return key(id(n), ACCOUNT, LIVE_SECRET, NOW);
    }

    private static ApiKey key(KeyId id, String account, KeyPrefix prefix, Instant createdAt) {
        return key(id, account, prefix, createdAt, "name of " + id);
    }

    private static ApiKey key(KeyId id, String account, KeyPrefix prefix, Instant createdAt, String name) {
        return ApiKey.builder(id, account, name, prefix, secret(1, 0x8000_0001L, "wxyz", createdAt))
                .build();
    }

    /** The key with every part that can be left out, and two secrets. */
    private static ApiKey full(ApiKey key) {
        ApiKey all = key.toBuilder()
                .member("ann")
                .version(2)
                .scopes(Set.of(new KeyScope("customers:read"), new KeyScope("customers:write")))
                .roles(Set.of("support", "billing-admin"))
                .plan("growth")
                .attributes(Map.of("app", "app_1", "region", "eu"))
                .addresses(ranges("10.0.0.0/8", "fd00::/8"))
                .createdBy("member:ann")
                .expiresAt(NOW.plusSeconds(3600))
                .expiryAnnouncedAt(NOW.plusSeconds(3))
                .disabledAt(NOW.plusSeconds(1))
                .revokedAt(NOW.plusSeconds(2))
                .build();
        return withSecrets(
                all,
                secret(3, 33, "aaaa", NOW.minusSeconds(5))
                        .endingAt(NOW.plusSeconds(60))
                        .endingAfterFirstUse(Duration.ofMinutes(7)),
                secret(4, 44, "bbbb", NOW).endingAt(NOW.plusSeconds(3600)));
    }

    /** A key of which the public half is stored. */
    private static ApiKey signing() {
        ApiKey key = key(1);
        KeySecret publicHalf = new KeySecret(
                1, "$es256$" + "A/+b".repeat(30) + "Aw", KeySecret.NO_QUICK_CHECK, "", NOW, Optional.empty());
        return ApiKey.builder(
                        key.id(),
                        key.account(),
                        key.name(),
                        KeyPrefix.secret(KeyPrefix.SIGNING, key.environment()),
                        publicHalf)
                .build();
    }

    /** A key that begins with nothing in particular, and of whose text nothing is known yet. */
    private static ApiKey mintedElsewhere() {
        ApiKey key = key(1);
        KeySecret secret = new KeySecret(
                1,
                "$sha512$before=c2FsdA$" + "A/+b".repeat(21) + "Aw",
                KeySecret.NO_QUICK_CHECK,
                "",
                NOW,
                Optional.empty());
        return new ApiKey(
                key.id(),
                key.revision(),
                key.account(),
                key.member(),
                key.name(),
                "",
                key.kind(),
                key.environment(),
                key.version(),
                key.scopes(),
                key.roles(),
                key.plan(),
                key.attributes(),
                List.of(secret),
                key.addresses(),
                key.createdAt(),
                key.createdBy(),
                key.expiresAt(),
                key.expiryAnnouncedAt(),
                key.disabledAt(),
                key.revokedAt(),
                key.suspendedAt());
    }

    private static ApiKey withMember(ApiKey key, String member) {
        return key.toBuilder().member(member).build();
    }

    private static ApiKey withSecrets(ApiKey key, KeySecret... secrets) {
        return key.toBuilder().secrets(List.of(secrets)).build();
    }

    private static KeySecret storedAnew(KeySecret secret) {
        return new KeySecret(
                secret.number(),
                "$hmac-sha256$k=00000000$another+digest/of/it",
                0xFFFF_FFFFL,
                secret.lastFour(),
                secret.createdAt(),
                secret.endsAt());
    }

    private static KeySecret secret(int number, long quickCheck, String lastFour, Instant createdAt) {
        String digest = "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$digest+of/secret" + number;
        return new KeySecret(number, digest, quickCheck, lastFour, createdAt, Optional.empty());
    }
}
