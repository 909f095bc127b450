package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.key.KeyScope;
import dev.keystile.scope.Demand;
import dev.keystile.scope.Rule;
import dev.keystile.scope.ScopePolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.web.method.HandlerMethod;

class RuleCompilerTest {

    /** Lines of {@code <methods> <pattern> <demand or -> [if]}, named H1, H2, …; {@code if} for what has a condition besides. */
    private static List<MappedHandler> handlers(String... lines) throws NoSuchMethodException {
        List<MappedHandler> handlers = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.split(" +", -1);
            Set<String> methods = words[0].equals("ANY")
                    ? new LinkedHashSet<>(RuleCompiler.METHODS)
                    : new LinkedHashSet<>(Arrays.asList(words[0].split(",")));
            handlers.add(new MappedHandler(
                    new HandlerMethod(new Object(), Object.class.getMethod("toString")),
                    "H" + (handlers.size() + 1),
                    methods,
                    List.of(SpringPattern.of("", words[1])),
                    words.length > 3,
                    words[2].equals("-") ? Optional.empty() : Optional.of(Demand.parse(words[2]))));
        }
        return handlers;
    }

    private static RuleCompiler compiler(List<String> handlers, List<String> rules) throws NoSuchMethodException {
        List<Rule> written = new ArrayList<>();
        for (String rule : rules) {
            written.add(Rule.parse("R" + (written.size() + 1), rule));
        }
        // Whoever may write may read.
        return new RuleCompiler(handlers(handlers.toArray(String[]::new)), written, scopes -> {
            Set<KeyScope> all = new HashSet<>(scopes);
            scopes.forEach(scope -> all.add(new KeyScope(scope.value().replace(":write", ":read"))));
            return all;
        });
    }

    static Stream<Arguments> compiled() {
        return Stream.of(
                argumentSet("one becomes a rule", List.of("GET /a a:read"), List.of(), Map.of("H1", "GET /a a:read")),
                argumentSet(
                        "one of several scopes",
                        List.of("GET,POST /a a:read|a:write"),
                        List.of(),
                        Map.of("H1", "GET,POST /a a:read|a:write")),
                argumentSet("no method is all", List.of("ANY /a a:read"), List.of(), Map.of("H1", "ANY /a a:read")),
                argumentSet("none without annotations", List.of("GET /a -"), List.of("ANY /** public"), Map.of()),
                argumentSet(
                        "the same in both is written once",
                        List.of("GET /a a:read"),
                        List.of("GET /a a:read cost=2"),
                        Map.of()),
                argumentSet(
                        "under a wider rule it takes over the options, and leaves the other methods as they are",
                        List.of("GET /v1/p/{id} a:write"),
                        List.of(
                                "GET,POST /v1/p/{project}/** a:read cost=3 limit=l kind=secret version=2 bind=project:p"),
                        Map.of(
                                "H1",
                                "GET /v1/p/{project} a:write kind=secret version=2 cost=3 limit=l bind=project:p",
                                "H1-2",
                                "POST /v1/p/{project} a:read kind=secret version=2 cost=3 limit=l bind=project:p")),
                argumentSet(
                        "it takes over what is asked of slashes, content and query, where its path and methods have such",
                        List.of("GET /v1/p/{id} a:write", "DELETE /v1/p/me a:write", "POST /v1/q/{id} a:write"),
                        List.of(
                                "GET,DELETE /v1/p/{person}/** a:read slash=person query=expand:x:b:read",
                                "POST /v1/q/** a:read content=application/json"),
                        Map.of(
                                "H1",
                                "GET /v1/p/{person} a:write slash=person query=expand:x:b:read",
                                "H1-2",
                                "DELETE /v1/p/{person} a:read slash=person query=expand:x:b:read",
                                "H2",
                                "DELETE /v1/p/me a:write query=expand:x:b:read",
                                "H1-3",
                                "GET /v1/p/me a:write query=expand:x:b:read",
                                "H3",
                                "POST /v1/q/{id} a:write content=application/json")),
                argumentSet(
                        "inside what is only the decoded reading of others it stands for itself",
                        List.of("GET /v1/p/{id}/notes a:read", "GET /v1/p/{id}/open public"),
                        List.of("GET /v1/p/{id} a:read slash=id", "ANY /v1/p/{id}/** decoded"),
                        Map.of(
                                "H1",
                                "GET /v1/p/{id}/notes a:read",
                                "H1-2",
                                "DELETE,OPTIONS,PATCH,POST,PUT /v1/p/{id}/notes decoded",
                                "H2",
                                "GET /v1/p/{id}/open public",
                                "H2-2",
                                "DELETE,OPTIONS,PATCH,POST,PUT /v1/p/{id}/open decoded")),
                argumentSet(
                        "a method without one keeps its rule beside a wider annotation",
                        List.of("GET /v1/{*rest} a:read", "GET /v1/open -"),
                        List.of("GET /** authenticated"),
                        Map.of("H1", "GET /v1/** a:read", "H2", "GET /v1/open authenticated")),
                argumentSet(
                        "one method of a path does not hide the wider annotation of another",
                        List.of("POST /v1/{*rest} a:write", "GET /v1/x a:read"),
                        List.of(),
                        Map.of("H1", "POST /v1/** a:write", "H2", "GET /v1/x a:read", "H1-2", "POST /v1/x a:write")),
                argumentSet(
                        "regular expressions with one demand are one rule",
                        List.of("GET /i/{id:[0-9]+} a:read", "GET /i/{n:[a-z]+} a:read"),
                        List.of(),
                        Map.of("H1", "GET /i/* a:read")),
                argumentSet(
                        "beside a rule for their paths, regular expressions are asked for behind it",
                        List.of("GET /i/{id:[0-9]+} a:read", "GET /i/{n:[a-z]+} b:read"),
                        List.of("GET /i/{any} authenticated"),
                        Map.of()),
                argumentSet(
                        "regular expressions with two demands get what both need",
                        List.of("GET /i/{id:[0-9]+} a:read", "GET /i/{n:[a-z]+} b:read,c:read"),
                        List.of(),
                        Map.of("H1", "GET /i/* a:read|b:read|c:read")),
                argumentSet(
                        "beside one that a rule opens to any key, any key gets as far as the handler",
                        List.of("GET /i a:read if", "GET /i - if"),
                        List.of("GET /** authenticated"),
                        Map.of("H1", "GET /i authenticated")),
                argumentSet(
                        "one with a condition may leave its path to a wider one",
                        List.of("GET /i/{id} a:read if", "GET /i/{*rest} b:read"),
                        List.of(),
                        Map.of("H1", "GET /i/{id} a:read|b:read", "H2", "GET /i/** b:read")),
                argumentSet(
                        "paths that cross get a rule that holds both",
                        List.of("GET /u/{id}/profile a:read", "GET /u/me/{part} b:read"),
                        List.of(),
                        Map.of("H1", "GET /u/*/* a:read|b:read")),
                argumentSet(
                        "a narrower rule that asks for more stays",
                        List.of("GET /v1/** a:read"),
                        List.of("GET /v1/admin a:write"),
                        Map.of("H1", "GET /v1/** a:read")),
                argumentSet(
                        "a narrower rule for a narrower mapping stays",
                        List.of("GET /v1/** a:read", "GET /v1/open -"),
                        List.of("GET /v1/open public"),
                        Map.of("H1", "GET /v1/** a:read")),
                argumentSet(
                        "ANY of a path gives way to a method of it",
                        List.of("GET /v1 a:read"),
                        List.of("ANY /v1 authenticated"),
                        Map.of("H1", "GET /v1 a:read")));
    }

    @ParameterizedTest
    @MethodSource("compiled")
    void demands_areWrittenAsRules(List<String> handlers, List<String> rules, Map<String, String> expected)
            throws NoSuchMethodException {
        RuleCompiler compiler = compiler(handlers, rules);

        assertThat(compiler.problems()).isEmpty();
        assertThat(compiler.rules()).containsExactlyInAnyOrderEntriesOf(expected);
        ScopePolicy.Builder all = ScopePolicy.builder();
        for (int i = 0; i < rules.size(); i++) {
            all.rule(Rule.parse("R" + (i + 1), rules.get(i)));
        }
        compiler.rules().forEach((name, text) -> all.rule(Rule.parse(name, text)));
        assertThat(all.problems())
                .filteredOn(it -> !it.contains("there is no rule"))
                .isEmpty();
    }

    static Stream<Arguments> contradictions() {
        return Stream.of(
                argumentSet(
                        "the same path and method",
                        List.of("GET /a a:read"),
                        List.of("GET /a b:read"),
                        List.of("H1 demands a:read on /a, and rules.R1 demands b:read on GET /a", "write the same")),
                argumentSet(
                        "a path that is public in part",
                        List.of("GET /a/** a:read"),
                        List.of("GET /a/b public"),
                        List.of("H1 demands a:read on /a/**, and rules.R1 demands public on GET /a/b", "narrower")),
                argumentSet(
                        "less than the wider rule",
                        List.of("GET /a/b a:read"),
                        List.of("ANY /a/** admin"),
                        List.of("H1 demands a:read on /a/b, and rules.R1 demands admin on GET /a/**", "narrower")),
                argumentSet(
                        "less than all of the wider rule",
                        List.of("GET /a/b a:read|b:read"),
                        List.of("ANY /a/** a:read"),
                        List.of("H1 demands a:read|b:read on /a/b", "narrower")),
                argumentSet(
                        "what is for dispatches",
                        List.of("GET /a/b a:read"),
                        List.of("ANY /a/** internal"),
                        List.of("rules.R1 demands internal", "narrower")),
                argumentSet(
                        "two that nothing tells apart, of which one is open",
                        List.of("GET /a a:read if", "GET /a - if"),
                        List.of("ANY /** public"),
                        List.of("H1 and H2 share GET /a", "paths of their own")),
                argumentSet(
                        "a bound variable that is none",
                        List.of("GET /p/mine a:read"),
                        List.of("GET /p/{project} authenticated bind=project:p"),
                        List.of("H1 is mapped to /p/mine, and rules.R1 binds {project}", "a rule of its own")));
    }

    @ParameterizedTest
    @MethodSource("contradictions")
    void contradiction_isTold(List<String> handlers, List<String> rules, List<String> parts)
            throws NoSuchMethodException {
        assertThat(compiler(handlers, rules).problems())
                .singleElement()
                .asString()
                .contains(parts);
    }
}
