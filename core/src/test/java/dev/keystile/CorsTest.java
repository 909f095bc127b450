package dev.keystile;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.decision.Allowed;
import dev.keystile.decision.Decision;
import dev.keystile.decision.Denied;
import dev.keystile.http.CorsOrigins;
import dev.keystile.http.HeaderFormat;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.scope.ScopePolicy;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CorsTest {

    private static final String APP = "https://app.example.com";
    private static final String EXPOSED =
            "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit-Policy,"
                    + " RateLimit, X-Left, Retry-After, WWW-Authenticate";

    private Keystile keystile = open(CorsOrigins.of(APP));

    private static Keystile open(CorsOrigins origins) {
        return Keystile.builder(KeyStore.inMemory())
                .prefixes(KeyPrefix.secret("acme_live_", LIVE))
                .hashers(new CountingHasher())
                .rules(ScopePolicy.builder()
                        .allow("GET", "/a/**", "a:read")
                        .allow("OPTIONS", "/options", "authenticated")
                        .allow("ANY", "/any", "authenticated")
                        .allow("GET", "/public", "public")
                        .allow("ANY", "/internal", "internal")
                        .allow("ANY", "/**", "root:all")
                        .build())
                .plans(Plan.of("starter", RateLimit.perMinute(10)))
                .defaultPlan("starter")
                .headers(
                        HeaderFormat.xRateLimit(),
                        HeaderFormat.ietf(),
                        HeaderFormat.custom(Map.of("X-Left", "{remaining}")))
                .corsOrigins(origins)
                .build();
    }

    @AfterEach
    void close() {
        keystile.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/a/1, GET, public",
        "/a/1, DELETE, credential-missing", // no rule speaks of it: the request itself would be refused
        "/a/1, get, credential-missing",
        "/options, OPTIONS, credential-missing", // a rule names OPTIONS: that is a request of the API
        "/options, GET, credential-missing",
        "/any, PATCH, public",
        "/any, BREW, credential-missing",
        "/elsewhere, POST, public",
        "/internal, GET, credential-missing",
        "/WEB-INF/web.xml, GET, credential-missing",
        "/META-INF/x, GET, credential-missing",
        "/a/%2e%2e/any, GET, ambiguous-target",
        "/a//1, GET, ambiguous-target"
    })
    void preflight_passesWhereARuleSpeaksOfWhatItAsksFor(String path, String asked, String expected) {
        Decision decision = keystile.decide(preflight(path, asked));

        assertThat(
                        decision instanceof Denied denied
                                ? denied.cause().word()
                                : decision.outcome().word())
                .isEqualTo(expected);
        assertThat(decision.principal()).isEmpty();
        assertThat(decision.limits()).isEmpty();
    }

    private static TestRequest preflight(String path, String asked) {
        return TestRequest.of("OPTIONS", path).header("Origin", APP).header("Access-Control-Request-Method", asked);
    }

    @Test
    void preflight_isToldWithTheRuleOfItsOwnMethod_ifThereIsOne() {
        assertThat(keystile.decide(preflight("/a/1", "GET")).rule()).isEmpty();
        assertThat(keystile.decide(preflight("/any", "PATCH")).rule())
                .hasValueSatisfying(rule -> assertThat(rule).hasToString("ANY /any authenticated"));
    }

    @Test
    void preflight_withACredential_isARequestLikeAnyOther() {
        Denied denied = (Denied) keystile.decide(preflight("/a/1", "GET").bearer("acme_live_nothing"));

        assertThat(denied.cause().word()).isEqualTo("key-malformed");
    }

    @Test
    void preflight_whereNoOriginIsSet_isARequestLikeAnyOther() {
        keystile.close();
        keystile = open(CorsOrigins.none());

        assertThat(keystile.decide(preflight("/a/1", "GET"))).isInstanceOf(Denied.class);
    }

    @Test
    void denial_canBeReadByScriptsOfTheOrigin_andOfNoOther() {
        TestRequest own = TestRequest.get("/a/1").header("Origin", APP);
        TestRequest other = TestRequest.get("/a/1").header("Origin", "https://elsewhere.example");

        assertThat(keystile.answer((Denied) keystile.decide(own), own).headers())
                .containsEntry("Access-Control-Allow-Origin", APP)
                .containsEntry("Access-Control-Expose-Headers", EXPOSED)
                .containsKey("WWW-Authenticate");
        assertThat(keystile.answer((Denied) keystile.decide(other), other).headers())
                .doesNotContainKeys("Access-Control-Allow-Origin", "Access-Control-Expose-Headers");
    }

    @Test
    void admittedRequest_tellsWhatScriptsMayRead_andLeavesTheOriginToTheApplication() {
        String key = keystile.keyManager()
                .issue(NewKey.of("acme", "a key", LIVE).scopes("a:read").build(), new Actor.Operator("test"))
                .revealOnce();
        TestRequest request = TestRequest.get("/a/1").bearer(key).header("Origin", APP);

        Map<String, String> headers = new HashMap<>();
        keystile.writeHeaders((Allowed) keystile.decide(request), headers::put);

        assertThat(headers)
                .containsEntry("Access-Control-Expose-Headers", EXPOSED)
                .doesNotContainKey("Access-Control-Allow-Origin");
    }
}
