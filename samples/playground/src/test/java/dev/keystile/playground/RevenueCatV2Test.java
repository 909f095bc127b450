package dev.keystile.playground;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.KeyScope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The RevenueCat REST API, version 2, over HTTP, as {@code samples/contracts/revenuecat-v2.properties} has it. */
final class RevenueCatV2Test {

    private static final String INVALID_KEY = """
            {"object":"error","type":"authentication_error","message":"Invalid API key","retryable":false,\
            "doc_url":"https://errors.rev.cat/authentication-error"}""";
    private static final String FORBIDDEN = """
            {"object":"error","type":"authorization_error",\
            "message":"You're not authorized to access this resource","retryable":false,\
            "doc_url":"https://errors.rev.cat/authorization-error"}""";
    private static final String NOT_JSON = """
            {"object":"error","type":"invalid_request","message":"Content-Type not application/json","retryable":false,\
            "doc_url":"https://errors.rev.cat/invalid-request"}""";
    private static final String AMBIGUOUS = """
            {"object":"error","type":"invalid_request","message":"The request is ambiguous","retryable":false,\
            "doc_url":"https://errors.rev.cat/invalid-request"}""";
    private static final Pattern LIMITED = Pattern.compile(Pattern.quote("""
            {"object":"error","type":"rate_limit_error","message":"Rate limit exceeded","retryable":true,\
            "doc_url":"https://errors.rev.cat/rate-limit-error","backoff_ms":""") + "([0-9]+)}");
    private static final Pattern UNAVAILABLE = Pattern.compile(Pattern.quote("""
            {"object":"error","type":"server_error","message":"There was an internal server error","retryable":true,\
            "doc_url":"https://errors.rev.cat/server-error","backoff_ms":""") + "([0-9]+)}");

    private static final String USAGE = "RevenueCat-Rate-Limit-Current-Usage";
    private static final String LIMIT = "RevenueCat-Rate-Limit-Current-Limit";
    private static final Map<String, Long> DOMAINS = Map.of(
            "customer_information", 480L,
            "charts_metrics", 5L,
            "project_configuration", 60L,
            "virtual_currencies_create_transaction", 480L);

    private static final String CUSTOMERS = "/v2/projects/proj1/customers";
    private static final String READ_CUSTOMERS = "customer_information:customers:read";

    @TempDir
    private static Path data;

    private static Started v2;

    @BeforeAll
    static void start() throws Exception {
        v2 = Started.in(data, "revenuecat-v2");
    }

    @AfterAll
    static void stop() {
        v2.close();
    }

    /** A key of version 2 of project {@code proj1}, with a budget of its own. */
    private static String key(String... scopes) {
        return v2.issue(
                        LIVE,
                        key -> key.version(2).attribute("project", "proj1").scopes(scopes))
                .revealOnce();
    }

    private static HttpResponse<String> send(String method, String target, String key) {
        boolean post = method.equals("POST");
        String authorization = "Bearer " + key;
        return post
                ? v2.send(method, target, "{}", "Authorization", authorization, "Content-Type", "application/json")
                : v2.send(method, target, "", "Authorization", authorization);
    }

    private static void assertDenied(HttpResponse<String> response, int status, String body) {
        assertThat(response.body()).isEqualTo(body);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(Started.header(response, "Content-Type")).contains("application/json");
        assertThat(Started.header(response, "Cache-Control")).contains("no-store");
    }

    // --- the published operations

    /**
     * One of them.
     *
     * @param expand what a value of the query's {@code expand} asks for, by value
     */
    record Operation(String method, String path, Set<String> permissions, String domain, Map<String, String> expand) {

        static Operation parse(String line) {
            String[] words = line.split(" ", -1);
            Map<String, String> expand = words[4].equals("-")
                    ? Map.of()
                    : Arrays.stream(words[4].split(";", -1))
                            .map(it -> it.split(">", -1))
                            .collect(Collectors.toMap(it -> it[0], it -> it[1]));
            return new Operation(words[0], words[1], new TreeSet<>(List.of(words[2].split(",", -1))), words[3], expand);
        }

