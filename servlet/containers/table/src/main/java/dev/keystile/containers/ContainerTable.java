package dev.keystile.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.LogManager;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds on every servlet container: extend it and say how one is started. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ContainerTable {

    private static final List<String> CONTEXT_PATHS = List.of("", "/app");
    private static final int FINDINGS_SHOWN = 60;

    private final Container container;

    /** The application on the container as it comes, by context path. */
    private final Map<String, Site> sites = new LinkedHashMap<>();

    private Path temporary = Path.of("");

    protected ContainerTable(Container container) {
        this.container = container;
        // The table provokes failures by the thousand; what it provokes is judged, not read.
        LogManager.getLogManager().reset();
    }

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        temporary = folder;
        for (String contextPath : CONTEXT_PATHS) {
            sites.put(
                    contextPath,
                    start(keystile(), contextPath, container.setups().get(0)));
        }
    }

    @AfterAll
    void stop() throws Exception {
        for (Site site : sites.values()) {
            site.close();
        }
    }

    // ---- the table

    Stream<Arguments> setups() {
        return container.setups().stream()
                .flatMap(setup -> CONTEXT_PATHS.stream().map(path -> Arguments.of(path, setup)));
    }

    @ParameterizedTest(name = "context path \"{0}\", {1}")
    @MethodSource("setups")
    void noCell_reachesWhatItsKeyAndScopeDoNotOpen(String contextPath, String setup) throws Exception {
        Run run = run(Case.all(), keystile(), contextPath, setup);

        run.write(container.name(), contextPath, setup);
        assertThatNothingIsFound(run);
    }

    /** Without this a table that finds nothing because it looks at nothing would pass. */
    @Test
    void naiveFilter_isFoundOut() throws Exception {
        WebApplication naive = WebApplication.behind(
                NaiveFilter.class, Map.of(), EnumSet.of(DispatcherType.REQUEST), WebApplication.FAMILIES);

        List<String> findings =
                run(Case.all(), naive, "", container.setups().get(0)).findings();

        assertThat(findings)
                .as("a path that begins like a public one")
                .anyMatch(finding ->
                        finding.startsWith("reached REQUEST GET ") && finding.contains("[GET \\C/public/../admin/x "))
                .as("dispatches")
                .anyMatch(finding -> finding.contains("reached FORWARD GET /admin/x as nobody"))
                .anyMatch(finding -> finding.contains("reached INCLUDE GET /admin/x as nobody"))
                .anyMatch(finding -> finding.contains("reached ASYNC GET /admin/x as nobody"))
                .as("OPTIONS that is no preflight, or asks for what no rule speaks of, or that a rule speaks of itself")
                .anyMatch(finding -> finding.startsWith("reached REQUEST OPTIONS /admin/x as nobody: "))
                .anyMatch(finding -> finding.startsWith("reached REQUEST OPTIONS /admin/x as nobody, asking for FOO: "))
                .anyMatch(finding -> finding.startsWith("reached REQUEST OPTIONS /unruled as nobody, asking for GET: "))
                .anyMatch(finding -> finding.startsWith("reached REQUEST OPTIONS /inner/x as nobody, asking for GET: "))
                .anyMatch(finding -> finding.startsWith("reached FORWARD OPTIONS /unruled as nobody, asking for GET: "))
                .anyMatch(finding ->
                        finding.startsWith("reached REQUEST OPTIONS /any/options as nobody, asking for GET: "))
                .as("preflights as they should be")
                .noneMatch(
                        finding -> finding.startsWith("reached REQUEST OPTIONS /admin/x as nobody, asking for GET: "));
    }

    private static void assertThatNothingIsFound(Run run) {
        List<String> findings = run.findings();
        assertThat(findings.stream().limit(FINDINGS_SHOWN))
                .as("%d findings, the first of them", findings.size())
                .isEmpty();
    }

    private Run run(List<Case> cases, WebApplication application, String contextPath, String setup) throws Exception {
        Site site = start(application, contextPath, setup);
        List<Exchange> exchanges;
        try {
            exchanges = site.sendAll(cases);
        } finally {
            // Stopped before judging, so that a handler that is reached late is judged as well.
            site.close();
        }
        return new Run(site, exchanges);
    }

    private Site start(WebApplication application, String contextPath, String setup) throws Exception {
        Path folder = Files.createTempDirectory(temporary, "site").resolve("webapp");
        return Site.start(container, application, folder, contextPath, setup);
    }

    private static WebApplication keystile() {
        return keystile(WebApplication.settings(), WebApplication.FAMILIES);
    }

    static WebApplication keystile(Map<String, String> settings, List<String> patterns) {
        return WebApplication.behind(KeystileFilter.class, settings, EnumSet.allOf(DispatcherType.class), patterns);
    }

    // ---- servlet mappings

    Stream<Arguments> mappings() {
        List<String> setups = container.setups();
        return Stream.of("/*", "/")
                .flatMap(pattern -> Stream.of(setups.get(0), setups.get(setups.size() - 1))
                        .map(setup -> Arguments.of(pattern, setup)));
    }

    /** One servlet for everything, as frameworks have it: the container parts the path otherwise then. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("mappings")
    void noTarget_ofOneServletForAll_reachesWhatItsKeyAndScopeDoNotOpen(String pattern, String setup) throws Exception {
        Run run = run(Case.targets(), keystile(WebApplication.settings(), List.of(pattern)), "/app", setup);

        assertThatNothingIsFound(run);
        assertThat(run.reached("REQUEST GET /items/1/secret")).isPositive();
    }

    // ---- what works

    Stream<Arguments> answers() {
        return CONTEXT_PATHS.stream()
                .flatMap(path -> Case.lines("answers.txt").stream()
                        .map(line -> Arguments.of(path, line.split(" => ", -1)[0], line.split(" => ", -1)[1])));
    }

    @ParameterizedTest(name = "\"{0}\" {1} => {2}")
    @MethodSource("answers")
    void request_isAnswered(String contextPath, String request, String expected) throws Exception {
        Site site = site(contextPath);

        Exchange exchange = site.send(Case.of(request));

        String reached =
                site.reachesOf(exchange).stream().map(Reach::where).distinct().collect(Collectors.joining(", "));
        assertThat((exchange.status() + " " + reached).strip()).isEqualTo(expected);
        assertThat(exchange.text()).doesNotContain(Handlers.WRITTEN + Handlers.REACHED);
        assertThat(site.holdsKey(exchange.text())).as("a key is repeated").isFalse();
    }

    Stream<Arguments> slashes() {
        return container.slashSetups().stream()
                .flatMap(setup -> CONTEXT_PATHS.stream().map(path -> Arguments.of(path, setup)));
    }

    /** Whether a container decodes such a slash or shows it as it was sent, the same is let through. */
    @ParameterizedTest(name = "context path \"{0}\", {1}")
    @MethodSource("slashes")
    void encodedSlash_passesWhereItsRuleAdmitsIt_andBothReadingsAreAllowed(String contextPath, String setup)
            throws Exception {
        try (Site site = start(keystile(), contextPath, setup)) {
            assertThat(Case.lines("slashes.txt")).allSatisfy(line -> {
                String[] parts = line.split(" => ", -1);
                Exchange exchange = site.send(Case.of(parts[0]));
                String reached = site.reachesOf(exchange).stream()
                        .map(reach -> reach.where().replace("%2f", "/").replace("%2F", "/"))
                        .distinct()
                        .collect(Collectors.joining(", "));
                assertThat((exchange.status() + " " + reached).strip())
                        .as(parts[0])
                        .isEqualTo(parts[1]);
            });
        }
    }

    private Site site(String contextPath) {
        Site site = sites.get(contextPath);
        if (site == null) {
            throw new IllegalArgumentException(contextPath);
        }
        return site;
    }

    Stream<Arguments> headRequests() {
        return Stream.of(
                        "/admin/x",
                        "/admin/x || X-Api-Key: \\K",
                        "/admin/x || X-Api-Key: \\I",
                        "/admin;x/x",
                        "/public/x",
                        "/public/dispatch?how=forward&to=/admin/x",
                        "/public/dispatch?how=async&to=/admin/x",
                        "/public/dispatch?how=throw",
                        "/public/dispatch?how=senderror&code=404")
                .flatMap(rest -> CONTEXT_PATHS.stream().map(path -> Arguments.of(path, rest)));
    }

    @ParameterizedTest
    @MethodSource("headRequests")
    void head_isAnsweredAsGet_withItsLengthAndNoBody(String contextPath, String rest) throws Exception {
        Exchange get = site(contextPath).send(Case.of("GET " + rest));
        Exchange head = site(contextPath).send(Case.of("HEAD " + rest));

        assertThat(head.status()).isEqualTo(get.status());
        assertThat(head.header("Content-Length")).isEqualTo(get.header("Content-Length"));
        assertThat(head.header("Content-Type")).isEqualTo(get.header("Content-Type"));
        assertThat(head.body()).isEmpty();
        assertThat(get.body()).isNotEmpty();
    }

    Stream<Arguments> failures() {
        return Stream.of(
                        "throw",
                        "throw-runtime",
                        "throw-error",
                        "throw-after-write",
                        "throw-after-flush",
                        "senderror&code=404",
                        "senderror&code=500",
                        "senderror-after-flush&code=500",
                        "status&code=404",
                        "reset",
                        "async-complete",
                        "async-self",
                        "async-timeout",
                        "forward&to=/unruled",
                        "async&to=/unruled",
                        "include&to=/unruled",
                        "forward&to=/items/1")
                .flatMap(how -> CONTEXT_PATHS.stream().map(path -> Arguments.of(path, how)));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void everyAnswerToAKey_tellsTheLimits(String contextPath, String how) throws Exception {
        Exchange exchange = site(contextPath).send(Case.of("GET /me/dispatch?how=" + how + " || X-Api-Key: \\A"));

        assertThat(exchange.header("X-RateLimit-Limit")).as(exchange.text()).contains("10000000");
        assertThat(exchange.header("X-RateLimit-Remaining")).isPresent();
    }

    @Test
    void requestsOfOneConnection_areDecidedEachByItsOwnKey() throws Exception {
        Site site = site("");
        String keyed = "GET /admin/x HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: \\K\r\n\r\n";
        String bare = "GET /admin/x HTTP/1.1\r\nHost: localhost\r\n\r\n";
        try (Client client = site.connect()) {
            client.send(site.resolve(keyed + bare + bare + keyed));

            assertThat(List.of(status(client), status(client), status(client), status(client)))
                    .containsExactly("200", "401", "401", "200");
        }
    }

    /** What came of a body with its head, what comes later, and whether the connection can go on. */
    static Stream<Arguments> bodies() {
        return Stream.of(
                Arguments.of("", "", ""),
                Arguments.of("Content-Length: 0\r\n", "", ""),
                Arguments.of("Content-Length: 2\r\n", "{}", ""),
                Arguments.of("Content-Length: 2\r\n", "", "{}"),
                Arguments.of("Content-Length: 2\r\n", "{", "}"),
                Arguments.of("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n", ""),
                Arguments.of("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n", "0\r\n\r\n"));
    }

    /** Otherwise the client, or a proxy, sends the next request on a connection that ends, and cannot tell what became of it. */
    @ParameterizedTest
    @MethodSource("bodies")
    void connectionOfARefusedRequest_goesOn_orIsSaidToClose(String headers, String with, String later)
            throws Exception {
        Site site = site("");
        String refused = "POST /admin/x HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + with;
        String next = "GET /admin/x HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: \\K\r\n\r\n";
        try (Client client = site.connect()) {
            assertThat(client.exchange(refused))
                    .hasValueSatisfying(answer -> assertThat(answer).startsWith("HTTP/1.1 401"));
            assertThat(client.isOpen() || !later.isEmpty())
                    .as("goes on where nothing is left")
                    .isTrue();
            if (client.isOpen()) {
                client.send(later + site.resolve(next));
                assertThat(status(client)).isEqualTo("200");
            }
        }
    }

    private static String status(Client client) throws IOException {
        return client.read(false).substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length());
    }

    /** {@code mvn verify -Dtest.jvm.args=-Dkeystile.docs.update=true} writes the page before it is compared. */
    @Test
    void recordOfWhatTheContainerAnswers_isTrue() throws Exception {
        Site site = site("/app");
        Map<String, String> record = new LinkedHashMap<>();
        for (String line : Case.lines("record.txt")) {
            String[] parts = line.split(" => ", -1);
            boolean bare = !parts[1].startsWith("= ") && !parts[1].contains("||");
            Exchange exchange = site.send(Case.of(parts[1] + (bare ? " || X-Api-Key: \\A" : "")));
            record.put(parts[0], exchange.answeredBy(site.reachesOf(exchange)) + " " + exchange.status());
        }
        if (Boolean.getBoolean("keystile.docs.update")) {
            new RecordPage().write(container.name(), record);
        }

        assertThat(new RecordPage().column(container.name())).containsExactlyEntriesOf(record);
    }

    @Test
    void environmentVariable_inASetting_isResolved() throws Exception {
        Map<String, String> settings = WebApplication.settings();
        settings.put("realm", "${PATH}");

        assertThat(challenge(settings)).contains("Bearer realm=\"" + System.getenv("PATH") + "\"");
    }

    /** The challenge to a request without a key. */
    final Optional<String> challenge(Map<String, String> settings) throws Exception {
        try (Site site = start(
                keystile(settings, WebApplication.FAMILIES),
                "",
                container.setups().get(0))) {
            return site.send(Case.of("GET /admin/x")).header("WWW-Authenticate");
        }
    }

    @Test
    void badSettings_stopTheStart() {
        Map<String, String> settings = WebApplication.settings();
        settings.put("rules.more", "GET items:read");

        assertThatThrownBy(() -> start(
                        keystile(settings, WebApplication.FAMILIES),
                        "/app",
                        container.setups().get(0)))
                .isInstanceOf(Exception.class);
    }
}
