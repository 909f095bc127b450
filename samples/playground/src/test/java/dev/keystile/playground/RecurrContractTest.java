package dev.keystile.playground;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.Grants;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.NewKey;
import dev.keystile.key.Overlap;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
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

/** The Recurr contract over HTTP, as {@code samples/contracts/recurr.properties} has it. */
final class RecurrContractTest {

    private static final String UNAUTHORIZED = """
            {"error":{"type":"unauthorized","message":"Invalid or missing API key."}}""";
    private static final String FORBIDDEN = """
            {"error":{"type":"forbidden","message":"This API key may not do this."}}""";
    private static final String AMBIGUOUS = """
            {"error":{"type":"invalid_request_error","message":"The request is ambiguous."}}""";
    private static final String TOO_MANY = """
            {"error":{"type":"rate_limit_error",\
            "message":"Too many requests. Retry after the period in Retry-After."}}""";
    private static final String UNAVAILABLE = """
            {"error":{"type":"server_error",\
            "message":"The API key could not be verified now. Retry after the period in Retry-After."}}""";

    private static final String CHALLENGE = "Bearer realm=\"recurr-api\"";
    private static final String INVALID_TOKEN = CHALLENGE + ", error=\"invalid_token\"";

    private static final String READ = "read-only";
    private static final String WRITE = "read-write";

    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 [0-9]{3}");

    private static final AtomicInteger ACCOUNTS = new AtomicInteger();

    @TempDir
    private static Path data;

    private static Started recurr;

    /** Each test has an account of its own, with the seeded objects in it. */
    private final String account = "acct_" + ACCOUNTS.incrementAndGet();

    @BeforeAll
    static void start() throws Exception {
        recurr = Started.in(data, "recurr");
    }

    @AfterAll
    static void stop() {
        recurr.close();
    }

    private String key(KeyEnvironment environment, String scope) {
        return recurr.issue(account, environment, key -> key.scopes(scope)).revealOnce();
    }

    private Actor.Member member(String id, String role) {
        return new Actor.Member(account, id, Set.of(role), Grants.none().scopes(READ, WRITE));
    }

    private IssuedKey issueAs(Actor actor, KeyEnvironment environment, UnaryOperator<NewKey.Builder> parts) {
        NewKey.Builder wanted = NewKey.of(account, "Server", environment).scopes(READ);
        return keys().issue(parts.apply(wanted).build(), actor);
    }

    private static KeyManager keys() {
        return recurr.keystile().keyManager();
    }

    private static void assertOpens(String... keys) {
        assertThat(keys)
                .allSatisfy(key -> assertThat(recurr.get("/v1/customers", key).statusCode())
                        .isEqualTo(200));
    }

    private static void assertUnauthorized(String... keys) {
        assertThat(keys).allSatisfy(key -> {
            HttpResponse<String> response = recurr.get("/v1/customers", key);
            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(response.body()).isEqualTo(UNAUTHORIZED);
        });
    }

    // --- where the key stands

    @ParameterizedTest
    @CsvSource({"Authorization, 'Bearer '", "authorization, 'bearer '", "AUTHORIZATION, 'BEARER  '"})
    void get_bearer_opens(String header, String scheme) {
        String key = key(LIVE, READ);

        assertThat(recurr.send("GET", "/v1/customers", "", header, scheme + key).statusCode())
                .isEqualTo(200);
    }

    static Stream<Arguments> places() {
        return Stream.of(
                arguments("/v1/customers", "Accept: */*", CHALLENGE),
                arguments("/v1/customers", "X-Api-Key: {key}", CHALLENGE),
                arguments("/v1/customers", "Cookie: Authorization={key}", CHALLENGE),
                arguments("/v1/customers?api_key={key}", "Accept: */*", CHALLENGE),
                arguments("/v1/customers?access_token={key}", "Accept: */*", CHALLENGE),
                arguments("/v1/customers", "Authorization: {key}", CHALLENGE),
                arguments("/v1/customers", "Authorization: Basic {key}", CHALLENGE),
                arguments("/v1/customers", "Authorization: Token {key}", CHALLENGE),
                arguments("/v1/customers", "Authorization:", CHALLENGE),
                arguments("/v1/customers", "Authorization: Bearer", INVALID_TOKEN),
                arguments("/v1/customers", "Authorization: Bearer {key} {key}", INVALID_TOKEN),
                arguments("/v1/customers", "Authorization: Bearer \"{key}\"", INVALID_TOKEN));
    }

