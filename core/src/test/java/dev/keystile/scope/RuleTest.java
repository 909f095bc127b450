package dev.keystile.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyScope;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RuleTest {

    private static final KeyScope READ = new KeyScope("a:read");
    private static final KeyScope WRITE = new KeyScope("a:write");

    @Test
    void rule_withAllOptions_isRead() {
        Rule rule = Rule.parse(
                "all",
                "  GET,POST\t/v1/{project}/{item}/**  a:read,a:write kind=secret version=2 cost=5 limit=heavy"
                        + " bind=project:project_id,item:item_id ");
        assertThat(rule)
                .isEqualTo(new Rule(
                        "all",
                        Set.of("GET", "POST"),
                        PathPattern.parse("/v1/{project}/{item}/**"),
                        new Demand.AllOf(Set.of(READ, WRITE)),
                        Optional.of(KeyKind.SECRET),
                        2,
                        5,
                        Optional.of("heavy"),
                        Map.of("project", "project_id", "item", "item_id")));
        assertThat(rule)
                .hasToString("GET,POST /v1/{project}/{item}/** a:read,a:write kind=secret version=2 cost=5 limit=heavy"
                        + " bind=item:item_id,project:project_id");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v1/{id} a:read slash=id",
                "PATCH,POST /v1/items a:read content=application/json,text/csv",
                "GET /v1/{id} a:read limit=l bind=id:person slash=id query=expand:owner:b:read,expand:notes:c:read",
            })
    void rule_withWhatItAsksOfARequest_isShownAsItIsWritten(String text) {
        assertThat(Rule.parse("shown", text)).hasToString(text);
    }

    @Test
    void rule_withoutOptions_hasDefaults() {
        Rule rule = Rule.parse("plain", "ANY /** authenticated");
        assertThat(rule.methods()).isEmpty();
        assertThat(rule.kind()).isEmpty();
        assertThat(rule.version()).isZero();
        assertThat(rule.cost()).isEqualTo(1);
        assertThat(rule.limit()).isEmpty();
        assertThat(rule.bindings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "'' ~ expected <methods> <path> <demand>",
                "GET /a ~ expected <methods> <path> <demand>",
                "get /a public ~ method 'get'",
                "HEAD /a public ~ it goes with GET",
                "TRACE /a public ~ method 'TRACE'",
                "CONNECT /a public ~ method 'CONNECT'",
                "PROPFIND /a public ~ method 'PROPFIND'",
                "GET,ANY /a public ~ method 'ANY'",
                "GET, POST /a public ~ method ''",
                "GET,GET /a public ~ named twice",
                "GET a public ~ begin with '/'",
                "GET /a a:read,b:read|c:read ~ not both",
                "GET /a a:read, ~ scope ''",
                "GET /a a:read||b:read ~ scope ''",
                "GET /a a(read) ~ scope 'a(read)'",
                "GET /a a:read extra ~ option 'extra': expected <option>=<value>",
                "GET /a a:read cost= ~ option 'cost=': expected <option>=<value>",
                "GET /a a:read color=red ~ option 'color' is unknown",
                "GET /a a:read cost=1 cost=2 ~ option 'cost' is set twice",
                "GET /a a:read cost=0 ~ cost '0'",
                "GET /a a:read cost=-1 ~ cost '-1'",
                "GET /a a:read cost=1.5 ~ cost '1.5'",
                "GET /a a:read cost=1000001 ~ cost 1000001",
                "GET /a a:read version=0 ~ version '0'",
                "GET /a a:read version=two ~ version 'two'",
                "GET /a a:read kind=private ~ kind 'private'",
                "GET /a/{x} a:read bind=x ~ bind 'x'",
                "GET /a/{x} a:read bind=:y ~ bind ':y'",
                "GET /a/{x} a:read bind=x: ~ bind 'x:'",
                "GET /a/{x} a:read bind=z:y ~ bind names the variables [z]",
                "GET /a/* a:read bind=x:y ~ bind names the variables [x]",
                "GET /a/{x} a:read bind=x:y bind=x:z ~ variable 'x' is bound twice",
                "GET /a public cost=2 ~ looks at no key",
                "GET /a public kind=secret ~ looks at no key",
                "GET /a/{x} public bind=x:y ~ looks at no key",
                "GET /a internal limit=heavy ~ looks at no key",
                "GET /a/{x} public slash=x ~ looks at no key",
                "POST /a public content=application/json ~ looks at no key",
                "GET /a public query=expand:b:a:read ~ looks at no key",
                "GET /a/{x} decoded slash=x ~ looks at no key",
                "GET /a Decoded ~ in lower case and alone",
                "GET /a/{x} a:read slash=y ~ slash names the variables [y]",
                "GET /a/* a:read slash=* ~ slash names the variables [*]",
                "GET /a/{x}/{y} a:read slash=x slash=y ~ option 'slash' is set twice",
                "GET /a a:read content=application/json ~ names none of them",
                "POST /a a:read content=json ~ content 'json'",
                "POST /a a:read content=Application/JSON ~ content 'Application/JSON'",
                "POST /a a:read content=application/json;charset=utf-8 ~ expected a media type",
                "POST /a a:read content=a/b/c ~ expected a media type",
                "POST /a a:read content=a/b, ~ content ''",
                "GET /a a:read query=expand:b ~ query 'expand:b': expected <parameter>:<value>:<scope>",
                "GET /a a:read query=:b:c:read ~ expected parameter and value",
                "GET /a a:read query=a:b*:c:read ~ expected parameter and value",
                "GET /a a:read query=a:b:c(read) ~ scope 'c(read)'",
            })
    void rule_unreadable_saysWhy(String text, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Rule.parse("r", text))
                .withMessageContaining(message);
    }

    static Stream<Arguments> demands() {
        return Stream.of(
                Arguments.of("public", new Demand.Public()),
                Arguments.of("authenticated", new Demand.Authenticated()),
                Arguments.of("internal", new Demand.Internal()),
                Arguments.of("decoded", new Demand.Decoded()),
                Arguments.of("a:read", new Demand.AllOf(Set.of(READ))),
                Arguments.of("a:read,a:write", new Demand.AllOf(Set.of(READ, WRITE))),
                Arguments.of("a:read|a:write", new Demand.AnyOf(Set.of(READ, WRITE))));
    }

    @ParameterizedTest
    @MethodSource("demands")
    void demand_isReadAndShownAlike(String text, Demand demand) {
        assertThat(Demand.parse(text)).isEqualTo(demand);
        assertThat(demand).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource({
        // demand, met with nothing, with a:read, with both
        "public,         true,  true,  true",
        "authenticated,  true,  true,  true",
        "decoded,        false, false, false",
        "a:read,         false, true,  true",
        "a:write,        false, false, true",
        "'a:read,a:write', false, false, true",
        "a:read|a:write, false, true,  true",
    })
    void demand_isMetByScopes(String text, boolean nothing, boolean read, boolean both) {
        Demand demand = Demand.parse(text);
        assertThat(demand.isMetBy(Set.of())).isEqualTo(nothing);
        assertThat(demand.isMetBy(Set.of(READ))).isEqualTo(read);
        assertThat(demand.isMetBy(Set.of(READ, WRITE))).isEqualTo(both);
    }

    /** All of none would be met by every key. */
    @Test
    void demandOfNoScopes_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Demand.AllOf(Set.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new Demand.AnyOf(Set.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRACE", "HEAD", "get", "ANY", "CONNECT", ""})
    void methodsInCode_areHeldToTheSame(String method) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Rule(
                        "r",
                        Set.of(method),
                        PathPattern.parse("/a"),
                        new Demand.Public(),
                        Optional.empty(),
                        0,
                        1,
                        Optional.empty(),
                        Map.of()))
                .withMessageContaining("method '" + method + "'");
    }

    @Test
    void ruleThatLooksAtTheRequest_isRead() {
        Rule rule = Rule.parse(
                "r",
                "ANY /a/{id} a:read slash=id content=application/json,text/x.y+z query=expand:b.c:a:write,expand:d:a:read"
                        + " query=view:all:b");

        assertThat(rule.slash()).contains("id");
        assertThat(rule.contentTypes()).containsExactlyInAnyOrder("application/json", "text/x.y+z");
        assertThat(rule.queryScopes())
                .containsExactly(
                        new Rule.QueryScope("expand", "b.c", WRITE),
                        new Rule.QueryScope("expand", "d", READ),
                        new Rule.QueryScope("view", "all", new KeyScope("b")));
        assertThat(rule.scopes()).containsExactlyInAnyOrder(READ, WRITE, new KeyScope("b"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "POST ~ application/json ~ true",
                "PUT ~ Application/JSON ~ true",
                "PATCH ~ application/json; charset=utf-8 ~ true",
                "POST ~ application/json;x ~ true",
                "POST ~ application/jsonx ~ false",
                "POST ~ application/json, text/plain ~ false",
                "POST ~ text/plain;application/json ~ false",
                "POST ~ ; ~ false",
                "POST ~ '' ~ false",
                "GET ~ text/plain ~ true",
                "HEAD ~ text/plain ~ true",
                "DELETE ~ text/plain ~ true",
                "OPTIONS ~ text/plain ~ true",
            })
    void contentType_isAskedForOfMethodsWithContent(String method, String value, boolean taken) {
        Rule rule = Rule.parse("r", "ANY /a a:read content=application/json");

        assertThat(rule.takesContent(method, List.of(value))).isEqualTo(taken);
        assertThat(rule.takesContent("POST", List.of())).isFalse();
        assertThat(rule.takesContent("POST", List.of("application/json", "application/json")))
                .isFalse();
        assertThat(Rule.parse("r", "ANY /a a:read").takesContent(method, List.of(value)))
                .isTrue();
    }
}
