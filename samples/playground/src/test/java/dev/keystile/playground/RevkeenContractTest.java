package dev.keystile.playground;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.SANDBOX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.Overlap;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The RevKeen contract over HTTP, as {@code samples/contracts/revkeen.properties} has it. */
final class RevkeenContractTest {

    private static final String UNAUTHORIZED = """
            {"error":{"type":"authentication_error","code":"invalid_api_key",\
            "message":"Authentication required","request_id":"req_…"}}""";
    private static final String FORBIDDEN = """
            {"error":{"type":"authorization_error","code":"insufficient_permissions",\
            "message":"Forbidden","request_id":"req_…"}}""";
    private static final String RATE_LIMITED = """
            {"error":{"type":"rate_limit_error","code":"rate_limit_exceeded",\
            "message":"Rate limit exceeded. Retry after the period in Retry-After.","request_id":"req_…",\
            "details":{"retry_after":%d}}}""";
    private static final String AMBIGUOUS = """
            {"error":{"type":"invalid_request_error","code":"invalid_request",\
            "message":"The request is ambiguous","request_id":"req_…"}}""";
    private static final String UNAVAILABLE = """
            {"error":{"type":"server_error","code":"service_unavailable",\
            "message":"The key could not be verified now. Retry after the period in Retry-After.",\
            "request_id":"req_…"}}""";

    /** For each scope, a request that asks for it and for nothing else. */
    private static final Map<String, String> REQUESTS = requests();

    @TempDir
    private static Path data;

    private static Started revkeen;

    @BeforeAll
    static void start() throws Exception {
        revkeen = Started.start(Map.of("KEYSTILE_DATA", data.toString()), OddServlets::addTo, "revkeen");
    }

    @AfterAll
    static void stop() {
        revkeen.close();
    }

    private static Map<String, String> requests() {
        Map<String, String> requests = new LinkedHashMap<>();
        for (String resource : List.of("customers", "products", "subscriptions", "invoices", "webhooks", "payments")) {
            requests.put(resource + ":read", "GET /v2/" + resource);
            requests.put(resource + ":write", "POST /v2/" + resource);
        }
        requests.put("checkout:write", "POST /v2/checkout/sessions");
        requests.put("finance:read", "GET /v2/finance/balance");
        requests.put("settings:read", "GET /v2/settings/branding");
        requests.put("settings:write", "PATCH /v2/settings/branding");
        return requests;
    }

    // --- where the key stands

    static Stream<Arguments> headers() {
        return Stream.of(
                arguments("x-revkeen-key", ""),
                arguments("x-api-key", ""),
                arguments("X-API-Key", ""),
                arguments("Authorization", "Bearer "),
                arguments("Authorization", "bearer "),
                arguments("authorization", "BEARER  "));
    }

