package dev.keystile.playground.api;

import java.util.List;
import java.util.Optional;

/**
 * A path of the billing API: {@code /customers} and the like, or one object below it, behind a prefix of up to two
 * segments such as {@code /v2} or {@code /api/v2}. What lies deeper is no business of this API and gets an echo.
 *
 * <p>Immutable.
 *
 * @param type what the path is about
 * @param id   the object, if it is about one
 */
public record BillingPath(BillingType type, Optional<String> id) {

    private static final int MAX_PREFIX_SEGMENTS = 2;

    /** Reads a decoded path; empty if it is none of this API. A slash at its end makes no difference. */
    public static Optional<BillingPath> parse(String path) {
        List<String> segments = List.of(path.substring(1).split("/"));
        int last = segments.size() - 1;
        Optional<BillingType> ofAll = typeAt(segments, last);
        return ofAll.isPresent()
                ? ofAll.map(type -> new BillingPath(type, Optional.empty()))
                : typeAt(segments, last - 1).map(type -> new BillingPath(type, Optional.of(segments.get(last))));
    }

    private static Optional<BillingType> typeAt(List<String> segments, int index) {
        return index < 0 || index > MAX_PREFIX_SEGMENTS
                ? Optional.empty()
                : BillingType.ofCollection(segments.get(index));
    }
}
