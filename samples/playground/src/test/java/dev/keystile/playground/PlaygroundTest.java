package dev.keystile.playground;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.SANDBOX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.NewKey;
import dev.keystile.key.UsageCount;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The sample itself: what it prints, what its application answers, and how it refuses to start. */
final class PlaygroundTest {

    private static final Pattern COMMAND = Pattern.compile("curl .* # (200|401|403|429)");

    /** Bound variables, one environment, limits of rules instead of a plan. */
    private static final String PROJECTS = """
            key.prefixes = sk_ secret production
            credentials = bearer
            scopes = customers:read, projects:write, charts:read
            limits.info = 480/1m
            limits.charts = 5/1m
            rules.projects = POST /v2/projects/{project_id} projects:write version=2 limit=info bind=project_id:project
            rules.customers = GET /v2/projects/{project_id}/customers/** customers:read version=2 limit=info \
                bind=project_id:project
            rules.charts = GET /v2/projects/{project_id}/charts/{chart} charts:read version=2 cost=2 limit=charts \
                bind=project_id:project
            playground.read = customers:read
            playground.attributes = project=proj 1, other=x
            """.replace("proj 1/a", "proj 1");

    /** Wildcards that overlap, one scope of several, a burst above the rate, Basic. */
    private static final String WILDCARDS = """
            key.prefixes = acme_old_ secret live retired, acme_live_ secret live, acme_test_ secret test, \
                acme_pub_ publishable test
            credentials = basic
            store.type = memory
            plans.free = 1/1m burst 3
            default-plan = free
            rules.health = GET /health public
            rules.object = GET,DELETE /api/v2/invoices/{id} invoices:read|invoices:admin
            rules.odd = GET /a/*/üñ"'/** odd:read
            rules.rest = ANY /** all:write
            rules.narrow = GET /a internal
            """;

    /** Nothing but POST, a key without a scheme, no limit. */
    private static final String POSTS = """
            key.prefixes = post_ publishable live
            credentials = authorization
            scopes = events:write, events:read
            rules.customers = POST /customers/** events:write
            rules.events = POST,PUT /events/*/{kind} events:write
            """;

    /** Nothing that ends in :read, so that the second key may nothing. */
    private static final String WRITES = """
            key.prefixes = w_live_ secret live, w_test_ secret test
            plans.free = day 1000/1d, second 2/1s burst 5 per account
            default-plan = free
            rules.write = GET,POST /write/{what} a:write
            rules.any = ANY /any authenticated
            """;

    private static final String NO_OBJECT = """
            {"error":{"type":"invalid_request_error","message":"The body is not a JSON object."}}""";

    @TempDir
    private Path data;

    private Path file(String text) throws IOException {
        return Files.writeString(data.resolve("contract.properties"), text);
    }

    // --- what it prints

    @Test
    void start_revkeen_printsKeysThenCommandsThenReady() throws Exception {
        try (Started started = Started.in(data, "--key", "odd live customers:read,finance:read growth")) {
            assertThat(started.lines())
                    .satisfiesExactly(
                            line -> assertThat(line).matches("KEY live all rk_live_[0-9A-Za-z]{45}"),
                            line -> assertThat(line).matches("KEY live read rk_live_[0-9A-Za-z]{45}"),
                            line -> assertThat(line).matches("KEY sandbox all rk_sandbox_[0-9A-Za-z]{45}"),
                            line -> assertThat(line).matches("KEY sandbox read rk_sandbox_[0-9A-Za-z]{45}"),
                            line -> assertThat(line).matches("KEY live odd rk_live_[0-9A-Za-z]{45}"),
                            line -> assertThat(line).matches("curl .* # 200"),
                            line -> assertThat(line).matches("curl .* # 401"),
                            line -> assertThat(line).matches("curl .* # 403"),
                            line -> assertThat(line).matches("curl .* # 429"),
                            line -> assertThat(line)
                                    .isEqualTo("# console http://localhost:" + started.port() + "/settings/api-keys"),
                            line -> assertThat(line).isEqualTo("READY http://localhost:" + started.port()));
            assertThat(started.get("/v2/finance/x", started.key("live", "odd")).statusCode())
                    .isEqualTo(200);
            assertThat(Started.number(started.get("/v2/finance/x", started.key("live", "odd")), "X-RateLimit-Limit"))
                    .isEqualTo(600);
        }
    }

