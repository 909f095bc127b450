package dev.keystile.playground;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.Keystile;
import dev.keystile.http.CredentialSource;
import dev.keystile.key.Actor;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.NewKey;
import jakarta.servlet.ServletContainerInitializer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A playground on a port of its own, with what it printed and a client. No answer of it may hold a key it was sent. */
final class Started implements AutoCloseable {

    static final Actor OPERATOR = new Actor.Operator("test");

    /** No key is shorter, and no other value is so long. */
    private static final int KEY_LENGTH = 40;

    private static final Pattern REQUEST_ID = Pattern.compile("req_[0-9a-f]{32}");

    private static final Pattern ID = Pattern.compile("\"id\":\"([a-z_0-9]+)\"");

    private final Playground playground;
    private final List<String> lines;
    private final HttpClient client = HttpClient.newHttpClient();

    private Started(Playground playground, String printed) {
        this.playground = playground;
        this.lines = printed.lines().toList();
    }

    /** Starts one with its keys in a folder. */
    static Started in(Path data, String... arguments) throws StartRefusedException {
        return start(Map.of("KEYSTILE_DATA", data.toString()), (classes, application) -> {}, arguments);
    }

    static Started start(Map<String, String> environment, ServletContainerInitializer more, String... arguments)
            throws StartRefusedException {
        Map<String, String> anyPort = new HashMap<>(environment);
        anyPort.put("PORT", "0");
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        Options options = Options.read(List.of(arguments), anyPort, Path.of(""));
        Playground started = Playground.start(options, new PrintStream(printed, true, StandardCharsets.UTF_8), more);
        return new Started(started, printed.toString(StandardCharsets.UTF_8));
    }

    /** A sample contract with some texts replaced, given as old and new in turn, as a file in a folder. */
    static Path variant(String contract, Path folder, String... replacements) throws IOException {
        String text = Files.readString(Path.of("..", "contracts", contract + ".properties"));
        for (int i = 0; i < replacements.length; i += 2) {
            assertThat(text).contains(replacements[i]);
            text = text.replace(replacements[i], replacements[i + 1]);
        }
        return Files.writeString(folder.resolve("variant.properties"), text);
    }

    /** What it printed. */
    List<String> lines() {
        return lines;
    }

    Keystile keystile() {
        return playground.keystile();
    }

    int port() {
        return playground.port();
    }

    /** The text of a key it printed. */
    String key(String environment, String name) {
        String start = "KEY " + environment + " " + name + " ";
        return lines.stream()
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(start.length()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no '" + start + "' in " + lines));
    }

    IssuedKey issue(KeyEnvironment environment, UnaryOperator<NewKey.Builder> parts) {
        return issue("acct_playground", environment, parts);
    }

    IssuedKey issue(String account, KeyEnvironment environment, UnaryOperator<NewKey.Builder> parts) {
        NewKey.Builder wanted = parts.apply(NewKey.of(account, "test", environment));
        return keystile().keyManager().issue(wanted.build(), OPERATOR);
    }

    /** A live key with these scopes and so large a plan that it is in nobody's way. */
    String liveKey(String... scopes) {
        return issue(KeyEnvironment.LIVE, key -> key.plan("enterprise").scopes(scopes))
                .revealOnce();
    }

    URI uri(String target) {
        return URI.create("http://localhost:" + port() + target);
    }

    HttpResponse<String> get(String target, String key) {
        return request("GET", target, key, "");
    }

    HttpResponse<String> post(String target, String key, String body) {
        return request("POST", target, key, body);
    }

    /** Sends a request without a body, told in one line such as {@code GET /v2/customers}. */
    HttpResponse<String> ask(String request, String key) {
        String[] words = request.split(" ", -1);
        return request(words[0], words[1], key, "");
    }

    /** Sends a request with a key, in the first place in which the contract looks for one. */
    HttpResponse<String> request(String method, String target, String key, String body) {
        CredentialSource source = keystile().credentialSources().get(0);
        return send(method, target, body, source.headerName(), CurlLines.headerValue(source, key));
    }

    /** Asks until a key is refused whose end is set: until then it opens, or is over its limit. */
    void awaitRefusal(String target, String key, Instant end) {
        while (get(target, key).statusCode() != 401) {
            assertThat(Instant.now()).as("the key opens past its end").isBefore(end.plusSeconds(10));
        }
        assertThat(Instant.now()).isAfterOrEqualTo(end);
    }

    /** Sends a request with headers, given as names and values in turn. */
    HttpResponse<String> send(String method, String target, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(target))
                .timeout(Duration.ofSeconds(60))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            String whole = response.headers().map() + response.body();
            for (int i = 1; i < headers.length; i += 2) {
                String key = headers[i].substring(headers[i].lastIndexOf(' ') + 1);
                if (key.length() > KEY_LENGTH && key.indexOf('_') > 0) {
                    assertThat(whole).doesNotContain(key);
                }
            }
            return response;
        } catch (IOException failure) {
            throw new AssertionError("no answer to " + method + " " + target, failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", interrupted);
        }
    }

    /** Sends header lines as they are, and returns the answer as it comes. */
    String sendRaw(String... headerLines) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            String request = String.join("\r\n", headerLines) + "\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            try (InputStream answer = socket.getInputStream()) {
                return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    static Optional<String> header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name);
    }

    static long number(HttpResponse<?> response, String name) {
        return Long.parseLong(
                header(response, name).orElseThrow(() -> new AssertionError("no " + name + " in " + response)));
    }

    /** All headers but the date, and what is about the connection alone. */
    static Map<String, List<String>> fields(HttpResponse<?> response) {
        Map<String, List<String>> fields = new TreeMap<>(response.headers().map());
        fields.remove("date");
        fields.remove("connection");
        return fields;
    }

    /** The id of the first object in a body. */
    static String id(HttpResponse<String> response) {
        Matcher id = ID.matcher(response.body());
        assertThat(id.find()).as(response.body()).isTrue();
        return id.group(1);
    }

    /** A body with its request id, which is unlike any other, replaced by {@code req_…}. */
    static String withoutRequestId(String body) {
        return REQUEST_ID.matcher(body).replaceFirst("req_…");
    }

    @Override
    public void close() {
        playground.close();
    }
}
