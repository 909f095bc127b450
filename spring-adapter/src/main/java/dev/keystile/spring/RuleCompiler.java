package dev.keystile.spring;

import dev.keystile.key.KeyScope;
import dev.keystile.scope.Demand;
import dev.keystile.scope.PathPattern;
import dev.keystile.scope.PathPattern.Segment;
import dev.keystile.scope.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the demands of controller methods as rules, beside those that are written already.
 *
 * <p>Of two mappings that rules cannot tell apart, for they differ in a header, a parameter or a regular expression, the rule
 * asks for what both need, and whoever handles the request asks for the rest. A demand adds to the written rule that covers
 * its path: it takes over that rule's options, and asks for no less.
 */
final class RuleCompiler {

    /** In the order in which rules are read. */
    static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    /** One of the paths of a handler. */
    private record Target(MappedHandler handler, SpringPattern pattern) {

        PathPattern cover() {
            return pattern.cover();
        }

        boolean takes(String method) {
            return handler.methods().contains(method);
        }

        boolean isAnnotated() {
            return handler.demand().isPresent();
        }

        /** Whether every request of its method and path is its own, unless a narrower one takes it. */
        boolean isCertain() {
            return pattern.exact() && !handler.conditional();
        }
    }

    private final List<Target> targets;
    private final List<Rule> written;
    private final UnaryOperator<Set<KeyScope>> implied;
    private final Set<String> names = new HashSet<>();
    private final Map<String, String> rules = new LinkedHashMap<>();
    private final Set<String> problems = new LinkedHashSet<>();

    /**
     * Compiles at once.
     *
     * @param written the rules of the settings
     * @param implied the scopes that a set of them comes to, with all that they imply
     */
    RuleCompiler(Collection<MappedHandler> handlers, List<Rule> written, UnaryOperator<Set<KeyScope>> implied) {
        this.targets = handlers.stream()
                .flatMap(handler -> handler.patterns().stream().map(pattern -> new Target(handler, pattern)))
                .toList();
        this.written = written;
        this.implied = implied;
        written.forEach(rule -> names.add(rule.name()));
        targets.stream().filter(Target::isAnnotated).forEach(this::compareWithWritten);
        places().forEach(this::compile);
    }

    /** The rules, as settings say them: by name, without {@code rules.} before it. */
    Map<String, String> rules() {
        return rules;
    }

    /** What contradicts the written rules, each a sentence. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    /** The written rule that decides a method on every path of a pattern, unless a narrower one takes a part of them. */
    Optional<Rule> writtenFor(PathPattern pattern, String method) {
        Optional<PathPattern> narrowest = written.stream()
                .map(Rule::path)
                .filter(pattern::isWithin)
                .reduce((one, other) -> other.isWithin(one) ? other : one);
        return narrowest.flatMap(path -> {
            List<Rule> there =
                    written.stream().filter(rule -> isSame(rule.path(), path)).toList();
            return there.stream()
                    .filter(rule -> rule.methods().contains(method))
                    .findFirst()
                    .or(() -> there.stream()
                            .filter(rule -> rule.methods().isEmpty())
                            .findFirst());
        });
    }

    /** Whether a written rule speaks of some path of a pattern, and not of all. */
    boolean hasNarrower(PathPattern pattern) {
        return written.stream().map(Rule::path).anyMatch(path -> path.isWithin(pattern) && !pattern.isWithin(path));
    }

    private static boolean isSame(PathPattern one, PathPattern other) {
        return one.isWithin(other) && other.isWithin(one);
    }

    private void compareWithWritten(Target target) {
        Demand demand = target.handler().demand().orElseThrow();
        for (Rule rule : written) {
            Set<String> shared =
                    new TreeSet<>(rule.methods().isEmpty() ? target.handler().methods() : rule.methods());
            shared.retainAll(target.handler().methods());
            boolean covers = target.cover().isWithin(rule.path());
            shared.removeIf(
                    method -> covers && !writtenFor(target.cover(), method).equals(Optional.of(rule)));
            if (shared.isEmpty()) {
                continue;
            }
            boolean same = isSame(target.cover(), rule.path());
            boolean contradicts;
            boolean alike = same && target.pattern().exact() && !rule.methods().isEmpty();
            if (alike) {
                contradicts = !demand.equals(rule.demand());
            } else if (covers) {
                contradicts = !asksForAll(demand, rule.demand());
            } else {
                contradicts = rule.path().isWithin(target.cover())
                        && target.pattern().exact()
                        && !asksForAll(rule.demand(), demand)
                        && !isOfANarrower(rule.path(), target);
            }
            if (contradicts) {
                problems.add(target.handler().name() + " demands " + demand + " on " + target.pattern() + ", and rules."
                        + rule.name() + " demands " + rule.demand() + " on " + String.join(",", shared) + " "
                        + rule.path()
                        + (alike
                                ? ": write the same in both, or leave one of them out"
                                : ": whichever is narrower must ask for all that the wider one asks for"));
            }
        }
    }

