package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.decision.ApiPrincipal;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Applications that have their own way with what Keystile has a way with too: JSON, errors, paths, threads, their end. Each keeps
 * its own, and Keystile's answers are those of everywhere.
 */
@Timeout(120)
class OwnApplicationsTest {

    private static final String ALL = "keystile.rules.all=ANY /** authenticated";

    record Thing(String firstName) {}

    @RestController
    static class Api {

        static CountDownLatch entered = new CountDownLatch(1);
        static CountDownLatch leave = new CountDownLatch(1);

        @GetMapping("/things")
        Thing thing(ApiPrincipal caller) {
            return new Thing(caller.account());
        }

        @PostMapping("/things")
        Thing echo(@RequestBody Thing sent) {
            return sent;
        }

        @GetMapping("/broken")
        String broken() {
            throw new IllegalStateException("the application's own failure");
        }

        @GetMapping("/gone")
        void gone(HttpServletResponse response) throws IOException {
            response.sendError(410);
        }

        @GetMapping("/path")
        String path(HttpServletRequest request) {
            return request.getContextPath() + " " + request.getServletPath() + " " + request.getPathInfo();
        }

        @GetMapping("/thread")
        String thread() {
            return Thread.currentThread().toString();
        }

        @GetMapping("/waiting")
        String waiting() throws InterruptedException {
            entered.countDown();
            leave.await();
            return "answered";
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Api.class)
    static class Plain {}

    /** What of an answer is not drawn anew each time. */
    private static String shown(HttpResponse<String> response) {
        return response.statusCode() + " "
                + response.headers().firstValue("Content-Type").orElse("-") + " "
                + response.headers().firstValue("WWW-Authenticate").orElse("-") + " "
                + response.body().replaceAll("req_[0-9a-f]{32}|urn:uuid:[0-9a-f-]{36}", "…");
    }

    /** What is refused, as {@code Plain} answers it. */
    private static List<String> refusals(Application application, String prefix) {
        return List.of(
                shown(application.get(prefix + "/things", "")),
                shown(application.get(prefix + "/things", "nonsense")),
                shown(application.get(prefix + "/none/" + "x".repeat(20), "acme_live_" + "0".repeat(45))),
                shown(application.get(prefix + "//things", "")));
    }

