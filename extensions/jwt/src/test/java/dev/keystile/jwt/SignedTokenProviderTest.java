package dev.keystile.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.decision.Outcome;
import dev.keystile.key.Actor;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.testkit.GetRequest;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SignedTokenProviderTest {

    private static Settings settings(String... more) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("rules.a", "GET /a authenticated");
        values.put("store.type", "memory");
        for (int i = 0; i < more.length; i += 2) {
            values.put(more[i], more[i + 1]);
        }
        return Settings.of(values);
    }

    @Test
    void settingsAlone_makeAnApplicationWithoutPlainKeys() {
        Settings settings = settings(
                "signing.environments", "production, sandbox",
                "signing.audience", "test-api",
                "signing.bind", "bid : apps");
        try (Keystile keystile = settings.builder(KeyStore.inMemory()).build()) {
            KeyEnvironment sandbox = new KeyEnvironment("sandbox");
            assertThat(keystile.keyManager().signingEnvironments())
                    .containsExactly(new KeyEnvironment("production"), sandbox);
            IssuedKey issued = keystile.keyManager()
                    .issue(
                            NewKey.of("acme", "signer", sandbox)
                                    .signing()
                                    .attribute("apps", "com.example.a")
                                    .build(),
                            new Actor.Operator("test"));
            String token = Tokens.of(issued).sign(Instant.now());

            assertThat(keystile.decide(new GetRequest("/a", token)).outcome()).isEqualTo(Outcome.ALLOWED);
        }
    }

    @Test
    void mistakes_areToldTogether() {
        Settings settings = settings(
                "signing.environments", "Live",
                "signing.issuer", "somebody",
                "signing.bind", "bid, :apps, sub:people, sub : others",
                "signing.max-age", "10000d",
                "signing.clock-skew", "soon",
                "signing.algorithm", "HS256");

        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> settings.builder(KeyStore.inMemory()))
                .satisfies(refused -> assertThat(String.join("\n", refused.problems()))
                        .contains(
                                "signing.environments: ",
                                "signing.audience is missing",
                                "signing.issuer: 'somebody'",
                                "signing.bind: 'bid'",
                                "signing.bind: ':apps'",
                                "signing.bind: claim 'sub' is bound twice",
                                "signing.max-age: '10000d'",
                                "signing.clock-skew: 'soon'",
                                "signing.algorithm is no setting"));
    }

    @Test
    void theEnvironmentOfSigningKeys_canBeOneOfThePrefixTable() {
        Settings settings = settings(
                "key.prefixes", "tk_live_ secret live",
                "signing.environments", "live",
                "signing.audience", "test-api",
                "environments", "live",
                "key.max-age", "live 90d");
        try (Keystile keystile = settings.builder(KeyStore.inMemory()).build()) {
            assertThat(keystile.keyFormat().prefixes()).hasSize(1);
        }
    }
}
