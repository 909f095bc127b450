package dev.keystile.playground.api;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A customer, a product, …: what the API says of it by itself, and the fields that were posted.
 *
 * <p>Immutable.
 *
 * @param id      how paths call it
 * @param type    what it is
 * @param live    whether it is of the environment {@code live}
 * @param created when it was made
 * @param fields  the posted fields, each value as JSON
 */
record BillingObject(String id, BillingType type, boolean live, Instant created, Map<String, String> fields) {

    /** Members that are the API's own: posting them is no error and has no effect. */
    private static final Set<String> RESERVED = Set.of("id", "object", "livemode", "created");

    BillingObject {
        Map<String, String> posted = new LinkedHashMap<>(fields);
        posted.keySet().removeAll(RESERVED);
        fields = Collections.unmodifiableMap(posted);
    }

    /** This object with other fields. */
    BillingObject replacedBy(Map<String, String> posted) {
        return new BillingObject(id, type, live, created, posted);
    }

    /** This object with some fields changed; a null ends a field, as in RFC 7396. */
    BillingObject mergedWith(Map<String, String> posted) {
        Map<String, String> merged = new LinkedHashMap<>(fields);
        posted.forEach((name, value) -> {
            if (value.equals("null")) {
                merged.remove(name);
            } else {
                merged.put(name, value);
            }
        });
        return replacedBy(merged);
    }

    /** Whether changes have brought together more than one body can hold. */
    boolean isTooLarge() {
        return fields.entrySet().stream()
                        .mapToInt(it -> it.getKey().length() + it.getValue().length())
                        .sum()
                > Billing.MAX_BYTES;
    }

    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", id);
        json.writeStringField("object", type.object());
        json.writeBooleanField("livemode", live);
        json.writeNumberField("created", created.getEpochSecond());
        for (Map.Entry<String, String> field : fields.entrySet()) {
            json.writeFieldName(field.getKey());
            json.writeRawValue(field.getValue());
        }
        json.writeEndObject();
    }
}
