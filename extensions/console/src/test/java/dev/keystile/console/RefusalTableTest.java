package dev.keystile.console;

import static dev.keystile.console.ConsoleClient.textAt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call of the console, by all who may not make it and in every way it may not be made. */
final class RefusalTableTest {

    /**
     * One call.
     *
     * @param method {@code POST} for what changes something
     * @param path   with {@code {id}} for a key of the account
     * @param body   empty for reading
     */
    record Call(String method, String path, String body) {

        boolean changes() {
            return method.equals("POST");
        }

        boolean isPage() {
            return path.equals("/");
        }

        boolean ofKey() {
            return path.contains("{id}");
        }

        Call of(String id) {
            return new Call(method, path.replace("{id}", id), body);
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    private static final List<Call> CALLS = List.of(
            new Call("GET", "/", ""),
            new Call("GET", "/api/session", ""),
            new Call("GET", "/api/keys", ""),
            new Call("GET", "/api/keys/{id}", ""),
            new Call("GET", "/api/keys/{id}/usage", ""),
            new Call("GET", "/api/keys/{id}/audit", ""),
            new Call("GET", "/api/audit", ""),
            new Call(
                    "POST", "/api/keys", "{\"name\":\"new\",\"environment\":\"live\",\"scopes\":[\"customers:read\"]}"),
            new Call("POST", "/api/keys/{id}/rotate", "{\"overlap_seconds\":3600}"),
            new Call("POST", "/api/keys/{id}/revoke", "{}"),
            new Call("POST", "/api/keys/{id}/disable", "{}"),
            new Call("POST", "/api/keys/{id}/enable", "{}"));

    private static final String UNKNOWN = "zzzzzzzzzzzz";

    @SuppressWarnings("NullAway.Init")
    private static TestApplication application;

    @SuppressWarnings("NullAway.Init")
    private static String keyText;

    @SuppressWarnings("NullAway.Init")
    private static String keyId;

    private long revision;

    @BeforeAll
    static void start() throws Exception {
        application = TestApplication.start();
        var issued = application.issue(TestMembers.ACCOUNT, "of the account");
        keyId = issued.key().id().text();
        keyText = issued.revealOnce();
    }

    @AfterAll
    static void stop() throws Exception {
        application.close();
    }

    @BeforeEach
    void remember() {
        revision = application.store().revision();
    }

    @AfterEach
    void nothingWasChanged() {
        assertThat(application.store().revision())
                .as("changes made by refused calls")
                .isEqualTo(revision);
    }

    static Stream<Call> calls() {
        return CALLS.stream();
    }

    static Stream<Call> reads() {
        return CALLS.stream().filter(call -> !call.changes());
    }

    static Stream<Call> changes() {
        return CALLS.stream().filter(Call::changes);
    }

    static Stream<Call> callsOfKey() {
        return CALLS.stream().filter(Call::ofKey);
    }

    private static Stream<Arguments> each(Stream<Call> calls, List<List<String>> variants) {
        return calls.flatMap(call -> variants.stream()
                .map(it -> argumentSet(call + " " + String.join(" ", it), call, it.toArray(String[]::new))));
    }

    private static HttpResponse<String> send(ConsoleClient client, Call call, String... headers) {
        Call made = call.of(keyId);
        return client.send(
                made.method(), made.path(), made.changes() ? BodyPublishers.ofString(made.body()) : null, headers);
    }

    private static void assertRefused(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(textAt(response, "code")).isEqualTo(code);
        assertThat(textAt(response, "status")).isEqualTo(Integer.toString(status));
        assertThat(textAt(response, "type")).isEqualTo("about:blank");
        assertThat(textAt(response, "title")).isNotEqualTo("null");
        assertThat(textAt(response, "detail")).isNotEqualTo("null");
    }

    @ParameterizedTest
    @MethodSource("reads")
    void reads_byAnyMember_areAnswered(Call call) {
        for (String login : List.of("ada", "nina", "vera")) {
            HttpResponse<String> response = send(ConsoleClient.of(application, login), call);
            assertThat(response.statusCode()).as(login + ": " + response.body()).isEqualTo(200);
            assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        }
    }

    // Who calls.

    @ParameterizedTest
    @MethodSource("calls")
    void calls_ifNobodyIsLoggedIn_areRefused(Call call) {
        HttpResponse<String> response = send(ConsoleClient.stranger(application), call);

        assertThat(response.headers().firstValue("WWW-Authenticate"))
                .hasValueSatisfying(it -> assertThat(it).startsWith("Cookie"));
        if (call.isPage()) {
            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(response.body())
                    .contains("href=\"/login?next=/settings/api-keys/&amp;from=&quot;console&quot;\"");
        } else {
            assertRefused(response, 401, "not_logged_in");
            assertThat(textAt(response, "login_url")).startsWith("/login?next=");
        }
    }

    @ParameterizedTest
    @MethodSource("changes")
    void changes_withoutTheRole_areRefused(Call call) {
        ConsoleClient vera = ConsoleClient.of(application, "vera");
        String path = call.of(keyId).path();

        assertRefused(send(vera, call), 403, "forbidden");
        // Nor are they told how a body should be, or whether there is such a key.
        for (String body : List.of("{\"unknown\":1}", "{", "[]")) {
            assertRefused(vera.post(path, body), 403, "forbidden");
        }
        assertRefused(send(vera, call.of(UNKNOWN)), 403, "forbidden");
    }

    @ParameterizedTest
    @MethodSource("callsOfKey")
    void calls_ofAnotherAccountsKey_areAnsweredAsIfThereWereNone(Call call) {
        ConsoleClient otto = ConsoleClient.of(application, "otto");

        HttpResponse<String> another = send(otto, call);
        HttpResponse<String> none = send(otto, call.of(UNKNOWN));
        HttpResponse<String> noId = send(otto, call.of("not-an-id"));

        assertRefused(another, 404, "key_not_found");
        assertThat(another.body()).isEqualTo(none.body()).isEqualTo(noId.body());
        assertThat(another.headers().map().keySet())
                .isEqualTo(none.headers().map().keySet());
    }

    @ParameterizedTest
    @MethodSource("reads")
    void reads_byAnotherAccount_tellNothingOfTheKey(Call call) {
        HttpResponse<String> response = send(ConsoleClient.of(application, "otto"), call);

        assertThat(response.body()).doesNotContain(keyId).doesNotContain("of the account");
    }

    static Stream<Arguments> keys() {
        return each(
                calls(),
                List.of(
                        List.of("Authorization", "Bearer {key}"),
                        List.of("Authorization", "bearer nonsense"),
                        List.of("Authorization", "Bearer"),
                        List.of("x-lumen-key", "{key}"),
                        List.of("X-Lumen-Key", "nonsense")));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void calls_withAnApiKey_areRefusedWhoeverIsLoggedIn(Call call, String[] header) {
        String value = header[1].replace("{key}", keyText);

        assertRefused(send(ConsoleClient.of(application, "ada"), call, header[0], value), 403, "key_not_accepted");
        assertRefused(send(ConsoleClient.stranger(application), call, header[0], value), 403, "key_not_accepted");
    }

    @Test
    void call_behindAFilterThatTookTheKey_isRefusedByItsPrincipal() {
        ConsoleClient client = ConsoleClient.behind(application, TestApplication.HIDDEN);
        client.login("ada");

        HttpResponse<String> response = client.get("/api/keys", "Authorization", "Bearer " + keyText);

        assertRefused(response, 403, "key_not_accepted");
    }

    // How it is sent.

    @ParameterizedTest
    @MethodSource("changes")
    void changes_withoutTheMembersToken_areRefused(Call call) {
        ConsoleClient ada = ConsoleClient.of(application, "ada");
        String own = ada.token();
        String ofAnotherBrowser = ConsoleClient.of(application, "ada").token();
        ada.login("nina");
        ada.begin();
        String ofAnotherMember = ada.token();
        ada.login("otto");
        ada.begin();
        String ofAnotherAccount = ada.token();
        ada.login("ada");
        ada.begin();

        assertThat(ada.token()).isEqualTo(own);
        assertThat(List.of(ofAnotherBrowser, ofAnotherMember, ofAnotherAccount)).doesNotContain(own);
        for (String wrong :
                List.of("", "x", own + "A", own.substring(1), ofAnotherBrowser, ofAnotherMember, ofAnotherAccount)) {
            assertRefused(send(ada, call, "X-Console-Token", wrong), 403, "token_refused");
        }
        for (String cookies :
                List.of("login=ada", "login=ada; keystile-console=", "login=ada; keystile-console=guessed")) {
            assertRefused(send(ada, call, "Cookie", cookies), 403, "token_refused");
        }
    }

    static Stream<Arguments> otherSenders() {
        return each(
                changes(),
                List.of(
                        List.of("Sec-Fetch-Site", "cross-site"),
                        List.of("Sec-Fetch-Site", "same-site"),
                        List.of("Sec-Fetch-Site", "none"),
                        List.of("Sec-Fetch-Site", "Same-Origin"),
                        List.of("Sec-Fetch-Site", ""),
                        List.of("Sec-Fetch-Site", "", "Origin", "null"),
                        List.of("Sec-Fetch-Site", "", "Origin", "https://evil.example"),
                        List.of("Sec-Fetch-Site", "", "Origin", "http://127.0.0.1"),
                        List.of("Sec-Fetch-Site", "", "Origin", "{own}.evil.example"),
                        List.of("Sec-Fetch-Site", "", "Origin", "file://{authority}"),
                        List.of("Sec-Fetch-Site", "cross-site", "Origin", "{own}")));
    }

    @ParameterizedTest
    @MethodSource("otherSenders")
    void changes_notSentByTheOwnOrigin_areRefused(Call call, String[] headers) {
        String own = application.url();
        for (int i = 1; i < headers.length; i += 2) {
            headers[i] = headers[i].replace("{own}", own).replace("{authority}", own.substring("http://".length()));
        }

        assertRefused(send(ConsoleClient.of(application, "ada"), call, headers), 403, "cross_site");
    }

    @ParameterizedTest
    @MethodSource("reads")
    void reads_byAPageOfAnotherOrigin_areRefusedButForThePage(Call call) {
        ConsoleClient ada = ConsoleClient.of(application, "ada");
        for (String site : List.of("cross-site", "same-site")) {
            HttpResponse<String> response = send(ada, call, "Sec-Fetch-Site", site);
            if (call.isPage()) {
                assertThat(response.statusCode()).isEqualTo(200);
            } else {
                assertRefused(response, 403, "cross_site");
            }
        }
    }

    static Stream<Arguments> otherTypes() {
        return each(
                changes(),
                List.of(
                        List.of("Content-Type", ""),
                        List.of("Content-Type", "text/plain"),
                        List.of("Content-Type", "application/x-www-form-urlencoded"),
                        List.of("Content-Type", "multipart/form-data; boundary=x"),
                        List.of("Content-Type", "application/json; charset=utf-16"),
                        List.of("Content-Type", "application/json, text/plain"),
                        List.of("Content-Type", "application/jsonp")));
    }

    @ParameterizedTest
    @MethodSource("otherTypes")
    void changes_thatAreNotJson_areRefused(Call call, String[] header) {
        assertRefused(send(ConsoleClient.of(application, "ada"), call, header), 415, "not_json");
    }

    @ParameterizedTest
    @MethodSource("calls")
    void calls_byAnotherMethod_areRefusedAndTheRightOneIsNamed(Call call) {
        ConsoleClient ada = ConsoleClient.of(application, "ada");
        String path = call.of(keyId).path();
        List<String> here = CALLS.stream()
                .filter(it -> it.path().equals(call.path()))
                .map(Call::method)
                .toList();
        for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")) {
            if (here.contains(method)) {
                continue;
            }
            HttpResponse<String> response = ada.send(method, path, BodyPublishers.ofString("{}"));
            assertRefused(response, 405, "method_not_allowed");
            assertThat(response.headers().firstValue("Allow"))
                    .contains(
                            here.equals(List.of("POST"))
                                    ? "POST"
                                    : here.contains("POST") ? "GET, HEAD, POST" : "GET, HEAD");
        }
    }

    @ParameterizedTest
    @MethodSource("changes")
    void changes_withABodyTooLarge_areRefused(Call call) {
        ConsoleClient ada = ConsoleClient.of(application, "ada");
        String path = call.of(keyId).path();
        // The second is still being sent when its beginning could be answered.
        for (int bytes : List.of(JsonBody.MAX_BYTES, 15 * JsonBody.MAX_BYTES)) {
            byte[] body = ("{\"name\":\"" + "x".repeat(bytes) + "\"}").getBytes(StandardCharsets.UTF_8);
            BodyPublisher told = BodyPublishers.ofByteArray(body);
            BodyPublisher chunked = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body));

            assertRefused(ada.send("POST", path, told), 413, "body_too_large");
            assertRefused(ada.send("POST", path, chunked), 413, "body_too_large");
        }
    }

