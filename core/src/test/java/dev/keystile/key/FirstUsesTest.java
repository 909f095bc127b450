package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.Await;
import dev.keystile.CountingHasher;
import dev.keystile.FaultyStore;
import dev.keystile.Log;
import dev.keystile.ManualTime;
import dev.keystile.key.Verification.Reason;
import dev.keystile.key.Verification.Rejected;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Overlaps that begin with the first use of the new secret. */
@Timeout(30)
final class FirstUsesTest {

    private static final KeyPrefix ACME_LIVE = KeyPrefix.secret("acme_live_", LIVE);
    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final Duration HOUR = Duration.ofHours(1);

    private final ManualTime time = new ManualTime();
    private final KeyFormat format = new KeyFormat(List.of(ACME_LIVE), List.of(new CountingHasher()));
    private final KeyStore records = KeyStore.inMemory();
    private final FaultyStore store = new FaultyStore(records);
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final KeyVerifier<String> verifier = open(store);
    private final KeyManager manager = managerOf(verifier);
    /** Another process over the same store. */
    private final KeyVerifier<String> elsewhere = open(new FaultyStore(records));

    private KeyVerifier<String> open(KeyStore from) {
        KeyVerifier<String> verifier =
                KeyVerifier.builder(from, format).time(time).build(key -> "");
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

    private IssuedKey issue(UnaryOperator<NewKey.Builder> more) {
        return manager.issue(more.apply(NewKey.of("acme", "a key", LIVE)).build(), OPERATOR);
    }

    private IssuedKey issue() {
        return issue(it -> it);
    }

    private String rotate(IssuedKey issued) {
        return manager.rotate(issued.key().id(), Overlap.fromFirstUse(HOUR), OPERATOR)
                .revealOnce();
    }

    private ApiKey stored(IssuedKey issued) {
        return records.find(issued.key().id()).orElseThrow();
    }

    private List<AuditEntry> begun() {
        return records.audit(AuditQuery.ofAccount("acme")).entries().stream()
                .filter(entry -> entry.action() == KeyAction.BEGIN_OVERLAP)
                .toList();
    }

    private static Optional<Reason> reason(KeyVerifier<String> asked, String text) {
        return asked.verify(text) instanceof Rejected<String> rejected
                ? Optional.of(rejected.reason())
                : Optional.empty();
    }

    /** Uses a good text, and waits until what follows from that is done. */
    private static void use(KeyVerifier<String> asked, String text) {
        assertThat(reason(asked, text)).isEmpty();
        await(() -> !asked.isBeginning());
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void oldSecret_whileTheNewOneIsNotUsed_worksWithoutEnd() {
        IssuedKey issued = issue();
        String old = issued.revealOnce();
        rotate(issued);
        time.advance(Duration.ofDays(1000));
        use(verifier, old);
        use(elsewhere, old);
        String wrong = format.mint("acme_live_", issued.key().id());
        assertThat(reason(verifier, wrong)).contains(Reason.WRONG_SECRET);
        await(() -> !verifier.isBeginning());
        assertThat(begun()).isEmpty();
    }

    @Test
    void newSecret_usedForTheFirstTime_givesTheOldOneItsEnd_once() {
        IssuedKey issued = issue();
        String old = issued.revealOnce();
        String fresh = rotate(issued);
        time.advance(Duration.ofDays(3));
        Instant firstUse = time.now();

        use(verifier, fresh);

        KeySecret ending = stored(issued).secrets().get(0);
        assertThat(ending.endsAt()).contains(firstUse.plus(HOUR));
        assertThat(ending.overlap()).isEmpty();
        assertThat(begun()).singleElement().satisfies(entry -> {
            assertThat(entry.actor()).isEqualTo("keystile");
            assertThat(entry.at()).isEqualTo(firstUse);
            assertThat(entry.detail()).isEqualTo("secret 1 ends " + firstUse.plus(HOUR));
        });
        time.advance(HOUR.minusMillis(1));
        use(verifier, fresh);
        use(verifier, old);
        use(elsewhere, fresh);
        use(elsewhere, old);
        time.advance(Duration.ofMillis(1));
        assertThat(reason(verifier, old)).contains(Reason.SECRET_ENDED);
        assertThat(reason(elsewhere, old)).contains(Reason.SECRET_ENDED);
        use(verifier, fresh);
        assertThat(begun()).hasSize(1);
    }

    @Test
    void overlapOfNothing_endsTheOldSecretWithTheFirstUse() {
        IssuedKey issued = issue();
        String old = issued.revealOnce();
        String fresh = manager.rotate(issued.key().id(), Overlap.fromFirstUse(Duration.ZERO), OPERATOR)
                .revealOnce();
        use(verifier, old);
        use(verifier, fresh);
        assertThat(reason(verifier, old)).contains(Reason.SECRET_ENDED);
    }

    @Test
    void end_isNotPastTheKeys_norPastOneThatWasSet() {
        Instant soon = time.now().plusSeconds(60);
        IssuedKey ending = issue(it -> it.expiresAt(soon));
        use(verifier, rotate(ending));
        assertThat(stored(ending).secrets().get(0).endsAt()).contains(soon);

        IssuedKey ended = issue();
        records.apply(new KeyChange(
                KeyAction.ROTATE,
                ended.key().toBuilder()
                        .secrets(List.of(ended.key().newestSecret().endingAt(soon)))
                        .build(),
                "test",
                time.now()));
        assertThat(manager.rotate(ended.key().id(), Overlap.of(HOUR), OPERATOR)
                        .key()
                        .secrets()
                        .get(0)
                        .endsAt())
                .contains(soon);
    }

    @Test
    void firstUses_onTwoNodesAtOnce_areWrittenOnce() {
        IssuedKey issued = issue();
        String fresh = rotate(issued);
        store.beforeNextApply(() -> use(elsewhere, fresh));
        use(verifier, fresh);
        assertThat(begun()).hasSize(1);
        assertThat(((Verification.Verified<String>) verifier.verify(fresh)).key())
                .as("what the other did is known here at once")
                .isEqualTo(stored(issued));
    }

    /** The text is remembered as proven where the key opens nothing; so it is not its proof that is waited for. */
    @Test
    void secretThatProvesItselfWhileTheKeyIsDisabled_isUsedOnceTheKeyIsEnabled() {
        IssuedKey issued = issue();
        String fresh = rotate(issued);
        manager.disable(issued.key().id(), OPERATOR);
        assertThat(reason(verifier, fresh)).contains(Reason.DISABLED);
        await(() -> !verifier.isBeginning());
        assertThat(begun()).isEmpty();
        manager.enable(issued.key().id(), OPERATOR);
        use(verifier, fresh);
        assertThat(begun()).hasSize(1);
    }

    // What fails

    @Test
    void storeThatFails_isAskedAgain_andTheOverlapCountsFromTheFirstUse() {
        IssuedKey issued = issue();
        String fresh = rotate(issued);
        Instant firstUse = time.now();
        try (Log log = Log.listen()) {
            store.beforeNextApply(() -> {
                store.goDown();
                throw new UnavailableException("the store is down");
            });
            assertThat(reason(verifier, fresh)).isEmpty();
            await(() -> !log.lines().isEmpty());
            time.advance(Duration.ofMinutes(10));
            assertThat(begun()).isEmpty();
            store.comeBack();
            await(() -> !verifier.isBeginning());
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("WARN"))
                    .singleElement()
                    .asString()
                    .contains("overlap of key " + issued.key().id());
        }
        assertThat(stored(issued).secrets().get(0).endsAt()).contains(firstUse.plus(HOUR));
        assertThat(begun()).hasSize(1);
    }

    @Test
    void processThatEndsBeforeItCouldWrite_leavesItToTheNextUse() {
        IssuedKey issued = issue();
        String fresh = rotate(issued);
        FaultyStore readOnly = new FaultyStore(records);
        KeyVerifier<String> ending = open(readOnly);
        AtomicBoolean failed = failOnce(readOnly);
        assertThat(reason(ending, fresh)).isEmpty();
        await(failed::get);
        ending.close();
        assertThat(begun()).isEmpty();
        use(elsewhere, fresh);
        assertThat(begun()).hasSize(1);
    }

    /** Whether it did, at the next change. */
    private static AtomicBoolean failOnce(FaultyStore failing) {
        AtomicBoolean failed = new AtomicBoolean();
        failing.beforeNextApply(() -> {
            failed.set(true);
            throw new UnavailableException("the store is down for a moment");
        });
        return failed;
    }

    /** A store in which some keys cannot be changed. */
    private static KeyStore refusing(KeyStore store, Set<KeyId> stuck) {
        return (KeyStore) Proxy.newProxyInstance(
                KeyStore.class.getClassLoader(), new Class<?>[] {KeyStore.class}, (proxy, method, arguments) -> {
                    if (arguments != null
                            && arguments.length == 1
                            && arguments[0] instanceof List<?> changes
                            && changes.get(0) instanceof KeyChange change
                            && stuck.contains(change.key().id())) {
                        throw new UnavailableException("the row is damaged");
                    }
                    if (arguments != null && arguments.length == 1 && arguments[0] instanceof KeyChange change) {
                        return ((KeyStore) proxy).apply(List.of(change)).get(0);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                });
    }

    @Test
    void keysThatCannotBeChanged_holdUpNoOther() {
        List<IssuedKey> issued = IntStream.range(0, 12).mapToObj(i -> issue()).toList();
        List<String> fresh = issued.stream().map(this::rotate).toList();
        Set<KeyId> stuck = ConcurrentHashMap.newKeySet();
        issued.subList(0, 6).forEach(key -> stuck.add(key.key().id()));
        KeyVerifier<String> partly = open(refusing(store, stuck));
        fresh.forEach(text -> assertThat(reason(partly, text)).isEmpty());
        await(() -> begun().size() == 6);
        assertThat(begun()).extracting(entry -> entry.key().orElseThrow()).doesNotContainAnyElementsOf(stuck);
        stuck.clear();
        await(() -> !partly.isBeginning());
        assertThat(begun()).hasSize(12);
    }

    /** As with thousands of upgrades in the queue, which let first uses be written between two of them. */
    @Test
    void firstUseThatFailed_isTriedAgainAfterASecond_alsoWhileTheThreadHasLongWork() {
        IssuedKey issued = issue();
        rotate(issued);
        CountDownLatch end = new CountDownLatch(1);
        ScheduledExecutorService thread = DaemonThreads.one("busy");
        try {
            thread.execute(() -> Await.open("the end of the test", end));
            FirstUses uses = new FirstUses(store, time, thread, id -> {});
            uses.note(issued.key().id(), 2, time.currentTimeMillis());
            failOnce(store);
            uses.work();
            time.advance(Duration.ofSeconds(1).minusNanos(1));
            uses.work();
            assertThat(begun()).isEmpty();

            time.advance(Duration.ofNanos(1));
            uses.work();

            assertThat(begun()).hasSize(1);
            assertThat(uses.open()).isZero();
        } finally {
            end.countDown();
            DaemonThreads.end(thread);
        }
    }

    // Others change the key at the same time

    static Stream<Arguments> changesOfOthers() {
        return Stream.<Arguments>of(
                argumentSet("revoked", (Consumer<ApiKey.Builder>) key -> key.revokedAt(ManualTime.START), false),
                argumentSet("expired", (Consumer<ApiKey.Builder>) key -> key.expiresAt(ManualTime.START), false),
                argumentSet("disabled", (Consumer<ApiKey.Builder>) key -> key.disabledAt(ManualTime.START), true),
                argumentSet("given a plan", (Consumer<ApiKey.Builder>) key -> key.plan("large"), true));
    }

    @ParameterizedTest
    @MethodSource("changesOfOthers")
    void changeByOthers_betweenReadAndWrite_staysWhole(Consumer<ApiKey.Builder> change, boolean begins) {
        IssuedKey issued = issue();
        String fresh = rotate(issued);
        ApiKey.Builder changed = stored(issued).toBuilder();
        change.accept(changed);
        ApiKey wanted = changed.build();
        store.beforeNextApply(() -> records.apply(new KeyChange(KeyAction.ROTATE, wanted, "test", time.now())));
        use(verifier, fresh);
        assertThat(stored(issued).isSameButForUpkeep(wanted)).isTrue();
        assertThat(begun()).hasSize(begins ? 1 : 0);
    }

    static Stream<Arguments> changesByTheManager() {
        return Stream.<Arguments>of(
                argumentSet("rotate", (BiFunction<KeyManager, KeyId, ApiKey>) (manager, id) ->
                        manager.rotate(id, Overlap.of(HOUR), OPERATOR).key()),
                argumentSet("disable", (BiFunction<KeyManager, KeyId, ApiKey>)
                        (manager, id) -> manager.disable(id, OPERATOR)),
                argumentSet("revoke", (BiFunction<KeyManager, KeyId, ApiKey>)
                        (manager, id) -> manager.revoke(id, OPERATOR)));
    }

    @ParameterizedTest
    @MethodSource("changesByTheManager")
    void overlapThatBeginsWhileTheManagerChangesTheKey_isNoConflict(BiFunction<KeyManager, KeyId, ApiKey> change) {
        IssuedKey issued = issue();
        String fresh = rotate(issued);
        store.afterNextFind(() -> use(elsewhere, fresh));
        ApiKey changed = change.apply(manager, issued.key().id());
        assertThat(begun()).hasSize(1);
        assertThat(stored(issued)).isEqualTo(changed);
        assertThat(changed.secrets()).extracting(KeySecret::number).contains(2);
    }

    // A second rotation

    @Test
    void secondRotation_whileTheFirstWaits_replacesTheSecretThatNobodyUsed() {
        IssuedKey issued = issue();
        String old = issued.revealOnce();
        String lost = rotate(issued);
        String fresh = rotate(issued);
        assertThat(stored(issued).secrets()).extracting(KeySecret::number).containsExactly(1, 3);
        use(verifier, old);
        assertThat(reason(verifier, lost)).contains(Reason.WRONG_SECRET);
        use(verifier, fresh);
        assertThat(stored(issued).secrets().get(0).endsAt()).contains(time.now().plus(HOUR));
        use(verifier, old);
    }

    @Test
    void secondRotation_thatBeginsAtOnce_endsTheSecretInUse() {
        IssuedKey issued = issue();
        rotate(issued);
        manager.rotate(issued.key().id(), Overlap.of(HOUR), OPERATOR);
        assertThat(stored(issued).secrets().get(0).endsAt()).contains(time.now().plus(HOUR));
        assertThat(stored(issued).secrets()).extracting(KeySecret::number).containsExactly(1, 3);
        assertThat(stored(issued).awaitedSecret()).isEmpty();
    }

    @Test
    void secondRotation_whileTheFirstUseCouldNotBeWritten_keepsTheSecretThatWasUsed() {
        IssuedKey issued = issue();
        String used = rotate(issued);
        AtomicBoolean failed = failOnce(store);
        assertThat(reason(verifier, used)).isEmpty();
        await(failed::get);
        String fresh = rotate(issued);
        assertThat(stored(issued).secrets()).extracting(KeySecret::number).containsExactly(2, 3);
        use(verifier, used);
        use(verifier, fresh);
    }
}