    static Stream<Arguments> contracts() throws IOException {
        return Stream.of(
                arguments(Files.readString(Path.of("..", "contracts", "revkeen.properties")), "200 401 403 429"),
                arguments(
                        Files.readString(Path.of("..", "contracts", "revkeen.properties"))
                                .replace("environments = live, sandbox", "environments = sandbox"),
                        "200 401 403 429"),
                arguments(Files.readString(Path.of("..", "contracts", "recurr.properties")), "200 401 403"),
                arguments(Files.readString(Path.of("..", "contracts", "revenuecat-v1.properties")), "200 401 403"),
                arguments(Files.readString(Path.of("..", "contracts", "revenuecat-v2.properties")), "200 401 403 429"),
                // As published it takes thousands of requests.
                arguments(
                        Files.readString(Path.of("..", "contracts", "app-store.properties"))
                                .replace("1/1s over 1h", "20/1h"),
                        "200 401 403 429"),
                arguments(PROJECTS, "200 401 403 429"),
                arguments(WILDCARDS, "200 401 403 429"),
                arguments(POSTS, "200 401 403"),
                arguments(WRITES, "200 401 403 429"));
    }

    @ParameterizedTest
    @MethodSource("contracts")
    void commands_runByBash_answerWhatTheySay(String contract, String statuses) throws Exception {
        assumeTrue(runs("curl", "--version"), "curl is not installed");
        try (Started started = Started.in(data, file(contract).toString())) {
            List<String> commands = started.lines().stream()
                    .filter(line -> line.startsWith("curl "))
                    .toList();

            assertThat(commands).allMatch(line -> COMMAND.matcher(line).matches());
            assertThat(commands)
                    .extracting(line -> line.substring(line.length() - 3))
                    .containsExactly(statuses.split(" ", -1));
            for (String command : commands) {
                String expected = command.substring(command.length() - 3);
                String output = output("bash", "-c", command);
                if (expected.equals("429")) {
                    assertThat(output.lines().toList())
                            .as(command)
                            .startsWith("200")
                            .endsWith("429")
                            .containsOnly("200", "429");
                } else {
                    assertThat(output).as(command).startsWith("HTTP/1.1 " + expected + " ");
                }
            }
        }
    }

