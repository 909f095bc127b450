package dev.keystile.playground.api;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What the application answers: always JSON.
 *
 * <p>Immutable.
 *
 * @param status the HTTP status
 * @param body   the JSON
 * @param allow  the methods there are, where the one that was asked for is not among them
 */
record Answer(int status, String body, Optional<String> allow) {

    static Answer of(int status, Json.Writer body) {
        return new Answer(status, Json.text(body), Optional.empty());
    }

    static Answer error(int status, String message) {
        return of(status, json -> {
            json.writeStartObject();
            json.writeObjectFieldStart("error");
            json.writeStringField("type", "invalid_request_error");
            json.writeStringField("message", message);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    static Answer methodNotAllowed(String allow) {
        return new Answer(
                405, error(405, "Expected one of the methods " + allow + ".").body(), Optional.of(allow));
    }

    /** Sends it; the container leaves the body out for HEAD. */
    void send(HttpServletResponse response) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        allow.ifPresent(methods -> response.setHeader("Allow", methods));
        response.setContentType("application/json");
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }
}
