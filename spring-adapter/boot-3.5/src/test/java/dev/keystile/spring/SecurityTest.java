package dev.keystile.spring;

import static dev.keystile.spring.test.ApiKeyRequestPostProcessor.apiKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.security.config.Customizer.withDefaults;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.NewKey;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Base64;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.stereotype.Service;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.WebApplicationContext;

/**
 * An application with a configuration of Spring Security of its own, which does not speak of keys: a login for browsers, HTTP
 * Basic, sessions, CSRF tokens.
 */
class SecurityTest {

    private static final Queue<String> LEFT_BEHIND = new ConcurrentLinkedQueue<>();
    private static final Queue<Authentication> SEEN = new ConcurrentLinkedQueue<>();
    private static @Nullable Application started;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableMethodSecurity
    @Import({Api.class, Ledger.class})
    static class Secured {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(rules -> rules.requestMatchers("/v1/reports")
                            .hasAuthority("SCOPE_reports:read")
                            .requestMatchers("/v1/never")
                            .denyAll()
                            .requestMatchers("/health")
                            .permitAll()
                            .anyRequest()
                            .authenticated())
                    .formLogin(withDefaults())
                    .httpBasic(withDefaults())
                    .sessionManagement(sessions -> sessions.maximumSessions(1))
                    .build();
        }

        /** As applications did before Spring Security 6: whatever a request ends with is kept in the session. */
        @Bean
        @Order(1)
        SecurityFilterChain legacy(HttpSecurity http) throws Exception {
            return http.securityMatcher("/v1/legacy/**", "/pages/legacy/**")
                    .authorizeHttpRequests(rules -> rules.anyRequest().authenticated())
                    .securityContext(
                            context -> context.requireExplicitSave(false).securityContextRepository(new Recording()))
                    .build();
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(User.withUsername("ada")
                    .password("{noop}secret")
                    .roles("ADMIN")
                    .build());
        }

