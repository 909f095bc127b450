package dev.keystile.playground.api;

import dev.keystile.key.KeyEnvironment;
import java.util.List;
import java.util.Map;

/** What every account finds in each environment when it comes for the first time. */
public final class BillingSeed {

    private BillingSeed() {}

    /**
     * The id of a seeded object, such as {@code cus_live_1}.
     *
     * @param number 1 for the first of its type; there is at least one
     */
    public static String id(BillingType type, KeyEnvironment environment, int number) {
        return type.idPrefix() + environment + "_" + number;
    }

    static List<Map<String, String>> of(BillingType type, KeyEnvironment environment) {
        String customer = text(id(BillingType.CUSTOMER, environment, 1));
        String product = text(id(BillingType.PRODUCT, environment, 1));
        String invoice = text(id(BillingType.INVOICE, environment, 1));
        return switch (type) {
            case CUSTOMER ->
                List.of(
                        Map.of("name", text("Ada Lovelace"), "email", text("ada@example.com")),
                        Map.of("name", text("Grace Hopper"), "email", text("grace@example.com")));
            case PRODUCT ->
                List.of(
                        Map.of("name", text("Pro"), "price", "4900", "currency", text("eur")),
                        Map.of("name", text("Team"), "price", "19900", "currency", text("eur")));
            case SUBSCRIPTION -> List.of(Map.of("customer", customer, "product", product, "status", text("active")));
            case INVOICE -> List.of(Map.of("customer", customer, "amount", "4900", "status", text("paid")));
            case PAYMENT -> List.of(Map.of("invoice", invoice, "amount", "4900", "status", text("succeeded")));
        };
    }

    /** For texts that need no escaping. */
    private static String text(String plain) {
        return '"' + plain + '"';
    }
}
