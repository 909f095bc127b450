package dev.keystile.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.zaxxer.hikari.HikariDataSource;
import dev.keystile.key.Actor;
import dev.keystile.key.Grants;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyFormat;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.KeyVerifier;
import dev.keystile.key.NewKey;
import dev.keystile.key.Overlap;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.Verification;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two nodes over one database, each with a cache of its own: what one changes holds on the other within 2 seconds. */
class TwoNodesTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final Duration PROMISED = Duration.ofSeconds(2);

    @TempDir
    private Path folder;

    private HikariDataSource pool;
    private Node one;
    private Node other;

    /** A node, with its own connection to the store, its own cache and its own poll of the change log. */
    private record Node(KeyStore store, KeyVerifier<String> verifier, KeyManager manager) implements AutoCloseable {

        static Node over(HikariDataSource pool) {
            KeyStore store = JdbcKeyStore.open(pool);
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
        pool = JdbcKeyStoreProvider.pool(Map.of("store.url", "jdbc:h2:file:" + folder.resolve("keys")));
        one = Node.over(pool);
        other = Node.over(pool);
    }

    @AfterEach
    void stop() {
        one.close();
        other.close();
        pool.close();
    }

    static Stream<Arguments> revocations() {
        return Stream.of(
                revocation("of the key", (manager, id) -> manager.revoke(id, OPERATOR)),
                revocation("of the member's", (manager, id) -> manager.revokeByMember("acme", "ann", OPERATOR)),
                revocation("of the account's", (manager, id) -> manager.revokeByAccount("acme", OPERATOR)));
    }

    private static Arguments revocation(String what, BiConsumer<KeyManager, KeyId> revocation) {
        return argumentSet(what, revocation);
    }

    @ParameterizedTest
    @MethodSource("revocations")
    void revocation_onOneNode_holdsOnTheOther_withinTwoSeconds(BiConsumer<KeyManager, KeyId> revocation) {
        Actor ann = new Actor.Member("acme", "ann", Set.of("admin"), Grants.none());
        IssuedKey issued = one.manager()
                .issue(NewKey.of("acme", "a key", KeyEnvironment.LIVE).build(), ann);
        String text = issued.revealOnce();
        assertThat(other.opens(text)).isTrue();
        assertThat(one.opens(text)).isTrue();

        revocation.accept(one.manager(), issued.key().id());
        long revoked = System.nanoTime();

        assertThat(one.opens(text)).as("at once where it was revoked").isFalse();
        while (other.opens(text)) {
            assertThat(Duration.ofNanos(System.nanoTime() - revoked))
                    .as("how long it opens after it was revoked elsewhere")
                    .isLessThan(PROMISED);
        }
    }

    @Test
    void rotation_onOneNode_isKnownToTheOther() {
        IssuedKey issued = one.manager()
                .issue(NewKey.of("acme", "a key", KeyEnvironment.LIVE).build(), OPERATOR);
        String before = issued.revealOnce();
        assertThat(other.opens(before)).isTrue();

        String after = one.manager()
                .rotate(issued.key().id(), Overlap.of(Duration.ofHours(1)), OPERATOR)
                .revealOnce();
        long rotated = System.nanoTime();

        while (!other.opens(after)) {
            assertThat(Duration.ofNanos(System.nanoTime() - rotated))
                    .as("how long its new secret is not known elsewhere")
                    .isLessThan(PROMISED);
        }
        assertThat(other.opens(before)).isTrue();
    }
}
