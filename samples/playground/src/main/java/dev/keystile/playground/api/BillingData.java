package dev.keystile.playground.api;

import dev.keystile.key.KeyEnvironment;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The objects of one account in one environment, in memory.
 *
 * <p>Safe for use by many threads: each call is one step.
 */
final class BillingData {

    /** Of one type; more are refused, for nobody tidies a playground up. */
    static final int MAX_OBJECTS = 1000;

    private static final String ID_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz";
    private static final int ID_LENGTH = 16;

    private final KeyEnvironment environment;
    private final SecureRandom random = new SecureRandom();
    private final Map<BillingType, Map<String, BillingObject>> objects = new EnumMap<>(BillingType.class);

    /** Data with the {@link BillingSeed seed} of its environment. */
    BillingData(KeyEnvironment environment) {
        this.environment = environment;
        for (BillingType type : BillingType.values()) {
            Map<String, BillingObject> seeded = new LinkedHashMap<>();
            List<Map<String, String>> seed = BillingSeed.of(type, environment);
            for (int i = 0; i < seed.size(); i++) {
                String id = BillingSeed.id(type, environment, i + 1);
                seeded.put(id, newObject(id, type, seed.get(i)));
            }
            objects.put(type, seeded);
        }
    }

    private BillingObject newObject(String id, BillingType type, Map<String, String> fields) {
        return new BillingObject(id, type, environment.equals(KeyEnvironment.LIVE), Instant.now(), fields);
    }

    /** All of one type, newest first. */
    synchronized List<BillingObject> list(BillingType type) {
        List<BillingObject> all = new ArrayList<>(of(type).values());
        Collections.reverse(all);
        return all;
    }

    synchronized Optional<BillingObject> find(BillingType type, String id) {
        return Optional.ofNullable(of(type).get(id));
    }

    /** The new object; empty if there are {@value #MAX_OBJECTS} already. */
    synchronized Optional<BillingObject> create(BillingType type, Map<String, String> fields) {
        if (of(type).size() >= MAX_OBJECTS) {
            return Optional.empty();
        }
        BillingObject created = newObject(drawId(type), type, fields);
        of(type).put(created.id(), created);
        return Optional.of(created);
    }

    /** The object after the change; empty if there is none. A change that makes it too large is not kept. */
    synchronized Optional<BillingObject> change(BillingType type, String id, UnaryOperator<BillingObject> change) {
        Optional<BillingObject> changed = find(type, id).map(change);
        changed.filter(object -> !object.isTooLarge()).ifPresent(object -> of(type).put(id, object));
        return changed;
    }

    /** The object that was there; empty if there was none. */
    synchronized Optional<BillingObject> delete(BillingType type, String id) {
        return Optional.ofNullable(of(type).remove(id));
    }

    private Map<String, BillingObject> of(BillingType type) {
        return objects.computeIfAbsent(type, it -> new LinkedHashMap<>());
    }

    private String drawId(BillingType type) {
        StringBuilder id = new StringBuilder(type.idPrefix());
        random.ints(ID_LENGTH, 0, ID_CHARACTERS.length()).forEach(i -> id.append(ID_CHARACTERS.charAt(i)));
        return id.toString();
    }
}