    @ParameterizedTest
    @MethodSource("places")
    void get_keyInAnyOtherPlace_is401(String target, String headerLine, String challenge) throws Exception {
        String key = key(LIVE, READ);

        String answer =
                recurr.sendRaw("GET " + target.replace("{key}", key) + " HTTP/1.1", headerLine.replace("{key}", key));

        assertThat(answer)
                .startsWith("HTTP/1.1 401 ")
                .contains("WWW-Authenticate: " + challenge + "\r\n")
                .contains("Cache-Control: no-store\r\n")
                .endsWith("\r\n\r\n" + UNAUTHORIZED)
                .doesNotContain(key);
    }

    // --- environments

    static Stream<Arguments> collections() {
        return Stream.of("customers cus_", "products prod_", "subscriptions sub_", "invoices inv_", "payments pay_")
                .map(words -> words.split(" ", -1))
                .flatMap(words -> Stream.of(arguments(words[0], words[1], LIVE), arguments(words[0], words[1], TEST)));
    }

    @ParameterizedTest
    @MethodSource("collections")
    void object_ofOneEnvironment_isNotThereForTheOther(String collection, String idPrefix, KeyEnvironment own) {
        KeyEnvironment other = own.equals(LIVE) ? TEST : LIVE;
        String key = key(own, WRITE);
        String stranger = key(other, WRITE);
        String ownMode = "\"livemode\":" + own.equals(LIVE);
        String otherMode = "\"livemode\":" + other.equals(LIVE);
        String all = "/v1/" + collection;

        HttpResponse<String> created = recurr.post(all, key, "{\"name\":\"Ada\"," + otherMode + "}");
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(created.body()).contains(ownMode, "\"name\":\"Ada\"").doesNotContain(otherMode);
        for (String id : List.of(Started.id(created), idPrefix + own + "_1")) {
            String path = all + "/" + id;
            String before = recurr.get(path, key).body();
            assertThat(before).contains("\"id\":\"" + id + "\"", ownMode);

            for (String method : List.of("GET", "HEAD", "PUT", "PATCH", "DELETE")) {
                HttpResponse<String> response =
                        recurr.request(method, path, stranger, method.startsWith("P") ? "{\"name\":\"Eve\"}" : "");
                assertThat(response.statusCode()).as(method + " " + path).isEqualTo(404);
                assertThat(response.body()).doesNotContain(id);
            }

            assertThat(recurr.get(path, key).body()).isEqualTo(before);
            assertThat(recurr.get(all, key).body()).contains(before).doesNotContain(otherMode);
            assertThat(recurr.get(all, stranger).body()).contains(otherMode).doesNotContain(id, ownMode);
            for (String method : List.of("PUT", "PATCH")) {
                assertThat(recurr.request(method, path, key, "{" + otherMode + "}")
                                .body())
                        .contains(ownMode)
                        .doesNotContain(otherMode);
            }
            assertThat(recurr.request("DELETE", path, key, "").body()).contains(ownMode, "\"deleted\":true");
            assertThat(recurr.get(path, key).statusCode()).isEqualTo(404);
        }
    }

    // --- read-only and read-write

    static Stream<Arguments> requests() {
        return Stream.of("customers/cus_", "products/prod_", "subscriptions/sub_", "invoices/inv_", "payments/pay_")
                .flatMap(words -> {
                    String all = "/v1/" + words.substring(0, words.indexOf('/'));
                    String one = "/v1/" + words + "{environment}_1";
                    return Stream.of(
                            arguments("GET " + all, 200, 200),
                            arguments("HEAD " + all, 200, 200),
                            arguments("GET " + one, 200, 200),
                            arguments("HEAD " + one, 200, 200),
                            arguments("POST " + all, 403, 201),
                            arguments("PUT " + one, 403, 200),
                            arguments("PATCH " + one, 403, 200),
                            arguments("DELETE " + one, 403, 200));
                });
    }