    /** Whether a path inside those of a target is rather another's, whose mapping is narrower. */
    private boolean isOfANarrower(PathPattern path, Target target) {
        return targets.stream()
                .map(Target::cover)
                .anyMatch(cover ->
                        cover.isWithin(target.cover()) && !target.cover().isWithin(cover) && cover.overlaps(path));
    }

    /** Whether every key that meets one demand meets the other too. */
    private boolean asksForAll(Demand one, Demand other) {
        // Inside what is only the decoded reading of other paths, a narrower rule stands for itself.
        if (other instanceof Demand.Public
                || other instanceof Demand.Decoded
                || one instanceof Demand.Internal
                || one instanceof Demand.Decoded
                || one.equals(other)) {
            return true;
        }
        if (other instanceof Demand.Internal || one instanceof Demand.Public) {
            return false;
        }
        if (one instanceof Demand.AllOf all) {
            return other.isMetBy(implied.apply(all.scopes()));
        }
        if (one instanceof Demand.AnyOf any) {
            return any.scopes().stream().allMatch(scope -> other.isMetBy(implied.apply(Set.of(scope))));
        }
        return other instanceof Demand.Authenticated;
    }

    /** The patterns that get rules: of any two, one holds the other or they share no path. */
    private List<PathPattern> places() {
        List<PathPattern> places = new ArrayList<>();
        targets.stream().filter(Target::isAnnotated).map(Target::cover).forEach(cover -> add(places, cover));
        for (Optional<List<PathPattern>> crossing = crossing(places);
                crossing.isPresent();
                crossing = crossing(places)) {
            List<PathPattern> two = crossing.get();
            places.removeAll(two);
            add(places, join(two.get(0), two.get(1)));
        }
        // A path of a method without scopes keeps its written rule beside a wider one that is written here.
        List<PathPattern> inside = targets.stream()
                .filter(target -> !target.isAnnotated())
                .map(Target::cover)
                .filter(cover -> places.stream().anyMatch(cover::isWithin))
                .toList();
        for (PathPattern cover : inside) {
            if (places.stream().noneMatch(place -> isCrossing(cover, place))) {
                add(places, cover);
            }
        }
        return places;
    }

    private static void add(List<PathPattern> places, PathPattern place) {
        if (places.stream().noneMatch(it -> isSame(it, place))) {
            places.add(place);
        }
    }

    private static boolean isCrossing(PathPattern one, PathPattern other) {
        return one.overlaps(other) && !one.isWithin(other) && !other.isWithin(one);
    }

    private static Optional<List<PathPattern>> crossing(List<PathPattern> places) {
        for (PathPattern one : places) {
            for (PathPattern other : places) {
                if (isCrossing(one, other)) {
                    return Optional.of(List.of(one, other));
                }
            }
        }
        return Optional.empty();
    }

    /** The narrowest pattern that holds both. */
    private static PathPattern join(PathPattern one, PathPattern other) {
        int shared = Math.min(one.segments().size(), other.segments().size());
        List<String> segments = new ArrayList<>();
        for (int i = 0; i < shared; i++) {
            Segment my = one.segments().get(i);
            Segment their = other.segments().get(i);
            segments.add(my.kind() == Segment.Kind.LITERAL && my.equals(their) ? my.text() : "*");
        }
        boolean open = one.open()
                || other.open()
                || one.segments().size() != other.segments().size();
        return PathPattern.parse("/" + String.join("/", segments) + (open ? "/**" : ""));
    }

    /** What one method on one pattern gets: a demand, and the written rule whose options go with it. */
    private record Line(Demand demand, Optional<Rule> under, String handler) {}

    private void compile(PathPattern place) {
        List<Target> own = targets.stream()
                .filter(target -> isSame(target.cover(), place)
                        || (target.isAnnotated() && target.cover().isWithin(place) && isJoined(place)))
                .toList();
        List<Target> wider = targets.stream()
                .filter(target ->
                        place.isWithin(target.cover()) && !target.cover().isWithin(place))
                .toList();
        Map<Line, Set<String>> lines = new LinkedHashMap<>();
        String first = Stream.concat(own.stream(), wider.stream())
                .map(target -> target.handler().name())
                .findFirst()
                .orElse("handler");
        for (String method : METHODS) {
            line(place, method, own, wider, first)
                    .ifPresent(line ->
                            lines.computeIfAbsent(line, it -> new HashSet<>()).add(method));
        }
        boolean alone = written.stream().noneMatch(rule -> isSame(rule.path(), place));
        lines.forEach((line, methods) -> {
            boolean any = alone && methods.size() == METHODS.size();
            path(place, line).ifPresent(path -> write(line, any ? Set.of() : methods, path));
        });
    }

    private boolean isJoined(PathPattern place) {
        return targets.stream().noneMatch(target -> isSame(target.cover(), place));
    }

