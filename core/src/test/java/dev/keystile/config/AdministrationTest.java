package dev.keystile.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.KeyAdministration;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.UnavailableException;
import java.io.IOException;
import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What managing keys beside an application needs of its settings, and what it does not. */
final class AdministrationTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final String PEPPER = "0123456789 a pepper of 32 bytes and more";

    private static Settings settings(String... lines) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("key.prefixes", "acme_live_ secret live, acme_test_ secret test");
        values.put("store.type", "memory");
        for (String line : lines) {
            int equals = line.indexOf('=');
            values.put(
                    line.substring(0, equals).strip(),
                    line.substring(equals + 1).strip());
        }
        return Settings.of(values)
                .withVariables(name -> name.equals("PEPPER") ? Optional.of(PEPPER) : Optional.empty());
    }

    private static ApiKey issue(KeyAdministration keys, NewKey.Builder wanted) {
        return keys.keyManager().issue(wanted.build(), OPERATOR).key();
    }

    private static NewKey.Builder live() {
        return NewKey.of("acme", "a key", KeyEnvironment.LIVE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limiter.type = of an extension",
                "limiter.nodes = ${NONE}",
                "cors.origins = not an origin",
                "errors.format = unknown",
                "rules.a = nonsense",
                "credentials = nowhere",
                "no.setting = at all",
                "default-plan = none of these",
                "usage.anything = ${NONE}",
            })
    void settingsOfTheApplication_areNotInTheWay(String line) {
        Settings settings = settings("scopes = a", line);

        try (KeyAdministration keys = settings.openAdministration()) {
            assertThat(issue(keys, live().scopes("a")).prefix()).isEqualTo("acme_live_");
        }
        assertThatExceptionOfType(InvalidConfigurationException.class)
                .as("for the application it is in the way")
                .isThrownBy(settings::open);
    }

    @Test
    void scopesRolesAndPlans_areThoseOfTheApplication() {
        Settings settings = settings(
                "scopes = a:write, a:read",
                "implications = a:write > a:read",
                "roles.reader = a:read",
                "plans.growth = 600/1m",
                "environments = live");
        try (KeyAdministration keys = settings.openAdministration()) {
            ApiKey key = issue(keys, live().scopes("a:write").roles("reader").plan("growth"));
            assertThat(keys.scopes().effective(key)).isEqualTo(Set.of(new KeyScope("a:write"), new KeyScope("a:read")));
            assertThat(keys.plans()).containsExactly("growth");
            assertThat(keys.keyFormat().prefixes()).hasSize(2);
        }
    }

    @Test
    void scopes_whereNoneAreSet_areThoseOfTheRules() {
        try (KeyAdministration keys = settings("rules.x = GET /x x:read", "rules.y = GET /y y:read|x:read")
                .openAdministration()) {
            assertThat(keys.scopes().scopes())
                    .extracting(KeyScope::value)
                    .containsExactlyInAnyOrder("x:read", "y:read");
        }
        try (KeyAdministration keys = settings().openAdministration()) {
            assertThat(keys.scopes().scopes()).isEmpty();
        }
    }

    @Test
    void everyProblem_isToldAtOnce() {
        InvalidConfigurationException wrong = catchThrowableOfType(
                InvalidConfigurationException.class,
                () -> settings(
                                "key.prefixes = acme_live_ hidden live",
                                "key.prefix = x",
                                "store.type = papyrus",
                                "scopes = a, a",
                                "roles.r = b",
                                "plans.p = lots",
                                "rules.x = nonsense")
                        .openAdministration());

        assertThat(wrong.problems())
                .extracting(problem -> problem.split("[: ]", 2)[0])
                .containsExactlyInAnyOrder("key.prefixes", "key.prefix", "store.type", "scopes", "roles.r", "plans.p");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    key.hash = argon2id | $argon2id$v=19$m=1024,t=1,p=1$
                    key.argon2-cost = m=64,t=2,p=1 | $argon2id$v=19$m=64,t=2,p=1$
                    key.pepper = ${PEPPER} | $argon2id$
                    """)
    void secrets_areStoredAsTheSettingsSay(String line, String digest) {
        try (KeyAdministration keys = settings(line).openAdministration()) {
            assertThat(issue(keys, live()).newestSecret().digest()).startsWith(digest);
        }
    }

    @Test
    void pepper_isReadWhenASecretIsMade_andNotBefore() {
        KeyStore store = KeyStore.inMemory();
        Settings peppered = settings("key.hash = hmac-sha256", "key.pepper = ${PEPPER}");
        KeyAdministration keys = peppered.administration(store);
        ApiKey key = issue(keys, live());
        assertThat(key.newestSecret().digest()).startsWith("$hmac-sha256$");

        KeyAdministration without =
                peppered.withVariables(name -> Optional.empty()).administration(store);

        without.inspector().inspect("acme_live_nothing");
        assertThat(without.keyManager().revoke(key.id(), OPERATOR).revokedAt()).isPresent();
        assertThatIllegalStateException()
                .isThrownBy(() -> issue(without, live()))
                .withCauseInstanceOf(InvalidConfigurationException.class)
                .withMessageContaining("key.pepper: the environment variable PEPPER is not set");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"key.hash = rot13", "key.hash = hmac-sha256", "key.argon2-cost = free", "key.pepper = short"})
    void wrongHashing_isToldWhenASecretIsMade(String line) {
        KeyAdministration keys = settings(line).administration(KeyStore.inMemory());

        assertThatIllegalStateException()
                .isThrownBy(() -> issue(keys, live()))
                .withCauseInstanceOf(InvalidConfigurationException.class)
                .withMessageContaining(line.substring(0, line.indexOf(' ')));
    }

    @Test
    void secretOfAPepper_thatIsNotSet_cannotBeJudged() {
        KeyStore store = KeyStore.inMemory();
        KeyAdministration peppered =
                settings("key.hash = hmac-sha256", "key.pepper = ${PEPPER}").administration(store);
        String text = peppered.keyManager().issue(live().build(), OPERATOR).revealOnce();
        KeyAdministration unpeppered = settings().administration(store);

        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> unpeppered.inspector().inspect(text))
                .withMessageContaining("key.pepper is not set");
        assertThatIllegalStateException()
                .isThrownBy(() -> unpeppered.inspector().requireJudgeable())
                .withMessageContaining("key.pepper");
        assertThat(peppered.inspector().inspect(text).objection()).isEmpty();
    }

    @Test
    void newStore_isToldFromOneInUse() {
        KeyStore store = KeyStore.inMemory();
        KeyAdministration keys = settings().administration(store);

        assertThat(keys.isNew()).isTrue();
        issue(keys, live());
        assertThat(keys.isNew()).isFalse();
    }

    @Test
    void overrides_takeThePlaceOfWhatWasSet_evenTwice() throws IOException {
        Settings twice = Settings.read(new StringReader("store.type = a\nstore.type = b\nrealm = r"));

        Settings overridden = twice.overriddenBy(Map.of("store.type", "memory", "key.prefixes", "acme_ secret live"));

        assertThat(overridden.values())
                .isEqualTo(Map.of("store.type", "memory", "realm", "r", "key.prefixes", "acme_ secret live"));
        overridden.openAdministration().close();
        InvalidConfigurationException wrong = catchThrowableOfType(
                InvalidConfigurationException.class, () -> twice.overriddenBy(Map.of("store.typ", "memory")));
        assertThat(wrong.problems()).isEqualTo(List.of("store.typ is no setting: did you mean store.type?"));
    }
}
