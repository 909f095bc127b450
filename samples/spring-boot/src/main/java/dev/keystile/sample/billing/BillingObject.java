package dev.keystile.sample.billing;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A customer, a product, …: what the API says of it by itself, and the fields that were posted.
 *
 * <p>Immutable.
 *
 * @param live whether it is of the environment {@code live}
 */
record BillingObject(String id, BillingType type, boolean live, Instant created, Fields fields) {

    /** This object with other fields. */
    BillingObject with(Fields others) {
        return new BillingObject(id, type, live, created, others);
    }

    /** As it is answered. Posting the members that are the API's own is no error and has no effect. */
    @JsonValue
    Map<String, Object> json() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", id);
        members.put("object", type.object());
        members.put("livemode", live);
        members.put("created", created.getEpochSecond());
        fields.values().forEach((name, value) -> {
            if (!members.containsKey(name)) {
                members.put(name, value);
            }
        });
        return members;
    }
}
