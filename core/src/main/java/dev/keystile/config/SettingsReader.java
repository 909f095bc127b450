package dev.keystile.config;

import dev.keystile.Keystile;
import dev.keystile.KeystileBuilder;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Outcome;
import dev.keystile.http.CredentialSource;
import dev.keystile.http.ErrorFormat;
import dev.keystile.http.ErrorText;
import dev.keystile.http.ErrorTexts;
import dev.keystile.http.HeaderFormat;
import dev.keystile.key.Argon2Cost;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeyStore;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.TimeSource;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import dev.keystile.scope.Rule;
import dev.keystile.scope.RuleMatch;
import dev.keystile.scope.ScopePolicy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** Reads each setting by itself, so that one mistake does not hide the next. */
final class SettingsReader {

    private final Map<String, String> values = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final Set<String> sensitive = new LinkedHashSet<>();
    /** The settings that are set and have no value for want of a variable: told once, and missed nowhere else. */
    private final Set<String> unresolved = new LinkedHashSet<>();

    SettingsReader(
            Map<String, String> written,
            Set<String> duplicates,
            List<Setting> known,
            Function<String, Optional<String>> variables) {
        duplicates.forEach(name -> problems.add(name + " is set twice: keep one of the two lines"));
        written.forEach((name, value) -> {
            Optional<Setting> setting = SettingNames.find(name, known);
            if (setting.isEmpty()) {
                problems.add(name + " is no setting" + SettingNames.suggestion(name, known));
                return;
            }
            List<String> missing = new ArrayList<>();
            String replaced = Variables.replace(value, variables, missing::add);
            missing.forEach(variable -> problems.add(
                    name + ": the environment variable " + variable + " is not set; set it, or write the value here"));
            if (Variables.isUnclosed(value)) {
                problems.add(name + ": '${' without '}'");
                unresolved.add(name);
            } else if (missing.isEmpty()) {
                values.put(name, replaced.strip());
                if (setting.get().sensitive()) {
                    sensitive.add(name);
                }
            } else {
                unresolved.add(name);
            }
        });
    }

    /** What is wrong with single settings; grows while a builder is filled. */
    List<String> problems() {
        return problems;
    }

    /** Whether a setting is set and has no value for want of a variable, which is told already. */
    boolean isUnresolved(String name) {
        return unresolved.contains(name);
    }

    /** A builder with all that could be read. */
    KeystileBuilder builder(KeyStore store) {
        KeystileBuilder builder = Keystile.builder(store);
        boolean prefixesRead = addPrefixes(builder);
        addHashers(builder);
        set("key.cache-size", () -> builder.cacheSize(number(values.getOrDefault("key.cache-size", ""))));
        set("key.issuers", () -> builder.issuers(list("key.issuers").toArray(String[]::new)));
        set(
                "credentials",
                () -> builder.credentials(list("credentials").stream()
                        .map(SettingsReader::credential)
                        .toArray(CredentialSource[]::new)));
        set("realm", () -> builder.realm(values.getOrDefault("realm", "")));
        set("environments", () -> {
            KeyEnvironment[] served =
                    list("environments").stream().map(KeyEnvironment::new).toArray(KeyEnvironment[]::new);
            if (prefixesRead) {
                builder.environments(served);
            }
        });
        addScopes(builder);
        addLimits(builder);
        addHeaders(builder);
        addErrors(builder);
        addRules(builder);
        return builder;
    }

    /** Runs a step whose mistakes are the mistakes of one setting; without effect where that is not set. */
    private void set(String name, Runnable step) {
        if (values.containsKey(name)) {
            attempt(name, () -> {
                step.run();
                return name;
            });
        }
    }

    private <T> Optional<T> attempt(String name, Supplier<T> step) {
        try {
            return Optional.of(step.get());
        } catch (IllegalArgumentException | IllegalStateException mistake) {
            for (String line : shown(name, String.valueOf(mistake.getMessage())).split("\n", -1)) {
                problems.add(name + ": " + line);
            }
            return Optional.empty();
        }
    }

    /** A message without the value of a setting whose values are never shown. */
    private String shown(String name, String message) {
        String value = values.getOrDefault(name, "");
        return sensitive.contains(name) && !value.isEmpty() ? message.replace(value, "…") : message;
    }

