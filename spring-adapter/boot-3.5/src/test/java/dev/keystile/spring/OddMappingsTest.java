package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.util.ReflectionUtils;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.config.annotation.PathMatchConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.handler.MappedInterceptor;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;

/** Mappings that find a handler, or what it demands, in a way of their own. */
class OddMappingsTest {

    @RestController
    static class Reports {

        /** Guarded by a rule of the settings. */
        @GetMapping("/v1/secret")
        String secret() {
            return "secret";
        }

        @GetMapping("/v1/page.*")
        String page() {
            return "page";
        }
    }

    /** Spring Framework 7 cuts no suffixes. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Reports.class)
    static class AnySuffix implements WebMvcConfigurer {

        @Override
        public void configurePathMatch(PathMatchConfigurer configurer) {
            set(configurer, "setUseSuffixPatternMatch");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Reports.class)
    static class RegisteredSuffix implements WebMvcConfigurer {

        @Override
        public void configurePathMatch(PathMatchConfigurer configurer) {
            set(configurer, "setUseRegisteredSuffixPatternMatch");
        }
    }

    private static void set(PathMatchConfigurer configurer, String option) {
        Method setter = ReflectionUtils.findMethod(PathMatchConfigurer.class, option, Boolean.class);
        if (setter != null) {
            ReflectionUtils.invokeMethod(setter, configurer, true);
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {AnySuffix.class, RegisteredSuffix.class})
    void suffix_isNoWayRoundARule(Class<?> application) {
        try (Application started = Application.start(
                application,
                "spring.mvc.pathmatch.matching-strategy=ant_path_matcher",
                "spring.mvc.contentnegotiation.media-types.json=application/json",
                "keystile.rules.open=GET /** public",
                "keystile.rules.secret=GET /v1/secret secrets:read")) {
            assertThat(started.statusOf("GET", "/v1/secret")).isEqualTo(401);
            assertThat(started.statusOf("GET", "/v1/secret.json")).isIn(400, 404);
            assertThat(started.statusOf("GET", "/v1/secret.x")).isIn(400, 404);
            assertThat(started.get("/v1/secret", started.key("secrets:read")).statusCode())
                    .isEqualTo(200);
            assertThat(started.statusOf("GET", "/v1/page.html"))
                    .as("a suffix that the mapping has itself")
                    .isEqualTo(200);
        }
    }

    interface Numbered<T> {

        @RequireScope("secrets:read")
        String one(T id);
    }

    /** Knows nothing of what its subclass implements. */
    static class Base {

        @GetMapping("/v1/numbered/{id}")
        public String one(@PathVariable("id") String id) {
            return "number " + id;
        }
    }

    @RestController
    static class Inheriting extends Base implements Numbered<String> {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Inheriting.class)
    static class Inherited {}

    @ParameterizedTest
    @CsvSource({"secrets:read, 200", "others:read, 403"})
    void annotationOfASubclassesInterface_isThatOfTheMethod(String scope, int status) {
        try (Application started = Application.start(
                Inherited.class, "keystile.scopes=secrets:read, others:read", "keystile.rules.open=GET /** public")) {
            assertThat(started.get("/v1/numbered/7", started.key(scope)).statusCode())
                    .isEqualTo(status);
            assertThat(started.statusOf("GET", "/v1/numbered/7")).isEqualTo(401);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Defaulting {

        @Bean
        SimpleUrlHandlerMapping all() {
            HttpRequestHandler handler = (request, response) -> response.setStatus(204);
            return new SimpleUrlHandlerMapping(Map.of("/*", handler), -1);
        }
    }

    @Test
    void pathsOfADefaultHandler_areNotRemembered() {
        try (Application started = Application.start(Defaulting.class, "keystile.rules.open=GET /** public")) {
            for (int i = 0; i < 10; i++) {
                assertThat(started.statusOf("GET", "/any/one%20" + i)).isEqualTo(204);
            }

            HandlerCheck check = (HandlerCheck) started.context()
                    .getBean("keystileHandlerCheck", MappedInterceptor.class)
                    .getInterceptor();
            assertThat(check.remembered()).isLessThan(10);
        }
    }
}
