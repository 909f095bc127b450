package dev.keystile.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.key.Actor;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.UnavailableException;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a console starts, what its page is made of, and which headers everything has. */
final class ConsoleServletTest {

    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    private static final List<String> FILES = List.of(
            "console.css",
            "icon.svg",
            "activity.js",
            "api.js",
            "chart.js",
            "console.js",
            "create.js",
            "dom.js",
            "key.js",
            "keys.js",
            "secret.js",
            "words.js");

    // What everything has.

    @Test
    void everyResponse_hasTheHeadersThatKeepItToItself() throws Exception {
        try (TestApplication application = TestApplication.start()) {
            ConsoleClient ada = ConsoleClient.of(application, "ada");
            ConsoleClient stranger = ConsoleClient.stranger(application);
            Stream<HttpResponse<String>> responses = Stream.of(
                    ada.get("/"),
                    ada.get(""),
                    ada.get("/console.js"),
                    ada.get("/api/session"),
                    ada.get("/api/nothing"),
                    ada.post("/api/keys", "{}"),
                    ada.send("PUT", "/", BodyPublishers.noBody()),
                    stranger.get("/"),
                    stranger.get("/api/keys"),
                    stranger.get("/api/keys", "Authorization", "Bearer x"));
            assertThat(responses).allSatisfy(response -> {
                assertThat(response.headers().allValues("Content-Security-Policy"))
                        .containsExactly(POLICY);
                assertThat(response.headers().allValues("X-Content-Type-Options"))
                        .containsExactly("nosniff");
                assertThat(response.headers().allValues("Referrer-Policy")).containsExactly("same-origin");
                assertThat(response.headers().allValues("Cross-Origin-Opener-Policy"))
                        .containsExactly("same-origin");
                assertThat(response.headers().allValues("Cross-Origin-Resource-Policy"))
                        .containsExactly("same-origin");
                assertThat(response.headers().allValues("Cache-Control")).hasSize(1);
                assertThat(response.headers().firstValue("Access-Control-Allow-Origin"))
                        .isEmpty();
            });
        }
    }

    @Test
    void page_isOneFileForAllMembersAndIsNotKept() throws Exception {
        try (TestApplication application = TestApplication.start()) {
            HttpResponse<String> page = ConsoleClient.of(application, "ada").get("/");

            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Type")).contains("text/html;charset=utf-8");
            assertThat(page.headers().firstValue("Cache-Control")).contains("no-store");
            assertThat(page.body())
                    .isEqualTo(ConsoleClient.of(application, "vera").get("/").body());
            assertThat(page.body())
                    .doesNotContain("<style")
                    .doesNotContain(" style=")
                    .doesNotContain(" onclick");
        }
    }

    @Test
    void files_areKeptAsLongAsTheyAreTheSame() throws Exception {
        try (TestApplication application = TestApplication.start()) {
            ConsoleClient stranger = ConsoleClient.stranger(application);
            for (String name : FILES) {
                HttpResponse<String> file = stranger.get("/" + name);
                String tag = file.headers().firstValue("ETag").orElseThrow();
                HttpResponse<String> again = stranger.get("/" + name, "If-None-Match", tag);
                HttpResponse<String> other = stranger.get("/" + name, "If-None-Match", "\"other\"");

                assertThat(file.statusCode()).as(name).isEqualTo(200);
                assertThat(file.headers().firstValue("Cache-Control")).contains("no-cache");
                assertThat(again.statusCode()).isEqualTo(304);
                assertThat(again.body()).isEmpty();
                assertThat(other.statusCode()).isEqualTo(200);
                assertThat(other.body()).isEqualTo(file.body());
            }
        }
    }

    /** A file that is in the jar and not served would be found missing by a browser alone. */
    @Test
    void files_areAllThatThePageAsksFor() throws Exception {
        try (Stream<Path> folder = Files.list(Path.of("src/main/resources/dev/keystile/console"))) {
            assertThat(folder.map(it -> it.getFileName().toString()).filter(it -> !it.endsWith(".html")))
                    .containsExactlyInAnyOrderElementsOf(FILES);
        }
    }

