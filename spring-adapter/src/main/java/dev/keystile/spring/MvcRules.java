package dev.keystile.spring;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.config.Settings;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeyStore;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.scope.Demand;
import dev.keystile.scope.Rule;
import dev.keystile.scope.RuleMatch;
import dev.keystile.scope.ScopePolicy;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.method.HandlerMethod;

/**
 * What the controller methods of an application demand: the rules written for them, the demands that are checked behind the
 * filter, and the report.
 *
 * <p>Safe for use by many threads.
 */
final class MvcRules implements CodeRules {

    private static final Logger LOG = LoggerFactory.getLogger(MvcRules.class);

    private static final String RULES = "rules.";
    private static final RuleMatch REFUSED = new RuleMatch.NoRule();

    /** Not by the handler itself: of some, such as that of OPTIONS, Spring makes one for each request. */
    private record Late(Class<?> type, Method method) {}

    private final Map<String, String> compiled;
    private final List<String> problems;
    private final RuleCompiler compiler;
    private final Set<String> names = new HashSet<>();
    private volatile List<MappingRow> rows = List.of();
    /** The patterns of each handler, as they are written. */
    private volatile Map<HandlerMethod, Set<String>> patterns = Map.of();

    private final Map<HandlerMethod, Optional<RuleMatch>> demands = new HashMap<>();
    /** Of methods that are mapped later or in another context, as they are first called. */
    private final Map<Late, Optional<RuleMatch>> laterDemands = new ConcurrentHashMap<>();
    /** The rules of the settings; empty where they make no policy, and then nothing starts. */
    private final Optional<ScopePolicy> written;

    /**
     * Compiles what the annotations say.
     *
     * @param given whether code gives the policy, so that there are no rules to write any into
     */
    MvcRules(MappedHandlers mapped, Settings settings, boolean given) {
        List<Rule> rules = rules(settings);
        this.compiler = new RuleCompiler(mapped.handlers(), rules, implied(settings));
        this.compiled = given ? Map.of() : compiler.rules();
        rules.forEach(rule -> names.add(rule.name()));
        names.addAll(compiled.keySet());
        this.problems = new ArrayList<>(mapped.problems());
        problems.addAll(compiler.problems());
        List<String> undeclared = undeclared(mapped.handlers(), settings, rules, compiled);
        // Of what contradicts a rule no rule was written: that is no want of a declaration.
        if (compiler.problems().isEmpty() || settings.values().containsKey("scopes")) {
            problems.addAll(undeclared);
        }
        for (MappedHandler handler : mapped.handlers()) {
            demands.put(
                    handler.method(),
                    handler.demand()
                            .map(demand -> match(
                                    handler.name(),
                                    handler.patterns().get(0).cover().text(),
                                    demand)));
        }
        this.written = policy(rules);
    }

    private static RuleMatch match(String name, String path, Demand demand) {
        return new RuleMatch.Matched(Rule.of(name, "ANY", path, demand.toString()), Map.of());
    }

    private Optional<RuleMatch> demandOf(HandlerMethod handler) {
        Optional<RuleMatch> known = demands.get(handler);
        return known != null
                ? known
                : laterDemands.computeIfAbsent(new Late(handler.getBeanType(), handler.getMethod()), MvcRules::read);
    }

    private static Optional<RuleMatch> read(Late handler) {
        String name = handler.type().getSimpleName() + "." + handler.method().getName();
        try {
            return RequiredScopes.of(handler.type(), handler.method()).map(demand -> match(name, "/**", demand));
        } catch (IllegalArgumentException unreadable) {
            LOG.error("{}: {}: its requests are refused", name, unreadable.getMessage());
            return Optional.of(REFUSED);
        }
    }

    private static Optional<ScopePolicy> policy(List<Rule> rules) {
        ScopePolicy.Builder policy = ScopePolicy.builder();
        rules.forEach(policy::rule);
        return policy.problems().isEmpty() ? Optional.of(policy.build()) : Optional.empty();
    }

    /** Those that can be read; the others are told where all settings are. */
    private static List<Rule> rules(Settings settings) {
        List<Rule> rules = new ArrayList<>();
        settings.values().forEach((name, value) -> {
            if (name.startsWith(RULES)) {
                try {
                    rules.add(Rule.parse(name.substring(RULES.length()), value));
                } catch (IllegalArgumentException unreadable) {
                    // As said above.
                }
            }
        });
        return rules;
    }

    private static UnaryOperator<Set<KeyScope>> implied(Settings settings) {
        if (!settings.values().containsKey("implications")) {
            return UnaryOperator.identity();
        }
        try {
            ScopeCatalog catalog = settings.administration(KeyStore.inMemory()).scopes();
            return scopes -> catalog.scopes().containsAll(scopes) ? catalog.implied(scopes) : scopes;
        } catch (InvalidConfigurationException told) {
            return UnaryOperator.identity();
        }
    }

