package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;

import java.lang.reflect.Method;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.util.ReflectionUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** A login by password at a path that keys are demanded for: one request has both. */
class SecurityLoginTest {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Api.class)
    static class WithLogin {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(rules -> rules.anyRequest().authenticated())
                    .formLogin(withDefaults())
                    .build();
        }

        @Bean
        InMemoryUserDetailsManager users() {
            return new InMemoryUserDetailsManager(user("ada"));
        }
    }

    /** Spring Security 7 then adds the authorities of who is there, if the names are the same. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Api.class)
    static class WithSeveralFactors {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(rules -> rules.anyRequest().authenticated())
                    .formLogin(form -> form.withObjectPostProcessor(new SeveralFactors()))
                    .build();
        }

        @Bean
        InMemoryUserDetailsManager users() {
            return new InMemoryUserDetailsManager(user("ada"));
        }
    }

    private static final class SeveralFactors implements ObjectPostProcessor<UsernamePasswordAuthenticationFilter> {

        @Override
        public <O extends UsernamePasswordAuthenticationFilter> O postProcess(O filter) {
            Method setter = ReflectionUtils.findMethod(filter.getClass(), "setMfaEnabled", boolean.class);
            if (setter != null) {
                ReflectionUtils.invokeMethod(setter, filter, true);
            }
            return filter;
        }
    }

    private static UserDetails user(String name) {
        return User.withUsername(name).password("{noop}secret").roles("USER").build();
    }

    @RestController
    static class Api {

        @PostMapping("/v1/who")
        String change(Authentication caller) {
            return caller.getName();
        }

        @GetMapping({"/pages/who", "/v1/who"})
        String who(Authentication caller) {
            return caller.getName() + " " + caller.getAuthorities();
        }
    }

    /** A page of anybody's can have a browser send what was typed into its dialog once, and no header besides. */
    @Test
    void change_withAKeyThatBrowsersRepeat_needsACsrfToken() {
        try (Application started = Application.start(
                WithLogin.class,
                "keystile.credentials=basic, bearer, header x-api-key",
                "keystile.scopes=admin:all",
                "keystile.rules.all=ANY /** authenticated")) {
            String key = started.key("admin:all");
            String user = Base64.getEncoder().encodeToString((key + ":").getBytes(StandardCharsets.UTF_8));

            assertThat(started.get("/v1/who", "", "Authorization", "Basic " + user)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(started.sendForm("/v1/who", "a=b", "Authorization", "Basic " + user)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(started.sendForm("/v1/who", "a=b", "Authorization", "basic " + user)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(started.sendForm("/v1/who", "a=b", "Authorization", "Bearer " + key)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(started.sendForm("/v1/who", "a=b", "x-api-key", key).statusCode())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {WithLogin.class, WithSeveralFactors.class})
    void sessionOfALogin_hasNothingOfTheKeyBeside(Class<?> application) {
        try (Application started = Application.start(
                application,
                "keystile.credentials=header x-api-key",
                "keystile.scopes=admin:all",
                "keystile.rules.all=ANY /** authenticated",
                "keystile.rules.pages=ANY /pages/** public")) {
            String key = started.key("admin:all");
            String id = started.get("/v1/who", "", "x-api-key", key).body().split(" ", -1)[0];
            started.context().getBean(InMemoryUserDetailsManager.class).createUser(user(id));
            for (String name : new String[] {"ada", id}) {
                HttpResponse<String> login =
                        started.sendForm("/login", "username=" + name + "&password=secret", "x-api-key", key);
                String cookie = login.headers().firstValue("Set-Cookie").orElseThrow();

                String who = started.get("/pages/who", "", "Cookie", cookie.substring(0, cookie.indexOf(';')))
                        .body();

                assertThat(who).startsWith(name + " [ROLE_USER").doesNotContain("admin:all");
            }
            assertThat(started.get("/v1/who", "", "x-api-key", key).body()).contains("SCOPE_admin:all");
        }
    }
}
