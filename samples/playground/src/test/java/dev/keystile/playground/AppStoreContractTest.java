package dev.keystile.playground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.apple.itunes.storekit.client.APIError;
import com.apple.itunes.storekit.client.APIException;
import com.apple.itunes.storekit.client.AppStoreServerAPIClient;
import com.apple.itunes.storekit.model.Environment;
import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.limit.RateLimit;
import dev.keystile.scope.Rule;
import java.io.Reader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The App Store Server API's contract over HTTP, and by the vendor's own clients. */
final class AppStoreContractTest {

    private static final KeyEnvironment PRODUCTION = new KeyEnvironment("production");
    private static final KeyEnvironment SANDBOX = new KeyEnvironment("sandbox");
    private static final String ACCOUNT = "acct_playground";
    private static final String APP = "com.example.app";
    private static final String TRANSACTION = "/inApps/v1/transactions/1";
    /** Not so many of them fail in the tests of one start that the address is over its limit. */
    private static final String NEVER_LIMITED = "failures.limit = none\n\n# --- Bodies";

    private static final String TEST_LIMIT = "limits.seldom       = 1/1s over 1h";

    @TempDir
    private static Path folder;

    /** For tests that change nothing of it. */
    private static Started shared;

    /** Of the start at hand. */
    private Path data = folder.resolve("shared");

    @BeforeAll
    static void startOnce() throws Exception {
        shared = start(folder.resolve("shared"), "limits.seldom = 20/1h");
    }

    @AfterAll
    static void close() {
        shared.close();
    }

    private static Started start(Path data) throws Exception {
        return start(data, "limits.seldom = 2/1h");
    }

    /** @param testLimit that of test notifications, as far as it is written anew */
    private static Started start(Path data, String testLimit) throws Exception {
        Path contract = Started.variant("app-store", folder, "# --- Bodies", NEVER_LIMITED, TEST_LIMIT, testLimit);
        return Started.in(data, contract.toString());
    }

    private Started startAnew(String name) throws Exception {
        data = folder.resolve(name);
        return start(data);
    }

    private Path file(String keyId) {
        return data.resolve("AuthKey_" + keyId + ".p8");
    }

    private static String keyId(String token) {
        String header = new String(
                Base64.getUrlDecoder().decode(token.substring(0, token.indexOf('.'))), StandardCharsets.UTF_8);
        return header.replaceFirst(".*\"kid\":\"([^\"]*)\".*", "$1");
    }