        String target() {
            return path.replace("{project_id}", "proj1").replaceAll("\\{[a-z_]+}", "id1");
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    static List<Operation> operations() throws IOException {
        try (InputStream file = RevenueCatV2Test.class.getResourceAsStream("revenuecat-v2-operations.txt")) {
            if (file == null) {
                throw new IOException("the operations are missing");
            }
            return new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(Operation::parse)
                    .toList();
        }
    }

    private static Set<String> allScopes() {
        return v2.keystile().scopes().scopes().stream()
                .map(KeyScope::value)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void permissions_areThe27Published_andRulesOneLineEach() throws Exception {
        assertThat(allScopes()).hasSize(27);
        assertThat(operations()).hasSize(96);
        assertThat(v2.keystile().policy().rules().stream()
                        .filter(rule -> rule.path().text().startsWith("/v2/projects") && rule.version() == 2))
                .hasSize(96);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void operation_isOpenToItsPermissions_andCountsInItsDomain(Operation operation) {
        HttpResponse<String> opened = send(
                operation.method(),
                operation.target(),
                key(operation.permissions().toArray(String[]::new)));

        assertThat(opened.statusCode()).as(opened.body()).isEqualTo(200);
        assertThat(opened.body()).contains("\"path\":\"" + operation.target() + "\"");
        assertThat(Started.number(opened, USAGE)).isEqualTo(1);
        assertThat(Started.number(opened, LIMIT)).isEqualTo(DOMAINS.get(operation.domain()));
    }

    @ParameterizedTest
    @MethodSource("operations")
    void operation_isClosedToWhoLacksOneOfThem(Operation operation) {
        for (String lacking : operation.permissions()) {
            Set<String> others = allScopes();
            others.remove(lacking);
            // What includes it would do as well.
            others.remove(lacking.replaceAll(":read$", ":read_write"));

            HttpResponse<String> closed =
                    send(operation.method(), operation.target(), key(others.toArray(String[]::new)));

            assertDenied(closed, 403, FORBIDDEN);
            assertThat(Started.header(closed, "WWW-Authenticate").orElseThrow())
                    .startsWith("Bearer realm=\"revenuecat-v2\", error=\"insufficient_scope\", scope=\"")
                    .contains(lacking);
            assertThat(Started.number(closed, USAGE)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void operation_isOpenToReadWriteWhereItReads_andToItsProjectAlone(Operation operation) {
        String[] stronger = operation.permissions().stream()
                .map(it -> it.replaceAll(":read$", ":read_write"))
                .filter(allScopes()::contains)
                .toArray(String[]::new);
        if (stronger.length == operation.permissions().size()) {
            assertThat(send(operation.method(), operation.target(), key(stronger))
                            .statusCode())
                    .isEqualTo(200);
        }
        if (operation.path().contains("{project_id}")) {
            String key = key(allScopes().toArray(String[]::new));
            assertDenied(send(operation.method(), operation.target().replace("proj1", "proj2"), key), 403, FORBIDDEN);
            assertDenied(send(operation.method(), operation.target().replace("proj1", "PROJ1"), key), 403, FORBIDDEN);
        }
    }

    static Stream<Operation> expanding() throws IOException {
        return operations().stream().filter(it -> !it.expand().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("expanding")
    void expand_asksForOnePermissionMore(Operation operation) {
        operation.expand().forEach((value, permission) -> {
            List<String> permissions = new ArrayList<>(operation.permissions());
            boolean asksForMore = !permissions.contains(permission);
            String poorer = key(permissions.toArray(String[]::new));
            permissions.add(permission);
            String richer = key(permissions.toArray(String[]::new));
            for (String query : List.of(
                    "expand=" + value,
                    "expand=other," + value,
                    "limit=10&expand=" + value,
                    "expand=other&expand=" + value,
                    "%65xpand=" + value.replace("a", "%61").replace("p", "%70"))) {
                String target = operation.target() + "?" + query;
                HttpResponse<String> response = send("GET", target, poorer);
                if (asksForMore) {
                    assertDenied(response, 403, FORBIDDEN);
                    assertThat(Started.header(response, "WWW-Authenticate").orElseThrow())
                            .contains(permission);
                } else {
                    assertThat(response.statusCode()).isEqualTo(200);
                }
                assertThat(send("GET", target, richer).statusCode()).isEqualTo(200);
            }
            assertThat(send("GET", operation.target() + "?expand=other", poorer).statusCode())
                    .isEqualTo(200);
        });
    }

    // --- keys

    @Test
    void keysThatArePrinted_areOfTheProject() {
        assertThat(v2.lines().stream().filter(line -> line.startsWith("KEY ")))
                .satisfiesExactly(
                        line -> assertThat(line).matches("KEY live all sk_[0-9A-Za-z]{45}"),
                        line -> assertThat(line).matches("KEY live read sk_[0-9A-Za-z]{45}"),
                        line -> assertThat(line).matches("KEY live spare sk_[0-9A-Za-z]{45}"));
        assertThat(send("GET", CUSTOMERS, v2.key("live", "read")).statusCode()).isEqualTo(200);
        assertDenied(send("POST", CUSTOMERS, v2.key("live", "read")), 403, FORBIDDEN);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void keyOfAnotherVersion_is401(int version) {
        String key = v2.issue(
                        LIVE,
                        it -> it.version(version).attribute("project", "proj1").scopes(READ_CUSTOMERS))
                .revealOnce();

        HttpResponse<String> response = send("GET", CUSTOMERS, key);

        assertDenied(response, 401, INVALID_KEY);
        assertThat(Started.header(response, "WWW-Authenticate"))
                .contains("Bearer realm=\"revenuecat-v2\", error=\"invalid_token\"");
        assertThat(response.headers().map()).doesNotContainKey(USAGE.toLowerCase(Locale.ROOT));
    }

    @Test
    void keyOfNoProject_is403() {
        String key = v2.issue(LIVE, it -> it.version(2).scopes(READ_CUSTOMERS)).revealOnce();

        assertDenied(send("GET", CUSTOMERS, key), 403, FORBIDDEN);
    }

    @ParameterizedTest
    @CsvSource({
        "Authorization: {key}",
        "Authorization: Basic {key}",
        "x-api-key: {key}",
        "Accept: */*",
        "Authorization: Bearer nonsense",
        "Authorization: Bearer sk_a.b-c_d-of-another-system",
        "Authorization: Bearer appl_abcdefghijklmnopqrstuvwxyza",
    })
    void anythingButABearerKey_is401(String headerLine) throws Exception {
        String key = key(READ_CUSTOMERS);

        assertThat(v2.sendRaw("GET " + CUSTOMERS + "?api_key=" + key + " HTTP/1.1", headerLine.replace("{key}", key)))
                .startsWith("HTTP/1.1 401 ")
                .contains("WWW-Authenticate: Bearer realm=\"revenuecat-v2\"")
                .endsWith("\r\n\r\n" + INVALID_KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearer", "BEARER", "Bearer"})
    void scheme_inAnyCase_isRead(String scheme) throws Exception {
        assertThat(v2.sendRaw("GET " + CUSTOMERS + " HTTP/1.1", "Authorization: " + scheme + " " + key(READ_CUSTOMERS)))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void twoKeys_are400() throws Exception {
        assertThat(v2.sendRaw(
                        "GET " + CUSTOMERS + " HTTP/1.1",
                        "Authorization: Bearer " + key(READ_CUSTOMERS),
                        "Authorization: Bearer " + key(READ_CUSTOMERS)))
                .startsWith("HTTP/1.1 400 ")
                .endsWith("\r\n\r\n" + AMBIGUOUS);
    }

    // --- content and paths

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"})
    void post_thatIsNotJson_is400(String type) {
        String key = key("customer_information:customers:read_write");
        String authorization = "Bearer " + key;

        assertDenied(
                v2.send("POST", CUSTOMERS, "a=b", "Authorization", authorization, "Content-Type", type), 400, NOT_JSON);
        assertDenied(v2.send("POST", CUSTOMERS, "", "Authorization", authorization), 400, NOT_JSON);
        assertThat(v2.send(
                                "POST",
                                CUSTOMERS,
                                "{}",
                                "Authorization",
                                authorization,
                                "Content-Type",
                                "application/json;charset=UTF-8")
                        .statusCode())
                .isEqualTo(200);
        assertDenied(v2.send("POST", CUSTOMERS, "", "Content-Type", type), 401, INVALID_KEY);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,    /v2/projects/proj1/customers/a%2Fb,              200",
        "DELETE, /v2/projects/proj1/customers/a%2Fb,              200",
        "GET,    /v2/projects/proj1/customers/a%2Fb/attributes,   200",
        "GET,    /v2/projects/proj1/customers/%24RCAnonymousID%3A87c6, 200",
        "GET,    /v2/projects/proj1/customers/a%2Finvoices,       403",
        "GET,    /v2/projects/proj1/customers/a/b,                403",
        "GET,    /v2/projects/proj1/unknown,                      403",
        "PUT,    /v2/projects/proj1/customers,                    403",
        "GET,    /v1/subscribers/a,                               403",
        "GET,    /v2/projects/proj1%2Fcustomers,                  400",
        "GET,    /v2/projects/proj1/customers/a%2F..%2Fb,         400",
        "GET,    /v2/projects/proj1/apps/a%2Fb,                   400",
    })
    void path_isReadInEveryWay(String method, String target, int status) {
        String key = key("customer_information:customers:read_write", "project_configuration:apps:read");

        HttpResponse<String> response = send(method, target, key);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        if (status == 403) {
            assertThat(response.body()).isEqualTo(FORBIDDEN);
        }
    }

    // --- limits

    @Test
    void usage_countsUp_toTheLimitOfTheDomain_andThenTellsTheWait() {
        String key = key("charts_metrics:overview:read", "charts_metrics:charts:read", READ_CUSTOMERS);
        List<String> charts = List.of("/v2/projects/proj1/metrics/overview", "/v2/projects/proj1/charts/mrr");
        for (int i = 1; i <= 5; i++) {
            HttpResponse<String> response = send("GET", charts.get(i % 2), key);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(Started.number(response, USAGE)).isEqualTo(i);
            assertThat(Started.number(response, LIMIT)).isEqualTo(5);
            assertThat(Started.header(response, "Retry-After")).isEmpty();
        }

        HttpResponse<String> limited = send("GET", charts.get(0), key);

        assertThat(limited.statusCode()).isEqualTo(429);
        Matcher body = LIMITED.matcher(limited.body());
        assertThat(body.matches()).as(limited.body()).isTrue();
        long backoff = Long.parseLong(body.group(1));
        assertThat(backoff).isBetween(1000L, 60_000L);
        assertThat(Started.number(limited, "Retry-After")).isEqualTo((backoff + 999) / 1000);
        assertThat(Started.number(limited, USAGE)).isEqualTo(5);
        assertThat(Started.number(limited, LIMIT)).isEqualTo(5);
        assertThat(Started.header(limited, "Cache-Control")).contains("no-store");
        HttpResponse<String> otherDomain = send("GET", CUSTOMERS, key);
        assertThat(otherDomain.statusCode()).isEqualTo(200);
        assertThat(Started.number(otherDomain, USAGE)).isEqualTo(1);
        assertThat(Started.number(otherDomain, LIMIT)).isEqualTo(480);
        assertThat(send("GET", charts.get(0), key("charts_metrics:overview:read"))
                        .statusCode())
                .as("another key")
                .isEqualTo(200);
    }

    /** The same order whoever asks, and the same headers on a denial. */
    @Test
    void denial_isCountedToo() {
        String key = key(READ_CUSTOMERS);
        assertThat(Started.number(send("POST", CUSTOMERS, key), USAGE)).isEqualTo(1);
        assertThat(Started.number(send("GET", CUSTOMERS, key), USAGE)).isEqualTo(2);
        assertThat(Started.number(send("GET", CUSTOMERS + "/a", key), USAGE)).isEqualTo(3);
    }

    @Test
    void get_whileTheStoreCannotTell_is503(@TempDir Path folder) throws Exception {
        try (Started started = Started.in(folder, "revenuecat-v2")) {
            sql(folder, "ALTER TABLE keystile_secret RENAME TO lost");

            HttpResponse<String> response = started.get(CUSTOMERS, started.key("live", "all"));

            assertThat(response.statusCode()).isEqualTo(503);
            Matcher body = UNAVAILABLE.matcher(response.body());
            assertThat(body.matches()).as(response.body()).isTrue();
            assertThat(Started.number(response, "Retry-After")).isEqualTo((Long.parseLong(body.group(1)) + 999) / 1000);
        }
    }

    private static void sql(Path folder, String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:h2:file:" + folder.resolve("keys"));
                Statement each = connection.createStatement()) {
            each.execute(statement);
        }
    }
}