        /** Sees what the thread holds when everything else has been done. */
        @Bean
        FilterRegistrationBean<Outermost> outermost() {
            FilterRegistrationBean<Outermost> registration = new FilterRegistrationBean<>(new Outermost());
            registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
            return registration;
        }
    }

    /** Knows who was to be kept. */
    static final class Recording extends HttpSessionSecurityContextRepository {

        @Override
        public void saveContext(SecurityContext context, HttpServletRequest request, HttpServletResponse response) {
            if (context.getAuthentication() instanceof ApiKeyAuthentication key) {
                LEFT_BEHIND.add("kept: " + key);
            }
            super.saveContext(context, request, response);
        }
    }

    static final class Outermost extends HttpFilter {

        private static final long serialVersionUID = 1;

        @Override
        protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            try {
                chain.doFilter(request, response);
            } finally {
                Authentication left = SecurityContextHolder.getContext().getAuthentication();
                if (left != null) {
                    LEFT_BEHIND.add(request.getRequestURI() + ": " + left);
                }
            }
        }
    }

    @Service
    static class Ledger {

        @PreAuthorize("hasAuthority('SCOPE_ledger:read')")
        String read() {
            return "ledger";
        }
    }

    @RestController
    static class Api {

        private final Ledger ledger;

        Api(Ledger ledger) {
            this.ledger = ledger;
        }

        @GetMapping({"/v1/invoices", "/v1/legacy/invoices"})
        @PreAuthorize("hasAuthority('SCOPE_invoices:read')")
        String invoices(@AuthenticationPrincipal ApiPrincipal caller) {
            return caller.account() + " " + caller.environment();
        }

        @PostMapping("/v1/invoices")
        @PreAuthorize("hasAuthority('SCOPE_invoices:write')")
        String create(@AuthenticationPrincipal(expression = "account") String account) {
            return "created for " + account;
        }

        /** Both ask: the annotation in Keystile's filter. */
        @GetMapping("/v1/both")
        @RequireScope("invoices:read")
        @PreAuthorize("hasAuthority('SCOPE_invoices:write')")
        String both(ApiPrincipal caller) {
            return caller.account();
        }

        @GetMapping("/v1/live")
        @PreAuthorize("authentication.environment == 'live' and authentication.kind == 'secret'")
        String live() {
            return "live";
        }

        @GetMapping("/v1/reports")
        String reports() {
            return "reports";
        }

        @GetMapping("/v1/never")
        String never() {
            return "never";
        }

        @GetMapping({"/v1/who", "/pages/who", "/pages/legacy/who"})
        String who(Authentication caller, Principal principal, HttpServletRequest request) {
            SEEN.add(caller);
            return caller.getName() + " " + caller.getCredentials() + " " + principal.equals(caller) + " "
                    + request.getRemoteUser() + " " + (request.getHeader("Authorization") != null) + " "
                    + (request.getSession(false) != null);
        }

        @GetMapping("/v1/async")
        Callable<String> async() {
            return () -> Objects.requireNonNull(
                            SecurityContextHolder.getContext().getAuthentication())
                    .getName();
        }

        @GetMapping("/v1/ledger")
        Callable<String> ledger() {
            return ledger::read;
        }

        @GetMapping("/v1/forward/{name}")
        void forward(@PathVariable("name") String name, HttpServletRequest request, HttpServletResponse response)
                throws IOException, ServletException {
            request.getRequestDispatcher("/v1/" + name).forward(request, response);
        }

        @GetMapping("/v1/gone")
        void gone(HttpServletResponse response) throws IOException {
            response.sendError(410, "gone for good");
        }

        @GetMapping("/v1/legacy/away")
        void away(HttpServletResponse response) throws IOException {
            response.sendRedirect("/elsewhere");
        }

        @PostMapping("/pages/who")
        String change() {
            return "changed";
        }

        @GetMapping("/health")
        String health(@AuthenticationPrincipal ApiPrincipal caller) {
            return String.valueOf(caller);
        }
    }

    private static Application application() {
        return Objects.requireNonNull(started);
    }

    @BeforeAll
    static void start() {
        started = Application.start(
                Secured.class,
                "spring.threads.virtual.enabled=true",
                "keystile.credentials=header x-api-key, bearer",
                "keystile.scopes=invoices:read, invoices:write, reports:read, ledger:read, ledger:write",
                "keystile.rules.v1=ANY /v1/** authenticated",
                "keystile.rules.pages=ANY /pages/** public",
                "keystile.rules.login=GET,POST /login public",
                "keystile.rules.health=GET /health public",
                "logging.level.org.springframework.security=off");
    }

    @AfterAll
    static void stop() {
        application().close();
        assertThat(LEFT_BEHIND)
                .as("what threads held after a request, and sessions were to keep")
                .isEmpty();
    }

    private static String key(String scopes) {
        return application().key(scopes.isEmpty() ? new String[0] : scopes.split(" "));
    }

    private static String idOf(String key) {
        return application().get("/v1/async", key).body();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  /v1/invoices,         invoices:read,  200",
        "GET,  /v1/invoices,         '',             403",
        "GET,  /v1/invoices,         invoices:write, 403",
        "POST, /v1/invoices,         invoices:write, 200",
        "POST, /v1/invoices,         invoices:read,  403",
        "GET,  /v1/both,             invoices:read,  403",
        "GET,  /v1/both,             invoices:write, 403",
        "GET,  /v1/both,             invoices:read invoices:write, 200",
        "GET,  /v1/live,             '',             200",
        "GET,  /v1/reports,          reports:read,   200",
        "GET,  /v1/reports,          '',             403",
        "GET,  /v1/never,            reports:read,   403",
        "GET,  /v1/ledger,           ledger:read,    200",
        "GET,  /v1/ledger,           '',             403",
        "GET,  /v1/forward/reports,  reports:read,   200",
        "GET,  /v1/forward/reports,  '',             403",
        "GET,  /v1/forward/invoices, invoices:read,  200",
        "GET,  /v1/gone,             '',             410",
        "GET,  /v1/nothing,          '',             404",
        "GET,  /v1/legacy/invoices,  invoices:read,  200",
        "GET,  /v1/legacy/invoices,  '',             403",
        "GET,  /v1/legacy/away,      '',             302",
    })
    void key_isHeldToTheRulesOfSecurity_andMakesNoSession(String method, String path, String scopes, int status) {
        HttpResponse<String> response = application().send(method, path, key(scopes));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().map()).doesNotContainKey("set-cookie");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/invoices",
                "/v1/never",
                "/v1/reports",
                "/v1/ledger",
                "/v1/forward/reports",
                "/v1/legacy/invoices"
            })
    void whatSecurityDenies_isAnsweredAsByTheFilter(String path) {
        HttpResponse<String> byFilter = application().get("/v1/both", key("ledger:write"));
        HttpResponse<String> bySecurity = application().get(path, key("ledger:write"));

        assertThat(withoutId(bySecurity.body())).isEqualTo(withoutId(byFilter.body()));
        assertThat(bySecurity.headers().map())
                .containsEntry("content-type", byFilter.headers().allValues("content-type"));
    }

    private static String withoutId(String body) {
        return body.replaceAll("req_[0-9a-f]{32}|urn:uuid:[0-9a-f-]{36}", "…");
    }

    @Test
    void keyOfAnotherEnvironment_isToldApart() {
        String key = application().key(NewKey.of("acme", "test", KeyEnvironment.TEST));

        assertThat(application().get("/v1/live", key).statusCode()).isEqualTo(403);
    }

    @Test
    void authentication_isThatOfTheKey_withoutTheKey() {
        String key = key("");

        assertThat(application().get("/v1/who", key).body())
                .isEqualTo(idOf(key) + " null true " + idOf(key) + " true false");
        assertThat(key).contains(idOf(key)).isNotEqualTo(idOf(key));
    }

    @Test
    void authentication_cannotBeWritten() {
        String key = key("invoices:read");
        SEEN.clear();
        application().get("/v1/who", key);
        Authentication authentication = SEEN.remove();

        assertThatThrownBy(() -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(authentication))
                .isInstanceOf(NotSerializableException.class);
        assertThat(authentication).isInstanceOf(ApiKeyAuthentication.class);
        assertThat(authentication.toString()).contains("SCOPE_invoices:read").doesNotContain(key);
    }

    @Test
    void sessionAlone_opensNoGuardedPath() {
        String cookie = application().logIn("ada", "secret");

        HttpResponse<String> response = application().get("/v1/who", "", "Cookie", cookie);

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.body()).contains("invalid_api_key");
        assertThat(application().get("/pages/who", "", "Cookie", cookie).body()).startsWith("ada ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/who", "/v1/legacy/away", "/v1/legacy/invoices"})
    void keyWithASession_actsAsTheKey_andLeavesTheSessionAlone(String path) {
        String cookie = application().logIn("ada", "secret");
        String key = key("invoices:read");

        HttpResponse<String> response = application().get(path, key, "Cookie", cookie);

        assertThat(response.body()).doesNotContain("ada");
        assertThat(response.headers().map()).doesNotContainKey("set-cookie");
        assertThat(application().get("/v1/who", key, "Cookie", cookie).body()).startsWith(idOf(key) + " null");
        for (String page : new String[] {"/pages/who", "/pages/legacy/who"}) {
            assertThat(application().get(page, "", "Cookie", cookie).body()).startsWith("ada ");
        }
    }

    @Test
    void keyWithASessionThatHasEnded_actsAsTheKey() {
        String first = application().logIn("ada", "secret");
        application().logIn("ada", "secret");

        assertThat(application().get("/pages/who", "", "Cookie", first).body()).contains("session has been expired");
        String ended = application().logIn("ada", "secret");
        application().logIn("ada", "secret");
        String key = key("");
        assertThat(application().get("/v1/who", key, "Cookie", ended).body()).startsWith(idOf(key));
    }

    @Test
    void keyBesideAPassword_actsAsTheKey() {
        String key = key("");
        String basic = "Basic " + Base64.getEncoder().encodeToString("ada:secret".getBytes(StandardCharsets.UTF_8));

        HttpResponse<String> response = application().get("/v1/who", "", "x-api-key", key, "Authorization", basic);

        assertThat(response.body()).startsWith(idOf(key) + " null true");
        assertThat(application().get("/pages/who", "", "Authorization", basic).body())
                .startsWith("ada ");
    }

    @Test
    void whatIsOpenWithoutAKey_isNotOpenedInSecurity() {
        HttpResponse<String> anonymous = application().get("/pages/who", "", "Accept", "text/html");
        String cookie = application().logIn("ada", "secret");

        assertThat(anonymous.statusCode()).isEqualTo(302);
        assertThat(application().get("/pages/who", "", "x-api-key", key("")).statusCode())
                .as("a key is not read where none is demanded")
                .isEqualTo(401);
        assertThat(application()
                        .send("POST", "/pages/who", "", "Cookie", cookie)
                        .statusCode())
                .as("a browser needs its CSRF token as before")
                .isEqualTo(403);
        assertThat(application().get("/health", "").body()).isEqualTo("null");
    }

    @Test
    void keyOfATest_isKnownToMockMvc() throws Exception {
        WebApplicationContext context = (WebApplicationContext) application().context();
        MockMvc mvc = MockMvcBuilders.webAppContextSetup(context)
                .addFilters(
                        context.getBean("keystileFilter", Filter.class),
                        context.getBean("springSecurityFilterChain", Filter.class))
                .build();

        MockHttpServletResponse read = mvc.perform(get("/v1/invoices").with(apiKey("invoices:read")))
                .andReturn()
                .getResponse();
        MockHttpServletResponse refused =
                mvc.perform(get("/v1/invoices").with(apiKey())).andReturn().getResponse();

        assertThat(read.getContentAsString()).isEqualTo("test live");
        assertThat(refused.getStatus()).isEqualTo(403);
    }

    @Test
    void errorPage_isShownToAKey() {
        assertThat(application().get("/v1/gone", key("")).body())
                .as("by an error dispatch")
                .contains("timestamp", "410");
    }
}
