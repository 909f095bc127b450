package dev.keystile.console;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A whole response, but for the headers that every response has.
 *
 * <p>Immutable, but for the body, which nobody changes. Printing it shows no body: it may hold a secret.
 *
 * @param status      the status
 * @param contentType of the body; empty if there is none
 * @param body        the body
 * @param headers     by name
 */
@SuppressWarnings("ArrayRecordComponent")
record Answer(int status, String contentType, byte[] body, Map<String, String> headers) {

    private static final String JSON_TYPE = "application/json";
    private static final String NO_STORE = "no-store";
    private static final JsonFactory JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    /** Writes the fields of one JSON object. */
    interface Fields {

        void writeTo(JsonGenerator json) throws IOException;
    }

    /** Data, which no cache may keep. */
    static Answer json(int status, Fields fields) {
        return json(status, JSON_TYPE, fields);
    }

    static Answer json(int status, String contentType, Fields fields) {
        ByteArrayOutputStream body = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = JSON.createGenerator(body)) {
            json.writeStartObject();
            fields.writeTo(json);
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory", impossible);
        }
        return new Answer(status, contentType, body.toByteArray(), Map.of("Cache-Control", NO_STORE));
    }

    /** A page for one member, which no cache may keep. */
    static Answer page(int status, byte[] html) {
        return new Answer(status, "text/html; charset=utf-8", html, Map.of("Cache-Control", NO_STORE));
    }

    /** Nothing but a status and headers. */
    static Answer empty(int status, Map<String, String> headers) {
        return new Answer(status, "", new byte[0], headers);
    }

    /** This answer, with one more header. */
    Answer with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Answer(status, contentType, body, more);
    }

    @Override
    public String toString() {
        return "Answer[" + status + "]";
    }
}