    private List<String> list(String name) {
        String value = values.getOrDefault(name, "");
        return value.isBlank()
                ? List.of()
                : Arrays.stream(value.split(",", -1)).map(String::strip).toList();
    }

    /** The settings under a common beginning, by the rest of their names. */
    private Map<String, String> under(String beginning) {
        Map<String, String> found = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            if (name.startsWith(beginning)) {
                found.put(name.substring(beginning.length()), value);
            }
        });
        return found;
    }

    /** Whether every entry could be read; if not, something stands in for the table. */
    private boolean addPrefixes(KeystileBuilder builder) {
        List<String> entries = list("key.prefixes");
        KeyPrefix[] prefixes = entries.stream()
                .map(entry -> attempt("key.prefixes", () -> prefix(entry)))
                .flatMap(Optional::stream)
                .toArray(KeyPrefix[]::new);
        boolean read = prefixes.length == entries.size() && !isUnresolved("key.prefixes");
        builder.prefixes(read ? prefixes : new KeyPrefix[] {KeyPrefix.secret("unread_", KeyEnvironment.LIVE)});
        return read;
    }

    private static KeyPrefix prefix(String entry) {
        List<String> words = List.of(entry.split("\\s+"));
        if (words.size() < 3) {
            throw new IllegalArgumentException(
                    "'" + entry + "': expected <prefix> <kind> <environment>, such as acme_live_ secret live");
        }
        KeyKind kind = Arrays.stream(KeyKind.values())
                .filter(it -> it.word().equals(words.get(1)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + entry + "': kind '" + words.get(1) + "': expected secret or publishable"));
        KeyPrefix prefix = new KeyPrefix(words.get(0), kind, new KeyEnvironment(words.get(2)), 0, false);
        for (String option : words.subList(3, words.size())) {
            prefix = withOption(prefix, entry, option);
        }
        return prefix;
    }

    private static KeyPrefix withOption(KeyPrefix prefix, String entry, String option) {
        if (option.equals("retired")) {
            return prefix.retire();
        }
        if (option.startsWith("version=") && prefix.version() == 0) {
            return prefix.withVersion(number(option.substring("version=".length())));
        }
        throw new IllegalArgumentException(
                "'" + entry + "': option '" + option + "': expected retired or version=<number>");
    }

    private static int number(String text) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 1) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, like a number that is out of bounds.
        }
        throw new IllegalArgumentException("'" + text + "': expected a whole number, 1 or more");
    }

    private static CredentialSource credential(String entry) {
        List<String> words = List.of(entry.split("\\s+"));
        return switch (words.get(0)) {
            case "bearer" -> only(entry, words, CredentialSource.bearer());
            case "basic" -> only(entry, words, CredentialSource.basic());
            case "authorization" -> only(entry, words, CredentialSource.authorization());
            case "header" -> {
                if (words.size() != 2) {
                    throw new IllegalArgumentException(
                            "'" + entry + "': expected header <name>, such as header x-api-key");
                }
                yield CredentialSource.header(words.get(1));
            }
            default ->
                throw new IllegalArgumentException(
                        "'" + entry + "': expected bearer, basic, authorization or header <name>");
        };
    }

    private static CredentialSource only(String entry, List<String> words, CredentialSource source) {
        if (words.size() != 1) {
            throw new IllegalArgumentException("'" + entry + "': expected '" + words.get(0) + "' alone");
        }
        return source;
    }

    private void addHashers(KeystileBuilder builder) {
        String algorithm = values.getOrDefault("key.hash", "argon2id");
        Optional<KeyHasher> peppered = values.containsKey("key.pepper")
                ? attempt(
                        "key.pepper",
                        () -> KeyHasher.hmacSha256(
                                values.getOrDefault("key.pepper", "").getBytes(StandardCharsets.UTF_8)))
                : Optional.empty();
        // Read also where it does not count, for a mistake in it is one all the same.
        Argon2Cost cost = values.containsKey("key.argon2-cost")
                ? attempt("key.argon2-cost", () -> Argon2Cost.parse(values.getOrDefault("key.argon2-cost", "")))
                        .orElse(Argon2Cost.MINTED)
                : Argon2Cost.MINTED;
        switch (algorithm) {
            case "argon2id" ->
                attempt("key.hash", () -> KeyHasher.argon2id(cost))
                        .ifPresent(argon2id -> builder.hashers(peppered.map(it -> new KeyHasher[] {argon2id, it})
                                .orElse(new KeyHasher[] {argon2id})));
            case "hmac-sha256" -> {
                if (!values.containsKey("key.pepper") && !isUnresolved("key.pepper")) {
                    problems.add("key.hash = hmac-sha256 needs key.pepper: expected at least 32 bytes, such as"
                            + " ${KEYSTILE_PEPPER}");
                }
                peppered.ifPresent(builder::hashers);
            }
            default -> problems.add("key.hash: '" + algorithm + "': expected argon2id or hmac-sha256");
        }
    }

    private void addScopes(KeystileBuilder builder) {
        Map<String, String> roles = under("roles.");
        if (!values.containsKey("scopes")) {
            boolean needed = !roles.isEmpty() || values.containsKey("implications");
            if (needed && !isUnresolved("scopes")) {
                problems.add("scopes is missing: roles and implications need the scopes declared");
            }
            return;
        }
        ScopeCatalog.Builder catalog = ScopeCatalog.builder();
        Set<KeyScope> declared = new LinkedHashSet<>();
        list("scopes")
                .forEach(entry -> attempt("scopes", () -> new KeyScope(entry)).ifPresent(scope -> {
                    if (!declared.add(scope)) {
                        problems.add("scopes: '" + scope + "' is declared twice");
                    }
                    catalog.scope(scope);
                }));
        roles.keySet().forEach(name -> requireName("roles", name));
        roles.forEach((role, value) -> attempt("roles." + role, () -> {
            Set<KeyScope> members = new LinkedHashSet<>();
            list("roles." + role).forEach(entry -> members.add(declaredScope(entry, declared)));
            return catalog.role(role, members);
        }));
        list("implications").forEach(entry -> attempt("implications", () -> implication(entry, declared, catalog)));
        attempt("scopes", catalog::build).ifPresent(builder::scopes);
    }

    private static KeyScope declaredScope(String text, Set<KeyScope> declared) {
        KeyScope scope = new KeyScope(text);
        if (!declared.contains(scope)) {
            throw new IllegalArgumentException("'" + scope + "' is not declared in scopes");
        }
        return scope;
    }

    private static ScopeCatalog.Builder implication(
            String entry, Set<KeyScope> declared, ScopeCatalog.Builder catalog) {
        int arrow = entry.indexOf('>');
        if (arrow < 1) {
            throw new IllegalArgumentException(
                    "'" + entry + "': expected <scope> > <scope>, such as *:read_write > *:read");
        }
        String stronger = entry.substring(0, arrow).strip();
        String weaker = entry.substring(arrow + 1).strip();
        if (stronger.startsWith("*") != weaker.startsWith("*")) {
            throw new IllegalArgumentException("'" + entry + "': expected '*' at the beginning of both, or of neither");
        }
        if (!stronger.startsWith("*")) {
            return catalog.implies(declaredScope(stronger, declared), declaredScope(weaker, declared));
        }
        String ending = stronger.substring(1);
        int pairs = 0;
        for (KeyScope scope : declared) {
            String value = scope.value();
            if (value.endsWith(ending)) {
                String other = value.substring(0, value.length() - ending.length()) + weaker.substring(1);
                catalog.implies(scope, declaredScope(other, declared));
                pairs++;
            }
        }
        if (pairs == 0) {
            throw new IllegalArgumentException("'" + entry + "': no declared scope ends in '" + ending + "'");
        }
        return catalog;
    }

    private void addLimits(KeystileBuilder builder) {
        Map<String, String> plans = under("plans.");
        Map<String, Plan> readPlans = new LinkedHashMap<>();
        plans.forEach((name, value) ->
                attempt("plans." + name, () -> Plan.parse(name, value)).ifPresent(plan -> readPlans.put(name, plan)));
        builder.plans(readPlans.values().toArray(Plan[]::new));
        set("default-plan", () -> {
            String name = values.getOrDefault("default-plan", "");
            boolean told = !readPlans.containsKey(name) && (plans.containsKey(name) || isUnresolved("plans." + name));
            if (!told) {
                builder.defaultPlan(name);
            }
        });
        Map<String, RateLimit> limits = new LinkedHashMap<>();
        // What cannot be read is replaced, so that a rule that names it does not count as a further mistake.
        unresolved.stream()
                .filter(name -> name.startsWith("limits."))
                .map(name -> name.substring("limits.".length()))
                .forEach(name -> standIn(name).ifPresent(limit -> limits.put(name, limit)));
        under("limits.")
                .forEach((name, value) -> attempt("limits." + name, () -> ruleLimit(name, value))
                        .or(() -> standIn(name))
                        .ifPresent(limit -> limits.put(name, limit)));
        builder.limits(limits.values().toArray(RateLimit[]::new));
        set("limiter.type", () -> {
            if (!values.getOrDefault("limiter.type", "").equals("memory")) {
                throw new IllegalArgumentException("'" + values.get("limiter.type") + "': expected memory");
            }
        });
        set(
                "limiter.partitions",
                () -> builder.limiter(RateLimiter.inMemory(
                        TimeSource.system(), number(values.getOrDefault("limiter.partitions", "")))));
    }

    private static Optional<RateLimit> standIn(String name) {
        try {
            return Optional.of(RateLimit.perSecond(1_000_000).named(name));
        } catch (IllegalArgumentException noName) {
            return Optional.empty();
        }
    }

    private static RateLimit ruleLimit(String name, String text) {
        RateLimit limit = RateLimit.parse(text);
        if (!limit.name().isEmpty()) {
            throw new IllegalArgumentException("'" + text + "': the name stands in the setting already");
        }
        return limit.named(name);
    }

    private void addHeaders(KeystileBuilder builder) {
        Map<String, String> custom = under("headers.custom.");
        List<String> formats = list("headers.format");
        if (!custom.isEmpty() && !formats.contains("custom")) {
            problems.add("headers.custom.* is set, and headers.format does not name custom");
        }
        boolean sound = custom.entrySet().stream()
                .map(header -> attempt(
                        "headers.custom." + header.getKey(),
                        () -> HeaderFormat.custom(Map.of(header.getKey(), header.getValue()))))
                .toList()
                .stream()
                .allMatch(Optional::isPresent);
        set("headers.format", () -> {
            if (formats.equals(List.of("none"))) {
                builder.headers();
                return;
            }
            builder.headers(formats.stream()
                    .map(it -> headerFormat(it, sound ? custom : Map.of("X", "")))
                    .toArray(HeaderFormat[]::new));
        });
    }

    private static HeaderFormat headerFormat(String name, Map<String, String> custom) {
        return switch (name) {
            case "x-ratelimit" -> HeaderFormat.xRateLimit();
            case "ietf" -> HeaderFormat.ietf();
            case "custom" -> {
                if (custom.isEmpty()) {
                    throw new IllegalArgumentException("custom needs at least one headers.custom.<name>");
                }
                yield HeaderFormat.custom(custom);
            }
            default ->
                throw new IllegalArgumentException(
                        "'" + name + "': expected x-ratelimit, ietf and custom, or none alone");
        };
    }

    private void addErrors(KeystileBuilder builder) {
        String format = values.getOrDefault("errors.format", "problem");
        Map<String, String> bodies = new LinkedHashMap<>();
        ErrorTexts.Builder texts = ErrorTexts.builder();
        Set<String> words = new LinkedHashSet<>();
        under("errors.").forEach((name, value) -> {
            int dot = name.lastIndexOf('.');
            if (dot > 0) {
                words.add(name.substring(0, dot));
            }
            if (name.endsWith(".body") && isTemplateWord(name.substring(0, dot))) {
                bodies.put(name.substring(0, dot), value);
            }
        });
        words.stream()
                .filter(word -> ErrorTexts.deniedOutcome(word).isPresent())
                .forEach(word -> addText(texts, word));
        words.stream().filter(word -> ErrorTexts.deniedOutcome(word).isEmpty()).forEach(word -> addText(texts, word));
        switch (format) {
            case "problem" -> {
                if (!bodies.isEmpty()) {
                    problems.add("errors.*.body is set, and errors.format is not template");
                }
                builder.errors(ErrorFormat.problem(texts.build()));
            }
            case "template" -> {
                if (isUnresolved("errors.default.body")) {
                    return;
                }
                if (!bodies.containsKey("default")) {
                    problems.add("errors.format = template needs errors.default.body: expected JSON, such as"
                            + " {\"error\":{\"code\":\"{code}\",\"message\":\"{message}\"}}");
                } else {
                    // Each by itself first, so that one mistake does not hide the next.
                    boolean sound = bodies.entrySet().stream()
                            .map(body -> attempt(
                                    "errors." + body.getKey() + ".body",
                                    () -> ErrorFormat.template(texts.build(), Map.of("default", body.getValue()))))
                            .toList()
                            .stream()
                            .allMatch(Optional::isPresent);
                    if (sound) {
                        builder.errors(ErrorFormat.template(texts.build(), bodies));
                    }
                }
            }
            default -> problems.add("errors.format: '" + format + "': expected problem or template");
        }
    }

    /** Other words are told as mistakes where their texts are read. */
    private static boolean isTemplateWord(String word) {
        return word.equals("default")
                || ErrorTexts.deniedOutcome(word).isPresent()
                || ErrorTexts.distinctCause(word).isPresent();
    }

    private void addText(ErrorTexts.Builder texts, String word) {
        Map<String, String> parts = under("errors." + word + ".");
        boolean bodyOnly = parts.keySet().equals(Set.of("body"));
        Optional<Outcome> outcome = ErrorTexts.deniedOutcome(word);
        Optional<DenialCause> cause = ErrorTexts.distinctCause(word);
        if (word.equals("default") && bodyOnly) {
            return;
        }
        if (outcome.isEmpty() && cause.isEmpty()) {
            problems.add("errors." + word + ".*: expected an outcome (invalid-request, unauthorized, forbidden,"
                    + " rate-limited, unavailable), a cause of invalid-request or forbidden, or default for the body");
            return;
        }
        ErrorText base =
                texts.text(outcome.or(() -> cause.map(DenialCause::outcome)).orElseThrow());
        ErrorText text = new ErrorText(
                parts.getOrDefault("type", base.type()),
                parts.getOrDefault("code", base.code()),
                parts.getOrDefault("message", base.message()));
        outcome.ifPresent(it -> texts.text(it, text));
        cause.ifPresent(it -> texts.text(it, text));
    }

    /** A dot would make one name the beginning of another, which YAML cannot say. */
    private void requireName(String group, String name) {
        boolean fit = name.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '-' || c == '_');
        if (!fit) {
            problems.add(group + "." + name + ": expected the name '" + name + "' to be letters, digits, '-' or '_'");
        }
    }

    private void addRules(KeystileBuilder builder) {
        Map<String, String> rules = under("rules.");
        if (rules.isEmpty() && unresolved.stream().noneMatch(name -> name.startsWith("rules."))) {
            return;
        }
        rules.keySet().forEach(name -> requireName("rules", name));
        ScopePolicy.Builder policy = ScopePolicy.builder();
        List<Rule> read = new ArrayList<>();
        rules.forEach((name, value) ->
                attempt("rules." + name, () -> Rule.parse(name, value)).ifPresent(read::add));
        read.forEach(policy::rule);
        if (read.isEmpty()) {
            // Every rule has a mistake of its own, told above; there is no need to say that there is none.
            policy.rule(Rule.of("unread", "GET", "/", "authenticated"));
        }
        List<String> contradictions = policy.problems();
        contradictions.forEach(it -> problems.add("rules: " + it));
        builder.rules(contradictions.isEmpty() ? policy.build() : firstOf(read));
    }

    /** A policy that stands in for one that contradicts itself, so that its rules are looked at one by one all the same. */
    private static ScopePolicy firstOf(List<Rule> rules) {
        return new ScopePolicy() {
            @Override
            public RuleMatch match(String method, String path) {
                return new RuleMatch.NoRule();
            }

            @Override
            public List<Rule> rules() {
                return List.copyOf(rules);
            }
        };
    }
}
