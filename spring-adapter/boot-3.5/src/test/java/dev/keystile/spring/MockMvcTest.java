package dev.keystile.spring;

import static dev.keystile.spring.test.ApiKeyRequestPostProcessor.apiKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.decision.ApiPrincipal;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.scope.ScopePolicy;
import jakarta.servlet.Filter;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.MapPropertySource;
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

        @GetMapping("/others")
        String others() {
            return "others";
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

    @BeforeAll
    static void forgetPropertiesOfTheBuild() {
        Application.forgetPropertiesOfTheBuild();
    }

    private static AnnotationConfigWebApplicationContext open(String credentials) {
        return open(credentials, Guarded.class);
    }

    private static AnnotationConfigWebApplicationContext open(String credentials, Class<?> configuration) {
        Guarded.SETTINGS.putAll(Map.of(
                "key.prefixes", "acme_live_ secret live, acme_test_ secret test",
                "store.type", "memory",
                "scopes", "things:read, things:write",
                "plans.tiny", "7/1m",
                "credentials", credentials));
        AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext();
        context.setServletContext(new MockServletContext());
        context.register(configuration);
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

    /** Of a policy made by code there are no rules to write into: the annotations are asked for behind the filter. */
    @Test
    void ownPolicy_isTakenBesideAnnotations() throws Exception {
        try (AnnotationConfigWebApplicationContext context = open("bearer", OwnPolicy.class)) {
            assertThat(context.getBean(Keystile.class).policy().rules()).hasSize(1);
            assertThat(get(context, apiKey("things:read")).getContentAsString()).isEqualTo("test live");
            assertThat(get(context, apiKey("things:write")).getStatus()).isEqualTo(403);
            assertThat(get(context, request -> request).getStatus()).isEqualTo(401);
            assertThat(context.getBean(MvcRules.class).rows())
                    .extracting(MappingRow::path, MappingRow::demand)
                    .containsExactly(tuple("/others", "as the ScopePolicy says"), tuple("/things", "things:read"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnPolicy extends Guarded {

        @Bean
        ScopePolicy policy() {
            return ScopePolicy.builder().allow("ANY", "/**", "authenticated").build();
        }
    }

    @Test
    void ownFacade_takesThePlaceOfAll() throws Exception {
        try (AnnotationConfigWebApplicationContext context = open("bearer", OwnFacade.class)) {
            assertThat(context.getBeansOfType(Keystile.class)).containsOnlyKeys("mine");
            assertThat(get(context, apiKey("things:read")).getContentAsString()).isEqualTo("test live");
            assertThat(get(context, apiKey("things:write")).getStatus()).isEqualTo(403);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnFacade extends Guarded {

        @Bean
        Keystile mine() {
            return Keystile.builder(KeyStore.inMemory())
                    .prefixes(KeyPrefix.secret("mine_live_", KeyEnvironment.LIVE))
                    .rules(ScopePolicy.builder()
                            .allow("ANY", "/**", "things:read|things:write")
                            .build())
                    .build();
        }
    }

    @Test
    void environment_holdsTheSettings_whereNoBeanDoes() throws Exception {
        AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext();
        context.setServletContext(new MockServletContext());
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "test",
                        Map.of(
                                "prefix", "acme_live_",
                                "keystile.key.prefixes", "${prefix} secret live",
                                "keystile.store.type", "memory",
                                "keystile.scopes", "things:read, things:write")));
        context.register(Bare.class);
        context.refresh();
        try (context) {
            assertThat(get(context, apiKey("things:read")).getStatus()).isEqualTo(200);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableWebMvc
    @EnableKeystile
    @Import(Things.class)
    static class Bare {}

    @ParameterizedTest
    @ValueSource(strings = {"header x-api-key, bearer", "basic", "authorization", "scheme Api-Key"})
    void key_standsWhereTheApplicationReadsIt(String credentials) throws Exception {
        try (AnnotationConfigWebApplicationContext context = open(credentials)) {
            assertThat(get(context, apiKey("things:read")).getStatus()).isEqualTo(200);
        }
    }
}
