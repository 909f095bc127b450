package dev.keystile.console;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The body of a call: one JSON object of the fields that the call knows. What is wrong with a field is gathered, and told at
 * once by {@link #requireValid}.
 *
 * <p>Not safe for use by many threads.
 */
final class JsonBody {

    /** Room for 500 scopes of 100 characters. */
    static final int MAX_BYTES = 64 * 1024;

    private static final int MAX_DISCARDED_BYTES = 16 * MAX_BYTES;

    private static final int MAX_DEPTH = 4;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();

    /** A text, a {@code Boolean}, a {@code Long}, a list of texts or a map of texts to texts; or {@link #OTHER}. */
    private final Map<String, Object> fields;

    private final List<Refusal.FieldError> errors = new ArrayList<>();

    /** Stands for a value of a shape that no call knows. */
    private static final Object OTHER = new Object();

    private JsonBody(Map<String, Object> fields) {
        this.fields = fields;
    }

    /**
     * Reads a body.
     *
     * @param known the fields that the call knows
     */
    static JsonBody read(HttpServletRequest request, Set<String> known) throws IOException {
        requireJson(request.getContentType());
        Map<String, Object> fields = parse(decode(bytes(request)));
        if (!known.containsAll(fields.keySet())) {
            throw Refusal.of(
                    422,
                    "unknown_field",
                    known.isEmpty()
                            ? "The body has a field; this call knows none, and expects {}."
                            : "The body has a field that this call does not know; it knows "
                                    + String.join(", ", new TreeSet<>(known)) + ".");
        }
        return new JsonBody(fields);
    }

    private static void requireJson(@Nullable String contentType) {
        String[] parts = contentType == null ? new String[] {""} : contentType.split(";", -1);
        boolean json = parts[0].strip().equalsIgnoreCase("application/json");
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip().toLowerCase(Locale.ROOT).replace("\"", "");
            json &= parameter.equals("charset=utf-8");
        }
        if (!json) {
            throw Refusal.of(415, "not_json", "The body must be JSON in UTF-8, sent as application/json.")
                    .with("Accept", "application/json");
        }
    }

    private static byte[] bytes(HttpServletRequest request) throws IOException {
        byte[] bytes = request.getInputStream().readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw Refusal.of(413, "body_too_large", "The body is larger than " + MAX_BYTES + " bytes.");
        }
        return bytes;
    }

    /**
     * Reads what is left of the body of a call that is refused, up to a MiB. Who still sends it reads no answer, and a server
     * closes a connection with a body that nobody has read, without a word to who would use it for the next call.
     */
    static void discard(HttpServletRequest request) throws IOException {
        InputStream body;
        try {
            body = request.getInputStream();
        } catch (IllegalStateException readAsText) {
            // Whoever tells who is logged in has read it.
            return;
        }
        byte[] buffer = new byte[8192];
        int left = MAX_DISCARDED_BYTES;
        int read = 0;
        while (read >= 0 && left > 0) {
            left -= read;
            read = body.read(buffer);
        }
    }

    private static String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            throw Refusal.of(400, "malformed_json", "The body is not UTF-8.");
        }
    }

    private static Map<String, Object> parse(String text) throws IOException {
        try (JsonParser json = JSON.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw Refusal.of(400, "malformed_json", "The body is not one JSON object.");
            }
            Map<String, Object> fields = new HashMap<>();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                Object value = value(json);
                if (value != null) {
                    fields.put(name, value);
                }
            }
            if (json.nextToken() != null) {
                throw Refusal.of(400, "malformed_json", "Something follows the JSON object.");
            }
            return fields;
        } catch (JsonProcessingException malformed) {
            // Its message repeats what was sent.
            JsonLocation at = malformed.getLocation();
            throw Refusal.of(
                    400,
                    "malformed_json",
                    "The body is not JSON, names a field twice or is nested too deep"
                            + (at == null
                                    ? "."
                                    : ", at line " + at.getLineNr() + ", column " + at.getColumnNr() + "."));
        }
    }

    /** Null for {@code null}, which is as good as no field. */
    private static @Nullable Object value(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_STRING -> json.getText();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT ->
                json.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? OTHER : json.getLongValue();
            case START_ARRAY -> list(json);
            case START_OBJECT -> map(json);
            default -> OTHER;
        };
    }

    private static Object list(JsonParser json) throws IOException {
        List<String> texts = new ArrayList<>();
        boolean textsOnly = true;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() == JsonToken.VALUE_STRING) {
                texts.add(json.getText());
            } else {
                textsOnly = false;
                json.skipChildren();
            }
        }
        return textsOnly ? texts : OTHER;
    }

    private static Object map(JsonParser json) throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        boolean textsOnly = true;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken() == JsonToken.VALUE_STRING) {
                texts.put(name, json.getText());
            } else {
                textsOnly = false;
                json.skipChildren();
            }
        }
        return textsOnly ? texts : OTHER;
    }

    /** Says that a field is wrong. */
    void reject(String field, String message) {
        errors.add(new Refusal.FieldError(field, message));
    }

    /** Ends the call if a field is wrong. */
    void requireValid() {
        if (!errors.isEmpty()) {
            throw Refusal.invalid(errors);
        }
    }

    Optional<String> text(String field) {
        Object value = fields.get(field);
        if (value instanceof String text) {
            return Optional.of(text);
        }
        rejectIfPresent(field, value, "expected a text");
        return Optional.empty();
    }

    boolean flag(String field) {
        Object value = fields.get(field);
        if (value instanceof Boolean flag) {
            return flag;
        }
        rejectIfPresent(field, value, "expected true or false");
        return false;
    }

    OptionalLong number(String field) {
        Object value = fields.get(field);
        if (value instanceof Long number) {
            return OptionalLong.of(number);
        }
        rejectIfPresent(field, value, "expected a whole number");
        return OptionalLong.empty();
    }

    List<String> texts(String field) {
        Object value = fields.get(field);
        if (value instanceof List<?> list) {
            return list.stream().map(String.class::cast).toList();
        }
        rejectIfPresent(field, value, "expected a list of texts");
        return List.of();
    }

    Map<String, String> textsByName(String field) {
        Object value = fields.get(field);
        Map<String, String> texts = new TreeMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((name, text) -> texts.put((String) name, (String) text));
        } else {
            rejectIfPresent(field, value, "expected an object of texts");
        }
        return texts;
    }

    private void rejectIfPresent(String field, @Nullable Object value, String expected) {
        if (value != null) {
            reject(field, expected);
        }
    }
}
