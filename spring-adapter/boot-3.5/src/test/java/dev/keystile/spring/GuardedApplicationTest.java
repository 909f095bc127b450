package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.NewKey;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** One application, with a context path, JSON and an advice of its own, on virtual threads where there are any. */
class GuardedApplicationTest {

    private static final Map<String, String> KEYS = new HashMap<>();
    private static @Nullable Application started;

    private static Application application() {
        return Objects.requireNonNull(started);
    }

    @BeforeAll
    static void start() {
        started = Application.start(
                Billing.class,
                "server.servlet.context-path=/shop",
                "spring.jackson.property-naming-strategy=SNAKE_CASE",
                "spring.threads.virtual.enabled=true",
                "keystile.credentials=bearer, header x-api-key",
                "keystile.plans.tiny=2/1m",
                "keystile.rules.health=GET /health public",
                "keystile.rules.v1=ANY /v1/** authenticated");
    }

    @AfterAll
    static void stop() {
        application().close();
    }

    private static String key(String scopes) {
        return scopes.equals("none")
                ? ""
                : KEYS.computeIfAbsent(
                        scopes, it -> application().key(it.equals("any") ? new String[0] : it.split(" ")));
    }

    @ParameterizedTest
    @CsvSource({
        "GET,    /v1/invoices,      invoices:read,  200",
        "GET,    /v1/invoices/,     invoices:read,  404",
        "HEAD,   /v1/invoices,      invoices:read,  200",
        "GET,    /v1/invoices,      none,           401",
        "GET,    /v1/invoices,      any,            403",
        "GET,    /v1/invoices,      invoices:write, 403",
        "POST,   /v1/invoices,      invoices:write, 200",
        "POST,   /v1/invoices,      invoices:read,  403",
        "PUT,    /v1/invoices,      any,            405",
        "GET,    /v1/invoices/7,    invoices:read,  200",
        "GET,    /v1/invoices/7,    invoices:write, 200",
        "GET,    /v1/invoices/7,    reports:read,   403",
        "DELETE, /v1/invoices/7,    any,            200",
        "DELETE, /v1/invoices/7,    none,           401",
        "GET,    /v1/invoices/slow, invoices:read,  200",
        "GET,    /v1/invoices/slow, invoices:write, 403",
        "GET,    /v1/invoices/broken, invoices:read, 501",
        "GET,    /v1/invoices/gone, invoices:read,  410",
        "GET,    /v1/reports,       reports:read,   200",
        "GET,    /v1/reports,       reports:write,  403",
        "POST,   /v1/reports,       reports:write,  200",
        "POST,   /v1/reports,       reports:read,   403",
        "GET,    /health,           none,           200",
        "GET,    /forgotten,        any,            403",
        "GET,    /forgotten,        none,           401",
        "GET,    /error,            any,            403",
        "GET,    /v1/nothing,       any,            404",
        "GET,    /v1/items/7,       items:read,     200",
        "GET,    /v1/items/7,       names:read,     403",
        "GET,    /v1/items/7,       none,           401",
        "GET,    /v1/items/seven,   names:read,     200",
        "GET,    /v1/items/seven,   items:read,     403",
        "GET,    /v1/items/S,       items:read,     404",
        "GET,    /v1/items/S,       any,            403",
        "GET,    /v1/items/all,     items:read,     200",
        "GET,    /v1//invoices,     invoices:read,  400",
        "GET,    /v1/invoices;x=1,  invoices:read,  400",
        "GET,    /v1/%2e%2e/health, none,           400",
    })
    void request_isDecidedByAnnotationsAndRules(String method, String path, String scopes, int status) {
        assertThat(application().send(method, path, key(scopes)).statusCode()).isEqualTo(status);
    }

    @Test
    void headerCondition_isCheckedBehindTheFilter_withTheSameAnswer() {
        HttpResponse<String> full = application().get("/v1/items/all", key("items:read names:read"), "X-Full", "yes");
        HttpResponse<String> refused = application().get("/v1/items/all", key("items:read"), "X-Full", "yes");
        HttpResponse<String> byFilter = application().get("/v1/items/all", key("any"), "X-Full", "yes");

        assertThat(full.body()).isEqualTo("full");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(withoutIds(refused)).isEqualTo(withoutIds(byFilter));
        assertThat(refused.headers().map().keySet())
                .isEqualTo(byFilter.headers().map().keySet());
    }

    private static String withoutIds(HttpResponse<String> response) {
        return response.body().replaceAll("req_[0-9a-f]{32}|urn:uuid:[0-9a-f-]{36}", "…");
    }

