package dev.keystile.scope;

import dev.keystile.scope.PathPattern.Segment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rules compiled to a tree of segments that is walked along the path without allocating.
 *
 * <p>At each segment the literal is tried before the wildcard, and the wildcard before {@code **}. As patterns either
 * contain each other or share no path, the first pattern found so is the narrowest.
 */
final class RuleTable implements ScopePolicy {

    private static final RuleMatch NO_RULE = new RuleMatch.NoRule();
    private static final RuleMatch METHOD_NOT_NAMED = new RuleMatch.MethodNotNamed();
    /** Neither paths nor literals hold control characters. */
    private static final char HELD = '\0';

    private final List<Rule> rules;
    private final Node root = new Node();

    RuleTable(List<Rule> rules) {
        this.rules = List.copyOf(rules);
        for (Rule rule : rules) {
            root.add(rule, 0);
        }
        root.freeze();
    }

    static List<String> problems(List<Rule> rules) {
        List<String> problems = new ArrayList<>();
        if (rules.isEmpty()) {
            problems.add("there is no rule, so that every request would be refused; add one such as"
                    + " rules.items = GET /v1/items/** items:read");
        }
        Set<String> names = new HashSet<>();
        for (Rule rule : rules) {
            if (!names.add(rule.name())) {
                problems.add("two rules are named '" + rule.name() + "'");
            }
        }
        for (int i = 0; i < rules.size(); i++) {
            for (int j = i + 1; j < rules.size(); j++) {
                addProblem(problems, rules.get(i), rules.get(j));
            }
        }
        return problems;
    }

    private static void addProblem(List<String> problems, Rule one, Rule other) {
        boolean within = one.path().isWithin(other.path());
        boolean around = other.path().isWithin(one.path());
        if (within && around) {
            Set<String> shared = new LinkedHashSet<>(one.methods());
            shared.retainAll(other.methods());
            if (one.methods().isEmpty() && other.methods().isEmpty()) {
                shared.add(Rule.ANY);
            }
            if (!shared.isEmpty()) {
                problems.add("rules '" + one.name() + "' and '" + other.name() + "' both speak of " + shared + " on "
                        + one.path() + "; keep one of them");
            }
        } else if (!within && !around && one.path().overlaps(other.path())) {
            problems.add("rules '" + one.name() + "' (" + one.path() + ") and '" + other.name() + "' (" + other.path()
                    + ") both cover " + one.path().exampleShared(other.path())
                    + " and neither is narrower; write them so that one contains the other or they share no path");
        }
    }

    @Override
    public List<Rule> rules() {
        return rules;
    }

    @Override
    public RuleMatch match(String method, String path) {
        int end = path.length() > 1 && path.charAt(path.length() - 1) == '/' ? path.length() - 1 : path.length();
        Route route = root.find(path, 1, end);
        return route == null ? NO_RULE : route.match(method, path, end);
    }

    /** Held slashes stand in the path as a character that no literal and no path has, so that they part nothing. */
    @Override
    public RuleMatch match(String method, PathReading.Slashed path) {
        StringBuilder held = new StringBuilder();
        for (String segment : path.segments()) {
            held.append('/').append(segment.replace('/', HELD));
        }
        if (!(match(method, held.toString()) instanceof RuleMatch.Matched matched)
                || !admits(matched.rule(), path.segments())) {
            return NO_RULE;
        }
        Map<String, String> variables = new LinkedHashMap<>();
        matched.variables().forEach((name, value) -> variables.put(name, value.replace(HELD, '/')));
        RuleMatch decoded = match(method, path.path());
        boolean nothing =
                decoded instanceof RuleMatch.Matched other && other.rule().demand() instanceof Demand.Decoded;
        return new RuleMatch.Matched(matched.rule(), variables, nothing ? Optional.empty() : Optional.of(decoded));
    }

