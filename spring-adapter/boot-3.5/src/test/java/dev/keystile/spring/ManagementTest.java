package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/** Boot's actuator, beside the application and on a port of its own. */
class ManagementTest {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Managed {}

    @Test
    void actuator_isGuardedByRules() {
        try (Application application = Application.start(
                Managed.class,
                "keystile.rules.health=GET /actuator/health public",
                "keystile.rules.actuator=GET /actuator/** operations kind=secret",
                "keystile.key.pepper=hunter2-hunter2-hunter2-hunter2-hunter2",
                "management.endpoints.web.exposure.include=health,info,keystile,metrics")) {
            String operator = application.key("operations");
            assertThat(application.get("/actuator/health", "").body()).contains("UP");
            assertThat(application.get("/actuator/info", "").statusCode()).isEqualTo(401);
            assertThat(application.get("/actuator/info", operator).statusCode()).isEqualTo(200);
            assertThat(application.get("/actuator/keystile", operator).body())
                    .contains("{\"name\":\"actuator\",\"rule\":\"GET /actuator/** operations kind=secret\"}")
                    .contains("\"path\":\"/actuator/health\",\"demand\":\"public\"")
                    .doesNotContain("hunter2");
            assertThat(application
                            .get("/actuator/metrics/keystile.decisions?tag=rule:actuator&tag=outcome:allowed", operator)
                            .body())
                    .contains("\"statistic\":\"COUNT\",\"value\":3.0")
                    .contains("{\"tag\":\"environment\",\"values\":[\"live\"]}");
            assertThat(application.output()).containsPattern("GET +/actuator/health +public");
        }
    }

    @Test
    void actuatorOnAPortOfItsOwn_isNot() {
        try (Application application = Application.start(
                Managed.class,
                "keystile.rules.all=ANY /** authenticated",
                "management.server.address=127.0.0.1",
                "management.server.port=0")) {
            assertThat(application.get("/actuator/health", "").statusCode()).isEqualTo(401);
            assertThat(application.getManagement("/actuator/health").body()).contains("UP");
        }
    }
}
