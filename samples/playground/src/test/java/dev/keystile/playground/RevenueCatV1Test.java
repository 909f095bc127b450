package dev.keystile.playground;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.SANDBOX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.ImportedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyKind;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
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

/** The RevenueCat REST API, version 1, over HTTP, as {@code samples/contracts/revenuecat-v1.properties} has it. */
final class RevenueCatV1Test {

    private static final String INVALID_KEY = """
            {"code":7225,"message":"Invalid API Key."}""";
    private static final String SECRET_REFUSED = """
            {"code":7243,"message":"Secret API keys should not be used in your app."}""";
    private static final String SECRET_REQUIRED = """
            {"code":7243,"message":"A secret API key is required."}""";
    private static final String FORBIDDEN = """
            {"code":7243,"message":"This API key may not do this."}""";
    private static final String AMBIGUOUS = """
            {"code":7226,"message":"The request is ambiguous."}""";
    private static final String NOT_JSON = """
            {"code":7226,"message":"Content-Type is not application/json."}""";
    private static final String TOO_MANY = """
            {"code":7429,"message":"Too many requests. Retry after the period in Retry-After."}""";
    private static final String UNAVAILABLE = """
            {"code":7110,"message":"The API key could not be verified now. Retry after the period in Retry-After."}""";

    private static final String CHALLENGE = "Bearer realm=\"revenuecat-v1\"";
    private static final String SUBSCRIBER = "/v1/subscribers/user_1";

    @TempDir
    private static Path data;

    private static Started v1;
    private static String secret = "";
    private static String publishable = "";

    @BeforeAll
    static void start() throws Exception {
        v1 = Started.in(data, "revenuecat-v1");
        secret = v1.key("live", "all");
        publishable = v1.key("live", "public");
    }

    @AfterAll
    static void stop() {
        v1.close();
    }

    private static HttpResponse<String> send(String method, String target, String authorization, String... headers) {
        String[] all = Stream.concat(Stream.of("Authorization", authorization), Stream.of(headers))
                .toArray(String[]::new);
        return v1.send(method, target, method.equals("POST") ? "{}" : "", all);
    }

    private static HttpResponse<String> json(String method, String target, String key) {
        return send(method, target, "Bearer " + key, "Content-Type", "application/json");
    }

    private static void assertDenied(HttpResponse<String> response, int status, String body) {
        assertThat(response.body()).isEqualTo(body);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(Started.header(response, "Content-Type")).contains("application/json");
        assertThat(Started.header(response, "Cache-Control")).contains("no-store");
    }

    // --- keys

    static Stream<String> prefixes() {
        return Stream.of(
                "live all sk_",
                "live read sk_",
                "live public appl_",
                "live public-goog goog_",
                "live public-amzn amzn_",
                "live public-galx galx_",
                "live public-strp strp_",
                "live public-pdl pdl_",
                "live public-roku roku_",
                "live public-rcb rcb_",
                "sandbox all rcb_sb_",
                "sandbox read rcb_sb_",
                "sandbox public rcb_sb_",
                "sandbox public-test test_");
    }

    @ParameterizedTest
    @MethodSource("prefixes")
    void key_ofEachPrefix_isPrinted_andOpensItsEnvironment(String line) {
        String[] words = line.split(" ", -1);
        String key = v1.key(words[0], words[1]);

        assertThat(key).matches(words[2] + "[0-9A-Za-z]{45}");
        HttpResponse<String> bearer = send("GET", SUBSCRIBER, "Bearer " + key);
        assertThat(bearer.statusCode()).isEqualTo(200);
        assertThat(bearer.body()).contains("\"path\":\"" + SUBSCRIBER + "\"", "\"environment\":\"" + words[0] + "\"");
        assertThat(send("GET", SUBSCRIBER, key).body()).as("the bare key").isEqualTo(bearer.body());
        assertThat(bearer.headers().map()).doesNotContainKeys("x-ratelimit-limit", "ratelimit");
    }

