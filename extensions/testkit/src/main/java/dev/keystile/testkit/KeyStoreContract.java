package dev.keystile.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.key.ApiKey;
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
import dev.keystile.key.KeyStore;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
                argumentSet("disabled", key(1).toBuilder().disabledAt(NOW).build()),
                argumentSet("revoked", key(1).toBuilder().revokedAt(NOW).build()),
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
                                secret(10, 2, "bbbb", NOW.plusMillis(5)))));
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
                        .disabledAt(fine)
                        .revokedAt(fine)
                        .build(),
                secret(1, 1, "aaaa", fine).endingAt(fine));

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
        return store.apply(new KeyChange(action, key, ACTOR, NOW));
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
                .createdBy("member:ann")
                .expiresAt(NOW.plusSeconds(3600))
                .disabledAt(NOW.plusSeconds(1))
                .revokedAt(NOW.plusSeconds(2))
                .build();
        return withSecrets(
                all,
                secret(3, 33, "aaaa", NOW.minusSeconds(5)).endingAt(NOW.plusSeconds(60)),
                secret(4, 44, "bbbb", NOW).endingAt(NOW.plusSeconds(3600)));
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
