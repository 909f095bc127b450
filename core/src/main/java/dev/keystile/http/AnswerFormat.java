package dev.keystile.http;

import dev.keystile.decision.Decision;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.decision.Outcome;
import dev.keystile.key.KeyScope;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.scope.Demand;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How decisions are told over HTTP: the challenge, the rate-limit headers, the error body.
 *
 * <p>Immutable.
 *
 * @param realm   what the challenge calls the protected space, in printable ASCII without quotes
 * @param sources where a credential may stand; each scheme among them is challenged once
 * @param headers how limits are told
 * @param errors  how bodies are written
 * @param origins whose scripts may read denials
 * @param retryAfter what {@code Retry-After} tells
 */
public record AnswerFormat(
        String realm,
        List<CredentialSource> sources,
        List<HeaderFormat> headers,
        ErrorFormat errors,
        CorsOrigins origins,
        RetryAfter retryAfter) {

    /** @throws IllegalArgumentException if the realm cannot stand in a quoted string */
    public AnswerFormat {
        if (realm.chars().anyMatch(c -> c < ' ' || c > '~' || c == '"' || c == '\\')) {
            throw new IllegalArgumentException(
                    "realm '" + realm + "': expected printable ASCII without quotes and backslashes");
        }
        sources = List.copyOf(sources);
        headers = List.copyOf(headers);
    }

    /** Writes the headers that tell how the limits stand; none if the request was not counted. */
    public void writeLimits(Decision decision, long nowMillis, BiConsumer<String, String> target) {
        if (decision.limits().isPresent()) {
            RateLimitResult limits = decision.limits().get();
            // By index: an iterator is an object more for each response.
            for (int i = 0; i < headers.size(); i++) {
                headers.get(i).write(limits, nowMillis, target);
            }
        }
    }

    /** The headers that scripts of other origins may read besides those that every script may, as one text. */
    public String exposedHeaders() {
        return Stream.concat(
                        headers.stream().flatMap(format -> format.names().stream()),
                        Stream.of("Retry-After", "WWW-Authenticate"))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    /** The whole answer to a denied request. */
    public HttpAnswer answer(Denied denied, ApiRequest request, long nowMillis) {
        int status = Statuses.of(denied.outcome());
        Map<String, String> fields = new LinkedHashMap<>();
        String challenge = challenge(denied, request);
        if (!challenge.isEmpty()) {
            fields.put("WWW-Authenticate", challenge);
        }
        // Every 401 looks the same, also the one that comes after the count.
        if (denied.outcome() != Outcome.UNAUTHORIZED) {
            writeLimits(denied, nowMillis, fields::put);
        }
        if (denied.outcome() == Outcome.RATE_LIMITED || denied.outcome() == Outcome.UNAVAILABLE) {
            fields.put("Retry-After", retryAfter.text(denied.retryAfter(), nowMillis));
        }
        fields.put("Cache-Control", "no-store");
        origins.allowed(request).ifPresent(origin -> {
            fields.put("Access-Control-Allow-Origin", origin);
            fields.put("Access-Control-Expose-Headers", exposedHeaders());
        });
        ErrorBody body = errors.body(denied, status);
        if (!body.contentType().isEmpty()) {
            fields.put("Content-Type", body.contentType());
        }
        return new HttpAnswer(status, fields, body.text());
    }

    /** RFC 6750, section 3: no error attribute where no credential was presented. */
    private String challenge(Denied denied, ApiRequest request) {
        return switch (denied.outcome()) {
            case UNAUTHORIZED ->
                challenges(denied.cause() == DenialCause.CREDENTIAL_MISSING ? "" : ", error=\"invalid_token\"");
            case FORBIDDEN ->
                denied.cause() == DenialCause.SCOPE_MISSING && hasBearer()
                        ? bearer(", error=\"insufficient_scope\"" + scopes(denied, request))
                        : "";
            case INVALID_REQUEST ->
                denied.cause() == DenialCause.SEVERAL_CREDENTIALS && hasBearer()
                        ? bearer(", error=\"invalid_request\"")
                        : "";
            default -> "";
        };
    }

    /** Basic first: the JDK's client reads the first challenge of a line alone, and knows no other scheme. */
    private String challenges(String bearerError) {
        return sources.stream()
                .map(CredentialSource::scheme)
                .distinct()
                .sorted(Comparator.comparing(scheme -> !scheme.equals("Basic")))
                .filter(scheme -> !scheme.equals("ApiKey")
                        || sources.stream().allMatch(it -> it.scheme().equals(scheme)))
                .map(scheme -> scheme.equals("Bearer") ? bearer(bearerError) : scheme + " realm=\"" + realm + "\"")
                .collect(Collectors.joining(", "));
    }

    private String bearer(String error) {
        return "Bearer realm=\"" + realm + "\"" + error;
    }

    private boolean hasBearer() {
        return sources.stream().anyMatch(it -> it.scheme().equals("Bearer"));
    }

    /** The scopes that are necessary; none are named where one of several would do. */
    private static String scopes(Denied denied, ApiRequest request) {
        Set<KeyScope> necessary = new TreeSet<>();
        denied.rule().ifPresent(rule -> {
            if (rule.demand() instanceof Demand.AllOf all) {
                necessary.addAll(all.scopes());
            }
            if (!rule.queryScopes().isEmpty()) {
                necessary.addAll(rule.scopesFor(request.rawQuery(), request.mayHoldForm()));
            }
        });
        return necessary.stream()
                .map(KeyScope::value)
                .reduce((some, more) -> some + " " + more)
                .map(all -> ", scope=\"" + all + "\"")
                .orElse("");
    }
}
