package dev.keystile.sample.billing;

import java.util.Arrays;

/** What the billing API keeps, and how each kind of it is called. */
enum BillingType {
    CUSTOMER("customers", "customer", "cus_"),
    PRODUCT("products", "product", "prod_"),
    SUBSCRIPTION("subscriptions", "subscription", "sub_"),
    INVOICE("invoices", "invoice", "inv_"),
    PAYMENT("payments", "payment", "pay_");

    /** All of their segments in paths, as a pattern. */
    static final String COLLECTIONS = "customers|products|subscriptions|invoices|payments";

    private final String collection;
    private final String object;
    private final String idPrefix;

    BillingType(String collection, String object, String idPrefix) {
        this.collection = collection;
        this.object = object;
        this.idPrefix = idPrefix;
    }

    /** The type whose objects are found at a path segment of {@link #COLLECTIONS}. */
    static BillingType ofCollection(String segment) {
        return Arrays.stream(values())
                .filter(it -> it.collection.equals(segment))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(segment + " is no collection"));
    }

    /** What the member {@code object} of one says. */
    String object() {
        return object;
    }

    String idPrefix() {
        return idPrefix;
    }
}