    static Stream<Arguments> malformed() {
        return each(
                changes(),
                List.of(
                        List.of(""),
                        List.of("{"),
                        List.of("[]"),
                        List.of("null"),
                        List.of("\"text\""),
                        List.of("{\"name\":\"a\"} {}"),
                        List.of("{\"name\":\"a\",\"name\":\"b\"}"),
                        List.of("{name:\"a\"}"),
                        List.of("{'name':'a'}"),
                        List.of("{\"name\":NaN}"),
                        List.of("{\"name\":[[[[[[\"a\"]]]]]]}"),
                        List.of("{\"name\":\"\\ud8\"}")));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void changes_withABodyThatIsNoJsonObject_areRefused(Call call, String[] body) {
        ConsoleClient ada = ConsoleClient.of(application, "ada");

        assertRefused(ada.post(call.of(keyId).path(), body[0]), 400, "malformed_json");
    }

    @ParameterizedTest
    @MethodSource("changes")
    void changes_withABodyThatIsNotUtf8_areRefused(Call call) {
        byte[] latin = "{\"name\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);

        HttpResponse<String> response = ConsoleClient.of(application, "ada")
                .send("POST", call.of(keyId).path(), BodyPublishers.ofByteArray(latin));

        assertRefused(response, 400, "malformed_json");
    }

    @ParameterizedTest
    @MethodSource("changes")
    void changes_withAFieldTheyDoNotKnow_areRefusedWithoutRepeatingIt(Call call) {
        HttpResponse<String> response =
                ConsoleClient.of(application, "ada").post(call.of(keyId).path(), "{\"" + keyText + "\":\"x\"}");

        assertRefused(response, 422, "unknown_field");
        assertThat(response.body()).doesNotContain(keyText);
    }

    @ParameterizedTest
    @MethodSource("calls")
    void paths_thatAreNone_areNotFoundForMembersAlone(Call call) {
        for (String path :
                List.of("/api", "/api/", "/api/nothing", "/api/keys/" + keyId + "/nothing", "/api/keys/", "/x")) {
            HttpResponse<String> member = ConsoleClient.of(application, "ada")
                    .send(call.method(), path, call.changes() ? BodyPublishers.ofString(call.body()) : null);
            HttpResponse<String> stranger = ConsoleClient.stranger(application)
                    .send(call.method(), path, call.changes() ? BodyPublishers.ofString(call.body()) : null);
            assertRefused(member, 404, "not_found");
            assertRefused(stranger, 401, "not_logged_in");
        }
    }

    /** Answered before its body is there, the connection would be closed without a word, and the next call over it lost. */
    @Test
    void refusedCall_whoseBodyIsLate_isAnsweredBehindIt_andKeepsTheConnection() throws Exception {
        URI server = URI.create(application.url());
        String head = "POST " + TestApplication.MOUNT + "/api/nothing HTTP/1.1\r\nHost: localhost\r\n"
                + "Content-Type: application/json\r\nContent-Length: 2\r\n";
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            InputStream answers = socket.getInputStream();
            socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.US_ASCII));
            socket.setSoTimeout(300);
            assertThatThrownBy(answers::read).isInstanceOf(SocketTimeoutException.class);

            socket.setSoTimeout(30_000);
            socket.getOutputStream().write("{}".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write((head + "Connection: close\r\n\r\n{}").getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(answers.readAllBytes(), StandardCharsets.UTF_8).split("HTTP/1\\.1 4", -1))
                    .as("the parts before, between and behind the status lines")
                    .hasSize(3);
        }
    }
}
