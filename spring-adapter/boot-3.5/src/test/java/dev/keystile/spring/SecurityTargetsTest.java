package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Other spellings of three paths: {@code /key} is guarded by Keystile alone, {@code /user} by Spring Security alone, {@code
 * /both} by both. What one of them reads as another path than the other, or than Spring MVC, would be open.
 */
class SecurityTargetsTest {

    private static final Queue<String> REACHED = new ConcurrentLinkedQueue<>();

    /** What can be read in more than one way: {@code P} is the first segment. */
    private static final List<String> AMBIGUOUS = List.of(
            "//P/secret",
            "/P//secret",
            "/P/secret//",
            "/P;x=1/secret",
            "/P/secret;x=1",
            "/P/secret;",
            "/;/P/secret",
            "/./P/secret",
            "/P/./secret",
            "/open/../P/secret",
            "/open/..;/P/secret",
            "/open/..;x=1/P/secret",
            "/open/%2e%2e/P/secret",
            "/open/%2E%2E%2FP/secret",
            "/open/..%2fP/secret",
            "/open/%2e%2e;/P/secret",
            "/open/..%3b/P/secret",
            "/P%2fsecret",
            "/P%5csecret",
            "/P\\secret",
            "/open/..\\P/secret",
            "/P%3b/secret",
            "/P/secret%00",
            "/P/%0d%0asecret",
            "/P/secret%0a",
            "/P/secret%09",
            "/P/secret%7f",
            "/P/%252e%252e/secret",
            "/P/%25secret",
            "/P/%c0%aesecret",
            "/P/%zzsecret",
            "/P/secret%2");

    /** What is the same path, or another one, to everybody. */
    private static final List<String> SPELLED_OTHERWISE = List.of(
            "/P/secret",
            "/P/secret/",
            "/P/secret.",
            "/P/secret.json",
            "/P/secret%20",
            "/P/%73ecret",
            "/P/SECRET",
            "/P/secret?x=/open/",
            "/P/secret?;/../open",
            "http://{host}/P/secret",
            "/UPPER/secret");

    private static @Nullable Application started;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Api.class)
    static class Guarded {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(rules -> rules.requestMatchers("/user/**")
                            .hasRole("ADMIN")
                            .requestMatchers("/both/**")
                            .hasAuthority("SCOPE_secrets:read")
                            .anyRequest()
                            .permitAll())
                    .httpBasic(withDefaults())
                    .build();
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(User.withUsername("ada")
                    .password("{noop}secret")
                    .roles("ADMIN")
                    .build());
        }
    }

    @RestController
    static class Api {

        @GetMapping({"/key/{*rest}", "/both/{*rest}"})
        @RequireScope("secrets:read")
        String key(HttpServletRequest request) {
            return user(request);
        }

        @GetMapping("/user/{*rest}")
        String user(HttpServletRequest request) {
            REACHED.add(request.getRequestURI());
            return "reached";
        }

        @GetMapping("/open/{*rest}")
        String open() {
            return "open";
        }

        @GetMapping("/dispatch")
        void dispatch(
                @RequestParam("to") String to,
                @RequestParam("by") String by,
                HttpServletRequest request,
                HttpServletResponse response)
                throws IOException, ServletException {
            if (by.equals("forward")) {
                request.getRequestDispatcher(to).forward(request, response);
            } else if (by.equals("include")) {
                request.getRequestDispatcher(to).include(request, response);
            } else {
                request.startAsync().dispatch(to);
            }
        }
    }

    private static Application application() {
        return Objects.requireNonNull(started);
    }

    @BeforeAll
    static void start() {
        started = Application.start(
                Guarded.class,
                "keystile.credentials=header x-api-key",
                "keystile.scopes=secrets:read, other:read",
                "keystile.rules.all=GET /** public",
                "logging.level.org.apache.catalina=off");
    }

    @AfterAll
    static void stop() {
        application().close();
    }

    @BeforeEach
    void nobodyHasReachedAnything() {
        REACHED.clear();
    }

    static Stream<String> ambiguous() {
        return all(AMBIGUOUS);
    }

    static Stream<String> spelledOtherwise() {
        return all(SPELLED_OTHERWISE);
    }

    private static Stream<String> all(List<String> targets) {
        return Stream.of("key", "user", "both")
                .flatMap(path -> targets.stream()
                        .map(target -> target.replace("UPPER", path.toUpperCase(Locale.ROOT))
                                .replace("P/", path + "/")
                                .replace("P%", path + "%")
                                .replace("P;", path + ";")
                                .replace("P\\", path + "\\")));
    }

    private static String[] credentials() {
        String basic = "Basic " + Base64.getEncoder().encodeToString("ada:secret".getBytes(StandardCharsets.UTF_8));
        return new String[] {"x-api-key", application().key("secrets:read"), "Authorization", basic};
    }

    @ParameterizedTest
    @MethodSource("ambiguous")
    void ambiguousTarget_isRefused_whoeverAsks(String target) {
        assertThat(application().statusOf("GET", target)).isEqualTo(400);
        assertThat(application().statusOf("GET", target, credentials())).isEqualTo(400);
        assertThat(REACHED).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("spelledOtherwise")
    void otherSpelling_isNoWayRoundEither(String target) {
        assertThat(application().statusOf("GET", target)).isIn(401, 404);
        assertThat(application()
                        .statusOf("GET", target, "x-api-key", application().key("other:read")))
                .isIn(401, 403, 404);
        assertThat(REACHED).isEmpty();
    }

    @Test
    void rightCredentials_reachEachPath() {
        for (String path : List.of("/key/secret", "/user/secret", "/both/secret")) {
            assertThat(application().statusOf("GET", path, credentials())).isEqualTo(200);
        }
        assertThat(REACHED).containsExactly("/key/secret", "/user/secret", "/both/secret");
    }

    /** To Spring Security, an include is of the path of whoever includes: of what it guards alone there is none. */
    static Stream<String> dispatches() {
        return Stream.of("forward", "include", "async")
                .flatMap(by -> all(List.of(
                                "/P/secret",
                                "/P/secret/",
                                "//P/secret",
                                "/P;x=1/secret",
                                "/open/../P/secret",
                                "/open/..;/P/secret",
                                "/open/%2e%2e/P/secret",
                                "/P%2fsecret",
                                "/%2fP/secret",
                                "/P/%73ecret"))
                        .map(to -> "/dispatch?by=" + by + "&to=" + URLEncoder.encode(to, StandardCharsets.UTF_8)))
                .filter(target -> !(target.contains("include") && target.contains("user")));
    }

    @ParameterizedTest
    @MethodSource("dispatches")
    void dispatch_isNoWayRoundEither(String target) {
        assertThat(application().statusOf("GET", target)).isNotEqualTo(200);
        assertThat(application()
                        .statusOf("GET", target, "x-api-key", application().key("other:read")))
                .isNotEqualTo(200);
        assertThat(REACHED).isEmpty();
    }
}