    @ParameterizedTest
    @MethodSource("headers")
    void get_eachHeader_opens(String header, String scheme) {
        HttpResponse<String> response =
                revkeen.send("GET", "/v2/customers", "", header, scheme + revkeen.liveKey("customers:read"));

        assertThat(response.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-revkeen-key", "x-api-key", "api_key", "key", "access_token", "authorization"})
    void get_keyInQuery_opensNothing(String parameter) {
        HttpResponse<String> response =
                revkeen.send("GET", "/v2/customers?" + parameter + "=" + revkeen.liveKey("customers:read"), "");

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(Started.header(response, "WWW-Authenticate")).contains("Bearer realm=\"revkeen-api\"");
    }

    // --- environments

    @Test
    void object_ofLive_isNotThereForSandbox() {
        String live = revkeen.liveKey("customers:read", "customers:write");
        String sandbox = revkeen.issue(
                        SANDBOX, key -> key.plan("enterprise").scopes("customers:read", "customers:write"))
                .revealOnce();

        HttpResponse<String> created = revkeen.post("/v2/customers", live, "{\"name\":\"Ada\",\"livemode\":false}");
        String path = "/v2/customers/" + Started.id(created);

        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(created.body()).contains("\"livemode\":true", "\"name\":\"Ada\"", "\"object\":\"customer\"");
        assertThat(revkeen.get(path, live).statusCode()).isEqualTo(200);
        assertThat(revkeen.get(path, sandbox).statusCode()).isEqualTo(404);
        assertThat(revkeen.request("DELETE", path, sandbox, "").statusCode()).isEqualTo(404);
        assertThat(revkeen.get("/v2/customers", sandbox).body()).doesNotContain(Started.id(created));
        assertThat(revkeen.post("/v2/customers", sandbox, "{}").body()).contains("\"livemode\":false");
    }

    // --- scopes

    static Stream<String> scopes() {
        return REQUESTS.keySet().stream();
    }

    @Test
    void scopes_ofTheContract_areSixteen() {
        assertThat(revkeen.keystile().scopes().scopes())
                .extracting(scope -> scope.value())
                .containsExactlyInAnyOrderElementsOf(REQUESTS.keySet())
                .hasSize(16);
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void key_ofOneScope_opensItsRequestAndNoOther(String scope) {
        String key = revkeen.liveKey(scope);

        REQUESTS.forEach((other, request) -> {
            HttpResponse<String> response = revkeen.ask(request, key);
            if (other.equals(scope)) {
                assertThat(response.statusCode()).as(request).isIn(200, 201);
            } else {
                assertThat(response.statusCode()).as(request).isEqualTo(403);
                assertThat(Started.withoutRequestId(response.body())).isEqualTo(FORBIDDEN);
                assertThat(Started.header(response, "WWW-Authenticate"))
                        .contains(
                                "Bearer realm=\"revkeen-api\", error=\"insufficient_scope\", scope=\"" + other + "\"");
                assertThat(Started.header(response, "Cache-Control")).contains("no-store");
            }
        });
    }

    @ParameterizedTest
    @CsvSource({
        "PUT, /v2/customers/cus_live_1, customers:write",
        "PATCH, /v2/customers/cus_live_1, customers:write",
        "DELETE, /v2/products/prod_live_2, products:write",
        "POST, /v2/payments/pay_live_1/refunds, payments:write",
        "PUT, /v2/settings/branding, settings:write",
        "HEAD, /v2/customers/cus_live_1, customers:read"
    })
    void request_ofEachMethod_asksForItsScope(String method, String path, String scope) {
        String others = REQUESTS.keySet().stream()
                .filter(it -> !it.equals(scope))
                .reduce((a, b) -> a + "," + b)
                .orElseThrow();

        assertThat(revkeen.request(method, path, revkeen.liveKey(scope), "").statusCode())
                .isEqualTo(200);
        assertThat(revkeen.request(method, path, revkeen.liveKey(others.split(",", -1)), "")
                        .statusCode())
                .isEqualTo(403);
    }

    /** Rules decide by the start of a path, and so does what is served: never customers to a key of something else. */
    @ParameterizedTest
    @CsvSource({
        "GET, /v2/products/customers, 404",
        "HEAD, /v2/products/customers, 404",
        "POST, /v2/products/customers, 405",
        "PATCH, /v2/products/customers, 404",
        "DELETE, /v2/products/customers, 404",
        "GET, /v2/products/customers/, 404",
        "GET, /v2/products/customers/cus_live_2, 200",
        "POST, /v2/products/customers/cus_live_2, 200",
        "PUT, /v2/products/customers/cus_live_2, 200",
        "PATCH, /v2/products/customers/cus_live_2, 200",
        "DELETE, /v2/products/customers/cus_live_2, 200",
        "GET, /v2/products/prod_live_1/customers, 200",
        "GET, /v2/settings/customers, 200",
        "GET, /v2/settings/customers/cus_live_2, 200",
        "PUT, /v2/settings/customers/cus_live_2, 200",
        "PATCH, /v2/settings/customers/cus_live_2, 200"
    })
    void path_withACollectionBehindAnother_isNotServedFromIt(String method, String path, int status) {
        String[] others = {"products:read", "products:write", "settings:read", "settings:write"};
        String account = "acct_" + method + path.replace('/', '_');
        String key = revkeen.issue(account, LIVE, it -> it.plan("enterprise").scopes(others))
                .revealOnce();
        String customers = revkeen.issue(
                        account, LIVE, it -> it.plan("enterprise").scopes("customers:read"))
                .revealOnce();
        String before = revkeen.get("/v2/customers", customers).body();

        HttpResponse<String> response = revkeen.request(method, path, key, "{\"name\":\"changed\"}");

        assertThat(before).contains("\"id\":\"cus_live_2\"");
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.body()).doesNotContain("\"object\"", "\"livemode\"");
        if (status == 200) {
            assertThat(response.body()).startsWith("{\"path\":\"" + path + "\",\"method\":\"" + method + "\"");
        }
        assertThat(revkeen.get("/v2/customers", customers).body()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /", "GET /v1/customers", "GET /v2/checkout/sessions", "DELETE /v2/settings/branding"})
    void request_ofNoRule_isForbidden(String request) {
        HttpResponse<String> response =
                revkeen.ask(request, revkeen.liveKey(REQUESTS.keySet().toArray(String[]::new)));

        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(Started.withoutRequestId(response.body())).isEqualTo(FORBIDDEN);
    }

    @Test
    void key_ofARole_mayWhatTheRoleNames() {
        String key = revkeen.issue(LIVE, it -> it.roles("support")).revealOnce();

        assertThat(revkeen.get("/v2/customers", key).statusCode()).isEqualTo(200);
        assertThat(revkeen.get("/v2/payments", key).statusCode()).isEqualTo(200);
        assertThat(revkeen.get("/v2/products", key).statusCode()).isEqualTo(403);
        assertThat(revkeen.post("/v2/customers", key, "{}").statusCode()).isEqualTo(403);
    }

    // --- limits

    @ParameterizedTest
    @CsvSource({"starter, 60, 10", "growth, 600, 50", "enterprise, 6000, 200"})
    void plan_atOnce_admitsItsBurst(String plan, int aMinute, int burst) {
        String key = revkeen.issue(LIVE, it -> it.plan(plan).scopes("customers:read"))
                .revealOnce();
        long began = System.nanoTime();
        int admitted = 0;
        HttpResponse<String> response = revkeen.get("/v2/customers", key);
        while (response.statusCode() == 200 && admitted < 10 * burst) {
            admitted++;
            response = revkeen.get("/v2/customers", key);
        }
        long refilledAtMost =
                (System.nanoTime() - began) * aMinute / Duration.ofMinutes(1).toNanos();

        assertThat(response.statusCode()).isEqualTo(429);
        assertThat((long) admitted).isBetween((long) burst, burst + refilledAtMost);
        assertThat(Started.number(response, "X-RateLimit-Limit")).isEqualTo(aMinute);
    }

    @Test
    void default_plan_isStarter() {
        String key = revkeen.issue(LIVE, it -> it.scopes("customers:read")).revealOnce();

        assertThat(Started.number(revkeen.get("/v2/customers", key), "X-RateLimit-Limit"))
                .isEqualTo(60);
    }

    @Test
    void tooMany_answer_isTheContracts() {
        String key = revkeen.issue(LIVE, it -> it.plan("starter").scopes("customers:read"))
                .revealOnce();
        HttpResponse<String> response = untilRefused(key);
        long now = Instant.now().getEpochSecond();
        long retryAfter = Started.number(response, "Retry-After");

        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(retryAfter).isPositive();
        assertThat(Started.number(response, "X-RateLimit-Remaining")).isZero();
        assertThat(Started.number(response, "X-RateLimit-Reset") - now).isBetween(retryAfter - 1, retryAfter + 1);
        assertThat(Started.withoutRequestId(response.body())).isEqualTo(RATE_LIMITED.formatted(retryAfter));
        assertThat(Started.header(response, "Content-Type")).contains("application/json");
        assertThat(Started.header(response, "Cache-Control")).contains("no-store");
        assertThat(Started.header(response, "WWW-Authenticate")).isEmpty();
    }

    private static HttpResponse<String> untilRefused(String key) {
        HttpResponse<String> response = revkeen.get("/v2/customers", key);
        for (int i = 0; i < 100 && response.statusCode() == 200; i++) {
            response = revkeen.get("/v2/customers", key);
        }
        return response;
    }

    @Test
    void remaining_ofRequests_countsDownToAResetThatStays() {
        String key = revkeen.issue(LIVE, it -> it.plan("starter").scopes("customers:read"))
                .revealOnce();
        long before = Instant.now().getEpochSecond();
        HttpResponse<String> first = revkeen.get("/v2/customers", key);
        HttpResponse<String> second = revkeen.get("/v2/finance/balance", key);
        long after = Instant.now().getEpochSecond();

        assertThat(Started.number(first, "X-RateLimit-Remaining")).isEqualTo(59);
        assertThat(second.statusCode()).isEqualTo(403);
        assertThat(Started.number(second, "X-RateLimit-Remaining")).isEqualTo(58);
        assertThat(Started.number(first, "X-RateLimit-Reset")).isBetween(before + 60, after + 61);
        assertThat(Started.number(second, "X-RateLimit-Reset")).isEqualTo(Started.number(first, "X-RateLimit-Reset"));
    }

    static Stream<Arguments> endings() {
        return Stream.of(
                arguments("GET /v2/payments", 200),
                arguments("HEAD /v2/payments", 200),
                arguments("POST /v2/payments", 201),
                arguments("GET /v2/payments/none", 404),
                arguments("POST /v2/payments/pay_live_1", 405),
                arguments("GET /v2/customers", 403),
                arguments("GET /nowhere", 403),
                arguments("GET /v2/payments/set-status", 404),
                arguments("GET /v2/payments/send-error", 404),
                arguments("HEAD /v2/payments/send-error", 404),
                arguments("GET /v2/payments/send-error-text", 410),
                arguments("GET /v2/payments/throws", 500),
                arguments("GET /v2/payments/throws-late", 500),
                arguments("GET /v2/payments/reset", 200),
                arguments("GET /v2/payments/redirect", 302),
                arguments("GET /v2/payments/forward-refused", 403),
                arguments("GET /v2/payments/async-complete", 202),
                arguments("GET /v2/payments/async-dispatch", 200),
                arguments("GET /v2/payments/async-timeout", 500));
    }

    @ParameterizedTest
    @MethodSource("endings")
    void authenticatedRequest_howeverItEnds_tellsTheLimit(String request, int status) {
        String key = revkeen.liveKey("payments:read", "payments:write");

        HttpResponse<String> response = revkeen.ask(request, key);

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(Started.number(response, "X-RateLimit-Limit")).isEqualTo(6000);
        assertThat(Started.number(response, "X-RateLimit-Remaining")).isEqualTo(5999);
        assertThat(Started.number(response, "X-RateLimit-Reset"))
                .isCloseTo(Instant.now().getEpochSecond() + 60, within(2L));
    }

    @Test
    void publicRequest_withAndWithoutKey_tellsNoLimit() {
        HttpResponse<String> without = revkeen.send("GET", "/health", "");
        HttpResponse<String> with = revkeen.get("/health", revkeen.liveKey("customers:read"));

        assertThat(without.statusCode()).isEqualTo(200);
        assertThat(with.statusCode()).isEqualTo(200);
        assertThat(with.body()).isEqualTo("""
                        {"path":"/health","method":"GET",\
                        "environment":null,"keyId":null,"account":null,"scopes":null}""");
        assertThat(without.headers().map()).doesNotContainKey("x-ratelimit-limit");
        assertThat(with.headers().map()).doesNotContainKey("x-ratelimit-limit");
    }

    // --- 401

    @Test
    void get_withoutCredential_isChallengedWithoutError() {
        HttpResponse<String> response = revkeen.send("GET", "/v2/customers", "");

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(Started.header(response, "WWW-Authenticate")).contains("Bearer realm=\"revkeen-api\"");
        assertThat(Started.header(response, "Content-Type")).contains("application/json");
        assertThat(Started.header(response, "Cache-Control")).contains("no-store");
        assertThat(Started.withoutRequestId(response.body())).isEqualTo(UNAUTHORIZED);
    }

    @Test
    void get_whateverIsWrongWithTheKey_differsInRequestIdAlone() {
        Map<String, HttpResponse<String>> answers = new WrongKeys(revkeen, "/v2/customers", "customers:read").answers();

        assertThat(answers).allSatisfy((what, answer) -> {
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(Started.withoutRequestId(answer.body())).isEqualTo(UNAUTHORIZED);
            assertThat(Started.header(answer, "WWW-Authenticate"))
                    .contains("Bearer realm=\"revkeen-api\", error=\"invalid_token\"");
            assertThat(Started.header(answer, "Cache-Control")).contains("no-store");
        });
        assertThat(answers.values()).extracting(HttpResponse::body).doesNotHaveDuplicates();
        assertThat(answers.values().stream().map(Started::fields).distinct()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Digest x", "Bearer two words", "rk_live_noScheme"})
    void get_otherAuthorization_is401(String value) throws Exception {
        String answer = revkeen.sendRaw("GET /v2/customers HTTP/1.1", "Authorization: " + value);

        assertThat(answer).startsWith("HTTP/1.1 401 ").contains("WWW-Authenticate: Bearer realm=\"revkeen-api\"");
    }

    /** A renamed key proves nothing, whichever way it is renamed, and even where its own text was proven before. */
    @ParameterizedTest
    @CsvSource({"sandbox, rk_live_", "live, rk_sandbox_"})
    void get_keyRenamedToOtherEnvironment_provesNothing(String environment, String otherPrefix) {
        String key = revkeen.issue(
                        new KeyEnvironment(environment),
                        it -> it.plan("enterprise").scopes("customers:read"))
                .revealOnce();
        String renamed = otherPrefix + key.substring(("rk_" + environment + "_").length());

        assertThat(revkeen.get("/v2/customers", key).statusCode()).isEqualTo(200);
        assertThat(revkeen.get("/v2/customers", renamed).statusCode()).isEqualTo(401);
        assertThat(revkeen.get("/v2/customers", WrongKeys.withChecksum(renamed)).statusCode())
                .isEqualTo(401);
        assertThat(revkeen.get("/v2/customers", key).statusCode()).isEqualTo(200);
    }

    @Test
    void get_keyOfEnvironmentNotServed_is401(@TempDir Path folder) throws Exception {
        Path liveOnly = Started.variant("revkeen", folder, "environments = live, sandbox", "environments = live");
        try (Started started = Started.in(folder, liveOnly.toString())) {
            HttpResponse<String> response = started.get("/v2/customers", started.key("sandbox", "all"));

            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(Started.withoutRequestId(response.body())).isEqualTo(UNAUTHORIZED);
            assertThat(started.get("/v2/customers", started.key("live", "all")).statusCode())
                    .isEqualTo(200);
        }
    }

    // --- 400

    @Test
    void get_twoCredentials_is400() throws Exception {
        String one = revkeen.liveKey("customers:read");
        String two = revkeen.liveKey("customers:read");
        List<String[]> requests = List.of(
                new String[] {"X-Api-Key: " + one, "X-Api-Key: " + two},
                new String[] {"X-Api-Key: " + one, "X-Api-Key: " + one},
                new String[] {"x-revkeen-key: " + one, "x-api-key: " + two},
                new String[] {"x-revkeen-key: " + one, "x-api-key: " + one},
                new String[] {"x-revkeen-key: " + one, "Authorization: Bearer " + two},
                new String[] {"Authorization: Bearer " + one, "Authorization: Bearer " + two},
                new String[] {"Authorization: Bearer " + one, "Authorization: Basic dXNlcjpwYXNz"},
                new String[] {"x-api-key: " + one + "," + two},
                new String[] {"x-api-key: " + one + ", " + one},
                new String[] {"Authorization: Bearer " + one + ", Bearer " + two},
                new String[] {"Authorization: Bearer nonsense", "x-api-key: " + one});

        for (String[] headers : requests) {
            List<String> lines = new ArrayList<>(List.of("GET /v2/customers HTTP/1.1"));
            lines.addAll(List.of(headers));
            String answer = revkeen.sendRaw(lines.toArray(String[]::new));

            assertThat(answer)
                    .as(String.join(" / ", headers))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("WWW-Authenticate: Bearer realm=\"revkeen-api\", error=\"invalid_request\"\r\n")
                    .contains("Cache-Control: no-store\r\n")
                    .doesNotContain(one, two);
            assertThat(Started.withoutRequestId(answer)).endsWith("\r\n\r\n" + AMBIGUOUS);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/v2/customers/../payments", "/v2/customers/./x", "/v2/customers;x=1/x", "/v2/payments/a%5Cb"})
    void get_ambiguousTarget_is400(String target) throws Exception {
        String answer = revkeen.sendRaw(
                "GET " + target + " HTTP/1.1", "x-api-key: " + revkeen.liveKey("customers:read", "payments:read"));

        assertThat(answer).startsWith("HTTP/1.1 400 ");
    }

    // --- 503

    @Test
    void get_keyOfPlanThatIsGone_is503(@TempDir Path folder) throws Exception {
        String key;
        try (Started before = Started.in(folder, "--key", "grown live customers:read growth")) {
            key = before.key("live", "grown");
        }
        Path without = Started.variant(
                "revkeen", folder, "plans.growth     = 600/1m burst 50", "", "default-plan     = starter", "");
        try (Started started = Started.in(folder, without.toString())) {
            HttpResponse<String> response = started.get("/v2/customers", key);

            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(Started.withoutRequestId(response.body())).isEqualTo(UNAVAILABLE);
            assertThat(Started.number(response, "Retry-After")).isPositive();
            assertThat(Started.header(response, "Cache-Control")).contains("no-store");
        }
    }

    // --- the life of a key

    @Test
    void rotation_withOverlap_keepsBothUntilRevoked() {
        IssuedKey issued = revkeen.issue(LIVE, it -> it.plan("enterprise").scopes("customers:read"));
        String old = issued.revealOnce();
        assertThat(revkeen.get("/v2/customers", old).statusCode()).isEqualTo(200);

        String fresh = revkeen.keystile()
                .keyManager()
                .rotate(issued.key().id(), Overlap.of(Duration.ofHours(1)), Started.OPERATOR)
                .revealOnce();

        assertThat(revkeen.get("/v2/customers", old).statusCode()).isEqualTo(200);
        assertThat(revkeen.get("/v2/customers", fresh).statusCode()).isEqualTo(200);
        // One budget: rotation is no way to get another.
        assertThat(Started.number(revkeen.get("/v2/customers", fresh), "X-RateLimit-Remaining"))
                .isEqualTo(5996);

        revkeen.keystile().keyManager().revoke(issued.key().id(), Started.OPERATOR);

        assertThat(revkeen.get("/v2/customers", old).statusCode()).isEqualTo(401);
        assertThat(revkeen.get("/v2/customers", fresh).statusCode()).isEqualTo(401);
    }

    @Test
    void revocation_ofAKeyInUse_isSeenByTheNextRequest() {
        for (int i = 0; i < 50; i++) {
            IssuedKey issued = revkeen.issue(LIVE, it -> it.scopes("customers:read"));
            String key = issued.revealOnce();
            assertThat(revkeen.get("/v2/customers", key).statusCode()).isEqualTo(200);

            revkeen.keystile().keyManager().revoke(issued.key().id(), Started.OPERATOR);

            assertThat(revkeen.get("/v2/customers", key).statusCode()).isEqualTo(401);
        }
    }

    @Test
    void disabling_aKey_endsWhenItIsEnabled() {
        IssuedKey issued = revkeen.issue(LIVE, it -> it.scopes("customers:read"));
        String key = issued.revealOnce();

        revkeen.keystile().keyManager().disable(issued.key().id(), Started.OPERATOR);
        assertThat(revkeen.get("/v2/customers", key).statusCode()).isEqualTo(401);

        revkeen.keystile().keyManager().enable(issued.key().id(), Started.OPERATOR);
        assertThat(revkeen.get("/v2/customers", key).statusCode()).isEqualTo(200);
    }
}
