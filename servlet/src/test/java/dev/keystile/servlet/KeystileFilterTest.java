package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.decision.ApiPrincipal;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeystileFilterTest {

    @TempDir
    Path folder;

    private TestApplication application;
    private String reader;

    @BeforeEach
    void start() throws Exception {
        Map<String, String> settings = TestApplication.settings();
        settings.put("credentials", "bearer, header x-api-key");
        settings.put("rules.pages", "ANY /pages/** authenticated");
        settings.put("rules.admin", "ANY /admin/** admin:all");
        settings.put("rules.inner", "ANY /inner/** internal");
        settings.put("rules.open", "ANY /open/** public");
        settings.put("plans.starter", "5/1m");
        settings.put("default-plan", "starter");
        application = TestApplication.start(
                folder,
                settings,
                Map.of(
                        "/*",
                        new WhoAmI(),
                        "/pages/dispatch",
                        new Dispatch(),
                        "/open/dispatch",
                        new Dispatch(),
                        "/pages/fail",
                        new Fail(),
                        "/pages/async",
                        new AsyncAnswer(),
                        "/pages/caching",
                        new Caching(),
                        "/pages/late",
                        new Late(),
                        "/pages/reset",
                        new Reset()));
        reader = "Bearer " + application.issue("items:read").revealOnce();
    }

    @AfterEach
    void stop() throws Exception {
        application.close();
    }

    @Test
    void allowedRequest_reachesTheServlet_withPrincipalAndRoles() throws Exception {
        HttpResponse<String> response = application.get("/items/1", "Authorization", reader);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("REQUEST /items/1 acct_1 live items:read=true items:write=false API_KEY");
    }

    @Test
    void publicPath_needsNoKey_andHasNoPrincipal() throws Exception {
        HttpResponse<String> response = application.get("/health");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("REQUEST /health nobody");
        assertThat(response.headers().map()).doesNotContainKey("x-ratelimit-limit");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void denial_isWrittenWhole_withLengthAndType(String method) throws Exception {
        HttpResponse<String> response = application.send(method, "/items/1");

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(response.headers().firstValue("WWW-Authenticate")).contains("Bearer realm=\"api\"");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.headers().firstValueAsLong("Content-Length").orElse(0))
                .isPositive();
        assertThat(response.body().isEmpty()).isEqualTo(method.equals("HEAD"));
    }

    /** As a listener or a filter before this one may have done. */
    @Test
    void denial_ofARequestThatSomebodyReads_isWrittenWhole() throws Exception {
        application.context().addEventListener(new ServletRequestListener() {
            @Override
            public void requestInitialized(ServletRequestEvent event) {
                try {
                    assertThat(event.getServletRequest().getReader().read()).isEqualTo('b');
                } catch (IOException unreadable) {
                    throw new UncheckedIOException(unreadable);
                }
            }
        });

        HttpResponse<String> response = application.post("/items/1", "body");

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.body()).contains("\"status\":401");
    }

    @ParameterizedTest
    @CsvSource({
        "/items;a=b/1, 400",
        "/items/%2e%2e/items/1, 400",
        "/items/a%3Bb, 400",
        "/items/1;x, 400",
        "/items/1%7f, 400",
        "/items/%c2%85, 400",
        "/unruled, 403",
        "/WEB-INF/web.xml, 404", // Jetty's own answer
        "/inner/x, 403",
        "/admin/x, 403",
        "/items/%C3%A4, 200",
        "/items/, 200",
        "/items, 200"
    })
    void target_withAKey_isAnswered(String target, int status) throws Exception {
        assertThat(application.get(target, "Authorization", reader).statusCode())
                .isEqualTo(status);
    }

    @Test
    void request_withManyDispatches_isCountedOnce() throws Exception {
        HttpResponse<String> forwarded =
                application.get("/pages/dispatch?how=forward&to=/items/1", "Authorization", reader);
        HttpResponse<String> decidedByForward =
                application.get("/open/dispatch?how=forward&to=/items/1", "Authorization", reader);
        HttpResponse<String> direct = application.get("/items/1", "Authorization", reader);

        assertThat(forwarded.headers().firstValue("X-RateLimit-Remaining")).contains("4");
        assertThat(decidedByForward.headers().firstValue("X-RateLimit-Remaining"))
                .contains("3");
        assertThat(direct.headers().firstValue("X-RateLimit-Remaining")).contains("2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/items/1",
                "/admin/x",
                "/unruled",
                "/pages/fail?how=throw",
                "/pages/fail?how=senderror",
                "/pages/fail?how=status",
                "/pages/reset",
                "/pages/async",
                "/pages/dispatch?how=include&to=/admin/1",
                "/pages/dispatch?how=forward&to=/admin/1",
                "/pages/dispatch?how=async&to=/admin/1"
            })
    void everyAnswerToAnAuthenticatedRequest_tellsTheLimits(String target) throws Exception {
        HttpResponse<String> response = application.get(target, "Authorization", reader);

        assertThat(response.headers().firstValue("X-RateLimit-Limit")).contains("5");
        assertThat(response.headers().firstValue("X-RateLimit-Remaining")).contains("4");
        assertThat(response.headers().firstValue("X-RateLimit-Reset")).isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // header, what the application sets, Cache-Control, Vary
                "x-api-key, , private, x-api-key",
                "Authorization, , -, -",
                "x-api-key, Cache-Control: public, public, x-api-key",
                "x-api-key, Vary: Accept, private, 'Accept,x-api-key'",
                "Authorization, Vary: Accept, -, Accept"
            })
    void response_toAKeyInAHeaderOfItsOwn_isPrivate(
            String header, @Nullable String own, @Nullable String cacheControl, @Nullable String vary)
            throws Exception {
        String value = header.equals("Authorization") ? reader : reader.substring("Bearer ".length());
        String target = own == null ? "/items/1" : "/pages/caching?header=" + own.replace(": ", "&value=");

        HttpResponse<String> response = application.get(target, header, value);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Cache-Control")).isEqualTo(Optional.ofNullable(cacheControl));
        assertThat(String.join(",", response.headers().allValues("Vary"))).isEqualTo(vary == null ? "" : vary);
    }

    /** The limits are told as of the decision, whenever they are written. */
    @Test
    void reset_ofALateDispatch_isThatOfTheDecision() throws Exception {
        long first = application
                .get("/items/1", "Authorization", reader)
                .headers()
                .firstValueAsLong("X-RateLimit-Reset")
                .orElseThrow();

        long late = application
                .get("/pages/late", "Authorization", reader)
                .headers()
                .firstValueAsLong("X-RateLimit-Reset")
                .orElseThrow();

        assertThat(late).isBetween(first - 1, first + 1);
    }

    @Test
    void asyncRequest_keepsItsPrincipal_onAnotherThread() throws Exception {
        HttpResponse<String> response = application.get("/pages/async", "Authorization", reader);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("async acct_1");
    }

    @Test
    void sixthRequest_ofFiveAMinute_answers429_withATrueRetryAfter() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThat(application.get("/items/1", "Authorization", reader).statusCode())
                    .isEqualTo(200);
        }

        HttpResponse<String> response = application.get("/items/1", "Authorization", reader);

        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(55L, 60L);
        assertThat(response.headers().firstValue("X-RateLimit-Remaining")).contains("0");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.body()).contains("\"violated-policies\":[\"starter\"]");
    }

    @Test
    void revokedKey_isRefused_withTheNextRequest() throws Exception {
        var issued = application.issue("items:read");
        String bearer = "Bearer " + issued.revealOnce();
        assertThat(application.get("/items/1", "Authorization", bearer).statusCode())
                .isEqualTo(200);

        application.keyManager().revoke(issued.key().id(), TestApplication.OPERATOR);

        assertThat(application.get("/items/1", "Authorization", bearer).statusCode())
                .isEqualTo(401);
    }

    /** Says what it sees. */
    private static final class WhoAmI extends HttpServlet {

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String path = request.getServletPath() + (request.getPathInfo() == null ? "" : request.getPathInfo());
            response.getWriter().print(request.getDispatcherType() + " " + path + " " + caller(request));
        }

        private static String caller(HttpServletRequest request) {
            if (!(request.getUserPrincipal() instanceof ApiPrincipal caller)) {
                return "nobody";
            }
            return caller.account() + " " + caller.environment() + " items:read=" + request.isUserInRole("items:read")
                    + " items:write=" + request.isUserInRole("items:write") + " " + request.getAuthType();
        }
    }

    /** Dispatches wherever it is told. */
    private static final class Dispatch extends HttpServlet {

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            String to = request.getParameter("to");
            switch (String.valueOf(request.getParameter("how"))) {
                case "forward" -> request.getRequestDispatcher(to).forward(request, response);
                case "include" -> request.getRequestDispatcher(to).include(request, response);
                case "async" -> {
                    if (request.getDispatcherType() != DispatcherType.ASYNC) {
                        request.startAsync().dispatch(to);
                    }
                }
                default -> throw new ServletException("how?");
            }
        }
    }

    private static final class Fail extends HttpServlet {

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            switch (String.valueOf(request.getParameter("how"))) {
                case "throw" -> throw new ServletException("thrown on purpose");
                case "senderror" -> response.sendError(404);
                default -> response.setStatus(404);
            }
        }
    }

    private static final class AsyncAnswer extends HttpServlet {

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) {
            AsyncContext async = request.startAsync(request, response);
            async.start(() -> {
                try {
                    ApiPrincipal caller = (ApiPrincipal) ((HttpServletRequest) async.getRequest()).getUserPrincipal();
                    async.getResponse().getWriter().print("async " + caller.account());
                } catch (IOException failure) {
                    throw new IllegalStateException(failure);
                } finally {
                    async.complete();
                }
            });
        }
    }

    /** Sets the header it is told. */
    private static final class Caching extends HttpServlet {

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) {
            response.setHeader(request.getParameter("header"), request.getParameter("value"));
        }
    }

    /** Dispatches when its timeout has come, more than two seconds later. */
    private static final class Late extends HttpServlet {

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if (request.getDispatcherType() == DispatcherType.ASYNC) {
                response.getWriter().print("late");
                return;
            }
            AsyncContext async = request.startAsync();
            async.setTimeout(2_500);
            async.addListener(new AsyncListener() {
                @Override
                public void onTimeout(AsyncEvent event) {
                    event.getAsyncContext().dispatch();
                }

                @Override
                public void onComplete(AsyncEvent event) {}

                @Override
                public void onError(AsyncEvent event) {}

                @Override
                public void onStartAsync(AsyncEvent event) {}
            });
        }
    }

    private static final class Reset extends HttpServlet {

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setHeader("X-Other", "gone");
            response.reset();
            response.getWriter().print("reset");
        }
    }
}
