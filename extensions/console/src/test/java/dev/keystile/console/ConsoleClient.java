package dev.keystile.console;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a browser sends for somebody who is logged in, as far as a test does not say otherwise. */
final class ConsoleClient {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String TOKEN = "X-Console-Token";

    private final String base;
    private final Map<String, String> cookies = new LinkedHashMap<>();
    private String token = "none";

    private ConsoleClient(String base) {
        this.base = base;
    }

    /** Nobody is logged in. */
    static ConsoleClient stranger(TestApplication application) {
        return behind(application, TestApplication.MOUNT);
    }

    /** Nobody is logged in, to a console that is mounted elsewhere. */
    static ConsoleClient behind(TestApplication application, String mount) {
        return at(application.url() + mount);
    }

    /** Nobody is logged in, to a console at a URL. */
    static ConsoleClient at(String base) {
        return new ConsoleClient(base);
    }

    /** Somebody is logged in, and their page has begun. */
    static ConsoleClient of(TestApplication application, String login) {
        ConsoleClient client = stranger(application);
        client.login(login);
        client.begin();
        return client;
    }

    /** Somebody else is logged in from now on; the page does not know. */
    void login(String login) {
        cookies.put("login", login);
    }

    /** What the page does first. */
    void begin() {
        token = textAt(get("/api/session"), "token");
    }

    String token() {
        return token;
    }

    HttpResponse<String> get(String path, String... headers) {
        return send("GET", path, null, headers);
    }

    HttpResponse<String> post(String path, String body, String... headers) {
        return send("POST", path, HttpRequest.BodyPublishers.ofString(body), headers);
    }

    /**
     * Sends a request as the page would.
     *
     * @param body    none for reading
     * @param headers in place of those that the page sends; an empty value leaves one out
     */
    HttpResponse<String> send(String method, String path, HttpRequest.@Nullable BodyPublisher body, String... headers) {
        Map<String, String> sent = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        sent.put("Sec-Fetch-Site", "same-origin");
        if (!cookies.isEmpty()) {
            List<String> pairs = new ArrayList<>();
            cookies.forEach((name, value) -> pairs.add(name + "=" + value));
            sent.put("Cookie", String.join("; ", pairs));
        }
        if (body != null) {
            sent.put("Content-Type", "application/json");
            sent.put(TOKEN, token);
        }
        for (int i = 0; i < headers.length; i += 2) {
            sent.put(headers[i], headers[i + 1]);
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(60))
                .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : body);
        sent.forEach((name, value) -> {
            if (!value.isEmpty()) {
                request.header(name, value);
            }
        });
        try {
            HttpResponse<String> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            response.headers().allValues("Set-Cookie").forEach(this::keep);
            return response;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ended);
        }
    }

    private void keep(String cookie) {
        String pair = cookie.split(";", 2)[0];
        cookies.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }

    /** The body of a response: maps, lists, texts, numbers as {@code Long}, booleans, and nothing for null. */
    static Map<String, Object> json(HttpResponse<String> response) {
        try (JsonParser json = new JsonFactory().createParser(response.body())) {
            json.nextToken();
            return object(json);
        } catch (IOException notJson) {
            throw new UncheckedIOException(response.body(), notJson);
        }
    }

    private static Map<String, Object> object(JsonParser json) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            Object value = value(json);
            if (value != null) {
                fields.put(name, value);
            }
        }
        return fields;
    }

    private static @Nullable Object value(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case START_OBJECT -> object(json);
            case START_ARRAY -> {
                List<Object> items = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    Object item = value(json);
                    if (item != null) {
                        items.add(item);
                    }
                }
                yield items;
            }
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT -> json.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    /** What stands at a path of names and places, such as {@code key.secrets.0.last_four}; nothing if it is null there. */
    static @Nullable Object at(HttpResponse<String> response, String path) {
        Object value = json(response);
        for (String name : path.split("\\.", -1)) {
            if (value instanceof List<?> list) {
                value = list.get(Integer.parseInt(name));
            } else if (value instanceof Map<?, ?> map) {
                value = map.get(name);
            } else {
                throw new AssertionError("there is no " + path + " in " + response.body());
            }
        }
        return value;
    }

    static String textAt(HttpResponse<String> response, String path) {
        return String.valueOf(at(response, path));
    }
}
