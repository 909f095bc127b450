package dev.keystile;

import static dev.keystile.key.KeyEnvironment.LIVE;

import dev.keystile.config.Settings;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An application in a JVM of its own: starts with a hasher, issues a key, and tells what became of it. */
final class StartedElsewhere {

    private StartedElsewhere() {}

    private static final String ARGON2ID_DIGEST =
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

    private static final String BCRYPT_DIGEST = "$bcrypt$2a$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq";

    /**
     * @param arguments what {@code key.hash} is to be; one more word, if there is a key already, stored by bcrypt if that is the
     *                  word, else by Argon2id
     */
    public static void main(String[] arguments) {
        Map<String, String> settings = new LinkedHashMap<>(Map.of(
                "key.prefixes", "acme_live_ secret live",
                "key.hash", arguments[0],
                "key.pepper", "a pepper of at least 32 bytes, for tests",
                "rules.items", "GET /items items:read"));
        KeyStore store = KeyStore.inMemory();
        if (arguments.length > 1) {
            KeySecret secret = new KeySecret(
                    1,
                    arguments[1].equals("bcrypt") ? BCRYPT_DIGEST : ARGON2ID_DIGEST,
                    1,
                    "",
                    Instant.EPOCH,
                    Optional.empty());
            ApiKey key = ApiKey.builder(
                            new KeyId("000000000000"), "acme", "a key", KeyPrefix.secret("acme_live_", LIVE), secret)
                    .build();
            store.apply(new KeyChange(KeyAction.ISSUE, key, "test", Instant.EPOCH));
        }
        try (Keystile keystile = Settings.of(settings).builder(store).build()) {
            String key = keystile.keyManager()
                    .issue(NewKey.of("acme", "a key", LIVE).scopes("items:read").build(), new Actor.Operator("test"))
                    .revealOnce();
            String wrong = key.substring(0, key.length() - 1) + (key.endsWith("0") ? "1" : "0");
            for (String text : List.of(key, key, wrong)) {
                System.out.println(keystile.decide(TestRequest.get("/items").bearer(text))
                        .outcome()
                        .word());
            }
        } catch (RuntimeException failure) {
            System.out.println(failure.getMessage());
        }
    }
}