    @ParameterizedTest
    @MethodSource("requests")
    void request_ofEachMethod_isAnsweredByScope(String request, int toReadOnly, int toReadWrite) {
        for (KeyEnvironment environment : List.of(LIVE, TEST)) {
            String line = request.replace("{environment}", environment.name());

            HttpResponse<String> readOnly = recurr.ask(line, key(environment, READ));
            HttpResponse<String> readWrite = recurr.ask(line, key(environment, WRITE));

            assertThat(readOnly.statusCode()).isEqualTo(toReadOnly);
            if (toReadOnly == 403) {
                assertThat(readOnly.body()).isEqualTo(FORBIDDEN);
                assertThat(Started.header(readOnly, "WWW-Authenticate"))
                        .contains(CHALLENGE + ", error=\"insufficient_scope\", scope=\"read-write\"");
                assertThat(Started.header(readOnly, "Cache-Control")).contains("no-store");
            }
            assertThat(readWrite.statusCode()).isEqualTo(toReadWrite);
            // No limits are published.
            assertThat(readWrite.headers().map()).doesNotContainKeys("x-ratelimit-limit", "ratelimit");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /", "GET /v1", "GET /v1/webhooks", "GET /v2/customers", "OPTIONS /v1/customers"})
    void request_ofNoRule_isForbidden(String request) {
        HttpResponse<String> response = recurr.ask(request, key(LIVE, WRITE));

        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(response.body()).isEqualTo(FORBIDDEN);
    }

    // --- who creates keys, and what is kept of them

    @ParameterizedTest
    @CsvSource({"developer, true", "admin, true", "viewer, false", "owner, false", "Developer, false"})
    void key_createdByAMemberOfEachRole(String role, boolean may) {
        Actor member = member("ann", role);

        if (may) {
            assertOpens(issueAs(member, LIVE, key -> key).revealOnce());
        } else {
            assertThatExceptionOfType(KeyRefusedException.class)
                    .isThrownBy(() -> issueAs(member, LIVE, key -> key))
                    .satisfies(it -> assertThat(it.reason()).isEqualTo(KeyRefusedException.Reason.FORBIDDEN));
            assertThat(keys().list(KeyQuery.ofAccount(account), Started.OPERATOR)
                            .keys())
                    .isEmpty();
        }
    }

    @Test
    void list_ofKeys_showsPrefixLastFourAndCreation_andNoKey() {
        Actor developer = member("ann", "developer");
        Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        String live = issueAs(developer, LIVE, key -> key).revealOnce();
        String test = issueAs(developer, TEST, key -> key).revealOnce();
        Instant after = Instant.now();

        List<ApiKey> listed =
                keys().list(KeyQuery.ofAccount(account), developer).keys();

        assertThat(listed)
                .extracting(key -> key.prefix() + "…" + key.newestSecret().lastFour())
                .containsExactlyInAnyOrder("rk_live_…" + lastFour(live), "rk_test_…" + lastFour(test));
        assertThat(listed).allSatisfy(key -> {
            assertThat(key.createdAt()).isBetween(before, after);
            assertThat(key.toString()).doesNotContain(live, test);
        });
    }

    private static String lastFour(String key) {
        return key.substring(key.length() - 4);
    }

    @Test
    void key_onceShown_isNowhereInTheDatabase_andOpensAfterARestart(@TempDir Path folder) throws Exception {
        List<String> shown = new ArrayList<>();
        ApiKey stored;
        try (Started started = Started.in(folder, "recurr")) {
            IssuedKey issued = started.issue(LIVE, key -> key.scopes(READ));
            shown.add(issued.revealOnce());
            stored = issued.key();
            assertThatIllegalStateException().isThrownBy(issued::revealOnce);
            shown.add(started.key("live", "all"));
            shown.add(started.key("test", "read"));
            assertThat(started.get("/v1/customers", shown.get(0)).statusCode()).isEqualTo(200);
        }

        assertThat(stored.newestSecret().digest()).startsWith("$argon2id$");
        String database = contents(folder);
        assertThat(database).contains(stored.id().text(), stored.newestSecret().digest());
        for (String key : shown) {
            String secretAndChecksum =
                    key.substring("rk_live_".length() + stored.id().text().length());
            assertThat(database.contains(secretAndChecksum)).isFalse();
            assertThat(database.contains(secretAndChecksum.substring(0, 16))).isFalse();
        }
        try (Started again = Started.in(folder, "recurr")) {
            assertThat(again.get("/v1/customers", shown.get(0)).statusCode()).isEqualTo(200);
        }
    }

    /** All bytes of all files, each as one character. */
    private static String contents(Path folder) throws IOException {
        StringBuilder contents = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder).filter(Files::isRegularFile)) {
            for (Path file : files.toList()) {
                contents.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return contents.toString();
    }

    // --- 401

    @Test
    void get_whateverIsWrongWithTheKey_hasTheSameAnswer() {
        Map<String, HttpResponse<String>> answers = new WrongKeys(recurr, "/v1/customers", READ).answers();
        HttpResponse<String> missing = recurr.send("GET", "/v1/customers", "");

        assertThat(answers).allSatisfy((what, answer) -> {
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.body()).isEqualTo(UNAUTHORIZED);
            assertThat(Started.header(answer, "WWW-Authenticate")).contains(INVALID_TOKEN);
        });
        assertThat(answers.values().stream().map(Started::fields).distinct()).hasSize(1);
        assertThat(missing.statusCode()).isEqualTo(401);
        assertThat(missing.body()).isEqualTo(UNAUTHORIZED);
        assertThat(Started.header(missing, "WWW-Authenticate")).contains(CHALLENGE);
    }

    /** On one connection, for a container may remember there what it read before. */
    @Test
    void get_keyInOtherCase_behindTheGoodOne_is401() throws Exception {
        String key = key(LIVE, READ);
        String otherCase = "rk_live_" + WrongKeys.inOtherCase(key.substring("rk_live_".length()));
        List<String> lines = new ArrayList<>();
        for (String each : List.of(key, key, otherCase, key)) {
            lines.addAll(List.of("GET /v1/customers HTTP/1.1", "Authorization: Bearer " + each, "Host: localhost", ""));
        }
        lines.addAll(List.of("GET /v1/customers HTTP/1.1", "Authorization: Bearer " + otherCase));

        String answers = recurr.sendRaw(lines.toArray(String[]::new));

        assertThat(STATUS.matcher(answers).results().map(MatchResult::group))
                .containsExactly("HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 401", "HTTP/1.1 200", "HTTP/1.1 401");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST /v1/customers", "DELETE /v1/invoices/inv_live_1", "GET /v1/webhooks", "GET /"})
    void request_withoutKey_whateverItAsksFor_is401(String request) {
        String[] words = request.split(" ", -1);
        HttpResponse<String> response = recurr.send(words[0], words[1], "");

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.body()).isEqualTo(UNAUTHORIZED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"live", "test"})
    void get_keyOfEnvironmentNotServed_is401(String served, @TempDir Path folder) throws Exception {
        String other = served.equals("live") ? "test" : "live";
        Path onlyOne = Started.variant("recurr", folder, "environments = live, test", "environments = " + served);
        try (Started started = Started.in(folder, onlyOne.toString())) {
            HttpResponse<String> response = started.get("/v1/customers", started.key(other, "all"));

            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(response.body()).isEqualTo(UNAUTHORIZED);
            assertThat(Started.header(response, "WWW-Authenticate")).contains(INVALID_TOKEN);
            assertThat(started.get("/v1/customers", started.key(served, "all")).statusCode())
                    .isEqualTo(200);
        }
    }

    // --- 429

    /** The contract has no limits; that too many keys fail from one address is another matter. */
    @Test
    void get_tooManyWrongKeysFromOneAddress_isToldInTheEnvelope(@TempDir Path folder) throws Exception {
        Path strict = Started.variant(
                "recurr", folder, "headers.format = none", "headers.format = none\nfailures.limit = 2/1h");
        try (Started started = Started.in(folder, strict.toString())) {
            String good = started.key("live", "read");
            assertThat(started.get("/v1/customers", good).statusCode()).isEqualTo(200);
            for (String guess : List.of("one", "two")) {
                assertThat(started.get("/v1/customers", guess).body()).isEqualTo(UNAUTHORIZED);
            }

            HttpResponse<String> response = started.get("/v1/customers", "three");

            assertThat(response.statusCode()).isEqualTo(429);
            assertThat(response.body()).isEqualTo(TOO_MANY);
            assertThat(Started.number(response, "Retry-After")).isPositive();
            assertThat(started.get("/v1/customers", good).statusCode()).isEqualTo(200);
        }
    }

    // --- 400

    @Test
    void get_twoCredentials_is400() throws Exception {
        String one = key(LIVE, READ);
        String two = key(TEST, READ);
        List<String[]> requests = List.of(
                new String[] {"Authorization: Bearer " + one, "Authorization: Bearer " + two},
                new String[] {"Authorization: Bearer " + one, "Authorization: Bearer " + one},
                new String[] {"Authorization: Bearer " + one, "Authorization: Basic dXNlcjpwYXNz"},
                new String[] {"Authorization: Bearer " + one + ", Bearer " + two});

        for (String[] headers : requests) {
            List<String> lines = new ArrayList<>(List.of("GET /v1/customers HTTP/1.1"));
            lines.addAll(List.of(headers));
            String answer = recurr.sendRaw(lines.toArray(String[]::new));

            assertThat(answer)
                    .as(String.join(" / ", headers))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("WWW-Authenticate: " + CHALLENGE + ", error=\"invalid_request\"\r\n")
                    .contains("Cache-Control: no-store\r\n")
                    .endsWith("\r\n\r\n" + AMBIGUOUS)
                    .doesNotContain(one, two);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/customers/%2e%2e/payments", "/v1/customers/./x", "/v1/customers;x=1/x"})
    void get_ambiguousTarget_is400(String target) throws Exception {
        String answer = recurr.sendRaw("GET " + target + " HTTP/1.1", "Authorization: Bearer " + key(LIVE, READ));

        assertThat(answer).startsWith("HTTP/1.1 400 ");
    }

    // --- 503

    @Test
    void get_whileTheStoreCannotTell_is503(@TempDir Path folder) throws Exception {
        try (Started started = Started.in(folder, "recurr")) {
            String key = started.key("live", "read");
            sql(folder, "ALTER TABLE keystile_secret RENAME TO lost");

            HttpResponse<String> response = started.get("/v1/customers", key);

            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.body()).isEqualTo(UNAVAILABLE);
            assertThat(Started.number(response, "Retry-After")).isPositive();
            assertThat(Started.header(response, "Cache-Control")).contains("no-store");

            sql(folder, "ALTER TABLE lost RENAME TO keystile_secret");
            assertThat(started.get("/v1/customers", key).statusCode()).isEqualTo(200);
        }
    }

    /** In the database of a playground that runs in this process. */
    private static void sql(Path folder, String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:h2:file:" + folder.resolve("keys"));
                Statement each = connection.createStatement()) {
            each.execute(statement);
        }
    }

    // --- the life of a key

    @Test
    void rotation_createDeployRevoke_opensAllTheTime() {
        Actor developer = member("ann", "developer");
        IssuedKey old = issueAs(developer, LIVE, key -> key);
        String before = old.revealOnce();
        assertOpens(before);

        String after = issueAs(developer, LIVE, key -> key).revealOnce();
        assertOpens(before, after);

        keys().revoke(old.key().id(), developer);
        assertUnauthorized(before);
        assertOpens(after);
    }

    @Test
    void rotation_withOverlap_opensWithBoth_untilItIsOver() {
        Actor developer = member("ann", "developer");
        IssuedKey issued = issueAs(developer, LIVE, key -> key);
        String before = issued.revealOnce();
        Duration overlap = Duration.ofSeconds(1);
        Instant end = Instant.now().truncatedTo(ChronoUnit.MILLIS).plus(overlap);

        String after =
                keys().rotate(issued.key().id(), Overlap.of(overlap), developer).revealOnce();

        assertOpens(before, after);
        recurr.awaitRefusal("/v1/customers", before, end);
        assertUnauthorized(before);
        assertOpens(after);
    }

    @Test
    void revocation_ofAKeyInUse_isSeenByTheNextRequest() {
        for (int i = 0; i < 10; i++) {
            IssuedKey issued = issueAs(member("ann", "admin"), i % 2 == 0 ? LIVE : TEST, key -> key);
            String key = issued.revealOnce();
            assertOpens(key);

            keys().revoke(issued.key().id(), member("bob", "developer"));

            assertUnauthorized(key);
        }
    }

    @Test
    void removal_ofAMember_revokesTheKeysTheyIssued() {
        Actor ann = member("ann", "developer");
        String live = issueAs(ann, LIVE, key -> key).revealOnce();
        String test = issueAs(ann, TEST, key -> key.scopes(WRITE)).revealOnce();
        IssuedKey rotating = issueAs(ann, LIVE, key -> key);
        String old = rotating.revealOnce();
        String fresh = keys().rotate(rotating.key().id(), Overlap.of(Duration.ofHours(1)), ann)
                .revealOnce();
        String service = issueAs(ann, LIVE, NewKey.Builder::serviceOwned).revealOnce();
        String ofAnother = issueAs(member("bob", "developer"), LIVE, key -> key).revealOnce();
        assertOpens(live, test, old, fresh, service, ofAnother);

        assertThat(keys().revokeByMember(account, "ann", member("eve", "admin")))
                .hasSize(3);

        assertUnauthorized(live, test, old, fresh);
        assertOpens(service, ofAnother);
    }

    @Test
    void offboarding_ofAnAccount_revokesAllItsKeys() {
        Actor ann = member("ann", "developer");
        String live = issueAs(ann, LIVE, key -> key).revealOnce();
        String test = issueAs(member("bob", "admin"), TEST, key -> key).revealOnce();
        String service = issueAs(ann, TEST, NewKey.Builder::serviceOwned).revealOnce();
        String operators = issueAs(Started.OPERATOR, LIVE, key -> key).revealOnce();
        String ofAnother =
                recurr.issue("acct_other", LIVE, key -> key.scopes(READ)).revealOnce();
        assertOpens(live, test, service, operators, ofAnother);

        assertThat(keys().revokeByAccount(account, Started.OPERATOR)).hasSize(4);

        assertUnauthorized(live, test, service, operators);
        assertOpens(ofAnother);
    }
}
