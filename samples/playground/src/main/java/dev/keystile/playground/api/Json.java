package dev.keystile.playground.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** JSON in and out, by streaming. */
final class Json {

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(32).build())
            .build();

    private Json() {}

    /** Writes one value. */
    interface Writer {

        void write(JsonGenerator json) throws IOException;
    }

    static String text(Writer writer) {
        try {
            return write(writer);
        } catch (IOException impossible) {
            throw new UncheckedIOException("a string cannot fail to be written", impossible);
        }
    }

    private static String write(Writer writer) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            writer.write(json);
        }
        return text.toString();
    }

    /**
     * The members of an object, each value as JSON; no bytes at all count as an object without members.
     *
     * @throws IOException           if the bytes are anything else than one JSON object without duplicate names
     * @throws ArithmeticException   if a number is out of the range that Java has
     * @throws NumberFormatException likewise
     */
    static Map<String, String> members(byte[] bytes) throws IOException {
        Map<String, String> members = new LinkedHashMap<>();
        if (bytes.length == 0) {
            return members;
        }
        try (JsonParser json = FACTORY.createParser(bytes)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new JsonParseException(json, "expected an object");
            }
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                json.nextToken();
                members.put(name, write(value -> copyValue(json, value)));
            }
            if (json.nextToken() != null) {
                throw new JsonParseException(json, "expected nothing behind the object");
            }
        }
        return members;
    }

    /** Event by event, for the method that copies a whole value rounds its numbers to doubles. */
    private static void copyValue(JsonParser from, JsonGenerator to) throws IOException {
        int depth = 0;
        do {
            to.copyCurrentEventExact(from);
            JsonToken copied = from.currentToken();
            depth += copied.isStructStart() ? 1 : copied.isStructEnd() ? -1 : 0;
        } while (depth > 0 && from.nextToken() != null);
    }
}
