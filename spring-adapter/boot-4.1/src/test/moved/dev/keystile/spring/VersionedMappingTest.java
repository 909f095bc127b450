package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Mappings of one version of an API, which Spring 7 has and 6 has not: rules cannot tell them from the others. */
class VersionedMappingTest {

    private static @Nullable Application started;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Items.class)
    static class Versioned {}

    @RestController
    @RequestMapping("/items")
    static class Items {

        @GetMapping(path = "/{id}", version = "2")
        @RequireScope("items:read")
        String second() {
            return "of version 2";
        }

        @GetMapping("/{*rest}")
        @RequireScope("rest:read")
        String rest() {
            return "of any version";
        }
    }

    private static Application application() {
        return Objects.requireNonNull(started);
    }

    @BeforeAll
    static void start() {
        started = Application.start(
                Versioned.class, "spring.mvc.apiversion.use.header=X-Version", "spring.mvc.apiversion.supported=1,2");
    }

    @AfterAll
    static void stop() {
        application().close();
    }

    @ParameterizedTest
    @CsvSource({
        "2, items:read, 200, of version 2",
        "2, rest:read,  403, insufficient_permissions",
        "1, rest:read,  200, of any version",
        "1, items:read, 403, insufficient_permissions",
    })
    void demand_isThatOfTheVersion(String version, String scope, int status, String body) {
        HttpResponse<String> response =
                application().get("/items/7", application().key(scope), "X-Version", version);

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.body()).contains(body);
    }
}