    private static boolean admits(Rule rule, List<String> path) {
        List<Segment> segments = rule.path().segments();
        for (int i = 0; i < path.size(); i++) {
            if (path.get(i).indexOf('/') >= 0) {
                boolean admitted = i < segments.size()
                        && segments.get(i).kind() == Segment.Kind.VARIABLE
                        && rule.slash().filter(segments.get(i).text()::equals).isPresent();
                if (!admitted) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The rules of one pattern, by method: few as they are, they are looked through. */
    private static final class Route {

        private final List<String> methods = new ArrayList<>();
        private final List<Target> targets = new ArrayList<>();
        private @Nullable Target any;

        void add(Rule rule) {
            Target target = Target.of(rule);
            if (rule.methods().isEmpty()) {
                any = target;
            }
            rule.methods().forEach(method -> {
                methods.add(method);
                targets.add(target);
            });
        }

        RuleMatch match(String method, String path, int end) {
            Target target = target(method);
            return target == null ? METHOD_NOT_NAMED : target.match(path, end);
        }

        private @Nullable Target target(String method) {
            for (int i = 0; i < methods.size(); i++) {
                if (methods.get(i).equals(method)) {
                    return targets.get(i);
                }
            }
            if (method.equals("HEAD")) {
                return target("GET");
            }
            return Rule.METHODS.contains(method) ? any : null;
        }
    }

    /** A rule, with its match made once where it binds no variable. */
    private record Target(Rule rule, @Nullable RuleMatch ready) {

        static Target of(Rule rule) {
            return new Target(rule, rule.bindings().isEmpty() ? new RuleMatch.Matched(rule, Map.of()) : null);
        }

        RuleMatch match(String path, int end) {
            return ready != null ? ready : new RuleMatch.Matched(rule, bound(path, end));
        }

        private Map<String, String> bound(String path, int end) {
            Map<String, String> values = new LinkedHashMap<>();
            String[] parts = path.substring(1, end).split("/", -1);
            List<Segment> segments = rule.path().segments();
            for (int i = 0; i < segments.size(); i++) {
                Segment segment = segments.get(i);
                if (segment.kind() == Segment.Kind.VARIABLE && rule.bindings().containsKey(segment.text())) {
                    values.put(segment.text(), parts[i]);
                }
            }
            return values;
        }
    }

    /** A place in the tree: what may follow the segments walked so far. */
    private static final class Node {

        private final Map<String, Node> building = new LinkedHashMap<>();
        private @Nullable Node wildcard;
        private @Nullable Route exact;
        private @Nullable Route open;

        /** The literals in an open hash table, so that a part of a path finds its node. */
        private @Nullable String[] literals = {};

        private @Nullable Node[] nodes = {};

        void add(Rule rule, int depth) {
            List<Segment> segments = rule.path().segments();
            if (depth == segments.size()) {
                add(rule);
            } else if (segments.get(depth).isLiteral()) {
                building.computeIfAbsent(segments.get(depth).text(), it -> new Node())
                        .add(rule, depth + 1);
            } else {
                if (wildcard == null) {
                    wildcard = new Node();
                }
                wildcard.add(rule, depth + 1);
            }
        }

        private void add(Rule rule) {
            Route route = rule.path().open() ? open : exact;
            if (route == null) {
                route = new Route();
                if (rule.path().open()) {
                    open = route;
                } else {
                    exact = route;
                }
            }
            route.add(rule);
        }

        void freeze() {
            int size = Math.max(1, Integer.highestOneBit(2 * building.size()) * 2);
            literals = new String[size];
            nodes = new Node[size];
            building.forEach((literal, node) -> {
                int slot = hash(literal, 0, literal.length()) & (size - 1);
                while (literals[slot] != null) {
                    slot = (slot + 1) & (size - 1);
                }
                literals[slot] = literal;
                nodes[slot] = node;
                node.freeze();
            });
            if (wildcard != null) {
                wildcard.freeze();
            }
        }

        /** Of the length and three characters: enough to tell literals apart, and soon done. */
        private static int hash(String text, int start, int stop) {
            int length = stop - start;
            return length == 0
                    ? 0
                    : length
                            + 7 * text.charAt(start)
                            + 31 * text.charAt(start + length / 2)
                            + 61 * text.charAt(stop - 1);
        }

        /** The narrowest route of the path from {@code start}, where a segment begins, to {@code end}. */
        @Nullable Route find(String path, int start, int end) {
            if (start >= end) {
                return exact != null ? exact : open;
            }
            if (building.isEmpty() && wildcard == null) {
                return open;
            }
            int slash = path.indexOf('/', start);
            int stop = slash < 0 || slash > end ? end : slash;
            Node literal = literal(path, start, stop);
            Route found = literal == null ? null : literal.find(path, stop + 1, end);
            if (found == null && wildcard != null) {
                found = wildcard.find(path, stop + 1, end);
            }
            return found != null ? found : open;
        }

        private @Nullable Node literal(String path, int start, int stop) {
            int mask = literals.length - 1;
            for (int slot = hash(path, start, stop) & mask; ; slot = (slot + 1) & mask) {
                String literal = literals[slot];
                if (literal == null) {
                    return null;
                }
                if (literal.length() == stop - start && path.startsWith(literal, start)) {
                    return nodes[slot];
                }
            }
        }
    }
}
