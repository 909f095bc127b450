package dev.keystile.scope;

import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One line of a policy: which methods on which paths demand what.
 *
 * <p>Immutable.
 *
 * @param name         for logs and metrics
 * @param methods      the methods it names; empty for {@code ANY}
 * @param path         the paths it covers
 * @param demand       what it asks of the caller
 * @param kind         the kind of key it asks for, if it asks
 * @param version      the version of key it asks for; 0 for any
 * @param cost         what one request takes from each limit, 1 or more
 * @param limit        the name of a limit that counts for this rule besides the plan's, if any
 * @param bindings     for a path variable, the attribute of the key that must have the same value
 * @param slash        the path variable that may hold slashes that were sent encoded, if one may
 * @param contentTypes the media types, in lower case, of which a {@code POST}, {@code PUT} or {@code PATCH} must have one; any
 *                     or none at all if empty
 * @param queryScopes  what it asks for besides where the query lists a value
 */
public record Rule(
        String name,
        Set<String> methods,
        PathPattern path,
        Demand demand,
        Optional<KeyKind> kind,
        int version,
        int cost,
        Optional<String> limit,
        Map<String, String> bindings,
        Optional<String> slash,
        Set<String> contentTypes,
        List<QueryScope> queryScopes) {

    /** The methods a rule can name. {@code HEAD} goes with {@code GET}; {@code TRACE} and unknown ones are refused. */
    public static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    /** Those of them whose requests have content, of which a rule can say the type. */
    public static final Set<String> METHODS_WITH_CONTENT = Set.of("POST", "PUT", "PATCH");

    static final String ANY = "ANY";
    private static final int MAX_COST = 1_000_000;

    /**
     * A scope that is asked for where the query lists a value.
     *
     * <p>Immutable.
     *
     * @param parameter the parameter's name
     * @param value     the value, in letters, digits, {@code _}, {@code -} or {@code .}
     * @param scope     what is asked for
     */
    public record QueryScope(String parameter, String value, KeyScope scope) {

        /** @throws IllegalArgumentException if parameter or value have other characters */
        public QueryScope {
            if (!QueryReader.isListable(parameter) || !QueryReader.isListable(value)) {
                throw new IllegalArgumentException("query '" + parameter + ":" + value + ":" + scope
                        + "': expected parameter and value to be letters, digits, '_', '-' or '.'");
            }
        }

        /** What the settings would say. */
        @Override
        public String toString() {
            return parameter + ":" + value + ":" + scope;
        }

        private static QueryScope parse(String text) {
            String[] parts = text.split(":", 3);
            if (parts.length < 3) {
                throw new IllegalArgumentException("query '" + text
                        + "': expected <parameter>:<value>:<scope>, such as expand:owner:customers:read");
            }
            return new QueryScope(parts[0], parts[1], new KeyScope(parts[2]));
        }
    }

    /** @throws IllegalArgumentException if a part is out of bounds, or options contradict the demand */
    public Rule {
        methods = Set.copyOf(methods);
        methods.forEach(Rule::requireMethod);
        bindings = Map.copyOf(bindings);
        contentTypes = Set.copyOf(contentTypes);
        queryScopes = List.copyOf(queryScopes);
        if (cost < 1 || cost > MAX_COST) {
            throw new IllegalArgumentException("cost " + cost + ": expected 1 to " + MAX_COST);
        }
        if (version < 0) {
            throw new IllegalArgumentException("version " + version + ": expected 1 or more");
        }
        boolean keyless = demand instanceof Demand.Public
                || demand instanceof Demand.Internal
                || demand instanceof Demand.Decoded;
        boolean plain = kind.isEmpty()
                && version == 0
                && cost == 1
                && limit.isEmpty()
                && bindings.isEmpty()
                && slash.isEmpty()
                && contentTypes.isEmpty()
                && queryScopes.isEmpty();
        if (keyless && !plain) {
            throw new IllegalArgumentException("a rule that is " + demand + " looks at no key, so it takes no options");
        }
        requireVariables("bind", bindings.keySet(), path);
        requireVariables("slash", slash.map(Set::of).orElse(Set.of()), path);
        if (!contentTypes.isEmpty()
                && !methods.isEmpty()
                && methods.stream().noneMatch(METHODS_WITH_CONTENT::contains)) {
            throw new IllegalArgumentException(
                    "content: it is asked for in POST, PUT and PATCH alone, and the rule names none of them");
        }
        contentTypes.forEach(Rule::requireContentType);
    }

    /** A rule that admits no encoded slash, and asks for nothing of content and query. */
    public Rule(
            String name,
            Set<String> methods,
            PathPattern path,
            Demand demand,
            Optional<KeyKind> kind,
            int version,
            int cost,
            Optional<String> limit,
            Map<String, String> bindings) {
        this(name, methods, path, demand, kind, version, cost, limit, bindings, Optional.empty(), Set.of(), List.of());
    }

    private static void requireVariables(String option, Set<String> named, PathPattern path) {
        Set<String> unknown = new HashSet<>(named);
        unknown.removeAll(path.variables());
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(option + " names the variables " + unknown + ", which path '" + path
                    + "' does not have; it has " + path.variables());
        }
    }

    private static void requireContentType(String type) {
        int slash = type.indexOf('/');
        boolean fits = slash > 0
                && slash < type.length() - 1
                && type.chars()
                        .allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "/.+-_".indexOf(c) >= 0)
                && type.indexOf('/', slash + 1) < 0;
        if (!fits) {
            throw new IllegalArgumentException(
                    "content '" + type + "': expected a media type in lower case, such as application/json");
        }
    }

    /** A rule without options. */
    public static Rule of(String name, String methods, String path, String demand) {
        return parse(name, methods + " " + path + " " + demand);
    }

    /**
     * Reads {@code <methods> <path> <demand> [option=value …]}, such as {@code GET,POST /v1/items/** items:read cost=2}. Options
     * are {@code kind}, {@code version}, {@code cost}, {@code limit}, {@code bind=<variable>:<attribute>},
     * {@code slash=<variable>}, {@code content=<type>} and {@code query=<parameter>:<value>:<scope>}; of the last four all but
     * {@code slash} take several, separated by {@code ,}.
     *
     * @throws IllegalArgumentException if the text is anything else; the message says what would be right
     */
    public static Rule parse(String name, String text) {
        List<String> words = List.of(text.strip().split("\\s+"));
        if (words.size() < 3) {
            throw new IllegalArgumentException(
                    "'" + text + "': expected <methods> <path> <demand> [option=value …], such as GET /v1/items/**"
                            + " items:read");
        }
        // In the order written, so that what is told first is the first mistake.
        Set<String> methods = methods(words.get(0));
        PathPattern path = PathPattern.parse(words.get(1));
        Demand demand = Demand.parse(words.get(2));
        Options options = new Options(words.subList(3, words.size()));
        return new Rule(
                name,
                methods,
                path,
                demand,
                options.kind,
                options.version,
                options.cost,
                options.limit,
                options.bindings,
                options.slash,
                options.contentTypes,
                options.queryScopes);
    }

    /** All scopes that it names, in its demand or for a query. */
    public Set<KeyScope> scopes() {
        Set<KeyScope> all = new LinkedHashSet<>(demand.scopes());
        queryScopes.forEach(it -> all.add(it.scope()));
        return all;
    }

    /**
     * The scopes that it asks for because of a query, in any spelling in which a parser of the application may find the value
     * listed there.
     *
     * @param rawQuery as sent, without {@code ?}; empty if there is none
     * @param mayList  whether something that is not looked at, such as a form in the body, may list any value
     */
    public Set<KeyScope> scopesFor(String rawQuery, boolean mayList) {
        Set<KeyScope> asked = new LinkedHashSet<>();
        for (QueryScope each : queryScopes) {
            if (mayList || QueryReader.lists(rawQuery, each.parameter(), each.value())) {
                asked.add(each.scope());
            }
        }
        return asked;
    }

    /**
     * Whether the content of a request is of a type that it takes.
     *
     * @param method as sent
     * @param values the values of {@code Content-Type}, one for each field line
     */
    public boolean takesContent(String method, List<String> values) {
        if (contentTypes.isEmpty() || !METHODS_WITH_CONTENT.contains(method)) {
            return true;
        }
        if (values.size() != 1) {
            return false;
        }
        String value = values.get(0);
        int parameters = value.indexOf(';');
        String type = (parameters < 0 ? value : value.substring(0, parameters)).strip();
        return contentTypes.contains(type.toLowerCase(Locale.ROOT));
    }

    private static Set<String> methods(String text) {
        if (text.equals(ANY)) {
            return Set.of();
        }
        Set<String> methods = new LinkedHashSet<>();
        for (String method : text.split(",", -1)) {
            requireMethod(method);
            if (!methods.add(method)) {
                throw new IllegalArgumentException("method '" + method + "' is named twice");
            }
        }
        return methods;
    }

    private static void requireMethod(String method) {
        if (method.equals("HEAD")) {
            throw new IllegalArgumentException("method 'HEAD': it goes with GET; name GET");
        }
        if (!METHODS.contains(method)) {
            throw new IllegalArgumentException(
                    "method '" + method + "': expected ANY, or some of GET, POST, PUT, PATCH, DELETE, OPTIONS,"
                            + " separated by ',' without blanks");
        }
    }

    private static final class Options {

        private static final Set<String> REPEATABLE = Set.of("bind", "query");

        private Optional<KeyKind> kind = Optional.empty();
        private int version;
        private int cost = 1;
        private Optional<String> limit = Optional.empty();
        private final Map<String, String> bindings = new LinkedHashMap<>();
        private Optional<String> slash = Optional.empty();
        private Set<String> contentTypes = Set.of();
        private final List<QueryScope> queryScopes = new ArrayList<>();

        Options(List<String> words) {
            Set<String> seen = new HashSet<>();
            for (String word : words) {
                int equals = word.indexOf('=');
                String option = equals < 0 ? word : word.substring(0, equals);
                String value = equals < 0 ? "" : word.substring(equals + 1);
                if (value.isEmpty()) {
                    throw new IllegalArgumentException("option '" + word + "': expected <option>=<value>");
                }
                if (!REPEATABLE.contains(option) && !seen.add(option)) {
                    throw new IllegalArgumentException("option '" + option + "' is set twice");
                }
                read(option, value);
            }
        }

        private void read(String option, String value) {
            switch (option) {
                case "kind" -> kind = Optional.of(readKind(value));
                case "version" -> version = number(option, value);
                case "cost" -> cost = number(option, value);
                case "limit" -> limit = Optional.of(value);
                case "bind" -> bind(value);
                case "slash" -> slash = Optional.of(value);
                case "content" -> contentTypes = new LinkedHashSet<>(List.of(value.split(",", -1)));
                case "query" ->
                    Arrays.stream(value.split(",", -1)).map(QueryScope::parse).forEach(queryScopes::add);
                default ->
                    throw new IllegalArgumentException("option '" + option
                            + "' is unknown: expected kind, version, cost, limit, bind, slash, content or query");
            }
        }

        private void bind(String value) {
            for (String pair : value.split(",", -1)) {
                int colon = pair.indexOf(':');
                if (colon < 1 || colon == pair.length() - 1) {
                    throw new IllegalArgumentException(
                            "bind '" + pair + "': expected <variable>:<attribute>, such as project_id:project");
                }
                if (bindings.putIfAbsent(pair.substring(0, colon), pair.substring(colon + 1)) != null) {
                    throw new IllegalArgumentException("variable '" + pair.substring(0, colon) + "' is bound twice");
                }
            }
        }

        private static KeyKind readKind(String value) {
            return KeyKind.ofWord(value)
                    .orElseThrow(
                            () -> new IllegalArgumentException("kind '" + value + "': expected secret or publishable"));
        }

        private static int number(String option, String value) {
            try {
                int number = Integer.parseInt(value);
                if (number >= 1) {
                    return number;
                }
            } catch (NumberFormatException notANumber) {
                // Told below, like a number that is out of bounds.
            }
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s '%s': expected a whole number, 1 or more", option, value));
        }
    }

    /** What the settings would say, with all options. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                methods.isEmpty() ? ANY : methods.stream().sorted().collect(Collectors.joining(",")));
        text.append(' ').append(path).append(' ').append(demand);
        kind.ifPresent(it -> text.append(" kind=").append(it.word()));
        if (version != 0) {
            text.append(" version=").append(version);
        }
        if (cost != 1) {
            text.append(" cost=").append(cost);
        }
        limit.ifPresent(it -> text.append(" limit=").append(it));
        if (!bindings.isEmpty()) {
            text.append(" bind=")
                    .append(bindings.entrySet().stream()
                            .map(binding -> binding.getKey() + ":" + binding.getValue())
                            .sorted()
                            .collect(Collectors.joining(",")));
        }
        slash.ifPresent(it -> text.append(" slash=").append(it));
        if (!contentTypes.isEmpty()) {
            text.append(" content=").append(contentTypes.stream().sorted().collect(Collectors.joining(",")));
        }
        if (!queryScopes.isEmpty()) {
            text.append(" query=")
                    .append(queryScopes.stream().map(QueryScope::toString).collect(Collectors.joining(",")));
        }
        return text.toString();
    }
}
