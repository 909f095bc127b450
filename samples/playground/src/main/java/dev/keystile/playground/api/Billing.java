package dev.keystile.playground.api;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.PerEnvironment;
import dev.keystile.key.KeyEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The billing API. The caller's key decides whose data it speaks of, and of which environment: an object of another
 * account or another environment is not there.
 *
 * <p>Safe for use by many threads.
 */
final class Billing {

    /** Of a body, and of the fields of an object. */
    static final int MAX_BYTES = 16 * 1024;

    private static final int MAX_LISTED = 100;

    /** For each environment, the data by account. */
    private final PerEnvironment<Map<String, BillingData>> data;

    Billing(Collection<KeyEnvironment> environments) {
        Map<KeyEnvironment, Map<String, BillingData>> each = new HashMap<>();
        environments.forEach(environment -> each.put(environment, new ConcurrentHashMap<>()));
        this.data = PerEnvironment.of(each);
    }

    private BillingData dataOf(ApiPrincipal caller) {
        return data.of(caller).computeIfAbsent(caller.account(), it -> new BillingData(caller.environment()));
    }

    /**
     * Answers a request.
     *
     * @param body read where the method has one
     */
    Answer answer(ApiPrincipal caller, String method, BillingPath path, InputStream body) {
        BillingData mine = dataOf(caller);
        BillingType type = path.type();
        if (path.id().isEmpty()) {
            return switch (method) {
                case "GET", "HEAD" -> list(mine.list(type));
                case "POST" -> withBody(body, posted -> create(mine, type, posted));
                default -> Answer.methodNotAllowed("GET, HEAD, POST");
            };
        }
        String id = path.id().get();
        return switch (method) {
            case "GET", "HEAD" -> mine.find(type, id).map(Billing::one).orElseGet(() -> notFound(type));
            case "PUT" -> withBody(body, posted -> change(mine, type, id, posted, BillingObject::replacedBy));
            case "PATCH" -> withBody(body, posted -> change(mine, type, id, posted, BillingObject::mergedWith));
            case "DELETE" -> mine.delete(type, id).map(Billing::deleted).orElseGet(() -> notFound(type));
            default -> Answer.methodNotAllowed("GET, HEAD, PUT, PATCH, DELETE");
        };
    }

    /** What the step throws is a mistake of ours; what reading throws is one of the body. */
    private static Answer withBody(InputStream body, Function<Map<String, String>, Answer> step) {
        Map<String, String> members;
        try {
            byte[] bytes = body.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                return tooLarge();
            }
            members = Json.members(bytes);
        } catch (IOException | RuntimeException malformed) {
            // Jetty throws unchecked for broken chunks, and Java for numbers that are out of its range.
            return Answer.error(400, "The body is not a JSON object.");
        }
        return step.apply(members);
    }

    private static Answer create(BillingData mine, BillingType type, Map<String, String> posted) {
        return mine.create(type, posted)
                .map(created -> Answer.of(201, created::write))
                .orElseGet(() -> Answer.error(
                        409, "There are " + BillingData.MAX_OBJECTS + " of them already. Delete some, or restart."));
    }

    private static Answer change(
            BillingData mine,
            BillingType type,
            String id,
            Map<String, String> posted,
            BiFunction<BillingObject, Map<String, String>, BillingObject> step) {
        return mine.change(type, id, object -> step.apply(object, posted))
                .map(changed -> changed.isTooLarge() ? tooLarge() : one(changed))
                .orElseGet(() -> notFound(type));
    }

    private static Answer list(List<BillingObject> all) {
        return Answer.of(200, json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (BillingObject object : all.subList(0, Math.min(MAX_LISTED, all.size()))) {
                object.write(json);
            }
            json.writeEndArray();
            json.writeBooleanField("has_more", all.size() > MAX_LISTED);
            json.writeEndObject();
        });
    }

    private static Answer one(BillingObject object) {
        return Answer.of(200, object::write);
    }

    private static Answer deleted(BillingObject object) {
        return Answer.of(200, json -> {
            json.writeStartObject();
            json.writeStringField("id", object.id());
            json.writeStringField("object", object.type().object());
            json.writeBooleanField("livemode", object.live());
            json.writeBooleanField("deleted", true);
            json.writeEndObject();
        });
    }

    private static Answer notFound(BillingType type) {
        return Answer.error(404, "No such " + type.object() + ".");
    }

    private static Answer tooLarge() {
        return Answer.error(413, "Expected " + MAX_BYTES + " bytes at most.");
    }
}
