package dev.keystile.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process that rotates a key again and again, and is killed: whoever uses the key can go on with what they know. */
@Timeout(180)
final class KilledRotationTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    private Path folder;

    /** The process that is killed: it prints each text that a rotation gave it. */
    static final class Rotating {

        private Rotating() {}

        /** Takes the URL, the user, the password, the key, and {@code true} for overlaps that begin with the first use. */
        public static void main(String[] arguments) {
            ChildProcess.endWithParent();
            Overlap overlap = new Overlap(HOUR, Boolean.parseBoolean(arguments[4]));
            KeyStore store = new JdbcKeyStoreProvider().open(settings(arguments[0], arguments[1], arguments[2]));
            try (KeyVerifier<String> verifier = verifier(store)) {
                KeyManager manager = manager(verifier);
                while (true) {
                    System.out.println(manager.rotate(new KeyId(arguments[3]), overlap, OPERATOR)
                            .revealOnce());
                }
            }
        }
    }

    private static Map<String, String> settings(String url, String user, String password) {
        Map<String, String> settings = new HashMap<>(Map.of("store.url", url));
        if (!user.isEmpty()) {
            settings.put("store.user", user);
            settings.put("store.password", password);
        }
        return settings;
    }

    private static KeyVerifier<String> verifier(KeyStore store) {
        return KeyVerifier.builder(
                        store,
                        new KeyFormat(
                                List.of(KeyPrefix.secret("tk_live_", KeyEnvironment.LIVE)),
                                List.of(KeyHasher.argon2id())))
                .build(ApiKey::account);
    }

    private static KeyManager manager(KeyVerifier<String> verifier) {
        return verifier.manager(ScopeCatalog.builder().build(), Set.of(), Set.of());
    }

    private TestDatabase database(DatabaseKind kind) {
        if (kind != DatabaseKind.H2) {
            return kind.fresh();
        }
        // In memory no other process could see it.
        String url = "jdbc:h2:file:" + folder.resolve("keys");
        return new TestDatabase(kind, url, "", "", url, "SHUTDOWN");
    }

    /** The text of before the rotations, which goes on until a new one is used: nobody ever saw the last one. */
    @ParameterizedTest
    @EnumSource(DatabaseKind.class)
    void rotation_killedAnywhereWithAnOverlapFromFirstUse_leavesTheTextInUse(DatabaseKind kind) throws Exception {
        try (TestDatabase database = database(kind)) {
            IssuedKey issued = issue(database);
            String inUse = issued.revealOnce();
            for (int rotations : List.of(1, 8)) {
                rotateUntilKilled(database, issued.key().id(), true, rotations);

                assertOpens(database, inUse);
            }
            rotateOnce(database, issued.key().id());
        }
    }

    /** The last text that was seen: it is the new one, or the old one of a rotation that nobody saw the end of. */
    @ParameterizedTest
    @EnumSource(DatabaseKind.class)
    void rotation_killedAnywhereWithAnOverlapFromNowOn_leavesTheLastTextThatWasSeen(DatabaseKind kind)
            throws Exception {
        try (TestDatabase database = database(kind)) {
            IssuedKey issued = issue(database);
            for (int rotations : List.of(1, 8)) {
                String last = rotateUntilKilled(database, issued.key().id(), false, rotations);

                assertOpens(database, last);
            }
            rotateOnce(database, issued.key().id());
        }
    }

    private static IssuedKey issue(TestDatabase database) {
        try (KeyStore store = new JdbcKeyStoreProvider().open(database.settings());
                KeyVerifier<String> verifier = verifier(store)) {
            return manager(verifier)
                    .issue(NewKey.of("acme", "a key", KeyEnvironment.LIVE).build(), OPERATOR);
        }
    }

    /** What it printed last, which may be more than what was waited for. */
    private static String rotateUntilKilled(TestDatabase database, KeyId id, boolean fromFirstUse, int rotations)
            throws Exception {
        try (ChildProcess rotating = ChildProcess.start(
                Rotating.class,
                database.url(),
                database.user(),
                database.password(),
                id.text(),
                String.valueOf(fromFirstUse))) {
            String last = "";
            for (int n = 0; n < rotations; n++) {
                last = rotating.readLine().orElseThrow();
            }
            rotating.kill();
            Optional<String> more = rotating.readLine();
            while (more.isPresent()) {
                last = more.get().isEmpty() ? last : more.get();
                more = rotating.readLine();
            }
            return last;
        }
    }

    private static void assertOpens(TestDatabase database, String text) {
        try (KeyStore store = new JdbcKeyStoreProvider().open(database.settings());
                KeyVerifier<String> verifier = verifier(store)) {
            assertThat(verifier.verify(text)).isInstanceOf(Verification.Verified.class);
        }
    }

    private static void rotateOnce(TestDatabase database, KeyId id) {
        try (KeyStore store = new JdbcKeyStoreProvider().open(database.settings());
                KeyVerifier<String> verifier = verifier(store)) {
            String text =
                    manager(verifier).rotate(id, Overlap.of(HOUR), OPERATOR).revealOnce();
            assertThat(verifier.verify(text)).isInstanceOf(Verification.Verified.class);
        }
    }
}
