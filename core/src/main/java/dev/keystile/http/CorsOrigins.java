package dev.keystile.http;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The web origins whose scripts may call the application from a browser.
 *
 * <p>Their preflights pass, for a browser sends no key with them, and their scripts may read denials. What the application
 * itself says to a preflight, and which origins may read its own responses, stays its business. Immutable.
 *
 * @see <a href="https://fetch.spec.whatwg.org/#http-cors-protocol">Fetch, CORS protocol</a>
 */
public final class CorsOrigins {

    private static final String ANY = "*";

    private final Set<String> origins;

    private CorsOrigins(Set<String> origins) {
        this.origins = origins;
    }

    /** No origin: a preflight is a request like any other. */
    public static CorsOrigins none() {
        return new CorsOrigins(Set.of());
    }

    /**
     * These origins.
     *
     * @param origins each {@code <scheme>://<host>[:<port>]} in lower case, as browsers send it; or {@code *} alone for all
     * @throws IllegalArgumentException if one is no origin; the message says what would be right
     */
    public static CorsOrigins of(String... origins) {
        for (String origin : origins) {
            boolean fits = origin.equals(ANY) ? origins.length == 1 : isOrigin(origin);
            if (!fits) {
                throw new IllegalArgumentException("'" + origin
                        + "': expected <scheme>://<host>[:<port>] in lower case, such as https://app.example.com, or"
                        + " '*' alone");
            }
        }
        return new CorsOrigins(new LinkedHashSet<>(List.of(origins)));
    }

    private static boolean isOrigin(String text) {
        int host = text.indexOf("://") + 3;
        return host > 3
                && host < text.length()
                && text.chars().noneMatch(c -> c <= ' ' || c > '~' || (c >= 'A' && c <= 'Z') || ",*?#@".indexOf(c) >= 0)
                && text.indexOf('/', host) < 0;
    }

    /** Whether there are any. */
    public boolean isEmpty() {
        return origins.isEmpty();
    }

    /**
     * The method that a preflight asks leave for; empty if the request is no preflight of one of these origins.
     * {@code OPTIONS} without both headers, or with one of them twice, is none.
     */
    public Optional<String> preflightMethod(ApiRequest request) {
        if (origins.isEmpty()
                || !request.method().equals("OPTIONS")
                || allowed(request).isEmpty()) {
            return Optional.empty();
        }
        List<String> methods = request.headers("Access-Control-Request-Method");
        return methods.size() == 1 ? Optional.of(methods.get(0)) : Optional.empty();
    }

    /** What {@code Access-Control-Allow-Origin} says to a request; empty if its origin is none of these. */
    public Optional<String> allowed(ApiRequest request) {
        List<String> values = request.headers("Origin");
        if (values.size() != 1) {
            return Optional.empty();
        }
        if (origins.contains(ANY)) {
            return Optional.of(ANY);
        }
        return origins.contains(values.get(0)) ? Optional.of(values.get(0)) : Optional.empty();
    }
}