    /** Scopes that no rule names, for they are checked behind the filter alone, and that are not declared either. */
    private static List<String> undeclared(
            List<MappedHandler> handlers, Settings settings, List<Rule> rules, Map<String, String> compiled) {
        // Of those that rules name, whoever reads the rules tells.
        Set<String> known = new TreeSet<>();
        rules.forEach(rule -> add(known, rule));
        compiled.forEach((name, text) -> add(known, Rule.parse(name, text)));
        String declared = settings.values().get("scopes");
        if (declared != null) {
            Arrays.stream(declared.split(",", -1)).map(String::strip).forEach(known::add);
        }
        List<String> problems = new ArrayList<>();
        for (MappedHandler handler : handlers) {
            Set<String> missing = handler.demand().map(Demand::scopes).orElse(Set.of()).stream()
                    .map(KeyScope::value)
                    .collect(Collectors.toCollection(TreeSet::new));
            missing.removeAll(known);
            if (!missing.isEmpty()) {
                problems.add(handler.name() + " demands " + missing
                        + (declared == null
                                ? ", which no rule names: expected scopes to declare all there are"
                                : ", which scopes does not declare"));
            }
        }
        return problems;
    }

    private static void add(Set<String> known, Rule rule) {
        rule.scopes().forEach(scope -> known.add(scope.value()));
    }

    /**
     * Makes the report, also of mappings that have no annotations.
     *
     * @param inForce the policy that decides, which may be another than that of the settings
     */
    void report(List<MappedHandler> handlers, ScopePolicy inForce) {
        boolean given = !names.equals(inForce.rules().stream().map(Rule::name).collect(Collectors.toSet()));
        List<MappingRow> rows = new ArrayList<>();
        for (MappedHandler handler : handlers) {
            for (SpringPattern pattern : handler.patterns()) {
                rows.addAll(
                        handler.demand().isPresent()
                                ? List.of(new MappingRow(
                                        text(handler.methods()),
                                        pattern.written(),
                                        handler.demand().get().toString(),
                                        handler.name()))
                                : rows(handler, pattern, given));
            }
        }
        Map<HandlerMethod, Set<String>> patterns = new HashMap<>();
        for (MappedHandler handler : handlers) {
            Set<String> own = patterns.computeIfAbsent(handler.method(), it -> new HashSet<>());
            handler.patterns().forEach(pattern -> own.add(pattern.written()));
        }
        this.patterns = Map.copyOf(patterns);
        this.rows = rows.stream()
                .distinct()
                .sorted(Comparator.comparing(MappingRow::path).thenComparing(MappingRow::methods))
                .toList();
    }

    private List<MappingRow> rows(MappedHandler handler, SpringPattern pattern, boolean given) {
        Map<List<String>, Set<String>> methods = new LinkedHashMap<>();
        for (String method : RuleCompiler.METHODS) {
            if (handler.methods().contains(method)) {
                Optional<Rule> rule = compiler.writtenFor(pattern.cover(), method);
                boolean more = compiler.hasNarrower(pattern.cover());
                String demand = given
                        ? "as the ScopePolicy says"
                        : rule.map(it -> it.demand().toString()).orElse("refused");
                String source = handler.name() + ", "
                        + rule.map(it -> RULES + it.name()).orElse(given ? "code" : "no rule and no annotation")
                        + (more ? ", and narrower rules" : "");
                methods.computeIfAbsent(List.of(demand, source), it -> new LinkedHashSet<>())
                        .add(method);
            }
        }
        return methods.entrySet().stream()
                .map(entry -> new MappingRow(
                        text(entry.getValue()),
                        pattern.written(),
                        entry.getKey().get(0),
                        entry.getKey().get(1)))
                .toList();
    }

    private static String text(Set<String> methods) {
        return methods.size() == RuleCompiler.METHODS.size()
                ? "ANY"
                : RuleCompiler.METHODS.stream().filter(methods::contains).collect(Collectors.joining(","));
    }

    /** {@inheritDoc} */
    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        compiled.forEach((name, text) -> settings.put(RULES + name, text));
        return settings;
    }

    /** {@inheritDoc} */
    @Override
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /** What each mapping demands, by path. */
    List<MappingRow> rows() {
        return rows;
    }

    /**
     * Whether a pattern is one that a handler is mapped to, and none that Spring MVC made of it to cut a suffix: rules speak of
     * the first alone.
     */
    boolean isAsMapped(HandlerMethod handler, SpringPattern pattern) {
        Set<String> own = patterns.getOrDefault(handler, Set.of());
        String found = pattern.written();
        return own.contains(found) || own.stream().noneMatch(mapped -> found.startsWith(mapped + "."));
    }

    /**
     * What whoever handles a request demands, where that may be more than the rule which let it through; empty where there is
     * nothing to add.
     *
     * @param handler the method that handles it; empty for a handler of another kind
     * @param found   what the policy in force says of the request
     */
    Optional<RuleMatch> demanded(Optional<HandlerMethod> handler, RuleMatch found, DispatchTarget target) {
        Optional<RuleMatch> own = handler.flatMap(this::demandOf);
        if (own.isPresent()) {
            boolean decided = own.get() instanceof RuleMatch.Matched mine
                    && found instanceof RuleMatch.Matched matched
                    && matched.rule().demand().equals(mine.rule().demand());
            return decided ? Optional.empty() : own;
        }
        if (found instanceof RuleMatch.Matched matched
                && compiled.containsKey(matched.rule().name())) {
            // The rule is there for another's sake: what counts is what is written.
            RuleMatch instead = written.map(target::match).orElse(REFUSED);
            boolean decided = instead instanceof RuleMatch.Matched other
                    && other.rule().demand().equals(matched.rule().demand());
            return decided ? Optional.empty() : Optional.of(instead);
        }
        return Optional.empty();
    }
}
