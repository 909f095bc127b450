package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;
import org.h2.tools.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The health indicator, over a database that is stopped and started again. */
@Timeout(120)
class HealthTest {

    private static final String PASSWORD = "hunter2-hunter2";
    private static final String HEALTH = "/actuator/health/keystile";

    private static Server database(int port) throws SQLException {
        return Server.createTcpServer("-tcpPort", String.valueOf(port), "-ifNotExists")
                .start();
    }

    private static Application start(String... more) {
        String[] properties = new String[more.length + 6];
        properties[0] = Application.SETTINGS.get(0);
        properties[1] = "keystile.rules.open=GET /health public";
        properties[2] = "keystile.rules.actuator=GET /actuator/** public";
        properties[3] = "keystile.rules.v1=ANY /v1/** authenticated";
        properties[4] = "management.endpoint.health.show-details=always";
        properties[5] = "management.endpoint.health.probes.enabled=true";
        System.arraycopy(more, 0, properties, 6, more.length);
        return Application.startBare(Billing.class, properties);
    }

    /** The answer, once it tells this. */
    private static String awaitHealth(Application application, String told) {
        String answer = application.get(HEALTH, "").body();
        while (!answer.contains(told)) {
            LockSupport.parkNanos(20_000_000);
            answer = application.get(HEALTH, "").body();
        }
        return answer;
    }

    @Test
    void databaseThatIsStopped_isTold_andTakesNobodyOutOfReadiness() throws SQLException {
        Server database = database(0);
        try (Application application = start(
                "keystile.store.type=jdbc",
                "keystile.store.url=jdbc:h2:tcp://127.0.0.1:" + database.getPort() + "/mem:health;DB_CLOSE_DELAY=-1",
                "keystile.store.user=keystile",
                "keystile.store.password=" + PASSWORD)) {
            String key = application.key();
            assertThat(application.get("/v1/thread", key).statusCode()).isEqualTo(200);
            assertThat(awaitHealth(application, "\"degraded\":false"))
                    .contains("\"status\":\"UP\"", "\"answers\":true", "\"lease\":\"PT2S\"")
                    .contains("\"limiter\":{\"state\":\"working\",\"shared\":false}");
            int port = database.getPort();

            database.stop();
            String down = awaitHealth(application, "\"status\":\"DOWN\"");

            assertThat(down)
                    .contains("\"degraded\":true")
                    .contains("\"answers\":false", "\"read\":false", "\"trusted\":false")
                    .doesNotContain(PASSWORD, "jdbc:", String.valueOf(port), key.substring(10, 22));
            assertThat(application.get("/actuator/health", "").statusCode()).isEqualTo(503);
            assertThat(application.get("/actuator/health/readiness", "").statusCode())
                    .isEqualTo(200);
            assertThat(application.get("/health", "").statusCode())
                    .as("what needs no key goes on")
                    .isEqualTo(200);
            assertThat(application.get("/v1/thread", key).headers().firstValue("Retry-After"))
                    .isPresent();

            database = database(port);
            assertThat(awaitHealth(application, "\"degraded\":false")).contains("\"status\":\"UP\"");
            assertThat(application.get("/v1/thread", key).statusCode()).isEqualTo(200);
        } finally {
            database.stop();
        }
    }

    @Test
    void indicator_canBeSwitchedOff() {
        try (Application application =
                start("keystile.store.type=memory", "management.health.keystile.enabled=false")) {
            assertThat(application.get(HEALTH, "").statusCode()).isEqualTo(404);
            assertThat(application.get("/actuator/health", "").statusCode()).isEqualTo(200);
        }
    }
}
