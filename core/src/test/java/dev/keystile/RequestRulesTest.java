package dev.keystile;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.SANDBOX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.config.Settings;
import dev.keystile.decision.Allowed;
import dev.keystile.decision.Decision;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.http.ApiRequest;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules that look at more of a request than method and path: encoded slashes, the query, the type of the content. */
final class RequestRulesTest {

    private static final Actor OPERATOR = new Actor.Operator("test");

    private final List<Keystile> opened = new ArrayList<>();
    private final Keystile keystile = open(Map.of());

    private Keystile open(Map<String, String> more) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("key.prefixes", "sk_ secret live, pk_ publishable live, sb_ secret sandbox");
        settings.put("key.hash", "hmac-sha256");
        settings.put("key.pepper", "0123456789abcdef0123456789abcdef");
        settings.put("rules.person", "GET /people/{id} people:read slash=id");
        settings.put("rules.person-notes", "GET /people/{id}/notes people:notes");
        settings.put("rules.person-offers", "GET /people/{id}/offers authenticated kind=publishable");
        settings.put("rules.person-exports", "GET /people/{id}/exports people:read limit=exports cost=2");
        settings.put("rules.person-decoded", "GET /people/{id}/** decoded");
        settings.put("rules.file", "GET /files/{name} people:read slash=name");
        settings.put("rules.top", "GET /{name} people:read slash=name");
        settings.put("rules.bound", "GET /projects/{project} authenticated bind=project:project slash=project");
        settings.put("rules.bound-decoded", "GET /projects/{project}/** decoded");
        settings.put("rules.report", "GET /report reports:read query=expand:people:people:read");
        settings.put("rules.forms", "POST /forms authenticated query=expand:people:people:read");
        settings.put("rules.note", "ANY /notes people:notes content=application/json");
        settings.put("limits.exports", "4/1m");
        settings.put("plans.plenty", "100/1m");
        settings.put("default-plan", "plenty");
        settings.putAll(more);
        Keystile made = Settings.of(settings).builder(KeyStore.inMemory()).build();
        opened.add(made);
        return made;
    }

    @AfterEach
    void close() {
        opened.forEach(Keystile::close);
    }

    private String key(UnaryOperator<NewKey.Builder> parts) {
        return key(LIVE, parts);
    }

    private String key(KeyEnvironment environment, UnaryOperator<NewKey.Builder> parts) {
        NewKey wanted = parts.apply(NewKey.of("acme", "a key", environment)).build();
        return keystile.keyManager().issue(wanted, OPERATOR).revealOnce();
    }

    private static String shown(Decision decision) {
        return decision instanceof Denied denied
                ? denied.cause().word()
                : decision.outcome().word();
    }

    // ---- encoded slashes

    @ParameterizedTest
    @CsvSource({
        // path, with people:read, with people:read and people:notes
        "/people/a%2Fb,               allowed,                  allowed",
        "/people/a%2fb%2Fc,           allowed,                  allowed",
        "/people/a%2Fnotes,           scope-missing,            allowed",
        "/people/a%2Fnotes/,          scope-missing,            allowed",
        "/people/a%2Foffers,          publishable-key-required, publishable-key-required",
        "/people/a%2Foffers%2Fx,      allowed,                  allowed",
        "/people/a%2Fb/notes,         ambiguous-target,         ambiguous-target",
        "/people/a/b,                 no-rule,                  no-rule",
        "/people%2Fa,                 allowed,                  allowed",
        "/people/a%2F..%2Fb,          ambiguous-target,         ambiguous-target",
        "/files/a%2Fb,                no-rule,                  no-rule",
        "/WEB-INF%2Fweb.xml,          ambiguous-target,         ambiguous-target",
        "/meta-inf%2Fx,               ambiguous-target,         ambiguous-target",
        "/nothing/a%2Fb,              ambiguous-target,         ambiguous-target",
    })
    void encodedSlash_isAllowedWhereBothReadingsAre(String path, String reader, String noter) {
        String readerKey = key(it -> it.scopes("people:read"));
        String noterKey = key(it -> it.scopes("people:read", "people:notes"));

        assertThat(shown(keystile.decide(TestRequest.get(path).bearer(readerKey))))
                .isEqualTo(reader);
        assertThat(shown(keystile.decide(TestRequest.get(path).bearer(noterKey))))
                .isEqualTo(noter);
        assertThat(keystile.decide(TestRequest.get(path))).isInstanceOf(Denied.class);
    }

    @Test
    void denialOfTheDecodedPath_isUnderItsRule() {
        Denied denied = (Denied)
                keystile.decide(TestRequest.get("/people/a%2Fnotes").bearer(key(it -> it.scopes("people:read"))));

        assertThat(denied.rule().orElseThrow().name()).isEqualTo("person-notes");
        assertThat(keystile.answer(denied, TestRequest.get("/")).headers().get("WWW-Authenticate"))
                .contains("scope=\"people:notes\"");
    }

    @Test
    void boundVariable_isComparedWithItsSlashes() {
        String key = key(it -> it.attribute("project", "a/b"));

        assertThat(shown(keystile.decide(TestRequest.get("/projects/a%2Fb").bearer(key))))
                .isEqualTo("allowed");
        assertThat(shown(keystile.decide(TestRequest.get("/projects/a%2Fc").bearer(key))))
                .isEqualTo("attribute-mismatch");
        assertThat(shown(keystile.decide(TestRequest.get("/projects/a").bearer(key))))
                .isEqualTo("attribute-mismatch");
    }

    /** Otherwise what is dear by one spelling would be cheap by another. */
    @Test
    void encodedSlash_takesWhatBothReadingsTake() {
        String key = key(it -> it.scopes("people:read"));
        TestRequest request = TestRequest.get("/people/a%2Fexports").bearer(key);

        Decision first = keystile.decide(request);
        assertThat(shown(first)).isEqualTo("allowed");
        assertThat(first.limits().orElseThrow().statuses())
                .extracting(status -> status.limit().name() + " " + status.remaining())
                .containsExactly("plenty 98", "exports 2");
        assertThat(shown(keystile.decide(request))).isEqualTo("allowed");
        assertThat(shown(keystile.decide(request))).isEqualTo("rate-limited");
    }

    @Test
    void dispatch_toAnEncodedSlash_isHeldToBothReadings() {
        Allowed allowed =
                (Allowed) keystile.decide(TestRequest.get("/people/x").bearer(key(it -> it.scopes("people:read"))));

        assertThat(shown(keystile.decideDispatch(TestRequest.get("/people/a%2Fb"), allowed.principal())))
                .isEqualTo("allowed");
        assertThat(shown(keystile.decideDispatch(TestRequest.get("/people/a%2Fnotes"), allowed.principal())))
                .isEqualTo("scope-missing");
        assertThat(shown(keystile.decideDispatch(TestRequest.get("/people/a/b"), allowed.principal())))
                .isEqualTo("no-rule");
        assertThat(shown(keystile.decideDispatch(TestRequest.get("/none/a%2Fb"), allowed.principal())))
                .isEqualTo("ambiguous-target");
        assertThat(shown(keystile.decideDispatch(TestRequest.get("/people/a%2Fb"), Optional.empty())))
                .isEqualTo("credential-missing");
    }

    @ParameterizedTest
    @CsvSource({
        "/people/a%2Fb,      GET,  public",
        "/people/a%2Fnotes,  GET,  public",
        "/people/a%2Fb,      POST, ambiguous-target",
        "/files/a%2Fb,       GET,  ambiguous-target",
        "/none/a%2Fb,        GET,  ambiguous-target",
    })
    void preflight_passesWhereBothReadingsHaveARule(String path, String asked, String expected) {
        Keystile open = open(Map.of("cors.origins", "https://app.example.com"));
        TestRequest preflight = TestRequest.of("OPTIONS", path)
                .header("Origin", "https://app.example.com")
                .header("Access-Control-Request-Method", asked);

        assertThat(shown(open.decide(preflight))).isEqualTo(expected);
        assertThat(shown(keystile.decide(preflight))).isEqualTo("ambiguous-target");
    }

    // ---- the query

    @ParameterizedTest
    @ValueSource(strings = {"expand=people", "expand=a,people", "x=1&expand[]=people", "%65xpand=p%65ople"})
    void query_thatListsAValue_asksForItsScope(String query) {
        TestRequest request = TestRequest.get("/report").query(query);
        String reporter = key(it -> it.scopes("reports:read"));
        String both = key(it -> it.scopes("reports:read", "people:read"));

        Denied denied =
                (Denied) keystile.decide(TestRequest.get("/report").query(query).bearer(reporter));
        assertThat(denied.cause()).isEqualTo(DenialCause.SCOPE_MISSING);
        assertThat(denied.detail()).isEqualTo("people:read");
        assertThat(keystile.answer(denied, request).headers().get("WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"people:read reports:read\"");
        assertThat(shown(keystile.decide(request.bearer(both)))).isEqualTo("allowed");
    }

    @Test
    void query_thatListsNothing_asksForNoMore_andIsLookedAtUnderSuchRulesAlone() {
        String key = key(it -> it.scopes("reports:read", "people:read"));
        TestRequest report = TestRequest.get("/report").query("expand=other").bearer(key);
        TestRequest person = TestRequest.get("/people/x").query("expand=people").bearer(key);

        assertThat(shown(keystile.decide(report))).isEqualTo("allowed");
        assertThat(shown(keystile.decide(person))).isEqualTo("allowed");
        assertThat(report.queryLooks()).isEqualTo(1);
        assertThat(person.queryLooks()).isZero();
    }

    /** Servlet containers put the fields of a form among the parameters of the query. */
    @ParameterizedTest
    @CsvSource({
        "application/x-www-form-urlencoded,                scope-missing",
        "Application/X-WWW-Form-URLEncoded; charset=utf-8, scope-missing",
        "multipart/form-data; boundary=x,                  scope-missing",
        "application/json,                                 allowed",
        "text/plain,                                       allowed",
        "application/json; charset=UTF-8,                  allowed",
        "application/json; charset=\"utf-8\",              allowed",
        "application/json; charset=IBM290,                 scope-missing",
        "application/json; charset=utf-8; charset=IBM290,  scope-missing",
    })
    void form_mayListAnything(String type, String expected) {
        String key = key(it -> it);

        assertThat(shown(keystile.decide(TestRequest.of("POST", "/forms")
                        .header("Content-Type", type)
                        .bearer(key))))
                .isEqualTo(expected);
        assertThat(shown(keystile.decide(TestRequest.of("POST", "/forms")
                        .header("Content-Type", "text/plain")
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .bearer(key))))
                .isEqualTo("scope-missing");
    }

    @Test
    void dispatch_isHeldToItsQueryToo() {
        Allowed allowed =
                (Allowed) keystile.decide(TestRequest.get("/report").bearer(key(it -> it.scopes("reports:read"))));

        assertThat(shown(keystile.decideDispatch(
                        TestRequest.get("/report").query("expand=people"), allowed.principal())))
                .isEqualTo("scope-missing");
    }

    /** Of an adapter that does not know of queries, nothing is taken for granted. */
    @Test
    void adapterWithoutQueries_isRefusedUnderSuchRulesAlone() {
        String key = key(it -> it.scopes("reports:read", "people:read"));

        assertThat(shown(keystile.decide(
                        new WithoutQuery(TestRequest.get("/report").bearer(key)))))
                .isEqualTo("could-not-tell");
        assertThat(shown(keystile.decide(
                        new WithoutQuery(TestRequest.get("/people/x").bearer(key)))))
                .isEqualTo("allowed");
    }

    private record WithoutQuery(TestRequest request) implements ApiRequest {

        @Override
        public String method() {
            return request.method();
        }

        @Override
        public String rawPath() {
            return request.rawPath();
        }

        @Override
        public String contextPath() {
            return request.contextPath();
        }

        @Override
        public String servletPath() {
            return request.servletPath();
        }

        @Override
        public Optional<String> pathInfo() {
            return request.pathInfo();
        }

        @Override
        public String remoteAddress() {
            return request.remoteAddress();
        }

        @Override
        public List<String> headers(String name) {
            return request.headers(name);
        }
    }

    // ---- the content

    @Test
    void contentOfAnotherType_isRefusedLast() {
        String key = key(it -> it.scopes("people:notes"));
        String other = key(it -> it.scopes("people:read"));
        TestRequest request = TestRequest.of("POST", "/notes")
                .header("Content-Type", "text/plain")
                .bearer(key);

        Denied denied = (Denied) keystile.decide(request);
        assertThat(denied.cause()).isEqualTo(DenialCause.CONTENT_TYPE_REFUSED);
        assertThat(denied.limits()).as("it was counted").isPresent();
        assertThat(keystile.answer(denied, request).status()).isEqualTo(400);
        assertThat(keystile.answer(denied, request).headers()).doesNotContainKey("WWW-Authenticate");
        assertThat(shown(keystile.decide(TestRequest.of("POST", "/notes").bearer(key))))
                .isEqualTo("content-type-refused");
        assertThat(shown(keystile.decide(TestRequest.of("POST", "/notes").bearer(other))))
                .isEqualTo("scope-missing");
        assertThat(shown(keystile.decide(TestRequest.of("POST", "/notes")))).isEqualTo("credential-missing");
        assertThat(shown(keystile.decide(TestRequest.get("/notes").bearer(key))))
                .isEqualTo("allowed");
        assertThat(shown(keystile.decide(TestRequest.of("POST", "/notes")
                        .header("Content-Type", "application/json; charset=utf-8")
                        .bearer(key))))
                .isEqualTo("allowed");
    }

    @Test
    void kindOfTheDecodedPath_isAskedForToo() {
        String publishable = key(it -> it.kind(KeyKind.PUBLISHABLE).scopes("people:read"));

        assertThat(shown(keystile.decide(TestRequest.get("/people/a%2Foffers").bearer(publishable))))
                .isEqualTo("allowed");
        assertThat(shown(keystile.decide(
                        TestRequest.get("/people/a%2Foffers").bearer(key(SANDBOX, it -> it.scopes("people:read"))))))
                .isEqualTo("publishable-key-required");
    }
}
