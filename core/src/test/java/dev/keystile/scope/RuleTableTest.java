package dev.keystile.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RuleTableTest {

    private static final List<Rule> RULES = List.of(
            Rule.parse("root", "GET / public"),
            Rule.parse("all", "ANY /** a:all"),
            Rule.parse("items-read", "GET /items/** a:read"),
            Rule.parse("items-write", "POST,DELETE /items/** a:write"),
            Rule.parse("item", "GET /items/{id} a:read"),
            Rule.parse("item-other", "ANY /items/* a:write"),
            Rule.parse("special", "GET /items/special a:special"),
            Rule.parse("parts", "ANY /items/{id}/parts/{part} a:parts bind=id:item,part:part"),
            Rule.parse("deep", "ANY /x/y/** a:deep"),
            Rule.parse("options", "OPTIONS /o public"));

    private static ScopePolicy policy(List<Rule> rules) {
        ScopePolicy.Builder builder = ScopePolicy.builder();
        rules.forEach(builder::rule);
        return builder.build();
    }

    private static String shown(RuleMatch match) {
        if (match instanceof RuleMatch.Matched matched) {
            return matched.rule().name();
        }
        return match instanceof RuleMatch.NoRule ? "NO RULE" : "METHOD NOT NAMED";
    }

    @ParameterizedTest
    @CsvSource({
        "GET,    /,                       root",
        "HEAD,   /,                       root",
        "POST,   /,                       METHOD NOT NAMED",
        "GET,    /anything,               all",
        "GET,    /items,                  items-read",
        "GET,    /items/,                 items-read",
        "HEAD,   /items,                  items-read",
        "POST,   /items,                  items-write",
        "DELETE, /items/,                 items-write",
        "PUT,    /items,                  METHOD NOT NAMED",
        "GET,    /items/7,                item",
        "GET,    /items/7/,               item",
        "HEAD,   /items/7,                item",
        "POST,   /items/7,                item-other",
        "OPTIONS,/items/7,                item-other",
        "GET,    /items/special,          special",
        "GET,    /items/special/,         special",
        "POST,   /items/special,          METHOD NOT NAMED",
        "GET,    /items/Special,          item",
        "GET,    /items/specials,         item",
        "GET,    /items/special/parts,    items-read",
        "GET,    /items/special/parts/1,  parts",
        "PATCH,  /items/7/parts/1,        parts",
        "GET,    /items/7/parts/1/more,   items-read",
        "GET,    /itemsx,                 all",
        "GET,    /Items,                  all",
        "GET,    /x,                      all",
        "GET,    /x/y,                    deep",
        "GET,    /x/y/,                   deep",
        "GET,    /x/y/z/z/z,              deep",
        "GET,    /x/z,                    all",
        "OPTIONS,/o,                      options",
        "GET,    /o,                      METHOD NOT NAMED",
        "TRACE,  /anything,               METHOD NOT NAMED",
        "CONNECT,/anything,               METHOD NOT NAMED",
        "PROPFIND,/items/7,               METHOD NOT NAMED",
        "get,    /items,                  METHOD NOT NAMED",
        "ANY,    /items/7,                METHOD NOT NAMED",
        "'',     /items/7,                METHOD NOT NAMED",
    })
    void narrowestPath_thenMethod_inWhateverOrder(String method, String path, String expected) {
        List<Rule> shuffled = new ArrayList<>(RULES);
        for (int seed = 0; seed < 10; seed++) {
            assertThat(shown(policy(shuffled).match(method, path))).isEqualTo(expected);
            Collections.shuffle(shuffled, new Random(seed));
        }
    }

    @Test
    void pathOfNoRule_isRefused() {
        ScopePolicy policy = policy(List.of(Rule.parse("a", "ANY /a/b public")));
        for (String path : List.of("/", "/a", "/a/", "/a/b/c", "/b", "/a/bb", "/aa/b")) {
            assertThat(shown(policy.match("GET", path))).as(path).isEqualTo("NO RULE");
        }
    }

    @Test
    void boundVariables_areThoseOfThePath() {
        RuleMatch match = policy(RULES).match("GET", "/items/i 1/parts/p:2/");
        assertThat(((RuleMatch.Matched) match).variables()).isEqualTo(Map.of("id", "i 1", "part", "p:2"));
        RuleMatch unbound = policy(RULES).match("GET", "/items/7");
        assertThat(((RuleMatch.Matched) unbound).variables()).isEmpty();
    }

    /** Equal hash codes, and several literals in one slot. */
    @Test
    void literalsWithEqualHashes_areToldApart() {
        ScopePolicy policy = policy(List.of(
                Rule.parse("one", "GET /Aa public"),
                Rule.parse("two", "GET /BB public"),
                Rule.parse("three", "GET /AaBB public"),
                Rule.parse("four", "GET /BBAa public")));
        assertThat(List.of("/Aa", "/BB", "/AaBB", "/BBAa", "/AaAa", "/BBBB"))
                .extracting(path -> shown(policy.match("GET", path)))
                .containsExactly("one", "two", "three", "four", "NO RULE", "NO RULE");
    }

    @ParameterizedTest
    @CsvSource({
        // one path, another, a path of both
        "/a/*,     /*/b,      /a/b",
        "/a/**,    /*/b,      /a/b",
        "/a/**,    /{x}/**/,  ''",
        "/*/b/**,  /a/*/c,    /a/b/c",
        "/a/{x}/**,/a/**,     ''",
        "/**,      /a,        ''",
        "/a/*/c,   /a/b/*,    /a/b/c",
        "/*/*,     /a/**,     /a/x",
    })
    void crossingPaths_stop_withNamesAndExample(String one, String other, String example) {
        for (String methods : List.of("GET", "POST")) {
            ScopePolicy.Builder builder = ScopePolicy.builder()
                    .rule(Rule.of("first", "GET", one, "public"))
                    .rule(Rule.of("second", methods, other, "public"));
            if (example.isEmpty()) {
                assertThat(builder.problems()).isEmpty();
            } else {
                assertThat(builder.problems()).singleElement().asString().contains("'first'", "'second'", one, other);
                assertThat(builder.problems().get(0)).contains(" " + example + " ");
                assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContaining("'first'");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,      /a,     GET,       /a/,    true",
        "GET,      /a/{x}, GET,       /a/{y}, true",
        "GET,      /a/*,   GET,       /a/{y}, true",
        "'GET,PUT',/a,     'PUT,POST',/a,     true",
        "ANY,      /a,     ANY,       /a,     true",
        "ANY,      /a,     GET,       /a,     false",
        "GET,      /a,     POST,      /a,     false",
    })
    void samePath_sameMethod_stops(String methods, String path, String others, String same, boolean stops) {
        List<String> problems = ScopePolicy.builder()
                .rule(Rule.of("first", methods, path, "public"))
                .rule(Rule.of("second", others, same, "authenticated"))
                .problems();
        assertThat(problems.isEmpty()).isNotEqualTo(stops);
        assertThat(problems).allSatisfy(it -> assertThat(it).contains("'first'", "'second'", "keep one"));
    }

    @Test
    void policy_withoutRules_orWithOneNameTwice_stops() {
        assertThat(ScopePolicy.builder().problems()).singleElement().asString().contains("no rule");
        assertThat(ScopePolicy.builder()
                        .rule(Rule.of("same", "GET", "/a", "public"))
                        .rule(Rule.of("same", "GET", "/b", "public"))
                        .problems())
                .singleElement()
                .asString()
                .contains("two rules are named 'same'");
    }

    // Against an oracle that compares the sets of paths that patterns cover, path by path.

    private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "DELETE", "TRACE", "get");
    private static final List<String> PATHS = paths();
    private static final Map<String, BitSet> COVERED = new HashMap<>();

    /** All of up to four segments; no pattern is longer than three, and none names {@code c}. */
    private static List<String> paths() {
        List<String> all = new ArrayList<>(List.of("/"));
        List<String> longest = List.of("");
        for (int length = 1; length <= 4; length++) {
            longest = longest.stream()
                    .flatMap(start -> List.of("a", "b", "c").stream().map(segment -> start + "/" + segment))
                    .toList();
            all.addAll(longest);
        }
        return all;
    }

    private static boolean covers(List<String> pattern, List<String> path) {
        if (pattern.isEmpty()) {
            return path.isEmpty();
        }
        String first = pattern.get(0);
        if (first.equals("**")) {
            return true;
        }
        return !path.isEmpty()
                && (first.startsWith("{") || first.equals("*") || first.equals(path.get(0)))
                && covers(pattern.subList(1, pattern.size()), path.subList(1, path.size()));
    }

    private static List<String> parts(String path) {
        return Arrays.stream(path.split("/", -1)).filter(it -> !it.isEmpty()).toList();
    }

    private static BitSet covered(Rule rule) {
        return COVERED.computeIfAbsent(rule.path().text(), pattern -> {
            BitSet covered = new BitSet();
            for (int i = 0; i < PATHS.size(); i++) {
                covered.set(i, covers(parts(pattern), parts(PATHS.get(i))));
            }
            return covered;
        });
    }

    private static boolean isWithin(BitSet one, BitSet other) {
        BitSet rest = (BitSet) one.clone();
        rest.andNot(other);
        return rest.isEmpty();
    }

    private static boolean agree(Rule one, Rule other) {
        BitSet first = covered(one);
        BitSet second = covered(other);
        if (first.equals(second)) {
            boolean bothAny = one.methods().isEmpty() && other.methods().isEmpty();
            return !bothAny && Collections.disjoint(one.methods(), other.methods());
        }
        return !first.intersects(second) || isWithin(first, second) || isWithin(second, first);
    }

    private static String expected(List<Rule> rules, String method, int path) {
        List<Rule> covering =
                rules.stream().filter(rule -> covered(rule).get(path)).toList();
        List<Rule> narrowest = covering.stream()
                .filter(rule -> covering.stream().allMatch(other -> isWithin(covered(rule), covered(other))))
                .toList();
        if (narrowest.isEmpty()) {
            assertThat(covering).isEmpty();
            return "NO RULE";
        }
        String counted = method.equals("HEAD") ? "GET" : method;
        return narrowest.stream()
                .filter(rule -> rule.methods().contains(counted))
                .findFirst()
                .or(() -> narrowest.stream()
                        .filter(rule -> rule.methods().isEmpty() && Rule.METHODS.contains(counted))
                        .findFirst())
                .map(Rule::name)
                .orElse("METHOD NOT NAMED");
    }

    private static Rule randomRule(Random random, String name) {
        List<String> segments = new ArrayList<>();
        int length = random.nextInt(4);
        for (int i = 0; i < length; i++) {
            segments.add(List.of("a", "a", "b", "*", "{v" + i + "}").get(random.nextInt(5)));
        }
        if (length < 3 && random.nextInt(3) == 0) {
            segments.add("**");
        }
        String methods = List.of("ANY", "GET", "POST", "GET,POST", "DELETE").get(random.nextInt(5));
        return Rule.of(name, methods, "/" + String.join("/", segments), "authenticated");
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void randomRules_matchAsTheSetsOfTheirPathsSay(long seed) {
        Random random = new Random(seed);
        int matches = 0;
        for (int round = 0; round < 12; round++) {
            List<Rule> rules = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Rule rule = randomRule(random, "r" + i);
                List<Rule> with = new ArrayList<>(rules);
                with.add(rule);
                boolean agree = rules.stream().allMatch(other -> agree(rule, other));
                assertThat(RuleTable.problems(with).isEmpty())
                        .as("%s beside %s", rule, rules)
                        .isEqualTo(agree);
                if (agree) {
                    rules.add(rule);
                }
            }
            Collections.shuffle(rules, random);
            ScopePolicy policy = policy(rules);
            for (int path = 0; path < PATHS.size(); path++) {
                String asked = PATHS.get(path) + (path > 0 && random.nextBoolean() ? "/" : "");
                String method = METHODS.get(random.nextInt(METHODS.size()));
                String found = shown(policy.match(method, asked));
                assertThat(found)
                        .as("%s %s by %s", method, asked, names(rules))
                        .isEqualTo(expected(rules, method, path));
                matches += found.startsWith("r") ? 1 : 0;
            }
        }
        assertThat(matches).as("matches, for the test to mean something").isGreaterThan(50);
    }

    private static String names(List<Rule> rules) {
        return rules.stream()
                .map(rule -> rule.name() + "=" + rule)
                .collect(Collectors.toCollection(TreeSet::new))
                .toString();
    }

    private static final ScopePolicy SLASHED = policy(List.of(
            Rule.parse("person", "GET /people/{id} a:read slash=id bind=id:person"),
            Rule.parse("person-notes", "GET /people/{id}/notes a:notes slash=id"),
            Rule.parse("person-note", "GET,POST /people/{id}/notes/{note} a:notes slash=note"),
            Rule.parse("person-secret", "GET /people/{id}/secret a:secret"),
            Rule.parse("person-write", "POST /people/{id} a:write"),
            Rule.parse("decoded", "GET /people/{id}/** decoded"),
            Rule.parse("file", "GET /files/{name} a:read slash=name"),
            Rule.parse("wild", "GET /wild/* a:read"),
            Rule.parse("open", "GET /open/{id}/** a:read slash=id"),
            Rule.parse("internal", "GET /files/{name}/inner internal")));

    /** A bar parts segments, so that a slash in one is one that was sent encoded. */
    @ParameterizedTest
    @CsvSource({
        "GET,  people|a/b,             person",
        "HEAD, people|a/b,             person",
        "GET,  people|a/b|,            person",
        "GET,  people|a/,              person and person",
        "GET,  people|a/notes,         person and person-notes",
        "GET,  people|a/secret,        person and person-secret",
        "GET,  people|a/b/c/d,         person",
        "GET,  people|a/b|notes,       person-notes",
        "GET,  people|a|notes|b/c,     person-note",
        "POST, people|a|notes|b/c,     person-note and METHOD NOT NAMED",
        "GET,  open|a/b|c,             open and open",
        "GET,  files|a/b,              file and NO RULE",
        "GET,  files|a/inner,          file and internal",
        // not where it is admitted, or not by this rule
        "GET,  people|a/b|notes|c/d,   NO RULE",
        "GET,  people|a/b|notes|c,     NO RULE",
        "GET,  people|a/b|secret,      NO RULE",
        "POST, people|a/b,             NO RULE",
        "PUT,  people|a/b,             NO RULE",
        "GET,  people/a,               NO RULE",
        "GET,  people|a/b|x,           NO RULE",
        "GET,  wild|a/b,               NO RULE",
        "GET,  open|a|b/c,             NO RULE",
        "GET,  open/a|b,               NO RULE",
        "GET,  nothing|a/b,            NO RULE",
    })
    void encodedSlash_isAdmittedByItsRule_andThePathDecodedIsAskedToo(String method, String path, String expected) {
        RuleMatch match = SLASHED.match(method, new PathReading.Slashed(List.of(path.split("\\|", -1))));

        String other = match instanceof RuleMatch.Matched matched
                ? matched.decoded().map(it -> " and " + shown(it)).orElse("")
                : "";
        assertThat(shown(match) + other).isEqualTo(expected);
    }

    @Test
    void boundVariable_holdsItsSlashes() {
        RuleMatch match = SLASHED.match("GET", new PathReading.Slashed(List.of("people", "a/b/c")));

        assertThat(((RuleMatch.Matched) match).variables()).containsExactly(Map.entry("id", "a/b/c"));
    }

    /** A policy of somebody's own knows nothing of them unless it says so. */
    @Test
    void otherPolicy_admitsNone() {
        ScopePolicy own = new ScopePolicy() {
            @Override
            public RuleMatch match(String method, String path) {
                return SLASHED.match("GET", "/wild/x");
            }

            @Override
            public List<Rule> rules() {
                return List.of();
            }
        };
        assertThat(own.match("GET", new PathReading.Slashed(List.of("people", "a/b"))))
                .isEqualTo(new RuleMatch.NoRule());
    }
}
