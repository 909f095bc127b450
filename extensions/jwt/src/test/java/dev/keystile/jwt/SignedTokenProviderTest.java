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

    /** As docs/signing-keys.md has it. */
    @Test
    void keyOfTwoApps_opensTheAppThatItsTokenNames() {
        Settings settings = settings(
                "signing.environments", "live",
                "signing.audience", "test-api",
                "signing.bind", "bid:apps",
                "rules.app", "GET /v1/apps/{app}/reports authenticated bind=app:bid",
                "rules.whole", "GET /v1/wrong/{app} authenticated bind=app:apps");
        try (Keystile keystile = settings.builder(KeyStore.inMemory()).build()) {
            for (String apart : new String[] {" ", ",", ", "}) {
                IssuedKey issued = keystile.keyManager()
                        .issue(
                                NewKey.of("acme", "signer", KeyEnvironment.LIVE)
                                        .signing()
                                        .attribute("apps", "com.example.a" + apart + "com.example.b")
                                        .build(),
                                new Actor.Operator("test"));
                Tokens tokens = Tokens.of(issued);
                String ofA = tokens.sign(Instant.now());
                String ofB = tokens.sign(Tokens.claims(Instant.now(), "").replace("example.a", "example.b"));
                String ofC = tokens.sign(Tokens.claims(Instant.now(), "").replace("example.a", "example.c"));

                assertThat(outcome(keystile, "/v1/apps/com.example.a/reports", ofA))
                        .isEqualTo(Outcome.ALLOWED);
                assertThat(outcome(keystile, "/v1/apps/com.example.b/reports", ofB))
                        .isEqualTo(Outcome.ALLOWED);
                assertThat(outcome(keystile, "/v1/apps/com.example.b/reports", ofA))
                        .isEqualTo(Outcome.FORBIDDEN);
                assertThat(outcome(keystile, "/v1/apps/com.example.a/reports", ofC))
                        .isEqualTo(Outcome.UNAUTHORIZED);
                assertThat(outcome(keystile, "/v1/wrong/com.example.a", ofA))
                        .as("the attribute is both apps, and the path one")
                        .isEqualTo(Outcome.FORBIDDEN);
            }
        }
    }

    private static Outcome outcome(Keystile keystile, String path, String token) {
        return keystile.decide(new GetRequest(path, token)).outcome();
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
