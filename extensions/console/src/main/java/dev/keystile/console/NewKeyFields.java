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
import java.util.stream.Collectors;
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
            "signing",
            "version",
            "scopes",
            "roles",
            "plan",
            "attributes",
            "addresses",
            "expires_at",
            "service_owned");

    /** As a key has it. The message of the key itself would repeat the name; all its other bounds it can tell by itself. */
    private static final int MAX_NAME = 100;

    private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
    private static final int ZERO_WIDTH_JOINER = 0x200D;

    /** @throws Refusal with all that is wrong */
    NewKey read() {
        String name = name();
        Optional<KeyEnvironment> environment = environment();
        KeyKind kind = kind();
        Optional<String> prefix = prefix();
        boolean signing = signing(environment, kind, prefix);
        int version = version();
        List<KeyScope> scopes = scopes();
        Set<String> roles = declared(
                "roles", body.texts("roles"), offer.keystile().scopes().roles().keySet(), "a declared role");
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
        if (signing) {
            wanted.signing();
        }
        return wanted.build();
    }

    private String name() {
        String name = body.text("name").orElse("").strip();
        if (texts.mayHoldKey(name)) {
            body.reject("name", "this looks like an API key; give the key a name that everybody may see");
        } else if (!KeyTexts.isLine(name, MAX_NAME) || !isSeen(name)) {
            body.reject("name", "expected 1 to " + MAX_NAME + " characters on one line, which can all be seen");
        }
        return name;
    }

    /**
     * Whether a name reads as it is: nothing turns it around, breaks its line or hides in it, and there is something to see and
     * to point at. Joiners are part of words in some scripts, and of emoji.
     */
    private static boolean isSeen(String name) {
        return name.codePoints().allMatch(c -> c == ZERO_WIDTH_NON_JOINER || c == ZERO_WIDTH_JOINER || !isUnseen(c))
                && name.codePoints().anyMatch(c -> !isUnseen(c) && !Character.isSpaceChar(c));
    }

    private static boolean isUnseen(int c) {
        int type = Character.getType(c);
        return type == Character.FORMAT || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR;
    }

    private Stream<KeyPrefix> prefixes() {
        return offer.prefixes().stream();
    }

    private Optional<KeyEnvironment> environment() {
        String wanted = body.text("environment").orElse("");
        List<KeyEnvironment> all = Stream.concat(prefixes().map(KeyPrefix::environment), signingEnvironments().stream())
                .distinct()
                .toList();
        Optional<KeyEnvironment> found =
                all.stream().filter(it -> it.name().equals(wanted)).findFirst();
        if (found.isEmpty()) {
            body.reject("environment", "expected one of " + all);
        }
        return found;
    }

    private Set<KeyEnvironment> signingEnvironments() {
        return offer.keystile().keyManager().signingEnvironments();
    }

    private boolean signing(Optional<KeyEnvironment> environment, KeyKind kind, Optional<String> prefix) {
        boolean signing = body.flag("signing");
        if (signing && (kind != KeyKind.SECRET || prefix.isPresent())) {
            body.reject("signing", "expected no prefix and no kind but secret beside it");
        } else if (signing && environment.isPresent() && !signingEnvironments().contains(environment.get())) {
            body.reject("signing", "expected an environment of " + signingEnvironments());
        }
        return signing;
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
        Set<String> values =
                offer.keystile().scopes().scopes().stream().map(KeyScope::value).collect(Collectors.toSet());
        return declared("scopes", body.texts("scopes"), values, "a declared scope").stream()
                .map(KeyScope::new)
                .toList();
    }

    /** Of some words those that are declared; where one is not, its place is told. */
    private Set<String> declared(String field, List<String> words, Set<String> all, String expected) {
        Set<String> found = new LinkedHashSet<>();
        for (int i = 0; i < words.size(); i++) {
            if (all.contains(words.get(i))) {
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
        if (!offer.member().grants().attributes().keySet().containsAll(attributes.keySet())) {
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
