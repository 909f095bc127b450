package dev.keystile;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.SANDBOX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.config.Settings;
import dev.keystile.decision.Decision;
import dev.keystile.decision.Denied;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.limit.RateLimit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Limits of a group of rules, for each app, of which the sandbox has a share. */
final class LimitSharesTest {

    private static final Actor OPERATOR = new Actor.Operator("test");

    private final Keystile keystile = open();

    private static Keystile open() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("key.prefixes", "live_ secret live, box_ secret sandbox");
        settings.put("key.hash", "hmac-sha256");
        settings.put("key.pepper", "0123456789abcdef0123456789abcdef");
        settings.put("limits.transactions", "20/1m over 1h per attribute app share sandbox 10%");
        settings.put("limits.orders", "10/1h per attribute app share sandbox 10%");
        settings.put("rules.history", "GET /history authenticated limit=transactions");
        settings.put("rules.refunds", "GET /refunds authenticated limit=transactions");
        settings.put("rules.orders", "GET /orders authenticated limit=orders");
        return Settings.of(settings).builder(KeyStore.inMemory()).build();
    }

    @AfterEach
    void close() {
        keystile.close();
    }

    private IssuedKey issue(String account, KeyEnvironment environment, Optional<String> app) {
        NewKey.Builder wanted = NewKey.of(account, "a key", environment);
        app.ifPresent(it -> wanted.attribute("app", it));
        return keystile.keyManager().issue(wanted.build(), OPERATOR);
    }

    private String key(String account, KeyEnvironment environment, String app) {
        return issue(account, environment, Optional.of(app)).revealOnce();
    }

    private Decision get(String path, String key) {
        return keystile.decide(TestRequest.get(path).bearer(key));
    }

    private int admitted(String path, String key) {
        int admitted = 0;
        while (!(get(path, key) instanceof Denied)) {
            admitted++;
        }
        return admitted;
    }

    @Test
    void keysOfAnApp_shareItsLimit_overAllRulesOfTheGroup() {
        String one = key("acme", LIVE, "com.example.a");
        String another = key("acme", LIVE, "com.example.a");
        for (int i = 0; i < 700; i++) {
            assertThat(get("/history", one)).isNotInstanceOf(Denied.class);
        }

        assertThat(admitted("/refunds", another)).isEqualTo(500);
        assertThat(get("/history", one)).isInstanceOf(Denied.class);
        assertThat(admitted("/orders", one)).as("another group").isEqualTo(10);
        assertThat(admitted("/orders", key("acme", LIVE, "com.example.b")))
                .as("another app")
                .isEqualTo(10);
        assertThat(admitted("/orders", key("other", LIVE, "com.example.a")))
                .as("another account")
                .isEqualTo(10);
    }

    @Test
    void sandbox_hasItsShare_besideWhatIsLive() {
        String box = key("acme", SANDBOX, "com.example.a");
        String live = key("acme", LIVE, "com.example.a");

        assertThat(admitted("/history", box)).isEqualTo(120);
        assertThat(admitted("/orders", box)).isEqualTo(1);
        assertThat(admitted("/orders", live)).isEqualTo(10);
        assertThat(get("/history", live)
                        .limits()
                        .orElseThrow()
                        .decisive()
                        .limit()
                        .count())
                .isEqualTo(1200);
        assertThat(get("/history", box)
                        .limits()
                        .orElseThrow()
                        .decisive()
                        .limit()
                        .count())
                .isEqualTo(120);
    }

    @Test
    void keysWithoutAnApp_countTogether() {
        String one = issue("acme", LIVE, Optional.empty()).revealOnce();
        String another = issue("acme", LIVE, Optional.empty()).revealOnce();

        assertThat(admitted("/orders", one)).isEqualTo(10);
        assertThat(get("/orders", another)).isInstanceOf(Denied.class);
        assertThat(admitted("/orders", key("acme", LIVE, ""))).isEqualTo(10);
    }

    @Test
    void limitsOfAKey_areThoseOfItsEnvironment() {
        ApiKey box = issue("acme", SANDBOX, Optional.of("a")).key();

        assertThat(keystile.policy().rules().stream()
                        .flatMap(rule -> keystile.limitsOf(rule, box).stream())
                        .map(RateLimit::count))
                .containsExactly(120L, 120L, 1L);
    }
}
