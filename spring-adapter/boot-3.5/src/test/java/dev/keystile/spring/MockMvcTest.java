package dev.keystile.spring;

import static dev.keystile.spring.test.ApiKeyRequestPostProcessor.apiKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.config.Settings;
import dev.keystile.decision.ApiPrincipal;
import dev.keystile.key.KeyEnvironment;
import jakarta.servlet.Filter;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.mock.web.MockServletContext;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.request.RequestPostProcessor;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** An application's own tests, without a server: a key in one line. */
class MockMvcTest {

    @RestController
    static class Things {

        @GetMapping("/things")
        @RequireScope("things:read")
        String things(ApiPrincipal caller) {
            return caller.account() + " " + caller.environment();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableWebMvc
    @EnableKeystile
    @Import(Things.class)
    static class Guarded {

        static final Map<String, String> SETTINGS = new HashMap<>();

        @Bean
        Settings settings() {
            return Settings.of(SETTINGS);
        }
    }

    private static AnnotationConfigWebApplicationContext open(String credentials) {
        Guarded.SETTINGS.putAll(Map.of(
                "key.prefixes", "acme_live_ secret live, acme_test_ secret test",
                "store.type", "memory",
                "scopes", "things:read, things:write",
                "plans.tiny", "7/1m",
                "credentials", credentials));
        AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext();
        context.setServletContext(new MockServletContext());
        context.register(Guarded.class);
        context.refresh();
        return context;
    }

    private static MockHttpServletResponse get(
            AnnotationConfigWebApplicationContext context, RequestPostProcessor caller) throws Exception {
        return MockMvcBuilders.webAppContextSetup(context)
                .addFilters(context.getBean("keystileFilter", Filter.class))
                .build()
                .perform(MockMvcRequestBuilders.get("/things").with(caller))
                .andReturn()
                .getResponse();
    }

    @Test
    void key_isGivenInOneLine() throws Exception {
        try (AnnotationConfigWebApplicationContext context = open("bearer")) {
            MockHttpServletResponse plain = get(context, apiKey("things:read"));
            MockHttpServletResponse special = get(
                    context,
                    apiKey("things:read")
                            .account("acme")
                            .environment(KeyEnvironment.TEST)
                            .plan("tiny"));

            assertThat(plain.getContentAsString()).isEqualTo("test live");
            assertThat(special.getContentAsString()).isEqualTo("acme test");
            assertThat(special.getHeader("X-RateLimit-Limit")).isEqualTo("7");
            assertThat(get(context, apiKey("things:write")).getStatus()).isEqualTo(403);
            assertThat(get(context, request -> request).getStatus()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"header x-api-key, bearer", "basic", "authorization"})
    void key_standsWhereTheApplicationReadsIt(String credentials) throws Exception {
        try (AnnotationConfigWebApplicationContext context = open(credentials)) {
            assertThat(get(context, apiKey("things:read")).getStatus()).isEqualTo(200);
        }
    }
}
