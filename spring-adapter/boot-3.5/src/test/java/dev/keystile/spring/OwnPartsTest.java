package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.decision.DecisionEvent;
import dev.keystile.decision.DecisionListener;
import dev.keystile.http.ErrorFormat;
import dev.keystile.http.ErrorTexts;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyStore;
import dev.keystile.key.TimeSource;
import dev.keystile.limit.RateLimiter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.Ordered;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.filter.HiddenHttpMethodFilter;
import org.springframework.web.servlet.config.annotation.PathMatchConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.util.pattern.PathPatternParser;

/** An application with parts of its own, a servlet path, and mappings that pass over case. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OwnPartsTest {

    private static final Queue<DecisionEvent> HEARD = new ConcurrentLinkedQueue<>();
    private static final CountDownLatch ENTERED = new CountDownLatch(1);
    private static final CountDownLatch CLOSING = new CountDownLatch(1);
    private static final CountDownLatch LEAVE = new CountDownLatch(1);
    private static @Nullable Application started;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Api.class)
    static class Parts implements WebMvcConfigurer {

        @Override
        public void configurePathMatch(PathMatchConfigurer configurer) {
            PathPatternParser parser = new PathPatternParser();
            parser.setCaseSensitive(false);
            configurer.setPatternParser(parser);
        }

        @Bean
        KeyStore ownStore() {
            return KeyStore.inMemory();
        }

        @Bean
        KeyHasher ownHasher() {
            return KeyHasher.hmacSha256("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8));
        }

        @Bean
        RateLimiter ownLimiter() {
            return RateLimiter.inMemory(TimeSource.system(), 100);
        }

        @Bean
        ErrorFormat ownErrors() {
            return ErrorFormat.template(ErrorTexts.builder().build(), Map.of("default", "{\"own\":\"{code}\"}"));
        }

        @Bean
        DecisionListener ownListener() {
            return HEARD::add;
        }

        @Bean
        FilterRegistrationBean<Rewriting> rewriting() {
            FilterRegistrationBean<Rewriting> registration = new FilterRegistrationBean<>(new Rewriting());
            registration.setOrder(0);
            return registration;
        }

        @Bean
        ApplicationListener<ContextClosedEvent> closing() {
            return event -> CLOSING.countDown();
        }

        /** A form's field changes the method, behind the filter. */
        @Bean
        FilterRegistrationBean<HiddenHttpMethodFilter> methodChanger() {
            FilterRegistrationBean<HiddenHttpMethodFilter> registration =
                    new FilterRegistrationBean<>(new HiddenHttpMethodFilter());
            registration.setOrder(0);
            return registration;
        }
    }

    /** Leads a request elsewhere, behind the filter, where a header says so. */
    static final class Rewriting extends HttpFilter {

        @Override
        protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            String elsewhere = request.getHeader("X-Elsewhere");
            if (elsewhere == null) {
                chain.doFilter(request, response);
                return;
            }
            chain.doFilter(
                    new HttpServletRequestWrapper(request) {
                        @Override
                        public String getRequestURI() {
                            return "/api" + elsewhere;
                        }

                        @Override
                        public String getPathInfo() {
                            return elsewhere;
                        }
                    },
                    response);
        }
    }

    @RestController
    static class Api {

        @GetMapping("/admin/users")
        String users() {
            return "users";
        }

        @GetMapping("/things")
        @RequireScope("things:read")
        String things() {
            return "things";
        }

        @PostMapping("/things")
        @RequireScope("things:write")
        String write() {
            return "written";
        }

        @DeleteMapping("/things")
        @RequireScope("things:delete")
        String delete() {
            return "deleted";
        }

        @GetMapping("/waiting")
        String waiting() throws InterruptedException {
            ENTERED.countDown();
            LEAVE.await();
            return "answered";
        }
    }

    private static Application application() {
        return Objects.requireNonNull(started);
    }

    @BeforeAll
    static void start() {
        started = Application.startBare(
                Parts.class,
                Application.SETTINGS.get(0),
                "spring.mvc.servlet.path=/api",
                "server.shutdown=graceful",
                "keystile.filter.order=-150",
                "keystile.rules.open=GET /** public",
                "keystile.rules.admin=GET /api/admin/** admin");
    }

    @AfterAll
    static void stop() {
        LEAVE.countDown();
        application().close();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  /api/things,      things:read, 200",
        "GET,  /api/things,      admin,       403",
        "GET,  /things,          admin,       404",
        "GET,  /api/admin/users, admin,       200",
        "GET,  /api/admin/users, things:read, 403",
        "GET,  /api/waiting/x,   '',          404",
        // Spring would find the same methods; the rule that decided was another's.
        "GET,  /api/Admin/users, '',          400",
        "GET,  /api/THINGS,      '',          400",
        "POST, /api/things,      things:write, 200",
        "POST, /api/things,      things:delete, 403",
        "DELETE, /api/things,    things:delete, 200",
        "POST, /api/things?_method=DELETE, things:write, 400",
    })
    @Order(1)
    void request_isDecidedBelowTheServletPath(String method, String path, String scope, int status) {
        String key = scope.isEmpty() ? "" : application().key(scope);

        assertThat(application()
                        .send(method, path, key, "Content-Type", "application/x-www-form-urlencoded")
                        .statusCode())
                .isEqualTo(status);
    }

    @Test
    @Order(1)
    void requestThatIsLedElsewhere_behindTheFilter_isRefused() {
        assertThat(application()
                        .get("/api/open", "", "X-Elsewhere", "/admin/users")
                        .statusCode())
                .isEqualTo(400);
        assertThat(application().get("/api/open/", "", "X-Elsewhere", "/open").statusCode())
                .as("a slash at the end is none to rules")
                .isEqualTo(404);
    }

    @Test
    @Order(2)
    void ownParts_takeThePlaceOfOthers() {
        String key = application().key("admin");
        HEARD.clear();
        HttpResponse<String> refused = application().get("/api/things", key);

        assertThat(refused.body()).isEqualTo("{\"own\":\"insufficient_permissions\"}");
        assertThat(HEARD).hasSize(1);
        assertThat(application()
                        .context()
                        .getBean("ownStore", KeyStore.class)
                        .list(KeyQuery.ofAccount("acme"))
                        .keys())
                .isNotEmpty()
                .allSatisfy(stored -> assertThat(stored.secrets())
                        .allSatisfy(secret -> assertThat(secret.digest()).contains("hmac-sha256")));
    }

    @Test
    @Order(3)
    void filter_isRegisteredOnce_forAllDispatches() {
        ServletContext context =
                Objects.requireNonNull(((WebApplicationContext) application().context()).getServletContext());
        List<? extends FilterRegistration> ours = context.getFilterRegistrations().values().stream()
                .filter(it -> String.valueOf(it.getClassName()).contains("KeystileFilter"))
                .toList();

        assertThat(ours).singleElement().satisfies(it -> {
            assertThat(it.getName()).isEqualTo("keystile");
            assertThat(it.getUrlPatternMappings()).containsExactly("/*");
        });
        assertThat(application()
                        .context()
                        .getBean("keystileFilterRegistration", Ordered.class)
                        .getOrder())
                .isEqualTo(-150);
        assertThat(application().output()).contains("passes over the case of paths");
    }

    @Test
    @Order(4)
    void shutdown_letsRequestsEnd() throws InterruptedException {
        CompletableFuture<HttpResponse<String>> waiting = application().sendAsync("GET", "/api/waiting", "");
        ENTERED.await();
        CompletableFuture<Void> closing =
                CompletableFuture.runAsync(() -> application().close());
        CLOSING.await();
        LEAVE.countDown();

        assertThat(waiting.join().body()).isEqualTo("answered");
        closing.join();
    }
}
