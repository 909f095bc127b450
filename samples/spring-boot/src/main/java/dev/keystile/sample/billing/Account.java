package dev.keystile.sample.billing;

import dev.keystile.key.KeyEnvironment;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * The objects of one account in one environment, in memory.
 *
 * <p>Safe for use by many threads: each call is one step.
 */
final class Account {

    private static final int MAX_OBJECTS = 1000;
    private static final String ID_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz";
    private static final int ID_LENGTH = 16;

    private final boolean live;
    private final SecureRandom random = new SecureRandom();
    private final Map<BillingType, Map<String, BillingObject>> objects = new EnumMap<>(BillingType.class);

    /** What every account finds when it comes for the first time, by ids such as {@code cus_live_1}. */
    Account(KeyEnvironment environment) {
        live = environment.equals(KeyEnvironment.LIVE);
        String one = environment + "_1";
        String two = environment + "_2";
        seed(BillingType.CUSTOMER, one, Map.of("name", "Ada Lovelace", "email", "ada@example.com"));
        seed(BillingType.CUSTOMER, two, Map.of("name", "Grace Hopper", "email", "grace@example.com"));
        seed(BillingType.PRODUCT, one, Map.of("name", "Pro", "price", 4900, "currency", "eur"));
        seed(BillingType.PRODUCT, two, Map.of("name", "Team", "price", 19_900, "currency", "eur"));
        seed(
                BillingType.SUBSCRIPTION,
                one,
                Map.of("customer", "cus_" + one, "product", "prod_" + one, "status", "active"));
        seed(BillingType.INVOICE, one, Map.of("customer", "cus_" + one, "amount", 4900, "status", "paid"));
        seed(BillingType.PAYMENT, one, Map.of("invoice", "inv_" + one, "amount", 4900, "status", "succeeded"));
    }

    private void seed(BillingType type, String name, Map<String, Object> fields) {
        put(type.idPrefix() + name, type, new Fields(fields));
    }

    private BillingObject put(String id, BillingType type, Fields fields) {
        BillingObject object = new BillingObject(id, type, live, Instant.now(), fields);
        of(type).put(id, object);
        return object;
    }

    private Map<String, BillingObject> of(BillingType type) {
        return objects.computeIfAbsent(type, it -> new LinkedHashMap<>());
    }

    /** All of one type, newest first. */
    synchronized List<BillingObject> list(BillingType type) {
        List<BillingObject> all = new ArrayList<>(of(type).values());
        Collections.reverse(all);
        return all;
    }

    /** @throws ResponseStatusException if there is none, as of all that are looked for by their id */
    synchronized BillingObject find(BillingType type, String id) {
        return required(type, of(type).get(id));
    }

    /** @throws ResponseStatusException if there are too many already, for nobody tidies a sample up */
    synchronized BillingObject create(BillingType type, Fields fields) {
        if (of(type).size() >= MAX_OBJECTS) {
            throw new ResponseStatusException(
                    HttpStatus.CONFLICT, "There are " + MAX_OBJECTS + " of them already. Delete some, or restart.");
        }
        return put(drawId(type), type, fields);
    }

    /** The object after the change. */
    synchronized BillingObject change(BillingType type, String id, UnaryOperator<BillingObject> change) {
        BillingObject changed = change.apply(find(type, id));
        changed.fields().requireToFit();
        of(type).put(id, changed);
        return changed;
    }

    /** The object that was there. */
    synchronized BillingObject delete(BillingType type, String id) {
        return required(type, of(type).remove(id));
    }

    private static BillingObject required(BillingType type, @Nullable BillingObject object) {
        if (object == null) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, "No such " + type.object() + ".");
        }
        return object;
    }

    private String drawId(BillingType type) {
        StringBuilder id = new StringBuilder(type.idPrefix());
        random.ints(ID_LENGTH, 0, ID_CHARACTERS.length()).forEach(i -> id.append(ID_CHARACTERS.charAt(i)));
        return id.toString();
    }
}
