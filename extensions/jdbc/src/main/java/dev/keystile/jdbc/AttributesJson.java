package dev.keystile.jdbc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** A map of texts as one JSON object, in ASCII, so that no character set of a database can damage it. */
final class AttributesJson {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private AttributesJson() {}

    static String write(Map<String, String> attributes) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            for (Map.Entry<String, String> attribute : new TreeMap<>(attributes).entrySet()) {
                json.writeStringField(attribute.getKey(), attribute.getValue());
            }
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException("a StringWriter takes all", impossible);
        }
        return text.toString();
    }

    /** @throws IllegalArgumentException if the text is anything but one object of texts */
    static Map<String, String> read(String text) {
        Map<String, String> attributes = new HashMap<>();
        try (JsonParser json = JSON.createParser(text)) {
            require(json.nextToken() == JsonToken.START_OBJECT);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                require(json.nextToken() == JsonToken.VALUE_STRING);
                attributes.put(name, json.getText());
            }
            require(json.currentToken() == JsonToken.END_OBJECT && json.nextToken() == null);
        } catch (IOException notJson) {
            throw new IllegalArgumentException("attributes: not JSON", notJson);
        }
        return attributes;
    }

    private static void require(boolean expected) {
        if (!expected) {
            throw new IllegalArgumentException("attributes: not one JSON object of texts");
        }
    }
}
