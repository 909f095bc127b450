package dev.keystile.console;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.http.Credential;
import dev.keystile.http.CredentialSource;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a request must be, whoever sends it: without an API key, and not sent by a page of another origin.
 *
 * <p>Browsers tell where a request comes from in {@code Sec-Fetch-Site}, which no script can set; where they do not, as over
 * plain HTTP, they name the {@code Origin} of everything that is not a {@code GET}. A change needs one of the two.
 *
 * <p>Immutable and safe for use by many threads.
 *
 * @see <a href="https://www.w3.org/TR/fetch-metadata/">Fetch Metadata Request Headers</a>
 */
final class Gate {

    private static final String SAME_ORIGIN = "same-origin";
    private static final String CROSS_SITE = "cross_site";

    private final List<CredentialSource> places;

    /** @param places where the API that is managed looks for its keys */
    Gate(List<CredentialSource> places) {
        this.places = new ArrayList<>(places);
        // Also where the API does not look for one: no browser sends a bearer by itself, so a program is calling.
        this.places.add(CredentialSource.bearer());
    }

    /** Refuses a request that comes with an API key: a key must not make keys, nor see them. */
    void requireNoKey(HttpServletRequest request) {
        HeaderView view = new HeaderView(request);
        boolean presented = places.stream().anyMatch(place -> !(place.read(view) instanceof Credential.Absent));
        if (presented || request.getUserPrincipal() instanceof ApiPrincipal) {
            throw Refusal.of(
                    403,
                    "key_not_accepted",
                    "API keys cannot open the console. Log in, and send neither a key nor a bearer token.");
        }
    }

    /** Refuses to let a page of another origin read. */
    void requireOwnReader(HttpServletRequest request) {
        for (String site : headers(request, "Sec-Fetch-Site")) {
            // A user who types the address is "none".
            if (!site.equals(SAME_ORIGIN) && !site.equals("none")) {
                throw otherOrigin();
            }
        }
    }

    /** Refuses a change that the page of the console, or another page of its origin, did not send. */
    void requireOwnSender(HttpServletRequest request) {
        List<String> sites = headers(request, "Sec-Fetch-Site");
        boolean own = sites.isEmpty()
                ? isOwn(headers(request, "Origin"), request)
                : sites.size() == 1 && sites.get(0).equals(SAME_ORIGIN);
        if (!own) {
            throw Refusal.of(
                    403,
                    CROSS_SITE,
                    "The request was not sent by a page of this origin: a change takes Sec-Fetch-Site: same-origin, or,"
                            + " without that header, an Origin that is the Host.");
        }
    }

    private static Refusal otherOrigin() {
        return Refusal.of(403, CROSS_SITE, "The request was not sent by a page of this origin.");
    }

    private static List<String> headers(HttpServletRequest request, String name) {
        return Collections.list(request.getHeaders(name));
    }

    /** The scheme is not compared: behind a proxy that ends TLS the application does not know its own. */
    private static boolean isOwn(List<String> origins, HttpServletRequest request) {
        if (origins.size() != 1) {
            return false;
        }
        Optional<String> sender = authorityOf(origins.get(0));
        String host = request.getHeader("Host");
        String own = host == null ? request.getServerName() + ":" + request.getServerPort() : host;
        return sender.isPresent() && sender.get().equals(withoutDefaultPort(own));
    }

    private static Optional<String> authorityOf(String origin) {
        int end = origin.indexOf("://");
        String scheme = end < 0 ? "" : origin.substring(0, end).toLowerCase(Locale.ROOT);
        return scheme.equals("http") || scheme.equals("https")
                ? Optional.of(withoutDefaultPort(origin.substring(end + 3)))
                : Optional.empty();
    }

    private static String withoutDefaultPort(String authority) {
        String lower = authority.toLowerCase(Locale.ROOT);
        for (String port : List.of(":80", ":443")) {
            if (lower.endsWith(port)) {
                return lower.substring(0, lower.length() - port.length());
            }
        }
        return lower;
    }
}