    @ParameterizedTest
    @CsvSource({"rcb_, rcb_sb_", "rcb_sb_, rcb_", "appl_, goog_", "sk_, appl_"})
    void key_renamed_is401(String from, String to) {
        String key = Stream.of("live public-rcb", "sandbox public", "live public", "live all")
                .map(words -> v1.key(words.split(" ", -1)[0], words.split(" ", -1)[1]))
                .filter(it ->
                        it.startsWith(from) && !it.substring(from.length()).startsWith("sb_"))
                .findFirst()
                .orElseThrow();
        String renamed = to + key.substring(from.length());

        assertDenied(send("GET", SUBSCRIBER, renamed), 401, INVALID_KEY);
        assertDenied(send("GET", SUBSCRIBER, "Bearer " + WrongKeys.withChecksum(renamed)), 401, INVALID_KEY);
    }

    /** Keys of the vendor's own shapes, brought along by their digests. */
    @ParameterizedTest
    @CsvSource({
        "legacy, VtDdmbdWBySmqJeeQUTyrNxETUVkhuaJ, live",
        "secret, sk_AbC.dEf-gHi_jKlMnOpQrStUv, live",
        "apple, appl_a.b-c_dEfGhIjKlMnOpQrStU, live",
        "web, rcb_a_b.c-dEfGhIjKlMnOpQrStUv, live",
        "web-sb, rcb_sb_a.b-cDeFgHiJkLmNoPqRs, sandbox",
    })
    void key_mintedElsewhere_opens(String format, String key, String environment) throws Exception {
        String digest = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.US_ASCII)));
        v1.keystile()
                .keyManager()
                .importKeys(
                        List.of(ImportedKey.of(format, "acct_playground", format, digest)
                                .build()),
                        Started.OPERATOR);

        assertThat(send("GET", SUBSCRIBER, key).body()).contains("\"environment\":\"" + environment + "\"");
        boolean isSecret = format.equals("secret");
        assertThat(json("POST", "/v1/receipts", key).statusCode()).isEqualTo(isSecret ? 403 : 200);
        assertThat(send("DELETE", SUBSCRIBER, key).statusCode()).isEqualTo(isSecret ? 200 : 403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sk_",
                "sk_unknown.with-odd_characters",
                "appl_" + "a.b-c_d" + "efghijklmnopq",
                "rcb_sb_abcdefghijklmnopqrstuvwx",
                "abcdefghijklmnopqrstuvwxyzABCDEF",
                "nonsense",
            })
    void key_unknown_is401_withABody(String key) {
        for (String authorization : List.of(key, "Bearer " + key)) {
            HttpResponse<String> response = send("GET", SUBSCRIBER, authorization);
            assertDenied(response, 401, INVALID_KEY);
            assertThat(Started.header(response, "WWW-Authenticate")).contains(CHALLENGE + ", error=\"invalid_token\"");
        }
    }

    @Test
    void noKey_is401_withABody() {
        HttpResponse<String> response = v1.send("GET", SUBSCRIBER, "");

        assertDenied(response, 401, INVALID_KEY);
        assertThat(Started.header(response, "WWW-Authenticate")).contains(CHALLENGE);
    }

    @Test
    void twoKeys_are400() throws Exception {
        for (String second : List.of(secret, "Bearer " + publishable)) {
            String answer = v1.sendRaw(
                    "GET " + SUBSCRIBER + " HTTP/1.1", "Authorization: Bearer " + secret, "Authorization: " + second);
            assertThat(answer).startsWith("HTTP/1.1 400 ").endsWith("\r\n\r\n" + AMBIGUOUS);
        }
    }

    /** The header proves nothing: the key decides. */
    @Test
    void xIsSandbox_changesNothing() {
        for (String value : List.of("true", "false")) {
            assertThat(send("GET", SUBSCRIBER, publishable, "X-Is-Sandbox", value)
                            .body())
                    .contains("\"environment\":\"live\"");
            assertThat(send("GET", SUBSCRIBER, v1.key("sandbox", "public"), "X-Is-Sandbox", value)
                            .body())
                    .contains("\"environment\":\"sandbox\"");
        }
    }

    /** Keys of both versions begin alike, and the version is the key's. */
    @Test
    void secretKey_ofEachVersion_opens() {
        for (int version : List.of(1, 2)) {
            String key = v1.issue(LIVE, it -> it.version(version)).revealOnce();
            assertThat(key).startsWith("sk_");
            assertThat(send("GET", SUBSCRIBER, key).statusCode()).isEqualTo(200);
        }
    }

    // --- endpoints

    static Stream<Arguments> endpoints() {
        return Stream.of(
                        "DELETE /v1/subscribers/{id} secret",
                        "POST /v1/subscribers/{id}/entitlements/pro/promotional secret",
                        "POST /v1/subscribers/{id}/entitlements/pro/revoke_promotionals secret",
                        "POST /v1/subscribers/{id}/subscriptions/monthly/revoke secret",
                        "POST /v1/subscribers/{id}/subscriptions/monthly/defer secret",
                        "POST /v1/subscribers/{id}/subscriptions/monthly/extend secret",
                        "POST /v1/subscribers/{id}/subscriptions/monthly/cancel secret",
                        "POST /v1/subscribers/{id}/transactions/GPA.6801-7988-0152-76034..5/refund secret",
                        "POST /v1/subscribers/{id}/offerings/default/override secret",
                        "DELETE /v1/subscribers/{id}/offerings/default/override secret",
                        "DELETE /v1/subscribers/{id}/offerings/override secret",
                        "POST /v1/receipts publishable",
                        "GET /v1/subscribers/{id}/offerings publishable",
                        "HEAD /v1/subscribers/{id}/offerings publishable",
                        "GET /v1/subscribers/{id} either",
                        "HEAD /v1/subscribers/{id} either",
                        "POST /v1/subscribers/{id}/attributes either",
                        "POST /v1/subscribers/{id}/attribution either")
                .flatMap(line -> Stream.of("user_1", "%24RCAnonymousID%3A87c6", "team%2F7", "a%2fb%2Fc")
                        .map(id -> {
                            String[] words = line.split(" ", -1);
                            return Arguments.of(words[0], words[1].replace("{id}", id), words[2]);
                        }));
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void endpoint_takesItsKindOfKey(String method, String target, String kind) {
        HttpResponse<String> toSecret = json(method, target, secret);
        HttpResponse<String> toPublishable = json(method, target, publishable);

        boolean head = method.equals("HEAD");
        if (kind.equals("publishable")) {
            assertDenied(toSecret, 403, head ? "" : SECRET_REFUSED);
        } else {
            assertOpened(toSecret, head ? "" : target);
        }
        if (kind.equals("secret")) {
            assertDenied(toPublishable, 403, SECRET_REQUIRED);
        } else {
            assertOpened(toPublishable, head ? "" : target);
        }
    }

    private static void assertOpened(HttpResponse<String> response, String target) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        String path = target.replace("%24", "$").replace("%3A", ":").replaceAll("(?i)%2f", "/");
        assertThat(response.body()).contains(path);
    }

    /** What such a path reads like once it is decoded is decided too. */
    @ParameterizedTest
    @CsvSource({
        "GET,    /v1/subscribers/a%2Fofferings, secret,      refused",
        "GET,    /v1/subscribers/a%2Fofferings, publishable, opened",
        "GET,    /v1/subscribers/a%2Fattributes, secret,     forbidden",
        "DELETE, /v1/subscribers/a%2Fofferings%2Foverride, publishable, required",
        "DELETE, /v1/subscribers/a%2Fofferings%2Foverride, secret, opened",
        "GET,    /v1/subscribers/a%2F..%2Fb, secret, ambiguous",
        "GET,    /v1/subscribers/%2Fa, secret, ambiguous",
        "GET,    /v1/subscribers%2Fa, secret, ambiguous",
        "GET,    /v1%2Fsubscribers/a, secret, ambiguous",
        "GET,    /v1/subscribers/a%252Fb, secret, ambiguous",
        "GET,    /v1/subscribers/a;b, secret, ambiguous",
        "GET,    /v1/subscribers/a/b, secret, forbidden",
        "GET,    /v1/subscribers/a/b, publishable, forbidden",
        "PUT,    /v1/subscribers/a, secret, forbidden",
        "GET,    /v1/subscribers, secret, forbidden",
        "GET,    /v1/nothing, secret, forbidden",
        "GET,    /v2/projects, secret, forbidden",
    })
    void target_isReadInEveryWay(String method, String target, String kind, String expected) throws Exception {
        String answer = v1.sendRaw(
                method + " " + target + " HTTP/1.1",
                "Authorization: " + (kind.equals("secret") ? secret : publishable));

        switch (expected) {
            case "opened" -> assertThat(answer).startsWith("HTTP/1.1 200 ");
            case "ambiguous" ->
                assertThat(answer)
                        .startsWith("HTTP/1.1 400 ")
                        .satisfiesAnyOf(
                                it -> assertThat(it).endsWith("\r\n\r\n" + AMBIGUOUS),
                                it -> assertThat(it).as("the container's own").contains("invalid_request_error"));
            case "refused" -> assertThat(answer).startsWith("HTTP/1.1 403 ").endsWith("\r\n\r\n" + SECRET_REFUSED);
            case "required" -> assertThat(answer).startsWith("HTTP/1.1 403 ").endsWith("\r\n\r\n" + SECRET_REQUIRED);
            default -> assertThat(answer).startsWith("HTTP/1.1 403 ").endsWith("\r\n\r\n" + FORBIDDEN);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/receipts, publishable",
        "/v1/subscribers/a/attributes, secret",
        "/v1/subscribers/a/attribution, secret",
        "/v1/subscribers/a/entitlements/pro/promotional, secret",
        "/v1/subscribers/a/subscriptions/monthly/defer, secret",
        "/v1/subscribers/a/subscriptions/monthly/extend, secret",
    })
    void content_thatIsNotJson_is400(String target, String kind) {
        String key = kind.equals("secret") ? secret : publishable;

        assertDenied(send("POST", target, key), 400, NOT_JSON);
        assertDenied(send("POST", target, key, "Content-Type", "text/plain"), 400, NOT_JSON);
        assertThat(send("POST", target, key, "Content-Type", "application/json; charset=utf-8")
                        .statusCode())
                .isEqualTo(200);
        assertDenied(v1.send("POST", target, "{}"), 401, INVALID_KEY);
    }

    // --- the rest

    @Test
    void revokedKey_is401_atOnce() {
        for (KeyKind kind : KeyKind.values()) {
            KeyEnvironment environment = kind == KeyKind.SECRET ? LIVE : SANDBOX;
            var issued = v1.issue(
                    environment,
                    it -> kind == KeyKind.SECRET ? it : it.kind(kind).prefix("test_"));
            String key = issued.revealOnce();
            assertThat(send("GET", SUBSCRIBER, key).statusCode()).isEqualTo(200);

            v1.keystile().keyManager().revoke(issued.key().id(), Started.OPERATOR);

            assertDenied(send("GET", SUBSCRIBER, key), 401, INVALID_KEY);
        }
    }

    @Test
    void get_whileTheStoreCannotTell_is503_andTooManyFailuresAre429(@TempDir Path folder) throws Exception {
        try (Started started = Started.in(folder, "revenuecat-v1")) {
            sql(folder, "ALTER TABLE keystile_secret RENAME TO lost");
            HttpResponse<String> down = started.get(SUBSCRIBER, started.key("live", "all"));
            assertDenied(down, 503, UNAVAILABLE);
            assertThat(Started.number(down, "Retry-After")).isPositive();
            sql(folder, "ALTER TABLE lost RENAME TO keystile_secret");
            assertThat(started.get(SUBSCRIBER, started.key("live", "all")).statusCode())
                    .isEqualTo(200);

            for (int i = 0; i < 100; i++) {
                assertDenied(started.get(SUBSCRIBER, "nonsense"), 401, INVALID_KEY);
            }
            HttpResponse<String> tooMany = started.get(SUBSCRIBER, "nonsense");
            assertDenied(tooMany, 429, TOO_MANY);
            assertThat(Started.number(tooMany, "Retry-After")).isBetween(1L, 60L);
        }
    }

    private static void sql(Path folder, String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:h2:file:" + folder.resolve("keys"));
                Statement each = connection.createStatement()) {
            each.execute(statement);
        }
    }
}
