package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.decision.DecisionEvent;
import dev.keystile.decision.DecisionListener;
import dev.keystile.http.ErrorFormat;
import dev.keystile.http.ErrorTexts;
import dev.keystile.key.ApiKey;
import dev.keystile.key.CredentialFormat;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.PresentedKey;
import dev.keystile.key.Proof;
import dev.keystile.key.TimeSource;
import dev.keystile.limit.Charge;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import jakarta.servlet.DispatcherType;
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
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
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
class OwnPartsTest {

    private static final Queue<DecisionEvent> HEARD = new ConcurrentLinkedQueue<>();
    private static final Queue<String> CHARGED = new ConcurrentLinkedQueue<>();
    private static final Queue<String> PARSED = new ConcurrentLinkedQueue<>();
    private static final Duration AHEAD = Duration.ofDays(20_000);
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
            return new Limiter(RateLimiter.inMemory(TimeSource.system(), 100));
        }

        @Bean
        ErrorFormat ownErrors() {
            return ErrorFormat.template(ErrorTexts.builder().build(), Map.of("default", "{\"own\":\"{code}\"}"));
        }

        /** Decades ahead. */
        @Bean
        TimeSource ownTime() {
            TimeSource system = TimeSource.system();
            return new TimeSource() {
                @Override
                public long nanoTime() {
                    return system.nanoTime();
                }

                @Override
                public long currentTimeMillis() {
                    return system.currentTimeMillis() + AHEAD.toMillis();
                }
            };
        }

        /** Nothing is of it. */
        @Bean
        CredentialFormat ownFormat() {
            return new CredentialFormat() {
                @Override
                public int maxLength() {
                    return 100;
                }

                @Override
                public Optional<PresentedKey> parse(String text) {
                    PARSED.add(text);
                    return Optional.empty();
                }

                @Override
                public Proof prove(PresentedKey presented, ApiKey key, KeySecret secret, Instant now) {
                    throw new AssertionError("nothing was presented");
                }
            };
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

        /** A form's field changes the method, behind the filter. */
        @Bean
        FilterRegistrationBean<HiddenHttpMethodFilter> methodChanger() {
            FilterRegistrationBean<HiddenHttpMethodFilter> registration =
                    new FilterRegistrationBean<>(new HiddenHttpMethodFilter());
            registration.setOrder(0);
            return registration;
        }
    }

    /** Tells what it is asked for. */
    private record Limiter(RateLimiter limiter) implements RateLimiter {

        @Override
        public RateLimitResult tryConsume(List<Charge> charges) {
            charges.forEach(charge -> CHARGED.add(charge.limit().name()));
            return limiter.tryConsume(charges);
        }

        @Override
        public boolean mayBlock() {
            return false;
        }

        @Override
        public void close() {
            limiter.close();
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
                "keystile.filter.order=-150",
                "keystile.plans.usual=1000/1m",
                "keystile.default-plan=usual",
                "keystile.rules.open=GET /** public",
                "keystile.rules.admin=GET /api/admin/** admin");
    }

    @AfterAll
    static void stop() {
        application().close();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  /api/things,      things:read, 200",
        "GET,  /api/things,      admin,       403",
        "GET,  /things,          admin,       404",
        "GET,  /api/admin/users, admin,       200",
        "GET,  /api/admin/users, things:read, 403",
        "GET,  /api/nothing,     '',          404",
        // Spring would find the same methods; the rule that decided was another's.
        "GET,  /api/Admin/users, '',          400",
        "GET,  /api/THINGS,      '',          400",
        "POST, /api/things,      things:write, 200",
        "POST, /api/things,      things:delete, 403",
        "DELETE, /api/things,    things:delete, 200",
        "POST, /api/things?_method=DELETE, things:write, 400",
    })
    void request_isDecidedBelowTheServletPath(String method, String path, String scope, int status) {
        String key = scope.isEmpty() ? "" : application().key(scope);

        assertThat(application()
                        .send(method, path, key, "Content-Type", "application/x-www-form-urlencoded")
                        .statusCode())
                .isEqualTo(status);
    }

    @Test
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
    void ownParts_takeThePlaceOfOthers() {
        String key = application().key("admin");
        HEARD.clear();
        CHARGED.clear();
        HttpResponse<String> refused = application().get("/api/things", key);
        HttpResponse<String> unknown = application().get("/api/things", "token.of.mine");

        assertThat(refused.body()).isEqualTo("{\"own\":\"insufficient_permissions\"}");
        assertThat(unknown.statusCode()).isEqualTo(401);
        assertThat(HEARD).hasSize(2);
        assertThat(CHARGED).containsExactly("usual");
        assertThat(PARSED).contains("token.of.mine");
        assertThat(application()
                        .context()
                        .getBean("ownStore", KeyStore.class)
                        .list(KeyQuery.ofAccount("acme"))
                        .keys())
                .isNotEmpty()
                .allSatisfy(stored -> assertThat(stored.createdAt())
                        .isAfter(Instant.now().plus(AHEAD).minus(Duration.ofHours(1))))
                .allSatisfy(stored -> assertThat(stored.secrets())
                        .allSatisfy(secret -> assertThat(secret.digest()).contains("hmac-sha256")));
    }

    @Test
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
        FilterRegistrationBean<?> registration =
                application().context().getBean("keystileFilterRegistration", FilterRegistrationBean.class);
        assertThat(registration.getOrder()).isEqualTo(-150);
        assertThat(registration.determineDispatcherTypes()).isEqualTo(EnumSet.allOf(DispatcherType.class));
        assertThat(application().output()).contains("passes over the case of paths");
    }
}
