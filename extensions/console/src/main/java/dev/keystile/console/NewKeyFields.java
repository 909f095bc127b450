package dev.keystile.console;

import dev.keystile.key.AddressRange;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyScope;
import dev.keystile.key.NewKey;
import dev.keystile.limit.Plan;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The fields of a call that creates a key, read into a {@link NewKey}. Each is checked here for what it is, so that a message
 * never repeats what was sent; whether the member may grant it is for the key manager to say.
 *
 * @param body  the fields
 * @param offer what there is
 * @param texts what looks like a key
 * @param now   what the clock shows
 */
record NewKeyFields(JsonBody body, Offer offer, KeyTexts texts, Instant now) {

    static final Set<String> KNOWN = Set.of(
            "name",
            "environment",
            "kind",
            "prefix",
            "version",
            "scopes",
            "roles",
            "plan",
            "attributes",
            "addresses",
            "expires_at",
            "service_owned");

    private static final int MAX_LABEL = 100;
    private static final int MAX_VALUE = 200;
    private static final int MAX_SCOPES = 500;
    private static final int MAX_ADDRESSES = 50;
    private static final int MAX_ATTRIBUTES = 30;

    /** @throws Refusal with all that is wrong */
    NewKey read() {
        String name = name();
        Optional<KeyEnvironment> environment = environment();
        KeyKind kind = kind();
        Optional<String> prefix = prefix();
        int version = version();
        List<KeyScope> scopes = scopes();
        Set<String> roles = declared(
                "roles", body.texts("roles"), offer.keystile().scopes().roles().keySet()::contains, "a declared role");
        Optional<String> plan = plan();
        Map<String, String> attributes = attributes();
        List<AddressRange> addresses = addresses();
        Optional<Instant> expiry = expiry();
        boolean serviceOwned = body.flag("service_owned");
        body.requireValid();

        NewKey.Builder wanted = NewKey.of(offer.member().account(), name, environment.orElseThrow())
                .kind(kind)
                .version(version)
                .scopes(scopes)
                .roles(roles.toArray(String[]::new))
                .addresses(addresses);
        prefix.ifPresent(wanted::prefix);
        plan.ifPresent(wanted::plan);
        attributes.forEach(wanted::attribute);
        expiry.ifPresent(wanted::expiresAt);
        if (serviceOwned) {
            wanted.serviceOwned();
        }
        return wanted.build();
    }

    private String name() {
        String name = body.text("name").orElse("").strip();
        if (texts.mayHoldKey(name)) {
            body.reject("name", "this looks like an API key; give the key a name that everybody may see");
        } else if (!isLabel(name, MAX_LABEL)) {
            body.reject("name", "expected 1 to " + MAX_LABEL + " characters on one line");
        }
        return name;
    }

    private static boolean isLabel(String text, int max) {
        return !text.isBlank()
                && text.length() <= max
                && text.codePoints()
                        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
    }

    private Stream<KeyPrefix> prefixes() {
        return offer.prefixes().stream();
    }

    private Optional<KeyEnvironment> environment() {
        String wanted = body.text("environment").orElse("");
        Optional<KeyEnvironment> found = prefixes()
                .map(KeyPrefix::environment)
                .filter(it -> it.name().equals(wanted))
                .findFirst();
        if (found.isEmpty()) {
            body.reject(
                    "environment",
                    "expected one of "
                            + prefixes()
                                    .map(it -> it.environment().name())
                                    .distinct()
                                    .toList());
        }
        return found;
    }

    private KeyKind kind() {
        Optional<String> word = body.text("kind");
        Optional<KeyKind> kind = word.flatMap(KeyKind::ofWord);
        if (word.isPresent() && kind.isEmpty()) {
            body.reject("kind", "expected secret or publishable");
        }
        return kind.orElse(KeyKind.SECRET);
    }

    private Optional<String> prefix() {
        Optional<String> prefix = body.text("prefix");
        if (prefix.isPresent() && prefixes().noneMatch(it -> it.text().equals(prefix.get()))) {
            body.reject(
                    "prefix",
                    "expected one of " + prefixes().map(KeyPrefix::text).toList());
        }
        return prefix;
    }

    private int version() {
        long version = body.number("version").orElse(0);
        if (version < 0 || version > Integer.MAX_VALUE) {
            body.reject("version", "expected a whole number, 1 or more");
            return 0;
        }
        return (int) version;
    }

    private List<KeyScope> scopes() {
        List<String> values = body.texts("scopes");
        if (values.size() > MAX_SCOPES) {
            body.reject("scopes", "expected " + MAX_SCOPES + " at most");
            return List.of();
        }
        Set<KeyScope> declared = offer.keystile().scopes().scopes();
        Set<String> found = declared(
                "scopes",
                values,
                it -> declared.stream().anyMatch(scope -> scope.value().equals(it)),
                "a declared scope");
        return found.stream().map(KeyScope::new).toList();
    }

    /** Of some words those that are declared; where one is not, its place is told. */
    private Set<String> declared(String field, List<String> words, Predicate<String> isDeclared, String expected) {
        Set<String> found = new LinkedHashSet<>();
        for (int i = 0; i < words.size(); i++) {
            if (isDeclared.test(words.get(i))) {
                found.add(words.get(i));
            } else {
                body.reject(field, "entry " + (i + 1) + ": expected " + expected);
                return found;
            }
        }
        return found;
    }

    private Optional<String> plan() {
        Optional<String> plan = body.text("plan");
        List<String> plans = offer.keystile().plans().stream().map(Plan::name).toList();
        if (plan.isPresent() && !plans.contains(plan.get())) {
            body.reject("plan", "expected one of " + plans + ", or none for the default plan");
        }
        return plan;
    }

    private Map<String, String> attributes() {
        Map<String, String> attributes = body.textsByName("attributes");
        boolean fits = attributes.size() <= MAX_ATTRIBUTES
                && attributes.entrySet().stream()
                        .allMatch(it -> isLabel(it.getKey(), MAX_LABEL)
                                && it.getKey().codePoints().noneMatch(Character::isWhitespace)
                                && it.getValue().length() <= MAX_VALUE
                                && offer.member().grants().attributes().containsKey(it.getKey()));
        if (!fits) {
            body.reject(
                    "attributes",
                    "expected some of "
                            + offer.member().grants().attributes().keySet().stream()
                                    .sorted()
                                    .toList());
        }
        return attributes;
    }

    private List<AddressRange> addresses() {
        List<String> values = body.texts("addresses");
        if (values.size() > MAX_ADDRESSES) {
            body.reject("addresses", "expected " + MAX_ADDRESSES + " at most");
            return List.of();
        }
        Set<AddressRange> ranges = new LinkedHashSet<>();
        for (int i = 0; i < values.size(); i++) {
            try {
                ranges.add(AddressRange.parse(values.get(i).strip()));
            } catch (IllegalArgumentException unreadable) {
                body.reject(
                        "addresses",
                        "entry " + (i + 1) + ": expected an IP address, or the first address of a range and its bits,"
                                + " such as 10.1.2.3, 10.0.0.0/8 or fd00::/8");
                return List.of();
            }
        }
        return new ArrayList<>(ranges);
    }

    private Optional<Instant> expiry() {
        Optional<String> text = body.text("expires_at");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Instant expiry = OffsetDateTime.parse(text.get()).toInstant();
            if (expiry.isAfter(now)) {
                return Optional.of(expiry);
            }
            body.reject("expires_at", "expected a time in the future");
        } catch (DateTimeException unreadable) {
            body.reject("expires_at", "expected a time such as 2030-12-31T23:59:59Z");
        }
        return Optional.empty();
    }
}