    @Test
    void start_printsTokensThatKeysSigned_andLeavesTheirFiles() throws Exception {
        data = folder.resolve("as-it-is");
        try (Started started = Started.in(data, "app-store")) {
            for (String environment : List.of("production", "sandbox")) {
                for (String name : List.of("all", "read")) {
                    String token = started.key(environment, name);
                    Path file = file(keyId(token));
                    assertThat(file).content().startsWith("-----BEGIN PRIVATE KEY-----");
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------");
                    assertThat(started.lines())
                            .contains("# signing key " + file + ", kid " + keyId(token) + ", iss " + ACCOUNT
                                    + ", aud appstoreconnect-v1, bid " + APP);
                    HttpResponse<String> answer = started.get(TRANSACTION, token);
                    assertThat(answer.statusCode()).isEqualTo(200);
                    assertThat(answer.body())
                            .contains("\"environment\":\"" + environment + "\"", "\"keyId\":\"" + keyId(token) + "\"");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /inApps/v1/subscriptions/1",
                "GET /inApps/v2/history/1",
                "GET /inApps/v1/transactions/1",
                "PUT /inApps/v1/transactions/consumption/1",
                "GET /inApps/v1/lookup/1",
                "GET /inApps/v2/refund/lookup/1",
                "PUT /inApps/v1/subscriptions/extend/1",
                "POST /inApps/v1/subscriptions/extend/mass",
                "POST /inApps/v1/notifications/test",
                "POST /inApps/v1/notifications/history",
            })
    void everyPath_takesAToken_andNothingLess(String request) throws Exception {
        Started started = shared;

        assertThat(started.ask(request, started.key("sandbox", "all")).statusCode())
                .isEqualTo(200);
        HttpResponse<String> denied = started.send(request.split(" ", -1)[0], request.split(" ", -1)[1], "");
        assertThat(denied.statusCode()).isEqualTo(401);
        assertThat(denied.body()).isEmpty();
        assertThat(Started.header(denied, "WWW-Authenticate"))
                .hasValueSatisfying(
                        challenge -> assertThat(challenge).startsWith("Bearer").doesNotContain("error="));
    }

    /** An hour of what is published for a second, and a tenth of it in the sandbox. */
    @ParameterizedTest
    @CsvSource({
        "subscriptions,     180000, 18000",
        "history,           180000, 18000",
        "transaction,       180000, 18000",
        "consumption,       180000, 18000",
        "notifications,     180000, 18000",
        "extend,            72000,  7200",
        "lookup,            36000,  3600",
        "refund-lookup,     36000,  3600",
        "extend-mass,       3600,   360",
        "test-notification, 3600,   360",
    })
    void limit_ofEachRule_isThatOfItsGroup(String name, long production, long sandbox) throws Exception {
        // As it is published: the tests that send requests have a smaller limit in it.
        try (Reader contract = Files.newBufferedReader(Path.of("..", "contracts", "app-store.properties"));
                Keystile keystile =
                        Settings.read(contract).builder(KeyStore.inMemory()).build()) {
            Rule rule = keystile.policy().rules().stream()
                    .filter(it -> it.name().equals(name))
                    .findFirst()
                    .orElseThrow();

            Map.of(PRODUCTION, production, SANDBOX, sandbox).forEach((environment, anHour) -> {
                NewKey wanted = NewKey.of(ACCOUNT, "key", environment).signing().build();
                ApiKey key =
                        keystile.keyManager().issue(wanted, Started.OPERATOR).key();
                assertThat(keystile.limitsOf(rule, key))
                        .extracting(RateLimit::count, RateLimit::window, RateLimit::attribute)
                        .containsExactly(tuple(anHour, Duration.ofHours(1), "bid"));
            });
        }
    }

    @Test
    void bodies_haveTwoMembersAndNothingElse() throws Exception {
        Started started = shared;
        String token = started.key("production", "all");

        assertThat(started.get("/inApps/v9/unknown", token).body())
                .isEqualTo("{\"errorCode\":4030000,\"errorMessage\":\"Forbidden.\"}");
        assertThat(started.get("/inApps/v1/../v2/history/1", token).statusCode())
                .isEqualTo(400);
        assertThat(started.send(
                                "GET",
                                TRANSACTION,
                                "",
                                "Authorization",
                                "Bearer " + token,
                                "Authorization",
                                "Bearer " + token)
                        .body())
                .isEqualTo("{\"errorCode\":4000000,\"errorMessage\":\"Bad request.\"}");
    }

    @Test
    void get_whileTheStoreCannotTell_is503_andSaysWhenToComeAgain() throws Exception {
        try (Started started = startAnew("down")) {
            try (Connection connection = DriverManager.getConnection("jdbc:h2:file:" + data.resolve("keys"));
                    Statement statement = connection.createStatement()) {
                statement.execute("ALTER TABLE keystile_secret RENAME TO lost");
            }
            long before = System.currentTimeMillis();

            HttpResponse<String> down = started.get(TRANSACTION, started.key("production", "all"));

            assertThat(down.statusCode()).isEqualTo(503);
            assertThat(down.body())
                    .isEqualTo("{\"errorCode\":5000000,\"errorMessage\":\"An unknown error occurred.\"}");
            assertThat(Started.number(down, "Retry-After")).isBetween(before + 1, System.currentTimeMillis() + 60_000);
        }
    }

    /** Tokens of a good key, each wrong in another way; {@code @n} is so many seconds from now. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "alg none           | ES256                          | none",
                "alg HS256          | ES256                          | HS256",
                "alg ES384          | ES256                          | ES384",
                "kid of nobody      | \"kid\":\"KID\"                | \"kid\":\"aaaaaaaaaaaa\"",
                "kid a path         | \"kid\":\"KID\"                | \"kid\":\"../../etc\"",
                "no kid             | ,\"kid\":\"KID\"               | ''",
                "kid twice          | \"kid\":\"KID\"                | \"kid\":\"KID\",\"kid\":\"KID\"",
                "crit               | \"typ\":\"JWT\"                | \"crit\":[\"exp\"],\"exp\":1",
                "jku                | \"typ\":\"JWT\"                | \"jku\":\"https://example.com\"",
                "jwk                | \"typ\":\"JWT\"                | \"jwk\":{}",
                "x5u                | \"typ\":\"JWT\"                | \"x5u\":\"https://example.com\"",
                "zip                | \"typ\":\"JWT\"                | \"zip\":\"DEF\"",
                "b64                | \"typ\":\"JWT\"                | \"b64\":false",
                "typ                | \"typ\":\"JWT\"                | \"typ\":\"JWE\"",
                "another issuer     | acct_playground                | acct_other",
                "another audience   | appstoreconnect-v1             | appstoreconnect-v2",
                "another app        | com.example.app                | com.example.other",
                "an app's case      | com.example.app                | com.example.App",
                "no app             | ,\"bid\":\"com.example.app\"   | ''",
                "no exp             | ,\"exp\":@300                  | ''",
                "exp over           | \"iat\":@0,\"exp\":@300        | \"exp\":@-61",
                "exp too late       | \"exp\":@300                   | \"exp\":@3602",
                "exp late, no iat   | \"iat\":@0,\"exp\":@300        | \"exp\":@3700",
                "exp not whole      | @300                           | @300.5",
                "exp a text         | @300                           | \"@300\"",
                "iat ahead          | \"iat\":@0                     | \"iat\":@90",
                "nbf ahead          | \"iat\":@0                     | \"nbf\":@90",
                "exp twice          | \"exp\":@300                   | \"exp\":@300,\"exp\":@300",
                "too long           | com.example.app                | LONG",
            })
    void tokenOfAGoodKey_thatSaysWhatIsWrong_isRefused(String name, String instead, String of) throws Exception {
        Started started = shared;

        HttpResponse<String> denied = started.get(
                TRANSACTION, token(started, text -> text.replace(instead, of.replace("LONG", "x".repeat(8100)))));

        // Where the container has no room for the header, it says so itself.
        assertThat(denied.statusCode()).isIn(name.equals("too long") ? List.of(401, 431) : List.of(401));
        if (denied.statusCode() == 401) {
            assertThat(denied.body()).isEmpty();
            assertThat(Started.header(denied, "WWW-Authenticate"))
                    .hasValueSatisfying(challenge -> assertThat(challenge).contains("error=\"invalid_token\""));
        }
        assertThat(started.get(TRANSACTION, token(started, text -> text)).statusCode())
                .as("the same, unchanged")
                .isEqualTo(200);
    }

    private String token(Started started, UnaryOperator<String> change) throws Exception {
        return token(keyId(started.key("production", "all")), change);
    }

    private String token(String keyId, UnaryOperator<String> change) throws Exception {
        String both = change.apply("{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\"}|{\"iss\":\"" + ACCOUNT
                + "\",\"aud\":\"appstoreconnect-v1\",\"iat\":@0,\"exp\":@300,\"bid\":\"" + APP + "\"}");
        long now = Instant.now().getEpochSecond();
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (int at = both.indexOf('@'); at >= 0; at = both.indexOf('@', from)) {
            int end = at + 1;
            while (both.charAt(end) == '-' || Character.isDigit(both.charAt(end))) {
                end++;
            }
            text.append(both, from, at).append(now + Long.parseLong(both.substring(at + 1, end)));
            from = end;
        }
        text.append(both, from, both.length());
        String[] parts = text.toString().replace("KID", keyId).split("\\|", 2);
        String signed = encode(parts[0].getBytes(StandardCharsets.UTF_8)) + "."
                + encode(parts[1].getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initSign(privateHalf(Files.readString(file(keyId))));
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + encode(signature.sign());
    }

    private static PrivateKey privateHalf(String pem) throws Exception {
        String base64 = pem.replaceAll("-----[A-Z ]+-----", "");
        return KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private AppStoreServerAPIClient vendorsClient(Started started, String keyId, String app) throws Exception {
        String address = "http://localhost:" + started.port();
        return new AppStoreServerAPIClient(Files.readString(file(keyId)), keyId, ACCOUNT, app, Environment.PRODUCTION) {
            @Override
            protected String getUrlForEnvironment(Environment environment) {
                return address;
            }
        };
    }

    @Test
    void vendorsJavaClient_getsInWithTheFile_andReadsWhatIsRefused() throws Exception {
        try (Started started = startAnew("vendorsJavaClient")) {
            String keyId = keyId(started.key("production", "all"));
            AppStoreServerAPIClient client = vendorsClient(started, keyId, APP);

            client.getTransactionInfo("1");
            client.lookUpOrderId("1");
            client.requestTestNotification();
            client.requestTestNotification();
            APIException limited = catchThrowableOfType(APIException.class, client::requestTestNotification);
            assertThat(limited.getHttpStatusCode()).isEqualTo(429);
            assertThat(limited.getApiError()).isEqualTo(APIError.RATE_LIMIT_EXCEEDED);
            assertThat(limited.getRawApiError()).isEqualTo(4_290_000L);
            assertThat(limited.getApiErrorMessage()).isEqualTo("Rate limit exceeded.");

            APIException elsewhere = catchThrowableOfType(
                    APIException.class,
                    () -> vendorsClient(started, keyId, "com.example.other").getTransactionInfo("1"));
            assertThat(elsewhere.getHttpStatusCode()).isEqualTo(401);

            started.keystile().keyManager().revoke(new KeyId(keyId), Started.OPERATOR);
            assertThat(catchThrowableOfType(APIException.class, () -> client.getTransactionInfo("1"))
                            .getHttpStatusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void vendorsNodeClient_getsInWithTheFile_andReadsWhatIsRefused() throws Exception {
        NpmPackage client = NpmPackage.install("@apple/app-store-server-library", "3.1.0");
        assumeTrue(client.isThere(), client.whyNot());
        try (Started started = startAnew("vendorsNodeClient")) {
            String keyId = keyId(started.key("production", "all"));

            String printed = client.run(
                    """
                const { AppStoreServerAPIClient, Environment } = require('@apple/app-store-server-library');
                const { readFileSync } = require('node:fs');
                const [address, file, keyId, issuer, app] = process.argv.slice(2);
                const clientOf = (bundle) => {
                  const made = new AppStoreServerAPIClient(readFileSync(file, 'utf8'), keyId, issuer, bundle, Environment.PRODUCTION);
                  made.urlBase = address;
                  return made;
                };
                const tell = (call) => call.then(() => console.log('ok'), (e) => console.log(e.httpStatusCode, e.apiError));
                (async () => {
                  await tell(clientOf(app).requestTestNotification());
                  await tell(clientOf(app).requestTestNotification());
                  await tell(clientOf(app).requestTestNotification());
                  await tell(clientOf('com.example.other').requestTestNotification());
                })();
                """, "http://localhost:" + started.port(), file(keyId).toString(), keyId, ACCOUNT, APP);

            assertThat(printed.lines()).containsExactly("ok", "ok", "429 4290000", "401 null");
        }
    }

    @Test
    void keysOfTwoApps_areToldApart() throws Exception {
        try (Started started = startAnew("keysOfTwoApps")) {
            String two = keyOfTwoApps(started, PRODUCTION);

            vendorsClient(started, two, "com.example.one").getTransactionInfo("1");
            vendorsClient(started, two, "com.example.two").getTransactionInfo("1");
            assertThat(catchThrowableOfType(
                                    APIException.class,
                                    () -> vendorsClient(started, two, APP).getTransactionInfo("1"))
                            .getHttpStatusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void limits_countForEachApp_aTenthInTheSandbox_andTellWhenToComeAgain() throws Exception {
        data = folder.resolve("limits");
        String request = "POST /inApps/v1/notifications/test";
        try (Started started = start(data, "limits.seldom = 20/1h")) {
            String production = keyOfTwoApps(started, PRODUCTION);
            String sandbox = keyOfTwoApps(started, SANDBOX);

            long before = System.currentTimeMillis();
            HttpResponse<String> limited =
                    askUntilLimited(started, request, tokenFor(production, "com.example.one"), 20);
            long after = System.currentTimeMillis();
            assertThat(limited.body()).isEqualTo("{\"errorCode\":4290000,\"errorMessage\":\"Rate limit exceeded.\"}");
            // The hour began with the first request.
            assertThat(Long.parseLong(Started.header(limited, "Retry-After").orElseThrow()))
                    .isBetween(before + 3_600_000 - 1000, after + 3_600_000 + 1000);

            askUntilLimited(started, request, tokenFor(production, "com.example.two"), 20);
            askUntilLimited(started, request, tokenFor(sandbox, "com.example.one"), 2);
            askUntilLimited(started, request, tokenFor(sandbox, "com.example.two"), 2);
        }
    }

    private String keyOfTwoApps(Started started, KeyEnvironment environment) throws Exception {
        var issued =
                started.issue(environment, key -> key.signing().attribute("apps", "com.example.one, com.example.two"));
        Files.writeString(file(issued.key().id().text()), issued.revealOnce());
        return issued.key().id().text();
    }

    private String tokenFor(String keyId, String app) throws Exception {
        return token(keyId, text -> text.replace(APP, app));
    }

    private static HttpResponse<String> askUntilLimited(Started started, String request, String token, int admitted)
            throws Exception {
        for (int i = 0; i < admitted; i++) {
            assertThat(started.ask(request, token).statusCode()).isEqualTo(200);
        }
        HttpResponse<String> limited = started.ask(request, token);
        assertThat(limited.statusCode()).isEqualTo(429);
        return limited;
    }
}
