package dev.keystile.playground.api;

import java.util.List;
import java.util.Optional;

/**
 * A path of the billing API: {@code /customers} and the like, or one object below it, at the root or behind
 * {@code /api}, a version such as {@code /v2}, or both in this order. Rules decide by the start of a path, so what it is
 * about is read from its start too: {@code /v2/products/customers} is a product, {@code /v2/settings/customers} is none of
 * this API. What is none of it, what lies deeper too, gets an echo.
 *
 * <p>Immutable.
 *
 * @param type what the path is about
 * @param id   the object, if it is about one
 */
public record BillingPath(BillingType type, Optional<String> id) {

    /** Reads a decoded path; empty if it is none of this API. A slash at its end makes no difference. */
    public static Optional<BillingPath> parse(String path) {
        List<String> segments = List.of(path.substring(1).split("/"));
        int at = 0;
        if (at < segments.size() && segments.get(at).equals("api")) {
            at++;
        }
        if (at < segments.size() && isVersion(segments.get(at))) {
            at++;
        }
        int behind = segments.size() - at - 1;
        if (behind < 0 || behind > 1) {
            return Optional.empty();
        }
        Optional<String> id = behind == 0 ? Optional.empty() : Optional.of(segments.get(at + 1));
        return BillingType.ofCollection(segments.get(at)).map(type -> new BillingPath(type, id));
    }

    private static boolean isVersion(String segment) {
        return segment.length() > 1
                && segment.charAt(0) == 'v'
                && segment.chars().skip(1).allMatch(c -> c >= '0' && c <= '9');
    }
}