    @Test
    void files_nameNoOtherServerAndReadNoHtml() throws Exception {
        for (String name : Stream.concat(FILES.stream(), Stream.of("console.html", "login.html"))
                .toList()) {
            String text = Files.readString(Path.of("src/main/resources/dev/keystile/console", name));
            assertThat(text.replace("http://www.w3.org/2000/svg", ""))
                    .as(name)
                    .doesNotContain("http:", "https:", "//cdn");
            assertThat(text)
                    .as(name)
                    .doesNotContain(
                            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "localStorage");
        }
    }

    @Test
    void mount_withoutASlash_leadsToThePage() throws Exception {
        try (TestApplication application = TestApplication.start()) {
            ConsoleClient ada = ConsoleClient.of(application, "ada");

            HttpResponse<String> response = ada.get("");

            assertThat(response.statusCode()).isEqualTo(302);
            assertThat(response.headers().firstValue("Location"))
                    .hasValueSatisfying(it -> assertThat(it).endsWith("api-keys/"));
            assertThat(ada.send("POST", "", BodyPublishers.noBody()).statusCode())
                    .isEqualTo(405);
        }
    }

    @Test
    void head_isAnsweredAsGetWithoutABody() throws Exception {
        try (TestApplication application = TestApplication.start()) {
            ConsoleClient ada = ConsoleClient.of(application, "ada");
            for (String path : List.of("/", "/console.js", "/api/keys", "/api/session")) {
                HttpResponse<String> response = ada.send("HEAD", path, null);
                assertThat(response.statusCode()).as(path).isEqualTo(200);
                assertThat(response.body()).isEmpty();
            }
        }
    }

    @Test
    void cookie_isForThisBrowserAlone() throws Exception {
        try (TestApplication application = TestApplication.start()) {
            ConsoleClient ada = ConsoleClient.stranger(application);
            ada.login("ada");

            HttpResponse<String> first = ada.get("/api/session");
            HttpResponse<String> second = ada.get("/api/session");

            assertThat(first.headers().allValues("Set-Cookie"))
                    .singleElement()
                    .satisfies(cookie -> assertThat(cookie)
                            .startsWith("keystile-console=")
                            .containsIgnoringCase("HttpOnly")
                            .containsIgnoringCase("SameSite=Strict")
                            .contains("Path=/")
                            .doesNotContain("Domain"));
            assertThat(second.headers().allValues("Set-Cookie")).isEmpty();
            assertThat(second.body()).isEqualTo(first.body());
        }
    }

    @Test
    void cookie_overTls_isOneThatNoOtherHostCanSet() throws Exception {
        try (TestApplication application = TestApplication.start()) {
            ConsoleClient ada = ConsoleClient.stranger(application);
            ada.login("ada");

            HttpResponse<String> session = ada.get("/api/session", "X-Forwarded-Proto", "https");

            assertThat(session.headers().allValues("Set-Cookie"))
                    .singleElement()
                    .satisfies(cookie -> assertThat(cookie)
                            .startsWith("__Host-keystile-console=")
                            .containsIgnoringCase("; Secure")
                            .contains("Path=/")
                            .doesNotContain("Domain"));
            String token = ConsoleClient.textAt(session, "token");
            String key = "{\"name\":\"one\",\"environment\":\"live\"}";
            assertThat(ada.post("/api/keys", key, "X-Console-Token", token, "X-Forwarded-Proto", "https")
                            .statusCode())
                    .isEqualTo(201);
            // The cookie of the secure page is worth nothing beside it.
            assertThat(ada.post("/api/keys", key, "X-Console-Token", token).statusCode())
                    .isEqualTo(403);
        }
    }

    // What can go wrong beneath.

