package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A scope that a query asks for, in front of a container that parses the query for itself. */
final class QueryRuleTest {

    @TempDir
    private static Path folder;

    private static TestApplication application;
    private static String poor = "";
    private static String rich = "";

    @BeforeAll
    static void start() throws Exception {
        Map<String, String> settings = TestApplication.settings();
        settings.put("rules.report", "GET,POST /report authenticated query=expand:people:people:read");
        settings.put("rules.other", "ANY /other/** authenticated");
        settings.put("rules.open", "ANY /open/** public");
        application = TestApplication.start(
                folder,
                settings,
                Map.of("/report", new Expanding(), "/other/dispatch", new Sending(), "/open/dispatch", new Sending()));
        poor = "Bearer " + application.issue().revealOnce();
        rich = "Bearer " + application.issue("people:read").revealOnce();
    }

    @AfterAll
    static void stop() throws Exception {
        application.close();
    }

    /** Every spelling that the container reads as the value, and some that it does not. */
    static Stream<String> queries() {
        return Stream.of(
                        "=",
                        "=a,",
                        "=,",
                        "[]=",
                        "%5B%5D=",
                        "=a&expand=",
                        "=%20",
                        "=+",
                        "=a%2C",
                        "=a%0a",
                        "=a;",
                        "=a%3B")
                .flatMap(between -> Stream.of("expand", "%65xpand", "x=1&expand", "&expand", "x=1;expand", "EXPAND")
                        .flatMap(name -> Stream.of("people", "p%65ople", "%70%65%6F%70%6C%65", "people,b", "People")
                                .map(value -> name + between + value)));
    }

    @ParameterizedTest
    @MethodSource("queries")
    void whatTheContainerLists_isRefusedToWhoLacksTheScope(String query) throws Exception {
        HttpResponse<String> toRich = application.get("/report?" + query, "Authorization", rich);
        HttpResponse<String> toPoor = application.get("/report?" + query, "Authorization", poor);

        assertThat(toRich.statusCode()).isEqualTo(200);
        assertThat(toPoor.statusCode()).isIn(200, 403);
        assertThat(toPoor.body()).doesNotContain("EXPANDED people");
        if (toRich.body().contains("EXPANDED people")) {
            assertThat(toPoor.statusCode()).isEqualTo(403);
            assertThat(toPoor.headers().firstValue("WWW-Authenticate").orElseThrow())
                    .contains("scope=\"people:read\"");
        }
    }

    /** What stands in a form is among the parameters, and bodies are not read by the filter. */
    @Test
    void formField_isRefusedToWhoLacksTheScope() throws Exception {
        assertThat(form(rich).body()).isEqualTo("EXPANDED people");
        assertThat(form(poor).statusCode()).isEqualTo(403);
    }

    private HttpResponse<String> form(String key) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + application.port() + "/report"))
                                .header("Authorization", key)
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString("expand=people"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    /** A dispatched resource sees the parameters of both. */
    @ParameterizedTest
    @CsvSource({
        "/other/dispatch?how=FORWARD&expand=people",
        "/other/dispatch?how=FORWARD&to=expand%3Dpeople",
        "/other/dispatch?how=INCLUDE&expand=people",
        "/other/dispatch?how=INCLUDE&to=expand%3Dpeople",
        "/other/dispatch?how=ASYNC&expand=people",
        "/other/dispatch?how=ASYNC&to=expand%3Dpeople",
        "/open/dispatch?how=FORWARD&expand=people",
        "/open/dispatch?how=ASYNC&to=expand%3Dpeople",
    })
    void dispatch_isHeldToTheQueriesOfBoth(String target) throws Exception {
        assertThat(application.get(target, "Authorization", rich).body()).contains("EXPANDED people");
        HttpResponse<String> refused = application.get(target, "Authorization", poor);
        assertThat(refused.statusCode()).isIn(403, 500);
        assertThat(refused.body()).doesNotContain("EXPANDED");
        assertThat(application
                        .get(target.replace("people", "other"), "Authorization", poor)
                        .body())
                .contains("EXPANDED other");
    }

    /** Says what it finds as an application would. */
    private static final class Expanding extends HttpServlet {

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            List<String> values = request.getParameterMap().entrySet().stream()
                    .filter(each -> each.getKey().strip().startsWith("expand"))
                    .flatMap(each -> Arrays.stream(each.getValue()))
                    .flatMap(each -> Arrays.stream(each.split("[,; \n]", -1)))
                    .map(String::strip)
                    .filter(each -> each.equals("people") || each.equals("other"))
                    .distinct()
                    .toList();
            response.getWriter().write("EXPANDED " + String.join(" ", values));
        }
    }

    /** Sends the request on to the report. */
    private static final class Sending extends HttpServlet {

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            String query = request.getParameter("to");
            String target = "/report" + (query == null ? "" : "?" + query);
            switch (DispatcherType.valueOf(request.getParameter("how"))) {
                case FORWARD -> request.getRequestDispatcher(target).forward(request, response);
                case INCLUDE -> request.getRequestDispatcher(target).include(request, response);
                default -> request.startAsync().dispatch(target);
            }
        }
    }
}