    private Optional<Line> line(PathPattern place, String method, List<Target> own, List<Target> wider, String first) {
        Optional<Rule> under = writtenFor(place, method);
        boolean told = under.filter(
                        rule -> isSame(rule.path(), place) && rule.methods().contains(method))
                .isPresent();
        if (told) {
            return Optional.empty();
        }
        List<Target> mine = own.stream().filter(target -> target.takes(method)).toList();
        boolean settled = mine.stream().anyMatch(target -> target.isCertain() && isSame(target.cover(), place));
        List<Target> candidates = settled
                ? mine
                : Stream.concat(mine.stream(), wider.stream().filter(target -> target.takes(method)))
                        .toList();
        Set<Demand> demands = new LinkedHashSet<>();
        for (Target candidate : candidates) {
            // Where neither an annotation nor a rule speaks, the request is refused by whoever would handle it.
            candidate
                    .handler()
                    .demand()
                    .or(() -> under.map(Rule::demand).filter(demand -> !(demand instanceof Demand.Decoded)))
                    .ifPresent(demands::add);
        }
        if (candidates.stream().noneMatch(Target::isAnnotated)) {
            return under.filter(rule -> !isSame(rule.path(), place)).map(rule -> new Line(rule.demand(), under, first));
        }
        String handler = candidates.stream()
                .filter(Target::isAnnotated)
                .map(target -> target.handler().name())
                .findFirst()
                .orElse(first);
        return common(demands, place, method, candidates).map(demand -> new Line(demand, under, handler));
    }

    /** What every one of these demands comes to at least. */
    private Optional<Demand> common(Set<Demand> demands, PathPattern place, String method, List<Target> candidates) {
        if (demands.size() == 1) {
            return demands.stream().findAny();
        }
        if (demands.stream().anyMatch(it -> it instanceof Demand.Public || it instanceof Demand.Internal)) {
            String handlers = candidates.stream()
                    .map(target -> target.handler().name())
                    .distinct()
                    .collect(Collectors.joining(" and "));
            problems.add(handlers + " share " + method + " " + place + " and demand " + demands
                    + ": no rule can tell them apart; give them paths of their own");
            return Optional.empty();
        }
        if (demands.stream().anyMatch(Demand.Authenticated.class::isInstance)) {
            return Optional.of(new Demand.Authenticated());
        }
        return Optional.of(new Demand.AnyOf(
                demands.stream().flatMap(it -> it.scopes().stream()).collect(Collectors.toSet())));
    }

    /** The pattern, with the variables that the written rule binds, and that which may hold slashes. */
    private Optional<PathPattern> path(PathPattern place, Line line) {
        List<String> segments = new ArrayList<>(
                place.segments().stream().map(RuleCompiler::text).toList());
        if (line.under().isPresent()) {
            Rule under = line.under().get();
            List<Segment> theirs = under.path().segments();
            for (int i = 0; i < theirs.size(); i++) {
                if (theirs.get(i).kind() != Segment.Kind.VARIABLE) {
                    continue;
                }
                String variable = theirs.get(i).text();
                boolean bound = under.bindings().containsKey(variable);
                boolean literal = place.segments().get(i).kind() == Segment.Kind.LITERAL;
                if (bound || (!literal && under.slash().filter(variable::equals).isPresent())) {
                    if (literal) {
                        problems.add(
                                line.handler() + " is mapped to " + place + ", and rules." + under.name() + " binds {"
                                        + variable
                                        + "}, which is no variable there: give that path a rule of its own");
                        return Optional.empty();
                    }
                    segments.set(i, text(theirs.get(i)));
                }
            }
        }
        String fixed = String.join("/", segments);
        return Optional.of(PathPattern.parse("/" + fixed + (place.open() ? (fixed.isEmpty() ? "**" : "/**") : "")));
    }

    private static String text(Segment segment) {
        return segment.kind() == Segment.Kind.VARIABLE ? "{" + segment.text() + "}" : segment.text();
    }

    private void write(Line line, Set<String> methods, PathPattern path) {
        String name = unused(sanitized(line.handler()));
        Rule rule = line.under()
                // Rules that look at no key have no options.
                .filter(under -> line.demand() instanceof Demand.Authenticated
                        || !line.demand().scopes().isEmpty())
                .map(under -> new Rule(
                        name,
                        methods,
                        path,
                        line.demand(),
                        under.kind(),
                        under.version(),
                        under.cost(),
                        under.limit(),
                        under.bindings(),
                        // Where the path has another word in its place, there is nothing to hold a slash.
                        under.slash().filter(path.variables()::contains),
                        // Methods without content have none of a wrong type.
                        methods.isEmpty() || methods.stream().anyMatch(Rule.METHODS_WITH_CONTENT::contains)
                                ? under.contentTypes()
                                : Set.of(),
                        under.queryScopes()))
                .orElseGet(() -> new Rule(
                        name, methods, path, line.demand(), Optional.empty(), 0, 1, Optional.empty(), Map.of()));
        rules.put(name, rule.toString());
    }

    private String unused(String wanted) {
        String name = wanted;
        for (int i = 2; !names.add(name); i++) {
            name = wanted + "-" + i;
        }
        return name;
    }

    /** As the names of rules are: letters, digits, {@code -} and {@code _}. */
    private static String sanitized(String handler) {
        return Arrays.stream(handler.split("[^A-Za-z0-9_]+"))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("-"));
    }
}
