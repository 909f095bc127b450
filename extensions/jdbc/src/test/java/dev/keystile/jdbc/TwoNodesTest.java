package dev.keystile.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.keystile.key.Actor;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyFormat;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.KeyVerifier;
import dev.keystile.key.NewKey;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.Verification;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void revocation_onOneNode_holdsOnTheOther_withinTwoSeconds() {
        IssuedKey issued = one.manager()
                .issue(NewKey.of("acme", "a key", KeyEnvironment.LIVE).build(), OPERATOR);
        String text = issued.revealOnce();
        assertThat(other.opens(text)).isTrue();
        assertThat(one.opens(text)).isTrue();

        one.manager().revoke(issued.key().id(), OPERATOR);
        long revoked = System.nanoTime();

        assertThat(one.opens(text)).as("at once where it was revoked").isFalse();
        while (other.opens(text)) {
            assertThat(Duration.ofNanos(System.nanoTime() - revoked)).isLessThan(PROMISED);
        }
    }

    @Test
    void rotation_onOneNode_isKnownToTheOther() {
        IssuedKey issued = one.manager()
                .issue(NewKey.of("acme", "a key", KeyEnvironment.LIVE).build(), OPERATOR);
        String before = issued.revealOnce();
        assertThat(other.opens(before)).isTrue();

        String after = one.manager()
                .rotate(issued.key().id(), Duration.ofHours(1), OPERATOR)
                .revealOnce();
        long rotated = System.nanoTime();

        while (!other.opens(after)) {
            assertThat(Duration.ofNanos(System.nanoTime() - rotated)).isLessThan(PROMISED);
        }
        assertThat(other.opens(before)).isTrue();
    }
}
