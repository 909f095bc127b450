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
     * @param origins each {@code <scheme>://<host>[:<port>]} as browsers send it: in lower case, and without the port if it is
     *                the scheme's own; or {@code *} alone for all
     * @throws IllegalArgumentException if one is none that a browser sends; the message says what would be right
     */
    public static CorsOrigins of(String... origins) {
        for (String origin : origins) {
            boolean fits = origin.equals(ANY) ? origins.length == 1 : isOrigin(origin);
            if (!fits) {
                throw new IllegalArgumentException("'" + origin
                        + "': expected <scheme>://<host>[:<port>] in lower case, such as https://app.example.com, or"
                        + " '*' alone");
            }
            if (hasOwnPort(origin)) {
                throw new IllegalArgumentException(
                        "'" + origin + "': browsers leave out the port of the scheme, expected "
                                + origin.substring(0, origin.lastIndexOf(':')));
            }
        }
        return new CorsOrigins(new LinkedHashSet<>(List.of(origins)));
    }

    private static boolean isOrigin(String text) {
        int host = text.indexOf("://") + 3;
        if (host <= 3
                || text.indexOf('/', host) >= 0
                || text.chars()
                        .anyMatch(c -> c <= ' ' || c > '~' || (c >= 'A' && c <= 'Z') || ",*?#@".indexOf(c) >= 0)) {
            return false;
        }
        int end = endOfHost(text, host);
        return end > host && (end == text.length() || isPort(text.substring(end + 1)));
    }

    /** Where the colon before the port is; an IPv6 address has colons too, between brackets. */
    private static int endOfHost(String text, int host) {
        int colon = text.indexOf(':', Math.max(host, text.indexOf(']')));
        return colon < 0 ? text.length() : colon;
    }

    private static boolean isPort(String text) {
        return !text.isEmpty()
                && text.length() <= 5
                && text.chars().allMatch(c -> c >= '0' && c <= '9')
                && text.charAt(0) != '0'
                && Integer.parseInt(text) <= 65_535;
    }

    private static boolean hasOwnPort(String origin) {
        return (origin.startsWith("https://") && origin.endsWith(":443"))
                || (origin.startsWith("http://") && origin.endsWith(":80"));
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