    @Test
    void refusals_haveTheBodiesOfTheContract_andNotBootsErrorPage() {
        HttpResponse<String> missing = application().get("/v1/invoices", "");
        HttpResponse<String> two = application().get("/v1/invoices", key("any"), "x-api-key", key("any"));

        assertThat(missing.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(missing.headers().firstValue("WWW-Authenticate")).isPresent();
        assertThat(missing.body()).contains("\"invalid_api_key\"", "req_").doesNotContain("timestamp");
        assertThat(two.statusCode()).isEqualTo(400);
        assertThat(two.body()).contains("\"invalid_request\"");
    }

    @Test
    void plan_isCounted_onceForEachRequest() {
        String key = application()
                .key(NewKey.of("acme", "tiny", KeyEnvironment.TEST)
                        .scopes("invoices:read", "items:read")
                        .plan("tiny"));

        // An asynchronous one, and one that is checked behind the filter too.
        int first = application().get("/v1/invoices/slow", key).statusCode();
        HttpResponse<String> second = application().get("/v1/items/seven", key);
        HttpResponse<String> third = application().get("/v1/invoices", key);

        assertThat(first).isEqualTo(200);
        assertThat(second.statusCode()).isEqualTo(403);
        assertThat(second.headers().firstValue("X-RateLimit-Remaining")).contains("0");
        assertThat(third.statusCode()).isEqualTo(429);
        assertThat(third.headers().firstValue("Retry-After")).isPresent();
        assertThat(third.body()).contains("\"rate_limit_exceeded\"");
    }

    @Test
    void principal_isAnArgument_andTheApplicationsJsonItsOwn() {
        HttpResponse<String> invoices = application().get("/v1/invoices", key("invoices:read"));

        assertThat(invoices.body()).isEqualTo("{\"account_name\":\"acme\",\"environment\":\"live\"}");
        assertThat(application().get("/health", "").body()).isEqualTo("nobody");
    }

    @Test
    void dispatches_areHeldToTheirPaths() {
        String both = key("invoices:read invoices:write");

        assertThat(application().get("/v1/invoices/forwarded", both).body()).contains("acme");
        assertThat(application()
                        .get("/v1/invoices/forwarded", key("invoices:write"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(application().get("/v1/invoices/including", both).body()).isEqualTo("invoice 7");
    }

    @Test
    void requests_runOnVirtualThreads_whereThereAreAny() {
        assertThat(application().get("/v1/thread", key("any")).body().startsWith("VirtualThread"))
                .isEqualTo(Runtime.version().feature() >= 21);
    }

    /** No rule was written for it, so that it is reached under one of the settings alone. */
    @Test
    void methodMappedLater_isHeldToItsAnnotation() throws NoSuchMethodException {
        RequestMappingHandlerMapping mapping =
                application().context().getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class);
        Object pages = application().context().getBean(Billing.Pages.class);
        for (String path : List.of("/v1/later", "/later")) {
            mapping.registerMapping(
                    RequestMappingInfo.paths(path)
                            .options(mapping.getBuilderConfiguration())
                            .build(),
                    pages,
                    Billing.Pages.class.getMethod("later"));
        }

        assertThat(application().get("/v1/later", key("invoices:write")).body()).isEqualTo("later");
        assertThat(application().get("/v1/later", key("any")).statusCode()).isEqualTo(403);
        assertThat(application().get("/later", key("invoices:write")).statusCode())
                .isEqualTo(403);
    }

    @Test
    void failuresOfTheApplication_areItsOwn() {
        HttpResponse<String> advice = application().get("/v1/invoices/broken", key("invoices:read"));
        HttpResponse<String> page = application().get("/v1/invoices/gone", key("invoices:read"));

        assertThat(advice.body()).isEqualTo("advice: the application's own failure");
        assertThat(page.body()).as("Boot's error page, by an error dispatch").contains("timestamp", "410");
    }

    @Test
    void report_listsEachMappingWithWhatItDemands() {
        String log = application().output();

        assertThat(log.lines())
                .anySatisfy(line ->
                        assertThat(line).matches(" *GET +/v1/invoices +invoices:read +Billing\\.Invoices\\.list *"))
                .anySatisfy(
                        line -> assertThat(line)
                                .matches(
                                        " *DELETE +/v1/invoices/\\{id} +authenticated +Billing\\.Invoices\\.delete, rules\\.v1 *"))
                .anySatisfy(line -> assertThat(line)
                        .matches(
                                " *GET +/forgotten +refused +Billing\\.Pages\\.forgotten, no rule and no annotation *"))
                .anySatisfy(line -> assertThat(line)
                        .matches(" *GET +/v1/items/\\{id:\\[0-9]\\+} +items:read +Billing\\.Items\\.number *"));
        assertThat(log.split("Keystile guards", -1)).as("told once").hasSize(2);
        assertThat(log.lines().filter(line -> line.contains("nothing is mapped to it")))
                .singleElement()
                .asString()
                .contains("Billing.Pages.later has @RequireScope");
    }

    @Test
    void rules_areThoseOfSettingsAndAnnotations() {
        assertThat(application().keystile().policy().rules())
                .extracting(rule -> rule.name() + ": " + rule)
                .contains(
                        "v1: ANY /v1/** authenticated",
                        "Billing-Invoices-list: GET /v1/invoices invoices:read",
                        "Billing-Reports-make: POST /v1/reports reports:write");
    }
}
