package dev.keystile.sample.billing;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.server.ResponseStatusException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The members of a JSON object that was posted, whatever the request says of its type: a {@code curl -d} calls it a form.
 *
 * <p>Immutable.
 *
 * @param values texts, numbers as exact as they were written, lists and the like
 */
record Fields(Map<String, Object> values) {

    private static final int MAX_BYTES = 16 * 1024;
    private static final int TOO_LARGE = 413;

    private static final TypeReference<LinkedHashMap<String, Object>> MEMBERS = new TypeReference<>() {};

    /** Stricter than that of the application: what is stored is what was meant. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(32).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    Fields {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Reads a body; no bytes at all count as an object without members. */
    static Fields read(InputStream body) {
        Map<String, Object> values;
        try {
            byte[] bytes = body.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw tooLarge();
            }
            values = bytes.length == 0 ? Map.of() : JSON.readValue(bytes, MEMBERS);
        } catch (ResponseStatusException refused) {
            throw refused;
        } catch (IOException | RuntimeException unreadable) {
            throw notAnObject();
        }
        if (values == null) {
            throw notAnObject();
        }
        return new Fields(values);
    }

    private static ResponseStatusException notAnObject() {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, "The body is not a JSON object.");
    }

    private static ResponseStatusException tooLarge() {
        return new ResponseStatusException(
                HttpStatusCode.valueOf(TOO_LARGE), "Expected " + MAX_BYTES + " bytes at most.");
    }

    /** These with some of them changed; a null ends a field, as in RFC 7396. */
    Fields mergedWith(Fields changes) {
        Map<String, Object> merged = new LinkedHashMap<>(values);
        changes.values.forEach((name, value) -> {
            if (value == null) {
                merged.remove(name);
            } else {
                merged.put(name, value);
            }
        });
        return new Fields(merged);
    }

    /** @throws ResponseStatusException if changes have brought together more than one body can hold */
    void requireToFit() {
        if (JSON.writeValueAsString(values).length() > MAX_BYTES) {
            throw tooLarge();
        }
    }
}