    static Stream<Arguments> failures() {
        return Stream.of(
                argumentSet(
                        "the store is down",
                        (Supplier<RuntimeException>) () -> new UnavailableException("no connection"),
                        503,
                        "unavailable"),
                argumentSet(
                        "somebody else was faster",
                        (Supplier<RuntimeException>)
                                () -> new KeyRefusedException(KeyRefusedException.Reason.CONFLICT, "read it again"),
                        409,
                        "changed_meanwhile"),
                argumentSet(
                        "a defect",
                        (Supplier<RuntimeException>) () -> new IllegalStateException("jdbc:secret-url"),
                        500,
                        "failed"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failure_isToldWithoutItsCause(Supplier<RuntimeException> failure, int status, String code) throws Exception {
        ConsoleMembers failing = request -> {
            throw failure.get();
        };
        try (TestApplication application = TestApplication.start(failing)) {
            HttpResponse<String> response = ConsoleClient.stranger(application).get("/api/keys");

            assertThat(response.statusCode()).isEqualTo(status);
            assertThat(ConsoleClient.textAt(response, "code")).isEqualTo(code);
            assertThat(response.body()).doesNotContain("secret-url");
            assertThat(response.headers().firstValue("Retry-After").isPresent()).isEqualTo(status == 503);

            // What was sent may have been done, whatever failed.
            HttpResponse<String> change = ConsoleClient.stranger(application).post("/api/keys", "{}");
            assertThat(change.statusCode()).isEqualTo(status);
            assertThat(change.headers().firstValue("Retry-After")).isEmpty();
            assertThat(ConsoleClient.textAt(change, "detail"))
                    .contains(status == 409 ? "read it again" : "not known whether the change was made");
        }
    }

    /** What is told besides the change itself comes from elsewhere, and must not take the answer with it. */
    @Test
    void change_whileNamesAndUseCannotBeTold_isMadeAndAnswered() throws Exception {
        FaultyStore faulty = new FaultyStore();
        AtomicBoolean nameless = new AtomicBoolean();
        ConsoleMembers members = new ConsoleMembers() {
            private final ConsoleMembers real = new TestMembers();

            @Override
            public Optional<Actor.Member> loggedIn(HttpServletRequest request) {
                return real.loggedIn(request);
            }

            @Override
            public Map<String, String> names(String account, Set<String> ids) {
                if (nameless.get()) {
                    throw new IllegalStateException("the directory of members is down");
                }
                return real.names(account, ids);
            }
        };
        try (TestApplication application = TestApplication.start(faulty.store(), members)) {
            ConsoleClient ada = ConsoleClient.of(application, "ada");
            nameless.set(true);
            faulty.failBefore("lastUsed", new UnavailableException("no use can be read"));

            HttpResponse<String> created = ada.post("/api/keys", "{\"name\":\"one\",\"environment\":\"live\"}");
            assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
            assertThat(ConsoleClient.textAt(created, "key.created_by.name")).isEqualTo("usr_ada");
            String path = "/api/keys/" + ConsoleClient.textAt(created, "key.id");
            HttpResponse<String> rotated = ada.post(path + "/rotate", "{\"overlap_seconds\":0}");
            assertThat(rotated.statusCode()).as(rotated.body()).isEqualTo(200);
            assertThat(ConsoleClient.textAt(rotated, "secret")).startsWith("lumen_live_");
            for (String change : List.of("disable", "enable", "revoke")) {
                HttpResponse<String> changed = ada.post(path + "/" + change, "{}");
                assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
                assertThat(ConsoleClient.at(changed, "key.last_used_at")).isNull();
            }

            assertThat(ada.get(path).statusCode()).isEqualTo(503);
            faulty.recover();
            assertThat(ada.get(path).statusCode()).isEqualTo(500);
        }
    }

    @Test
    void audit_ofManyKeys_isReadInFewReads_evenIfKeysCannotBeRead() throws Exception {
        FaultyStore faulty = new FaultyStore();
        try (TestApplication application = TestApplication.start(faulty.store())) {
            ConsoleClient ada = ConsoleClient.of(application, "ada");
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                ids.add(application
                        .issue(TestMembers.ACCOUNT, "key " + i)
                        .key()
                        .id()
                        .text());
            }
            int finds = faulty.calls("find");
            int lists = faulty.calls("list");

            HttpResponse<String> audit = ada.get("/api/audit?limit=100");
            assertThat(ConsoleClient.textAt(audit, "entries.0.key_name")).isEqualTo("key 119");
            assertThat(ConsoleClient.textAt(audit, "entries.99.key_name")).isEqualTo("key 20");
            assertThat(faulty.calls("find") - finds).isZero();
            assertThat(faulty.calls("list") - lists).isEqualTo(1);
            HttpResponse<String> ofKey = ada.get("/api/keys/" + ids.get(0) + "/audit");
            assertThat(ConsoleClient.textAt(ofKey, "entries.0.key_name")).isEqualTo("key 0");
            assertThat(faulty.calls("find") - finds).isEqualTo(1);

            faulty.failBefore("find", new UnavailableException("a damaged row"));
            faulty.failBefore("list", new UnavailableException("a damaged row"));
            HttpResponse<String> without = ada.get("/api/audit?limit=100");
            assertThat(without.statusCode()).isEqualTo(200);
            assertThat(ConsoleClient.at(without, "entries.99.key_name")).isNull();
            assertThat(ConsoleClient.textAt(without, "entries.99.key_id")).isEqualTo(ids.get(20));
            assertThat(faulty.calls("find") - finds).isLessThan(5);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"javascript:alert(1)", "data:text/html,x", "login", "/login\r\nX: y", "\\\\evil.example", ""})
    void link_thatIsNoLink_isNotShown(String link) throws Exception {
        ConsoleMembers members = new ConsoleMembers() {
            @Override
            public Optional<Actor.Member> loggedIn(HttpServletRequest request) {
                return Optional.empty();
            }

            @Override
            public Optional<String> loginUrl(HttpServletRequest request) {
                return Optional.of(link);
            }
        };
        try (TestApplication application = TestApplication.start(members)) {
            HttpResponse<String> response = ConsoleClient.stranger(application).get("/");

            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.body()).doesNotContain("javascript");
        }
    }

    // How it starts.

    @Test
    void console_fromWebXml_usesTheKeysOfTheFilter(@TempDir Path folder) throws Exception {
        Files.createDirectories(folder.resolve("WEB-INF"));
        Files.writeString(folder.resolve("WEB-INF/web.xml"), """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                  <filter>
                    <filter-name>keystile</filter-name>
                    <filter-class>dev.keystile.servlet.KeystileFilter</filter-class>
                    <init-param><param-name>key.prefixes</param-name><param-value>tk_live_ secret live</param-value></init-param>
                    <init-param><param-name>key.hash</param-name><param-value>hmac-sha256</param-value></init-param>
                    <init-param>
                      <param-name>key.pepper</param-name><param-value>a pepper of thirty-two bytes or more</param-value>
                    </init-param>
                    <init-param><param-name>store.type</param-name><param-value>memory</param-value></init-param>
                    <init-param><param-name>scopes</param-name><param-value>customers:read</param-value></init-param>
                    <init-param>
                      <param-name>rules.console</param-name><param-value>ANY /keys/** public</param-value>
                    </init-param>
                  </filter>
                  <filter-mapping>
                    <filter-name>keystile</filter-name><url-pattern>/*</url-pattern>
                  </filter-mapping>
                  <servlet>
                    <servlet-name>console</servlet-name>
                    <servlet-class>dev.keystile.console.ConsoleServlet</servlet-class>
                    <init-param>
                      <param-name>members</param-name>
                      <param-value>dev.keystile.console.TestMembers</param-value>
                    </init-param>
                    <load-on-startup>1</load-on-startup>
                  </servlet>
                  <servlet-mapping>
                    <servlet-name>console</servlet-name><url-pattern>/keys/*</url-pattern>
                  </servlet-mapping>
                </web-app>
                """);
        Server server = new Server();
        ServerConnector connector = TestApplication.connector(server);
        WebAppContext context = new WebAppContext(folder.toString(), "/app");
        context.setParentLoaderPriority(true);
        context.setThrowUnavailableOnStartupException(true);
        server.setHandler(context);
        server.start();
        try {
            ConsoleClient ada = ConsoleClient.at("http://127.0.0.1:" + connector.getLocalPort() + "/app/keys");
            ada.login("ada");
            ada.begin();

            HttpResponse<String> created = ada.post(
                    "/api/keys", "{\"name\":\"one\",\"environment\":\"live\",\"scopes\":[\"customers:read\"]}");

            assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
            assertThat(ConsoleClient.textAt(ada.get("/api/keys"), "keys.0.name"))
                    .isEqualTo("one");
        } finally {
            server.stop();
        }
    }

    static Stream<Arguments> wrongStarts() {
        return Stream.of(
                argumentSet(
                        "no members",
                        new ServletHolder("console", ConsoleServlet.class),
                        "/keys/*",
                        "init-param 'members'"),
                argumentSet(
                        "no such class",
                        named("com.example.Missing"),
                        "/keys/*",
                        "'com.example.Missing': there is no such class"),
                argumentSet(
                        "a class that is not public", named(Hidden.class.getName()), "/keys/*", "expected a public"),
                argumentSet(
                        "a constructor that fails",
                        named(Failing.class.getName()),
                        "/keys/*",
                        "it cannot be made: java.lang.IllegalStateException: no directory"),
                argumentSet("another class", named("java.lang.String"), "/keys/*", "that implements"),
                argumentSet(
                        "no facade",
                        new ServletHolder("console", new ConsoleServlet(new TestMembers())),
                        "/keys/*",
                        "there is no KeystileFilter"),
                argumentSet(
                        "a single path",
                        new ServletHolder("console", new ConsoleServlet(new TestMembers())),
                        "/keys",
                        "and all below it"));
    }

    /** As a class is that somebody forgot to make public. */
    static final class Hidden implements ConsoleMembers {

        @Override
        public Optional<Actor.Member> loggedIn(HttpServletRequest request) {
            return Optional.empty();
        }
    }

    /** Needs what is not there. */
    public static final class Failing implements ConsoleMembers {

        public Failing() {
            throw new IllegalStateException("no directory");
        }

        @Override
        public Optional<Actor.Member> loggedIn(HttpServletRequest request) {
            return Optional.empty();
        }
    }

    private static ServletHolder named(String members) {
        ServletHolder holder = new ServletHolder("console", ConsoleServlet.class);
        holder.setInitParameter("members", members);
        return holder;
    }

    @ParameterizedTest
    @MethodSource("wrongStarts")
    void console_setUpWrong_doesNotStartAndSaysWhatWouldBeRight(ServletHolder holder, String mapping, String message)
            throws Exception {
        Server server = new Server();
        ServletContextHandler context = new ServletContextHandler("/");
        holder.setInitOrder(1);
        context.addServlet(holder, mapping);
        server.setHandler(context);
        try {
            assertThatThrownBy(server::start)
                    .isInstanceOf(ServletException.class)
                    .hasStackTraceContaining("servlet 'console'")
                    .hasStackTraceContaining(message);
        } finally {
            server.stop();
        }
    }

    /** Containers put a cause in the place of the message; a class that is missing must not hide which setting names it. */
    @Test
    void console_ofAMissingClass_hasNoCause() {
        ServletContextHandler context = new ServletContextHandler("/");
        ServletHolder holder = named("com.example.Missing");
        holder.setInitOrder(1);
        context.addServlet(holder, "/keys/*");

        assertThatThrownBy(() -> startAndStop(context)).hasNoCause().hasMessageContaining("there is no such class");
    }

    /** Of filter and console the filter alone knows what is wrong. */
    @Test
    void console_whereTheFilterDoesNotStart_pointsToTheFilterInALine() {
        ServletContextHandler context = new ServletContextHandler("/");
        FilterHolder filter = new FilterHolder(KeystileFilter.class);
        filter.setInitParameter("key.prefixes", "wrong");
        context.addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
        ServletHolder holder = new ServletHolder("console", new ConsoleServlet(new TestMembers()));
        holder.setInitOrder(1);
        context.addServlet(holder, "/keys/*");

        assertThatThrownBy(() -> startAndStop(context))
                .hasMessageContaining("key.prefixes")
                .satisfies(failure -> assertThat(failure.getSuppressed())
                        .singleElement()
                        .satisfies(console -> assertThat(console)
                                .hasMessageContaining("the KeystileFilter of this application has not started")
                                .satisfies(it -> assertThat(it.getStackTrace()).isEmpty())));
    }

    private static void startAndStop(ServletContextHandler context) throws Exception {
        Server server = new Server();
        server.setHandler(context);
        try {
            server.start();
        } finally {
            server.stop();
        }
    }
}
