package dev.keystile.jdbc;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** Keys to try a store with. */
final class TestKeys {

    static final Instant NOW = Instant.parse("2026-03-01T12:00:00.123Z");
    static final String DIGEST = "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$bmV2ZXJzaG93bg";

    private TestKeys() {}

    static KeyId id(int n) {
        return new KeyId(String.format(Locale.ROOT, "K%011d", n));
    }

    static ApiKey key(int n) {
        KeySecret secret = new KeySecret(1, DIGEST, 1, "wxyz", NOW, Optional.empty());
        return ApiKey.builder(id(n), "acme", "a key", KeyPrefix.secret("acme_live_", KeyEnvironment.LIVE), secret)
                .createdBy("operator:test")
                .build();
    }

    static ApiKey issue(KeyStore store, ApiKey key) {
        return store.apply(new KeyChange(KeyAction.ISSUE, key, "operator:test", NOW));
    }

    static ApiKey revoke(KeyStore store, ApiKey key) {
        ApiKey revoked = key.toBuilder().revokedAt(NOW.plusSeconds(1)).build();
        return store.apply(new KeyChange(KeyAction.REVOKE, revoked, "member:ann", NOW.plusSeconds(1)));
    }
}
