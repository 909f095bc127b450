package dev.keystile.playground;

import dev.keystile.Keystile;
import dev.keystile.http.CredentialSource;
import dev.keystile.limit.RateLimit;
import dev.keystile.scope.RuleMatch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Commands to paste, made from the rules in force, with the status that each is answered with. */
final class CurlLines {

    /** How many requests a second curl and a cold server manage at the least. */
    private static final double PACE = 200;

    /** Beyond this nobody waits for the command to end. */
    private static final long MAX_REQUESTS = 20_000;

    private static final int SLACK = 2;
    private static final String UNRULED = "/no-rule-speaks-of-this";

    private final String address;
    private final Keystile keystile;

    /**
     * @param address  such as {@code http://localhost:8080}
     */
    CurlLines(String address, Keystile keystile) {
        this.address = address;
        this.keystile = keystile;
    }

    /** What a key gets, good or not, told by the status alone. */
    Optional<String> status(HeldKey key, int status) {
        return open(key).map(it -> statusLine(it, key, "", status));
    }

    private Optional<SampleRequest> open(HeldKey key) {
        return SampleRequest.of(keystile, key)
                .filter(it -> it.isOpenTo(key) && it.isAnsweredWithOk())
                .min(Comparator.comparing((SampleRequest it) -> !it.asksForScopes())
                        .thenComparing(SampleRequest::rank));
    }

    /** What a good key gets, and the same without a key: 200 and 401. */
    List<String> opened(HeldKey key) {
        return open(key)
                .map(it -> List.of(line(it, header(key), 200), line(it, "", 401)))
                .orElse(List.of());
    }

    /**
     * What a key gets that lacks a scope, or is of another kind than a rule takes: 403. If neither, what it gets where no rule
     * speaks; empty if rules speak of everything.
     */
    Optional<String> forbidden(HeldKey key) {
        return SampleRequest.of(keystile, key)
                .filter(it -> it.asksForScopes() && !it.isOpenTo(key))
                .findFirst()
                .or(() -> SampleRequest.ofAnotherKind(keystile, key).min(Comparator.comparing(SampleRequest::rank)))
                .map(it -> line(it, header(key), 403))
                .or(() -> Optional.of(UNRULED)
                        .filter(path -> keystile.policy().match("GET", path) instanceof RuleMatch.NoRule)
                        .map(path -> "curl -sS -i -w '\\n'" + header(key) + " '" + address + path + "' # 403"));
    }

    private String line(SampleRequest request, String header, int status) {
        return "curl -sS -i -w '\\n'" + method(request) + header + " '" + address + request.encodedPath() + "' # "
                + status;
    }

    /** And what goes with it. */
    private static String method(SampleRequest request) {
        String method = request.method().equals("GET") ? "" : " -X " + request.method();
        return method
                + request.contentType()
                        .map(type -> " -H 'Content-Type: " + type + "'")
                        .orElse("");
    }

    /** Requests of a key until its limit is reached: at last 429. Empty where no limit applies. */
    Optional<String> limited(HeldKey key) {
        return limitedOver(key, 1);
    }

    /** The same where the address stands for several nodes, each of which gets its part. */
    Optional<String> limitedOver(HeldKey key, int nodes) {
        return SampleRequest.of(keystile, key)
                .filter(it -> it.isOpenTo(key) && requests(it, key).isPresent())
                .min(Comparator.comparingLong(
                                (SampleRequest it) -> requests(it, key).orElseThrow())
                        .thenComparing(SampleRequest::rank))
                .map(it -> limitedLine(it, key, nodes));
    }

    private String limitedLine(SampleRequest request, HeldKey key, int nodes) {
        long requests = requests(request, key).orElseThrow();
        return statusLine(request, key, "?n=[1-" + (requests + nodes - 1) / nodes + "]", 429);
    }

    private String statusLine(SampleRequest request, HeldKey key, String query, int status) {
        return "curl -sS -o /dev/null -w '%{http_code}\\n'" + method(request) + header(key) + " '" + address
                + request.encodedPath() + query + "' # " + status;
    }

    /** How many of these requests it takes to be refused; empty if it takes too many. */
    private OptionalLong requests(SampleRequest request, HeldKey key) {
        List<RateLimit> limits = keystile.limitsOf(request.rule(), key.key());
        int cost = request.rule().cost();
        return limits.stream()
                .mapToLong(limit -> requests(limit, cost))
                .filter(requests -> requests <= MAX_REQUESTS)
                .min();
    }

    /** A bucket fills while it is emptied. */
    private static long requests(RateLimit limit, int cost) {
        double capacity = (double) limit.capacity() / cost;
        Duration window = limit.window();
        double refilledEachSecond = (double) limit.count() / cost / (window.toNanos() / 1e9);
        double pace = Math.max(PACE, 2 * refilledEachSecond);
        double refilled = limit.hasBucket() ? capacity * refilledEachSecond / (pace - refilledEachSecond) : 0;
        return (long) Math.ceil(capacity + refilled) + SLACK;
    }

    /** In the first place in which the contract looks for a key. */
    private String header(HeldKey key) {
        CredentialSource source = keystile.credentialSources().get(0);
        return " -H '" + source.headerName() + ": " + headerValue(source, key.text()) + "'";
    }

    /** What a header holds that carries a key. */
    static String headerValue(CredentialSource source, String key) {
        return switch (source.scheme()) {
            case "Bearer" -> "Bearer " + key;
            case "Basic" ->
                "Basic " + Base64.getEncoder().encodeToString((key + ":").getBytes(StandardCharsets.US_ASCII));
            default -> key;
        };
    }
}
