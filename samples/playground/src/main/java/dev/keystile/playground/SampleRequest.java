package dev.keystile.playground;

import dev.keystile.Keystile;
import dev.keystile.playground.api.BillingPath;
import dev.keystile.playground.api.BillingSeed;
import dev.keystile.scope.Demand;
import dev.keystile.scope.PathPattern;
import dev.keystile.scope.PathPattern.Segment;
import dev.keystile.scope.Rule;
import dev.keystile.scope.RuleMatch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A request that a rule speaks of.
 *
 * <p>Immutable.
 *
 * @param rule   the rule that decides it
 * @param method one of its methods
 * @param path   one of its paths, decoded
 */
record SampleRequest(Rule rule, String method, String path) {

    /** What is easily tried, and harmless, comes first. */
    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE");

    private static final String PLAIN = "-._~$@:+=/";
    private static final String EXAMPLE = "example";

    /** For each rule that a key like this can meet, one request for each of its methods, in the order of the rules. */
    static Stream<SampleRequest> of(Keystile keystile, HeldKey key) {
        return of(
                keystile, key, rule -> rule.kind().map(key.key().kind()::equals).orElse(true));
    }

    /** The same for each rule that takes another kind of key. */
    static Stream<SampleRequest> ofAnotherKind(Keystile keystile, HeldKey key) {
        return of(
                keystile,
                key,
                rule -> rule.kind().isPresent()
                        && !rule.kind().get().equals(key.key().kind()));
    }

    private static Stream<SampleRequest> of(Keystile keystile, HeldKey key, Predicate<Rule> wanted) {
        return keystile.policy().rules().stream()
                .filter(SampleRequest::isForKeys)
                .filter(wanted)
                .filter(rule ->
                        rule.version() == 0 || rule.version() == key.key().version())
                .flatMap(rule -> METHODS.stream()
                        .flatMap(method -> paths(rule, key)
                                .filter(path -> decides(keystile, rule, method, path))
                                .limit(1)
                                .map(path -> new SampleRequest(rule, method, path))));
    }

    private static boolean isForKeys(Rule rule) {
        return !(rule.demand() instanceof Demand.Public
                || rule.demand() instanceof Demand.Internal
                || rule.demand() instanceof Demand.Decoded);
    }

    /** A narrower rule may cover a path that was made from this one. */
    private static boolean decides(Keystile keystile, Rule rule, String method, String path) {
        return keystile.policy().match(method, path) instanceof RuleMatch.Matched matched
                && matched.rule().equals(rule);
    }

    private static Stream<String> paths(Rule rule, HeldKey key) {
        PathPattern pattern = rule.path();
        StringBuilder path = new StringBuilder();
        for (Segment segment : pattern.segments()) {
            Optional<String> text = text(segment, rule, key);
            if (text.isEmpty()) {
                return Stream.of();
            }
            path.append('/').append(text.get());
        }
        String fixed = path.isEmpty() ? "/" : path.toString();
        List<String> paths = new ArrayList<>(List.of(fixed));
        if (pattern.open()) {
            paths.add(path + "/" + EXAMPLE);
        }
        return paths.stream().map(it -> withSeededId(it, key));
    }

    /** Empty for a variable that is bound to an attribute that the key does not have. */
    private static Optional<String> text(Segment segment, Rule rule, HeldKey key) {
        return switch (segment.kind()) {
            case LITERAL -> Optional.of(segment.text());
            case WILDCARD -> Optional.of(EXAMPLE);
            case VARIABLE -> {
                String attribute = rule.bindings().get(segment.text());
                yield attribute == null
                        ? Optional.of(EXAMPLE)
                        : Optional.ofNullable(key.key().attributes().get(attribute));
            }
        };
    }

    /** The billing API has no object called example. */
    private static String withSeededId(String path, HeldKey key) {
        Optional<BillingPath> billing = BillingPath.parse(path);
        if (billing.isEmpty() || billing.get().id().isEmpty()) {
            return path;
        }
        String id = BillingSeed.id(billing.get().type(), key.key().environment(), 1);
        return path.substring(0, path.lastIndexOf('/') + 1) + id;
    }

    /** Whether the rule names scopes. */
    boolean asksForScopes() {
        return !rule.demand().scopes().isEmpty();
    }

    /** Whether the key may. */
    boolean isOpenTo(HeldKey key) {
        return rule.demand().isMetBy(key.effective());
    }

    /** The type of the content that the rule asks for, if it asks. */
    Optional<String> contentType() {
        return rule.takesContent(method, List.of())
                ? Optional.empty()
                : rule.contentTypes().stream().min(Comparator.naturalOrder());
    }

    /** Whether the application answers it with 200: an echo always, the billing API where it only reads. */
    boolean isAnsweredWithOk() {
        return method.equals("GET") || BillingPath.parse(path).isEmpty();
    }

    /** A lower rank is the better example. */
    int rank() {
        return METHODS.indexOf(method);
    }

    /** The path as a request target has it, safe between single quotes and from curl's globbing. */
    String encodedPath() {
        StringBuilder encoded = new StringBuilder();
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            boolean plain = (c < 128 && Character.isLetterOrDigit(c)) || PLAIN.indexOf(c) >= 0;
            if (plain) {
                encoded.append(c);
            } else {
                encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return encoded.toString();
    }
}
