package dev.keystile.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A JSON value as a program reads it: maps, lists, texts, numbers, booleans and null. */
record Json(@Nullable Object value) {

    static Json parse(String text) {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            parser.nextToken();
            Json read = new Json(read(parser));
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more than one document: " + text);
            }
            return read;
        } catch (IOException notJson) {
            throw new UncheckedIOException("not JSON: " + text, notJson);
        }
    }

    private static @Nullable Object read(JsonParser parser) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> members = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    members.put(name, read(parser));
                }
                return members;
            }
            case START_ARRAY -> {
                List<@Nullable Object> entries = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    entries.add(read(parser));
                }
                return entries;
            }
            case VALUE_STRING -> {
                return parser.getText();
            }
            case VALUE_NUMBER_INT -> {
                return parser.getLongValue();
            }
            case VALUE_TRUE, VALUE_FALSE -> {
                return parser.getBooleanValue();
            }
            default -> {
                return null;
            }
        }
    }

    /** What stands under names and numbers, as in {@code keys.0.id}. */
    @Nullable Object at(String path) {
        Object reached = value;
        for (String step : path.split("\\.", -1)) {
            if (reached instanceof Map<?, ?> members) {
                if (!members.containsKey(step)) {
                    throw new IllegalArgumentException("there is no " + step + " of " + path + " in " + value);
                }
                reached = members.get(step);
            } else if (reached instanceof List<?> entries) {
                reached = entries.get(Integer.parseInt(step));
            } else {
                throw new IllegalArgumentException("nothing stands under " + step + " of " + path);
            }
        }
        return reached;
    }

    String text(String path) {
        return String.valueOf(at(path));
    }
}