    static boolean runs(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException notInstalled) {
            return false;
        }
    }

    private static String output(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    // --- keys over starts

    @ParameterizedTest
    @ValueSource(strings = {"", "store.type = memory\n"})
    void start_onTheSameData_keepsEarlierKeys(String store) throws Exception {
        String contract = file(store + POSTS).toString();
        String earlier;
        try (Started first = Started.in(data, contract)) {
            earlier = first.key("live", "all");
        }
        try (Started second = Started.in(data, contract)) {
            assertThat(second.key("live", "all")).isNotEqualTo(earlier);
            for (String key : List.of(earlier, second.key("live", "all"))) {
                assertThat(second.send("POST", "/events/a/b", "", "Authorization", key)
                                .statusCode())
                        .isEqualTo(200);
            }
        }
    }

    /** Its digests are nobody else's business, also in a folder that others may enter. */
    @Test
    void keys_areInAFileOfTheOwnerAlone_fromTheFirstStartOn() throws Exception {
        assumeTrue(Files.getFileStore(data).supportsFileAttributeView("posix"), "the file system knows no owners");
        Path open = Files.createDirectory(data.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path made = data.resolve("made").resolve("by the start");
        for (Path folder : List.of(open, made)) {
            for (int start = 1; start <= 2; start++) {
                try (Started started = Started.in(folder)) {
                    assertThat(permissions(folder.resolve("keys.mv.db"))).isEqualTo("rw-------");
                    assertThat(started.get("/v2/customers", started.key("live", "all"))
                                    .statusCode())
                            .isEqualTo(200);
                }
                assertThat(permissions(folder.resolve("keys.mv.db"))).isEqualTo("rw-------");
            }
        }
        assertThat(permissions(open)).isEqualTo("rwxr-xr-x");
        assertThat(permissions(made)).isEqualTo("rwx------");

        Files.setPosixFilePermissions(open.resolve("keys.mv.db"), PosixFilePermissions.fromString("rw-r--r--"));
        Started.in(open).close();
        assertThat(permissions(open.resolve("keys.mv.db")))
                .as("of a start of before")
                .isEqualTo("rw-------");
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void process_killedWhenReady_hasForgottenNoKey() throws Exception {
        String key = "";
        Process process = process();
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null && !line.startsWith("READY "); line = out.readLine()) {
                if (line.startsWith("KEY sandbox read ")) {
                    key = line.substring("KEY sandbox read ".length());
                }
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        try (Started started = Started.in(data)) {
            assertThat(started.get("/v2/customers", key).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void process_toldToEnd_endsAndLeavesNothingOpenAndNothingUncounted() throws Exception {
        Process process = process();
        String key;
        try (BufferedReader out = process.inputReader()) {
            List<String> lines = new ArrayList<>();
            do {
                lines.add(out.readLine());
            } while (!lines.get(lines.size() - 1).startsWith("READY "));
            key = lines.get(0).substring("KEY live all ".length());
            URI address = URI.create(lines.get(lines.size() - 1).substring("READY ".length()) + "/v2/customers");
            HttpRequest request =
                    HttpRequest.newBuilder(address).header("x-revkeen-key", key).build();
            assertThat(HttpClient.newHttpClient()
                            .send(request, HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(200);

            process.destroy();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        try (Started again = Started.in(data)) {
            KeyId id = new KeyId(key.substring("rk_live_".length(), "rk_live_".length() + 12));
            Instant now = Instant.now();
            assertThat(again.keystile()
                            .keyManager()
                            .usage(id, now.minus(Duration.ofHours(2)), now.plus(Duration.ofHours(1)), Started.OPERATOR))
                    .extracting(UsageCount::requests)
                    .containsExactly(1L);
        }
    }

    /** The sample as a process of its own. */
    private Process process() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                // Killed, it leaves its folder.
                "-Djava.io.tmpdir=" + data,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
        builder.environment().putAll(Map.of("PORT", "0", "KEYSTILE_DATA", data.toString()));
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    @Test
    void start_withoutData_takesTheStoreOfTheContract() throws Exception {
        String contract = file(WILDCARDS).toString();
        try (Started started = Started.start(Map.of(), (classes, application) -> {}, contract)) {
            assertThat(started.keystile().keyFormat().prefixes())
                    .extracting(KeyPrefix::text)
                    .contains("acme_live_");
            assertThat(data).isDirectoryNotContaining("glob:**.db");
        }
    }

    // --- the echo

    @Test
    void echo_withKey_saysWhatTheApplicationSees() throws Exception {
        try (Started started = Started.in(data)) {
            UnaryOperator<NewKey.Builder> parts = key -> key.scopes("webhooks:write", "webhooks:read", "finance:read");
            var issued = started.issue("acct_other", SANDBOX, parts);
            HttpResponse<String> response = started.get("/v2/webhooks/a%20b/c", issued.revealOnce());

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(Started.header(response, "Content-Type")).contains("application/json");
            assertThat(response.body()).isEqualTo("""
                            {"path":"/v2/webhooks/a b/c","method":"GET","environment":"sandbox","keyId":"%s",\
                            "account":"acct_other","scopes":["finance:read","webhooks:read","webhooks:write"]}""".formatted(issued.key().id()));
        }
    }

    /** The next request on the same connection is answered, though nobody needs the body of the one before. */
    @Test
    void echo_ofARequestWhoseBodyComesLater_leavesTheConnectionOpen() throws Exception {
        try (Started started = Started.in(data);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), started.port())) {
            socket.setTcpNoDelay(true);
            String request = "POST /v2/webhooks/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nx-revkeen-key: "
                    + started.liveKey("webhooks:write") + "\r\n";
            OutputStream output = socket.getOutputStream();
            output.write((request + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            Thread.sleep(100);
            output.write(("{}" + request + "Connection: close\r\n\r\n{}").getBytes(StandardCharsets.ISO_8859_1));

            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                            .split("HTTP/1.1 200 ", -1))
                    .hasSize(3);
        }
    }

    // --- the billing API

    @Test
    void object_overItsLife_isCreatedChangedAndDeleted() throws Exception {
        try (Started started = Started.in(data)) {
            String key = started.liveKey("products:read", "products:write");
            HttpResponse<String> created = started.post(
                    "/v2/products", key, "{\"name\":\"Pro\",\"price\":{\"amount\":4900.10,\"id\":1},\"id\":\"mine\"}");
            String id = Started.id(created);
            String path = "/v2/products/" + id;

            assertThat(created.statusCode()).isEqualTo(201);
            assertThat(id).startsWith("prod_");
            assertThat(created.body())
                    .startsWith("{\"id\":\"" + id + "\",\"object\":\"product\",\"livemode\":true,\"created\":")
                    .endsWith(",\"name\":\"Pro\",\"price\":{\"amount\":4900.10,\"id\":1}}");
            assertThat(started.get(path, key).body()).isEqualTo(created.body());
            assertThat(started.get("/v2/products", key).body())
                    .startsWith("{\"object\":\"list\",\"data\":[" + created.body() + ",");
            assertThat(started.request("PATCH", path, key, "{\"name\":null,\"active\":true}")
                            .body())
                    .endsWith(",\"price\":{\"amount\":4900.10,\"id\":1},\"active\":true}");
            assertThat(started.request("PUT", path, key, "{\"name\":\"Max\"}").body())
                    .matches(".*\"created\":[0-9]+,\"name\":\"Max\"}");

            HttpResponse<String> head = started.request("HEAD", path, key, "");
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            assertThat(Started.header(head, "Content-Length"))
                    .as("that of the body, or none")
                    .isIn(Optional.empty(), Started.header(started.get(path, key), "Content-Length"));

            assertThat(started.request("DELETE", path, key, "").body()).contains("\"deleted\":true");
            assertThat(started.get(path, key).statusCode()).isEqualTo(404);
            assertThat(started.request("PATCH", path, key, "{}").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void object_ofOneAccountOrEnvironment_isNotThereForOthers() throws Exception {
        try (Started started = Started.in(data)) {
            UnaryOperator<NewKey.Builder> parts = key -> key.scopes("invoices:read", "invoices:write");
            String key = started.issue("acct_a", LIVE, parts).revealOnce();
            String path = "/v2/invoices/" + Started.id(started.post("/v2/invoices", key, "{\"amount\":1}"));

            assertThat(started.get(path, key).statusCode()).isEqualTo(200);
            assertThat(started.get(path, started.issue("acct_a", LIVE, parts).revealOnce())
                            .statusCode())
                    .isEqualTo(200);
            assertThat(started.get(path, started.issue("acct_a", SANDBOX, parts).revealOnce())
                            .statusCode())
                    .isEqualTo(404);
            assertThat(started.get(path, started.issue("acct_b", LIVE, parts).revealOnce())
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void body_thatIsNoJsonObject_is400() throws Exception {
        try (Started started = Started.in(data)) {
            String key = started.liveKey("customers:write");
            for (String body : List.of(
                    "{", "[]", "1", "null", "{} {}", "{\"a\":1,\"a\":2}", "{'a':1}", "{\"a\":}", "\"a", "{\"a\":[}")) {
                HttpResponse<String> response = started.post("/v2/customers", key, body);

                assertThat(response.statusCode()).as(body).isEqualTo(400);
                assertThat(response.body()).startsWith("{\"error\":{\"type\":\"invalid_request_error\"");
            }
            assertThat(started.post("/v2/customers", key, "{\"a\":" + "[".repeat(50) + "]".repeat(50) + "}")
                            .statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void body_thatCannotBeReadAtAll_is400() throws Exception {
        try (Started started = Started.in(data)) {
            String key = started.liveKey("customers:read", "customers:write");
            String none = started.get("/v2/customers", key).body();
            for (String body : List.of(
                    "{\"a\":1e99999999999999}",
                    "{\"a\":[1e-99999999999999]}",
                    // The first four bytes look like UTF-32, of which the next four are no character.
                    "\0\0\0{\u007f\u007f\u007f\u007f",
                    "\0\0\0{\0")) {
                HttpResponse<String> response = started.post("/v2/customers", key, body);

                assertThat(response.statusCode()).as(body).isEqualTo(400);
                assertThat(response.body()).isEqualTo(NO_OBJECT);
            }
            for (String chunks :
                    List.of("zz\r\n{}\r\n0\r\n\r\n", "2\r\n{}zz\r\n0\r\n\r\n", "fffffffffffffffff\r\n{}")) {
                assertThat(started.sendRaw(
                                "POST /v2/customers HTTP/1.1",
                                "Host: localhost",
                                "x-revkeen-key: " + key,
                                "Transfer-Encoding: chunked",
                                "",
                                chunks))
                        .as(chunks)
                        .startsWith("HTTP/1.1 400 ")
                        .contains("application/json")
                        .contains("\r\n" + NO_OBJECT);
            }
            assertThat(started.get("/v2/customers", key).body()).isEqualTo(none);
        }
    }

    @Test
    void body_thatIsTooLarge_is413() throws Exception {
        try (Started started = Started.in(data)) {
            String key = started.liveKey("customers:write");
            String large = "{\"a\":\"" + "x".repeat(12_000) + "\"}";
            String path = "/v2/customers/" + Started.id(started.post("/v2/customers", key, large));

            assertThat(started.post("/v2/customers", key, "{\"a\":\"" + "x".repeat(20_000) + "\"}")
                            .statusCode())
                    .isEqualTo(413);
            // Two halves do not make what could not be posted at once.
            assertThat(started.request("PATCH", path, key, large.replace("\"a\"", "\"b\""))
                            .statusCode())
                    .isEqualTo(413);
            assertThat(started.request("PATCH", path, key, "{\"c\":1}").body()).doesNotContain("\"b\"");
        }
    }

    @Test
    void method_thatIsNotThere_is405() throws Exception {
        try (Started started = Started.in(data)) {
            String key = started.liveKey("customers:write");
            HttpResponse<String> response = started.post("/v2/customers/cus_live_1", key, "{}");

            assertThat(response.statusCode()).isEqualTo(405);
            assertThat(Started.header(response, "Allow")).contains("GET, HEAD, PUT, PATCH, DELETE");
        }
    }

    // --- how it refuses to start

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--port 1            | unknown option '--port'",
                "a b                 | expected one contract",
                "nothing-so          | there is no contract 'nothing-so': expected one of [",
                "no/such.properties  | there is no contract 'no/such.properties'",
                "--key               | --key ''",
                "--key name_live     | --key 'name live': expected",
                "--key n_LIVE_a      | environment 'LIVE'",
                "--key n_live_a,,b   | scope ''",
                "--key n_mars_customers:read | expected one of the environments [live, sandbox]"
            })
    void run_wrongUsage_endsWithOneLine(String arguments, String message) {
        List<String> words = Stream.of(arguments.split(" ", -1))
                .map(word -> word.startsWith("n") && word.contains("_") ? word.replace('_', ' ') : word)
                .toList();
        assertRefused(run(Map.of("KEYSTILE_DATA", data.toString(), "PORT", "0"), words), 2, message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "-1", "65536", "8080 8081"})
    void run_wrongPort_endsWithOneLine(String port) {
        assertRefused(run(Map.of("PORT", port), List.of()), 2, "PORT = '" + port + "'");
    }

    @Test
    void run_keyThatCannotBeIssued_endsWithOneLine() {
        Map<String, String> environment = Map.of("KEYSTILE_DATA", data.toString(), "PORT", "0");

        assertRefused(run(environment, List.of("--key", "n live no:such")), 1, "scopes [no:such] are not declared");
        assertRefused(run(environment, List.of("--key", "n live customers:read gold")), 1, "there is no plan 'gold'");
    }

    @Test
    void run_portTaken_endsWithOneLine() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());

            assertRefused(
                    run(Map.of("KEYSTILE_DATA", data.toString(), "PORT", port), List.of()),
                    1,
                    "port " + port + " is taken");
        }
    }

    @Test
    void run_dataThatIsNoFolder_endsWithOneLine() throws Exception {
        Path file = file("");

        assertRefused(run(Map.of("KEYSTILE_DATA", file + "/below", "PORT", "0"), List.of()), 1, "cannot be made");
    }

    @Test
    void run_wrongSettings_endsWithAllThatIsWrong() throws Exception {
        String contract =
                file(POSTS + "scopez = a\nrules.a = GET nowhere a:b\n").toString();
        Ended ended = run(Map.of("KEYSTILE_DATA", data.toString(), "PORT", "0"), List.of(contract));

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err())
                .startsWith("playground: ")
                .contains(
                        "2 problems in the Keystile configuration:\n",
                        "scopez is no setting: did you mean scopes?",
                        "rules.a")
                .hasLineCount(3);
    }

    private record Ended(int status, String out, String err) {}

    private static Ended run(Map<String, String> environment, List<String> arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Main.run(
                arguments,
                environment,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Ended(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static void assertRefused(Ended ended, int status, String message) {
        assertThat(ended.err()).startsWith("playground: ").contains(message).hasLineCount(1);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.status()).isEqualTo(status);
    }
}
