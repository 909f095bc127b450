package dev.keystile.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.key.Actor;
import dev.keystile.key.AuditEntry;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.Grants;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyFormat;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.KeyStore;
import dev.keystile.key.KeyVerifier;
import dev.keystile.key.NewKey;
import dev.keystile.key.Overlap;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.Verification;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Two nodes over one database, each with a cache of its own: what one changes holds on the other within 2 seconds. */
@ParameterizedClass
@EnumSource(DatabaseKind.class)
@Timeout(120)
final class TwoNodesTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final Duration PROMISED = Duration.ofSeconds(2);

    private final TestDatabase database;
    private Node one;
    private Node other;

    TwoNodesTest(DatabaseKind kind) {
        database = kind.fresh();
    }

    /** A node, with connections, a cache and a poll of the change log of its own. */
    private record Node(KeyStore store, KeyVerifier<String> verifier, KeyManager manager) implements AutoCloseable {

        static Node over(KeyStore store) {
            KeyFormat format = new KeyFormat(
                    List.of(KeyPrefix.secret("tk_live_", KeyEnvironment.LIVE)), List.of(KeyHasher.argon2id()));
            KeyVerifier<String> verifier = KeyVerifier.builder(store, format).build(key -> key.account());
            return new Node(
                    store, verifier, verifier.manager(ScopeCatalog.builder().build(), Set.of(), Set.of("admin")));
        }

        boolean opens(String text) {
            return verifier.verify(text) instanceof Verification.Verified<String>;
        }

        @Override
        public void close() {
            verifier.close();
            store.close();
        }
    }

    @BeforeEach
    void start() {
        one = node(store -> store);
        other = node(store -> store);
    }

    private Node node(UnaryOperator<KeyStore> wrapping) {
        return Node.over(wrapping.apply(new JdbcKeyStoreProvider().open(database.settings())));
    }

    @AfterEach
    void stop() {
        one.close();
        other.close();
        database.close();
    }

    private IssuedKey issue(Actor actor) {
        return one.manager()
                .issue(NewKey.of("acme", "a key", KeyEnvironment.LIVE).build(), actor);
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long began = System.nanoTime();
        while (!condition.call()) {
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as("how long the other node does not know")
                    .isLessThan(PROMISED);
        }
    }

    static Stream<Arguments> endings() {
        return Stream.of(
                ending("revocation of the key", (manager, id) -> manager.revoke(id, OPERATOR)),
                ending("revocation of the member's", (manager, id) -> manager.revokeByMember("acme", "ann", OPERATOR)),
                ending("revocation of the account's", (manager, id) -> manager.revokeByAccount("acme", OPERATOR)),
                ending("suspension of the account", (manager, id) -> manager.suspendAccount("acme", OPERATOR)));
    }

    private static Arguments ending(String what, BiConsumer<KeyManager, KeyId> ending) {
        return argumentSet(what, ending);
    }

    @ParameterizedTest
    @MethodSource("endings")
    void ending_onOneNode_holdsOnTheOther_withinTwoSeconds(BiConsumer<KeyManager, KeyId> ending) throws Exception {
        IssuedKey issued = issue(new Actor.Member("acme", "ann", Set.of("admin"), Grants.none()));
        String text = issued.revealOnce();
        assertThat(other.opens(text)).isTrue();
        assertThat(one.opens(text)).isTrue();

        ending.accept(one.manager(), issued.key().id());

        assertThat(one.opens(text)).as("at once where it was ended").isFalse();
        await(() -> !other.opens(text));
    }

    @Test
    void resumption_onOneNode_isKnownToTheOther_withinTwoSeconds() throws Exception {
        String text = issue(OPERATOR).revealOnce();
        one.manager().suspendAccount("acme", OPERATOR);
        await(() -> !other.opens(text));

        one.manager().resumeAccount("acme", OPERATOR);

        assertThat(one.opens(text)).as("at once where it was resumed").isTrue();
        await(() -> other.opens(text));
    }

    @Test
    void rotation_onOneNode_isKnownToTheOther() throws Exception {
        IssuedKey issued = issue(OPERATOR);
        String before = issued.revealOnce();
        assertThat(other.opens(before)).isTrue();

        String after = one.manager()
                .rotate(issued.key().id(), Overlap.of(Duration.ofHours(1)), OPERATOR)
                .revealOnce();

        await(() -> other.opens(after));
        assertThat(other.opens(before)).isTrue();
    }

    /** Both have read the key before either changes it. */
    @Test
    void rotation_onBothNodesAtOnce_oneWinsAndTheOtherGetsAConflict() throws Exception {
        CyclicBarrier bothHaveRead = new CyclicBarrier(2);
        AtomicBoolean pausing = new AtomicBoolean();
        IssuedKey issued = issue(OPERATOR);
        String before = issued.revealOnce();
        KeyId id = issued.key().id();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Node first = node(store -> pausingAfterRead(store, pausing, bothHaveRead));
                Node second = node(store -> pausingAfterRead(store, pausing, bothHaveRead))) {
            pausing.set(true);
            Future<Optional<IssuedKey>> ofFirst = threads.submit(() -> rotate(first, id));
            Future<Optional<IssuedKey>> ofSecond = threads.submit(() -> rotate(second, id));
            List<IssuedKey> winners = Stream.of(ofFirst.get(), ofSecond.get())
                    .flatMap(Optional::stream)
                    .toList();

            assertThat(winners).hasSize(1);
            assertThat(one.store().find(id)).contains(winners.get(0).key());
            assertThat(one.opens(winners.get(0).revealOnce())).isTrue();
            assertThat(one.opens(before)).as("the overlap").isTrue();
            assertThat(one.store().audit(AuditQuery.ofAccount("acme")).entries())
                    .extracting(AuditEntry::action)
                    .containsExactly(KeyAction.ROTATE, KeyAction.ISSUE);
        } finally {
            threads.shutdown();
        }
    }

    private static Optional<IssuedKey> rotate(Node node, KeyId id) {
        try {
            return Optional.of(node.manager().rotate(id, Overlap.of(Duration.ofHours(1)), OPERATOR));
        } catch (KeyRefusedException lost) {
            assertThat(lost.reason()).isEqualTo(KeyRefusedException.Reason.CONFLICT);
            return Optional.empty();
        }
    }

    /** Pauses once, from the moment on at which it shall. */
    private static KeyStore pausingAfterRead(KeyStore store, AtomicBoolean pausing, CyclicBarrier barrier) {
        AtomicBoolean paused = new AtomicBoolean();
        return (KeyStore) Proxy.newProxyInstance(
                TwoNodesTest.class.getClassLoader(), new Class<?>[] {KeyStore.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(store, arguments);
                        if (method.getName().equals("find") && pausing.get() && !paused.getAndSet(true)) {
                            barrier.await(30, TimeUnit.SECONDS);
                        }
                        return result;
                    } catch (InvocationTargetException failure) {
                        throw failure.getTargetException();
                    }
                });
    }
}
