package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.Keystile;
import dev.keystile.key.KeyManager;
import dev.keystile.servlet.KeystileFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.util.ClassUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Applications that do not start, and what they say. */
class StartTest {

    /** Boot's, which has another package in each of the two. */
    private static String noDatabase() {
        String boot3 = "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration";
        String boot4 = "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration";
        return "spring.autoconfigure.exclude=" + (ClassUtils.isPresent(boot4, null) ? boot4 : boot3);
    }

    @Test
    void wrongSettings_areToldAllAtOnce_byPropertyValueFileAndRemedy(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("application.yml");
        Files.writeString(file, """
                keystile:
                  key:
                    prefixes: acme_live_ sekret live
                    pepper: hunter2-hunter2
                    peper: hunter2-again
                  credentials: [bearer, cookie x]
                  scopes: invoices:read, invoices:write
                  stoer.type: memory
                  key.peper: hunter2-hunter2
                  rules:
                    invoices: GET /v1/invoices invoices:reed
                    others: GET /v1/others/{id items:read
                """);

        String output = Application.refusalOf(Billing.class, "spring.config.location=" + file.toUri());

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains(
                        "keystile.key.prefixes: 'acme_live_ sekret live': kind 'sekret': expected secret or publishable")
                .containsPattern("in .*application\\.yml.* - 3:15")
                .contains("keystile.key.pepper: ")
                .contains("keystile.credentials: 'cookie x': expected bearer")
                .contains("keystile.stoer.type is no setting", "did you mean store.type?")
                .contains("keystile.key.peper is no setting", "did you mean key.pepper?")
                .contains("rule 'invoices': demands [invoices:reed], which scopes does not declare")
                .contains("keystile.rules.invoices: GET /v1/invoices invoices:reed")
                .contains("keystile.rules.others: path '/v1/others/{id'")
                .contains("Billing.Invoices.list demands invoices:read on /v1/invoices, and rules.invoices demands")
                .contains("rule 'Billing-Reports-list': demands [reports:read], which scopes does not declare")
                .contains("docs/settings.md")
                .doesNotContain("hunter2");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Empty {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class TwoDatabases {

        @Bean
        DataSource live() {
            return database("live");
        }

        @Bean
        DataSource keys() {
            return database("keys");
        }
    }

    private static DataSource database(String name) {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1");
        return database;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class TwoFilters {

        @Bean
        KeystileFilter another(Keystile keystile) {
            return new KeystileFilter(keystile);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class TwoRegistrations {

        @Bean
        FilterRegistrationBean<KeystileFilter> another(Keystile keystile) {
            return new FilterRegistrationBean<>(new KeystileFilter(keystile));
        }
    }

    /** Mappings wait for their configurer, and the facade for the mappings. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Circle {

        @Bean
        WebMvcConfigurer configurer(KeyManager manager) {
            return new WebMvcConfigurer() {};
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Unreadable.Api.class)
    static class Unreadable {

        interface One {

            @RequireScope("a:read")
            String both();
        }

        interface Other {

            @RequireScope("b:read")
            String both();
        }

        @RestController
        static class Api implements One, Other {

            @Override
            @GetMapping("/both")
            public String both() {
                return "both";
            }

            @GetMapping("/none")
            @RequireScope
            String none() {
                return "none";
            }

            @GetMapping("/two")
            @RequireScope(value = "a:read", anyOf = "b:read")
            String two() {
                return "two";
            }

            @GetMapping("/bad")
            @RequireScope("a b")
            String bad() {
                return "bad";
            }
        }
    }

    static Stream<Arguments> refusals() {
        String rule = "keystile.rules.all=ANY /** authenticated";
        String prefixes = Application.SETTINGS.get(0);
        return Stream.of(
                argumentSet(
                        "nothing is configured",
                        Empty.class,
                        List.of(),
                        List.of(
                                "keystile.key.prefixes is missing",
                                "there are no rules",
                                "such as keystile.rules.",
                                "@RequireScope")),
                argumentSet(
                        "a name that is two to the eye and one to Spring",
                        Empty.class,
                        List.of(
                                rule,
                                prefixes,
                                "keystile.store.type=memory",
                                "keystile.default-plan=a",
                                "keystile.defaultPlan=a"),
                        List.of("keystile.default-plan is set twice")),
                argumentSet(
                        "several databases",
                        TwoDatabases.class,
                        List.of(rule, prefixes, "keystile.plans.p=x"),
                        List.of(
                                "keystile.store.data-source is missing: there are several beans",
                                "expected one of [live, keys]",
                                "keystile.plans.p: ")),
                argumentSet(
                        "a database that is none",
                        TwoDatabases.class,
                        List.of(rule, prefixes, "keystile.store.data-source=others"),
                        List.of("keystile.store.data-source: 'others' is no bean", "expected one of [live, keys]")),
                argumentSet(
                        "listening perhaps",
                        TwoDatabases.class,
                        List.of(rule, prefixes, "keystile.store.data-source=keys", "keystile.store.listen=maybe"),
                        List.of("keystile.store.listen is 'maybe': expected true or false")),
                argumentSet(
                        "two databases for the keys",
                        TwoDatabases.class,
                        List.of(rule, prefixes, "keystile.store.data-source=keys", "keystile.store.url=jdbc:h2:mem:x"),
                        List.of("keystile.store.data-source is set, and store.url names another database")),
                argumentSet(
                        "two filters",
                        TwoFilters.class,
                        List.of(rule, prefixes, "keystile.store.type=memory"),
                        List.of("the bean 'another' is a KeystileFilter beside keystileFilter")),
                argumentSet(
                        "two filters, one of which is no bean",
                        TwoRegistrations.class,
                        List.of(rule, prefixes, "keystile.store.type=memory"),
                        List.of("the bean 'another' registers a KeystileFilter beside keystileFilter")),
                argumentSet(
                        "a database without a store over it",
                        Empty.class,
                        List.of(rule, prefixes, "keystile.store.type=jdbc", noDatabase()),
                        List.of("keystile.store.url is missing: expected it, or a bean of the type DataSource")),
                argumentSet(
                        "nowhere to keep keys",
                        Empty.class,
                        List.of(rule, prefixes, noDatabase()),
                        List.of("keystile.store.type is missing: expected memory, or a bean of the type DataSource")),
                argumentSet(
                        "a mistyped place of keys",
                        Empty.class,
                        List.of(rule, prefixes, noDatabase(), "keystile.store.typ=memory"),
                        List.of("keystile.store.type is missing", "there is [store.typ]")),
                argumentSet(
                        "a database without its type",
                        Empty.class,
                        List.of(rule, prefixes, "keystile.store.url=jdbc:h2:mem:x"),
                        List.of("keystile.store.type is missing: expected jdbc, as store.url is set")),
                argumentSet(
                        "rules as a list",
                        Empty.class,
                        List.of(prefixes, "keystile.store.type=memory", "keystile.rules[0]=ANY /** authenticated"),
                        List.of("keystile.rules is no setting: each has a name of your choice, such as rules.first")),
                argumentSet(
                        "a setting of another store",
                        Empty.class,
                        List.of(rule, prefixes, "keystile.store.type=memory", "keystile.store.password=x"),
                        List.of("keystile.store.password is no setting of the store that store.type names")),
                argumentSet(
                        "a scope of an annotation, which is not declared",
                        Billing.class,
                        List.of(prefixes, "keystile.store.type=memory", "keystile.scopes=others:read"),
                        List.of(
                                "demands [invoices:read], which scopes does not declare",
                                "keystile.scopes: others:read")),
                argumentSet(
                        "a bean that the mappings wait for",
                        Circle.class,
                        List.of(rule, prefixes, "keystile.store.type=memory"),
                        List.of("form a cycle", "keystileKeyManager", "keystileMvcRules")),
                argumentSet(
                        "annotations that cannot be read",
                        Unreadable.class,
                        List.of(prefixes, "keystile.store.type=memory"),
                        List.of(
                                "Api.both: @RequireScope stands on",
                                "Api.none: @RequireScope: expected scopes",
                                "Api.two: @RequireScope: expected scopes",
                                "Api.bad: ")));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void application_doesNotStart(Class<?> source, List<String> properties, List<String> sentences) {
        assertThat(Application.refusalOf(source, properties.toArray(String[]::new)))
                .contains(sentences);
    }
}
