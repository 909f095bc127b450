package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CrossOriginTest {

    private static final String APP = "https://app.example.com";
    private static final String EXPOSED =
            "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, WWW-Authenticate";

    @TempDir
    Path folder;

    private TestApplication application;

    @BeforeEach
    void start() throws Exception {
        Map<String, String> settings = TestApplication.settings();
        settings.put("cors.origins", APP);
        settings.put("plans.starter", "5/1m");
        settings.put("default-plan", "starter");
        application = TestApplication.start(folder, settings, Map.of("/*", new CrossOrigin()));
    }

    @AfterEach
    void stop() throws Exception {
        application.close();
    }

    @Test
    void preflight_reachesTheApplication_withoutACaller() throws Exception {
        HttpResponse<String> response =
                application.send("OPTIONS", "/items/1", "Origin", APP, "Access-Control-Request-Method", "DELETE");

        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.headers().firstValue("X-Caller")).contains("none");
        assertThat(response.headers().allValues("Access-Control-Allow-Origin")).containsExactly(APP);
    }

    @Test
    void options_thatIsNoPreflight_isRefused() throws Exception {
        assertThat(application.send("OPTIONS", "/items/1", "Origin", APP).statusCode())
                .isEqualTo(401);
        assertThat(application
                        .send("OPTIONS", "/items/1", "Access-Control-Request-Method", "DELETE")
                        .statusCode())
                .isEqualTo(401);
        assertThat(application
                        .send(
                                "OPTIONS",
                                "/items/1",
                                "Origin",
                                "https://elsewhere.example",
                                "Access-Control-Request-Method",
                                "DELETE")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void denial_isReadableByTheOrigin() throws Exception {
        HttpResponse<String> response = application.get("/items/1", "Origin", APP);

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.headers().allValues("Access-Control-Allow-Origin")).containsExactly(APP);
        assertThat(response.headers().allValues("Access-Control-Expose-Headers"))
                .containsExactly(EXPOSED);
    }

    @Test
    void answerOfTheApplication_exposesItsOwnHeadersAndTheLimits() throws Exception {
        String key = "Bearer " + application.issue("items:read").revealOnce();

        HttpResponse<String> response = application.get("/items/1", "Origin", APP, "Authorization", key);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().allValues("Access-Control-Allow-Origin")).containsExactly(APP);
        assertThat(response.headers().allValues("Access-Control-Expose-Headers"))
                .containsExactlyInAnyOrder("X-Own", EXPOSED);
    }

    /** What a CORS filter behind the key filter does. */
    private static final class CrossOrigin extends HttpServlet {

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) {
            response.setHeader("Access-Control-Allow-Origin", request.getHeader("Origin"));
            response.setHeader("Access-Control-Expose-Headers", "X-Own");
            response.setHeader("X-Caller", request.getUserPrincipal() == null ? "none" : "known");
            response.setStatus(request.getMethod().equals("OPTIONS") ? 204 : 200);
        }
    }
}
