package dev.keystile.playground.api;

import java.util.Arrays;
import java.util.Optional;

/** What the billing API keeps, and how each kind of it is called. */
public enum BillingType {
    CUSTOMER("customers", "customer", "cus_"),
    PRODUCT("products", "product", "prod_"),
    SUBSCRIPTION("subscriptions", "subscription", "sub_"),
    INVOICE("invoices", "invoice", "inv_"),
    PAYMENT("payments", "payment", "pay_");

    private final String collection;
    private final String object;
    private final String idPrefix;

    BillingType(String collection, String object, String idPrefix) {
        this.collection = collection;
        this.object = object;
        this.idPrefix = idPrefix;
    }

    /** The type whose objects are found at a path segment, if it is one. */
    static Optional<BillingType> ofCollection(String segment) {
        return Arrays.stream(values())
                .filter(it -> it.collection.equals(segment))
                .findFirst();
    }

    /** What the member {@code object} of one says. */
    String object() {
        return object;
    }

    String idPrefix() {
        return idPrefix;
    }
}
