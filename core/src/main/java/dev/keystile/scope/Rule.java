package dev.keystile.scope;

import dev.keystile.key.KeyKind;
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
 * @param name     for logs and metrics
 * @param methods  the methods it names; empty for {@code ANY}
 * @param path     the paths it covers
 * @param demand   what it asks of the caller
 * @param kind     the kind of key it asks for, if it asks
 * @param version  the version of key it asks for; 0 for any
 * @param cost     what one request takes from each limit, 1 or more
 * @param limit    the name of a limit that counts for this rule besides the plan's, if any
 * @param bindings for a path variable, the attribute of the key that must have the same value
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
        Map<String, String> bindings) {

    /** The methods a rule can name. {@code HEAD} goes with {@code GET}; {@code TRACE} and unknown ones are refused. */
    public static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    static final String ANY = "ANY";
    private static final int MAX_COST = 1_000_000;

    /** @throws IllegalArgumentException if a part is out of bounds, or options contradict the demand */
    public Rule {
        methods = Set.copyOf(methods);
        methods.forEach(Rule::requireMethod);
        bindings = Map.copyOf(bindings);
        if (cost < 1 || cost > MAX_COST) {
            throw new IllegalArgumentException("cost " + cost + ": expected 1 to " + MAX_COST);
        }
        if (version < 0) {
            throw new IllegalArgumentException("version " + version + ": expected 1 or more");
        }
        boolean keyless = demand instanceof Demand.Public || demand instanceof Demand.Internal;
        if (keyless && (kind.isPresent() || version != 0 || cost != 1 || limit.isPresent() || !bindings.isEmpty())) {
            throw new IllegalArgumentException("a rule that is " + demand + " looks at no key, so it takes no options");
        }
        Set<String> unknown = new HashSet<>(bindings.keySet());
        unknown.removeAll(path.variables());
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("bind names the variables " + unknown + ", which path '" + path
                    + "' does not have; it has " + path.variables());
        }
    }

    /** A rule without options. */
    public static Rule of(String name, String methods, String path, String demand) {
        return parse(name, methods + " " + path + " " + demand);
    }

    /**
     * Reads {@code <methods> <path> <demand> [option=value …]}, such as {@code GET,POST /v1/items/** items:read cost=2}.
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
                options.bindings);
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

        private Optional<KeyKind> kind = Optional.empty();
        private int version;
        private int cost = 1;
        private Optional<String> limit = Optional.empty();
        private final Map<String, String> bindings = new LinkedHashMap<>();

        Options(List<String> words) {
            Set<String> seen = new HashSet<>();
            for (String word : words) {
                int equals = word.indexOf('=');
                String option = equals < 0 ? word : word.substring(0, equals);
                String value = equals < 0 ? "" : word.substring(equals + 1);
                if (value.isEmpty()) {
                    throw new IllegalArgumentException("option '" + word + "': expected <option>=<value>");
                }
                if (!option.equals("bind") && !seen.add(option)) {
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
                default ->
                    throw new IllegalArgumentException(
                            "option '" + option + "' is unknown: expected kind, version, cost, limit or bind");
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
        return text.toString();
    }
}