    private static List<String> usualRefusals() {
        try (Application application = Application.start(Plain.class, ALL)) {
            return refusals(application, "");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(OwnJson.class)
    static class WithJson extends Plain {}

    @Test
    void ownObjectMapper_writesTheApplicationsJson_andNoneOfKeystiles() {
        List<String> usual = usualRefusals();
        try (Application application = Application.start(WithJson.class, ALL)) {
            assertThat(application.get("/things", application.key()).body()).isEqualTo("{\"FirstName\":\"acme\"}");
            assertThat(refusals(application, "")).isEqualTo(usual);
            assertThat(usual.get(0))
                    .startsWith("401 application/problem+json")
                    .contains("\"code\":\"invalid_api_key\"");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import({OwnErrorPage.class, WithErrors.Advice.class})
    static class WithErrors extends Plain {

        /** Takes everything that controllers throw. */
        @RestControllerAdvice
        static class Advice {

            @ExceptionHandler(IllegalStateException.class)
            ResponseEntity<String> any(IllegalStateException failure) {
                return ResponseEntity.status(HttpStatus.LOCKED).body("own advice: " + failure.getMessage());
            }
        }
    }

    @Test
    void ownErrorHandling_answersTheApplicationsFailures_andNoneOfKeystiles() {
        List<String> usual = usualRefusals();
        try (Application application = Application.start(
                WithErrors.class,
                ALL,
                // Of Boot 3.5 and of 4.1.
                "server.error.path=/oops",
                "spring.web.error.path=/oops",
                "spring.mvc.problemdetails.enabled=true")) {
            String key = application.key();

            assertThat(refusals(application, "")).isEqualTo(usual);
            assertThat(shown(application.get("/broken", key)))
                    .startsWith("423 ")
                    .endsWith("own advice: the application's own failure");
            assertThat(shown(application.get("/gone", key))).startsWith("410 ").endsWith("own page: 410");
            assertThat(shown(application.get("/nothing", key)))
                    .as("problem details of Spring's")
                    .startsWith("404 application/problem+json - ")
                    .contains("\"instance\":\"/nothing\"");
            assertThat(application.get("/oops", "").statusCode())
                    .as("asked for, not dispatched to")
                    .isEqualTo(401);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/shop, /,    '/shop /things null'",
        "'',    /api, ' /api /things'",
        "/shop, /api, '/shop /api /things'",
    })
    void pathsBelow_areDecidedWithoutTheContextPath_andWithTheServlets(
            String contextPath, String servletPath, String shown) {
        String below = servletPath.equals("/") ? "" : servletPath;
        try (Application application = Application.start(
                Plain.class,
                "server.servlet.context-path=" + contextPath,
                "spring.mvc.servlet.path=" + servletPath,
                "keystile.rules.path=GET " + below + "/path paths",
                "keystile.rules.things=GET " + below + "/things authenticated")) {
            assertThat(application
                            .get(below + "/path", application.key("paths"))
                            .body())
                    .isEqualTo(shown.replace("things", "path"));
            assertThat(application.get(below + "/path", application.key()).statusCode())
                    .isEqualTo(403);
            assertThat(application.get(below + "/path", "").statusCode()).isEqualTo(401);
            assertThat(refusals(application, below)).hasSize(4).allMatch(it -> it.startsWith("40"));
        }
    }

    /** A first proof runs on threads of Keystile's own: those of requests that wait for it are given back. */
    @Test
    void virtualThreads_serveManyFirstProofsAtOnce() {
        try (Application application = Application.start(Plain.class, ALL, "spring.threads.virtual.enabled=true")) {
            List<CompletableFuture<HttpResponse<String>>> answers =
                    IntStream.range(0, 40).mapToObj(n -> application.key()).toList().stream()
                            .map(key -> application.sendAsync("GET", "/thread", key))
                            .toList();

            assertThat(answers).allSatisfy(answer -> {
                assertThat(answer.join().statusCode()).isEqualTo(200);
                assertThat(answer.join().body().startsWith("VirtualThread"))
                        .isEqualTo(Runtime.version().feature() >= 21);
            });
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class WithAnEnd extends Plain {

        static CountDownLatch closing = new CountDownLatch(1);

        @Bean
        ApplicationListener<ContextClosedEvent> closing() {
            return event -> closing.countDown();
        }
    }

    @Test
    void gracefulShutdown_answersWhatIsUnderWay_andWritesItsUse() throws InterruptedException, SQLException {
        String url = "jdbc:h2:mem:graceful;DB_CLOSE_DELAY=-1";
        Application application = Application.startBare(
                WithAnEnd.class,
                Application.SETTINGS.get(0),
                ALL,
                "keystile.usage.interval=1h",
                "keystile.store.type=jdbc",
                "keystile.store.url=" + url,
                "keystile.store.user=sa",
                "server.shutdown=graceful");
        CompletableFuture<HttpResponse<String>> waiting = application.sendAsync("GET", "/waiting", application.key());
        assertThat(Api.entered.await(60, TimeUnit.SECONDS)).isTrue();

        CompletableFuture<Void> closed = CompletableFuture.runAsync(application::close);
        assertThat(WithAnEnd.closing.await(60, TimeUnit.SECONDS)).isTrue();
        Api.leave.countDown();

        assertThat(waiting.join().statusCode()).isEqualTo(200);
        assertThat(waiting.join().body()).isEqualTo("answered");
        closed.join();
        try (Connection connection = DriverManager.getConnection(url, "sa", "");
                Statement statement = connection.createStatement();
                ResultSet used = statement.executeQuery("SELECT outcome, requests FROM keystile_usage")) {
            assertThat(used.next()).isTrue();
            assertThat(used.getString(1) + " " + used.getLong(2)).isEqualTo("allowed 1");
        }
    }
}
