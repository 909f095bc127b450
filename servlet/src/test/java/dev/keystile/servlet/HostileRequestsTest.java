package dev.keystile.servlet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.NewKey;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Serial;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.DefaultServlet;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Sends every request head of {@code hostile-requests.txt} as raw bytes to a real Jetty and proves that none of them
 * gets to a guarded handler without a key.
 *
 * <p>The judge is {@link #mayBeReachedWithoutKey}: it knows nothing of the library, it only looks at the path the
 * handler itself saw. So it does not matter how a request was written or what the filter made of it.
 */
class HostileRequestsTest {
    private static final int LEAST_CASES = 500;
    private static final int SENDERS = 4;
    private static final int READ_TIMEOUT_MILLIS = 5_000;
    private static final int FINDINGS_SHOWN = 60;

    private static final String PEPPER = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static final String REACHED = "REACHED";
    private static final String NOBODY = "nobody";
    private static final String WEB_INF_TEXT = "TEXT OF THE WEB-INF FILE";

    /** What no client may ever read, whichever way it asks. */
    private static final List<String> PRIVATE_TEXTS = List.of(WEB_INF_TEXT, "<web-app", PEPPER);

    /** The start of a presented key is enough: an answer that cuts a long key short still gives it away. */
    private static final Pattern PRESENTED_KEY = Pattern.compile("tk_live_[A-Za-z0-9]{16}");

    private static final Pattern STATUS_LINE = Pattern.compile("^HTTP/1\\.[01] \\d{3}");
    private static final Set<String> KNOWN_METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    @TempDir
    Path webapp;

    /** How much Jetty itself lets through to the filter. */
    enum Container {
        /** As Jetty comes: it answers many of the cases itself. */
        STRICT,
        /** All URI checks off and HTTP as lax as RFC 2616, as old applications have it: the filter stands alone. */
        LENIENT
    }

    @ParameterizedTest(name = "context path \"{0}\", {1} container")
    @CsvSource({"'', STRICT", "/app, STRICT", "'', LENIENT", "/app, LENIENT"})
    void noHostileRequestReachesAGuardedHandler(String contextPath, Container container) throws Exception {
        List<HostileCase> cases = HostileCase.load();
        assertThat(cases)
                .hasSizeGreaterThanOrEqualTo(LEAST_CASES)
                .extracting(HostileCase::line)
                .doesNotHaveDuplicates();

        Site site = Site.start(webapp, contextPath, container);
        List<Exchange> exchanges;
        try {
            assertThatTheHarnessReaches(site);
            exchanges = site.sendAll(cases);
        } finally {
            // Stopped before judging, so that a handler that is reached late is judged as well.
            site.stop();
        }

        assertThat(exchanges).hasSameSizeAs(cases);
        List<String> findings = findings(exchanges, site);
        print(contextPath, container, exchanges, site.reaches(), findings);
        assertThat(findings.stream().limit(FINDINGS_SHOWN))
                .as("%d findings, the first of them", findings.size())
                .isEmpty();
    }

    // ---- the judge

    /**
     * The whole of what a caller without a (fitting) key may reach, in the simplest terms. It must stay free of library
     * code: a mistake shared by filter and judge would be invisible.
     */
    private static boolean mayBeReachedWithoutKey(Reach reach) {
        String path = reach.path();
        if (reach.type() == DispatcherType.ERROR) {
            return path.equals("/error");
        }
        if (!KNOWN_METHODS.contains(reach.method()) || canBeReadInTwoWays(path)) {
            return false;
        }
        if (path.isEmpty() || path.equals("/")) {
            return reach.method().equals("GET") || reach.method().equals("HEAD");
        }
        if (path.equals("/items/login") || path.equals("/items/login/")) {
            return reach.method().equals("POST");
        }
        if (path.equals("/inner") || path.startsWith("/inner/") || path.startsWith("/WEB-INF/")) {
            // Internal paths are there for dispatches, and for nothing else.
            return reach.type() != DispatcherType.REQUEST;
        }
        return path.equals("/public") || path.startsWith("/public/");
    }

    /** A path like {@code /public/../admin} is not public only because of how it starts. */
    private static boolean canBeReadInTwoWays(String path) {
        return path.contains("//")
                || path.contains("\\")
                || path.contains(";")
                || path.contains("%")
                || path.chars().anyMatch(Character::isISOControl)
                || List.of(path.split("/")).contains(".")
                || List.of(path.split("/")).contains("..");
    }

    private static List<String> findings(List<Exchange> exchanges, Site site) {
        Map<Integer, List<Reach>> reachesByPort = site.reaches().stream().collect(groupingBy(Reach::clientPort));
        List<String> findings = new ArrayList<>();
        for (Exchange exchange : exchanges) {
            addFindings(findings, exchange, reachesByPort.getOrDefault(exchange.clientPort(), List.of()));
            if (exchange.response().contains(site.validKey())) {
                findings.add("valid key echoed by " + exchange);
            }
        }
        return findings;
    }

    private static void addFindings(List<String> findings, Exchange exchange, List<Reach> reaches) {
        for (Reach reach : reaches) {
            if (!mayBeReachedWithoutKey(reach)) {
                findings.add("reached " + reach + " by " + exchange);
            }
            if (!reach.user().equals(NOBODY)) {
                findings.add("somebody's identity without a key " + reach + " by " + exchange);
            }
        }
        if (occurrences(REACHED, exchange.response()) > reaches.size()) {
            findings.add("an answer of a handler nobody recorded by " + exchange);
        }
        boolean shownByApplication =
                reaches.stream().anyMatch(it -> it.path().startsWith("/WEB-INF/") && mayBeReachedWithoutKey(it));
        PRIVATE_TEXTS.stream()
                .filter(text -> !shownByApplication && exchange.response().contains(text))
                .forEach(text -> findings.add("'" + text + "' read by " + exchange));
        PRESENTED_KEY
                .matcher(exchange.request())
                .results()
                .map(MatchResult::group)
                .distinct()
                .filter(exchange.response()::contains)
                .forEach(key -> findings.add("key " + key + " echoed by " + exchange));
        // The application throws in some cases, but only where a handler ran: anything else is a failing filter.
        if (exchange.status().endsWith(" 500") && reaches.stream().noneMatch(Reach::isFirst)) {
            findings.add("an internal error without a handler by " + exchange);
        }
        if (exchange.timedOut()) {
            findings.add("no end of answer within " + READ_TIMEOUT_MILLIS + " ms by " + exchange);
        }
    }

    private static int occurrences(String text, String response) {
        return response.split(Pattern.quote(text), -1).length - 1;
    }

    private static void print(
            String contextPath,
            Container container,
            List<Exchange> exchanges,
            Queue<Reach> reaches,
            List<String> findings) {
        Map<String, Long> byStatus = exchanges.stream().collect(groupingBy(Exchange::status, TreeMap::new, counting()));
        Map<DispatcherType, Long> byType = reaches.stream().collect(groupingBy(Reach::type, TreeMap::new, counting()));
        System.out.printf(
                "Hostile requests, context path \"%s\", %s container: %d cases, %d findings%n",
                contextPath, container, exchanges.size(), findings.size());
        byStatus.forEach((status, count) -> System.out.printf("  %5d  %s%n", count, status));
        System.out.println("  recorded reaches by dispatcher type: " + byType);
    }

    // ---- the controls: without them a harness that reaches nothing at all would pass

    private static void assertThatTheHarnessReaches(Site site) throws Exception {
        assertReaches(site, "GET /public/x", "REQUEST GET /public/x");
        assertReaches(site, "GET /", "REQUEST GET /");
        assertReaches(site, "POST /items/login", "REQUEST POST /items/login");
        assertReaches(site, "GET http://localhost\\C/public/x", "REQUEST GET /public/x");
        assertReaches(site, "GET /public/dispatch?how=forward&to=/public/x", "FORWARD GET /public/x");
        assertReaches(site, "GET /public/dispatch?how=include&to=/public/x", "INCLUDE GET /public/x");
        assertReaches(site, "GET /public/dispatch?how=async&to=/public/x", "ASYNC GET /public/x");
        assertReaches(site, "GET /public/throw", "ERROR GET /error");
        assertReaches(site, "GET /public/senderror?code=404", "ERROR GET /error");
        assertReaches(site, "GET /public/static/plain.txt", "REQUEST GET /public/static/plain.txt");
        assertReaches(
                site,
                "= GET \\C/public/x HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"
                        + "GET \\C/public/y HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n",
                "REQUEST GET /public/y");
        assertReachesWithValidKey(site);
        site.reaches().clear();
    }

    /** The same request that the hostile cases vary gets through as soon as a key comes with it. */
    private static void assertReachesWithValidKey(Site site) throws Exception {
        Exchange bearer = assertReaches(site, "GET /admin/x || Authorization: Bearer \\K", "REQUEST GET /admin/x");
        Exchange header = assertReaches(site, "GET /admin/x || X-Api-Key: \\K", "REQUEST GET /admin/x");
        assertThat(List.of(bearer.status(), header.status())).containsOnly("HTTP/1.1 200");
        assertThat(bearer.response() + header.response()).contains(REACHED).doesNotContain(site.validKey());
    }

    private static String issueValidKey(ServletContext servletContext) {
        NewKey wanted = NewKey.of("acct_1", "control", KeyEnvironment.LIVE)
                .scopes("admin:read")
                .build();
        return KeystileFilter.keystileOf(servletContext)
                .orElseThrow()
                .keyManager()
                .issue(wanted, new Actor.Operator("test"))
                .revealOnce();
    }

    private static Exchange assertReaches(Site site, String line, String expected) throws Exception {
        Exchange exchange = site.send(new HostileCase(0, line));
        assertThat(site.reaches())
                .as("control %s", exchange)
                .filteredOn(reach -> reach.clientPort() == exchange.clientPort())
                .extracting(reach -> reach.type() + " " + reach.method() + " " + reach.path())
                .contains(expected);
        return exchange;
    }

    // ---- what is sent, what came of it

    /** One line of the file. Its head explains the format. */
    private record HostileCase(int number, String line) {
        private static final Pattern ESCAPE = Pattern.compile("\\\\(?:x([0-9A-Fa-f]{2})|\\{(\\d+)\\*([^}]*)}|.)");

        static List<HostileCase> load() throws IOException {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                    HostileRequestsTest.class.getResourceAsStream("/hostile-requests.txt"), UTF_8))) {
                List<String> lines = reader.lines().toList();
                return IntStream.range(0, lines.size())
                        .mapToObj(index -> new HostileCase(index + 1, lines.get(index)))
                        .filter(HostileCase::isCase)
                        .toList();
            }
        }

        private boolean isCase() {
            return !line.isBlank() && !line.startsWith("#");
        }

        byte[] bytes(String contextPath, String validKey) {
            return unescape(withContextPath(wholeRequest()), contextPath, validKey)
                    .getBytes(ISO_8859_1);
        }

        /** The short form gets the rest of an ordinary head around it, the raw form stays as it is. */
        private String wholeRequest() {
            if (line.startsWith("= ")) {
                return line.substring(2);
            }
            String[] parts = line.split(Pattern.quote(" || "));
            StringBuilder request = new StringBuilder(parts[0]).append(" HTTP/1.1\\r\\nHost: localhost\\r\\n");
            Stream.of(parts).skip(1).forEach(header -> request.append(header).append("\\r\\n"));
            return request.append("Connection: close\\r\\n\\r\\n").toString();
        }

        private static String withContextPath(String request) {
            int space = request.indexOf(' ');
            if (request.contains("\\C") || request.contains("\\!") || !request.startsWith("/", space + 1)) {
                return request;
            }
            return request.substring(0, space + 1) + "\\C" + request.substring(space + 1);
        }

        private static String unescape(String text, String contextPath, String validKey) {
            return ESCAPE.matcher(text)
                    .replaceAll(match -> Matcher.quoteReplacement(unescape(match, contextPath, validKey)));
        }

        private static String unescape(MatchResult match, String contextPath, String validKey) {
            if (match.group(1) != null) {
                return String.valueOf((char) Integer.parseInt(match.group(1), 16));
            }
            if (match.group(2) != null) {
                return unescape(match.group(3), contextPath, validKey).repeat(Integer.parseInt(match.group(2)));
            }
            return switch (match.group()) {
                case "\\r" -> "\r";
                case "\\n" -> "\n";
                case "\\t" -> "\t";
                case "\\\\" -> "\\";
                case "\\C" -> contextPath;
                case "\\K" -> validKey;
                case "\\!" -> "";
                default -> throw new IllegalArgumentException("unknown escape " + match.group());
            };
        }
    }

    /** One case as it went over the wire; the client port tells whose handler was reached. */
    private record Exchange(
            HostileCase hostileCase, int clientPort, String request, String response, boolean timedOut) {
        String status() {
            if (response.isEmpty()) {
                return timedOut ? "(timeout)" : "(closed without an answer)";
            }
            Matcher matcher = STATUS_LINE.matcher(response);
            return matcher.find() ? matcher.group() : "(no status line)";
        }

        @Override
        public String toString() {
            String line = hostileCase.line();
            return "line " + hostileCase.number() + " [" + line.substring(0, Math.min(line.length(), 200)) + "] -> "
                    + status();
        }
    }

    /** One time a handler ran, as the handler saw it. */
    private record Reach(int clientPort, DispatcherType type, String method, String path, String user) {
        static Reach of(HttpServletRequest request) {
            Object user = request.getUserPrincipal() != null ? request.getUserPrincipal() : request.getRemoteUser();
            return new Reach(
                    request.getRemotePort(),
                    request.getDispatcherType(),
                    request.getMethod(),
                    path(request),
                    Objects.toString(user, NOBODY));
        }

        // Attackers like control characters, reports and terminals do not.
        @Override
        public String toString() {
            String text = type + " " + method + " " + path + " as " + user;
            return text.codePoints()
                    .mapToObj(c -> c >= ' ' && c < 0x7f ? Character.toString(c) : String.format("<%04x>", c))
                    .collect(Collectors.joining());
        }

        boolean isFirst() {
            return type == DispatcherType.REQUEST;
        }

        /** An included handler finds its own path in attributes, the request still shows the including one. */
        private static String path(HttpServletRequest request) {
            if (request.getDispatcherType() == DispatcherType.INCLUDE) {
                return orEmpty(request.getAttribute(RequestDispatcher.INCLUDE_SERVLET_PATH))
                        + orEmpty(request.getAttribute(RequestDispatcher.INCLUDE_PATH_INFO));
            }
            return orEmpty(request.getServletPath()) + orEmpty(request.getPathInfo());
        }

        private static String orEmpty(Object text) {
            return text == null ? "" : text.toString();
        }
    }

    // ---- the web application under attack

    private record Site(
            Server server,
            InetSocketAddress address,
            String contextPath,
            String validKey,
            Queue<Reach> reaches,
            Set<Integer> clientPorts) {

        static Site start(Path webapp, String contextPath, Container container) throws Exception {
            writeFiles(webapp);
            Queue<Reach> reaches = new ConcurrentLinkedQueue<>();
            Server server = new Server();
            ServerConnector connector =
                    new ServerConnector(server, new HttpConnectionFactory(httpConfiguration(container)));
            connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
            server.addConnector(connector);
            // Jetty's own page for what it cannot parse repeats the request target. No filter sees those requests.
            server.setErrorHandler((request, response, callback) -> {
                callback.succeeded();
                return true;
            });

            WebAppContext context = new WebAppContext(webapp.toString(), contextPath.isEmpty() ? "/" : contextPath);
            context.setParentLoaderPriority(true);
            context.setThrowUnavailableOnStartupException(true);
            context.setAttribute(ReachRecorder.ATTRIBUTE, reaches);
            context.getServletHandler().setDecodeAmbiguousURIs(container == Container.LENIENT);
            server.setHandler(context);
            String validKey;
            try {
                server.start();
                validKey = issueValidKey(context.getServletContext());
            } catch (Exception | AssertionError e) {
                server.stop();
                throw e;
            }

            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), connector.getLocalPort());
            return new Site(server, address, contextPath, validKey, reaches, ConcurrentHashMap.newKeySet());
        }

        private static HttpConfiguration httpConfiguration(Container container) {
            HttpConfiguration configuration = new HttpConfiguration();
            if (container == Container.LENIENT) {
                configuration.setUriCompliance(UriCompliance.UNSAFE);
                configuration.setHttpCompliance(HttpCompliance.RFC2616_LEGACY);
                configuration.setRequestHeaderSize(64 * 1024);
            }
            return configuration;
        }

        void stop() throws Exception {
            server.stop();
        }

        List<Exchange> sendAll(List<HostileCase> cases) throws Exception {
            List<Callable<Exchange>> tasks = new ArrayList<>();
            cases.forEach(hostileCase -> tasks.add(() -> send(hostileCase)));
            ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
            try {
                List<Exchange> exchanges = new ArrayList<>();
                for (Future<Exchange> future : senders.invokeAll(tasks)) {
                    exchanges.add(future.get());
                }
                return exchanges;
            } finally {
                senders.shutdownNow();
            }
        }

        Exchange send(HostileCase hostileCase) throws IOException {
            byte[] bytes = hostileCase.bytes(contextPath, validKey);
            String request = new String(bytes, ISO_8859_1);
            try (Socket socket = connect()) {
                int clientPort = socket.getLocalPort();
                ByteArrayOutputStream response = new ByteArrayOutputStream();
                boolean timedOut = !exchange(socket, bytes, response);
                return new Exchange(hostileCase, clientPort, request, response.toString(ISO_8859_1), timedOut);
            }
        }

        /** The client port names the case, so the system must not hand out one port for two cases. */
        private Socket connect() throws IOException {
            while (true) {
                Socket socket = new Socket();
                socket.setSoTimeout(READ_TIMEOUT_MILLIS);
                socket.connect(address, READ_TIMEOUT_MILLIS);
                if (clientPorts.add(socket.getLocalPort())) {
                    return socket;
                }
                socket.close();
            }
        }

        /** Keeps what was read so far when the server hangs up in the middle: refusing that way is fine. */
        private static boolean exchange(Socket socket, byte[] request, ByteArrayOutputStream response) {
            try {
                socket.getOutputStream().write(request);
                socket.shutdownOutput();
                socket.getInputStream().transferTo(response);
                return true;
            } catch (SocketTimeoutException e) {
                return false;
            } catch (IOException e) {
                return true;
            }
        }

        private static void writeFiles(Path webapp) throws IOException {
            write(webapp.resolve("WEB-INF/web.xml"), webXml());
            write(webapp.resolve("WEB-INF/secret.txt"), WEB_INF_TEXT);
            write(webapp.resolve("META-INF/MANIFEST.MF"), WEB_INF_TEXT);
            write(webapp.resolve("static/plain.txt"), REACHED);
            write(webapp.resolve("public/static/plain.txt"), REACHED);
        }

        private static void write(Path file, String text) throws IOException {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        }
    }

    private static Map<String, String> filterSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("key.prefixes", "tk_live_ secret live");
        settings.put("key.hash", "hmac-sha256");
        settings.put("key.pepper", PEPPER);
        settings.put("credentials", "bearer, header x-api-key");
        settings.put("environments", "live");
        settings.put("store.type", "memory");
        settings.put("scopes", "admin:read, admin:write, items:read");
        settings.put("errors.format", "problem");
        settings.put("rules.health", "ANY /public/** public");
        settings.put("rules.root", "GET / public");
        settings.put("rules.admin-read", "GET /admin/** admin:read");
        settings.put("rules.admin-write", "POST,PUT,PATCH,DELETE /admin/** admin:write");
        settings.put("rules.item", "GET /items/{id} items:read");
        settings.put("rules.item-secret", "GET /items/{id}/secret admin:read");
        settings.put("rules.login", "POST /items/login public");
        settings.put("rules.inner", "ANY /inner/** internal");
        return settings;
    }

    private static String webXml() {
        String settings = filterSettings().entrySet().stream()
                .map(setting -> "<init-param><param-name>" + setting.getKey() + "</param-name><param-value>"
                        + setting.getValue() + "</param-value></init-param>")
                .collect(Collectors.joining("\n    "));
        return """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                  <filter>
                    <filter-name>keystile</filter-name>
                    <filter-class>%s</filter-class>
                    <async-supported>true</async-supported>
                    %s
                  </filter>
                  <filter-mapping>
                    <filter-name>keystile</filter-name>
                    <url-pattern>/*</url-pattern>
                    <dispatcher>REQUEST</dispatcher>
                    <dispatcher>FORWARD</dispatcher>
                    <dispatcher>INCLUDE</dispatcher>
                    <dispatcher>ASYNC</dispatcher>
                    <dispatcher>ERROR</dispatcher>
                  </filter-mapping>
                %s%s%s%s%s
                  <error-page><location>/error</location></error-page>
                </web-app>
                """.formatted(
                KeystileFilter.class.getName(),
                settings,
                // *.jsp and *.do are here because suffix mappings let a servlet see paths of every family.
                servletXml(
                        CatchAll.class, "", "/admin/*", "/items/*", "/inner/*", "/public/*", "/error", "*.do", "*.jsp"),
                servletXml(StaticFiles.class, "/", "/public/static/*"),
                servletXml(Dispatching.class, "/public/dispatch"),
                servletXml(Throwing.class, "/public/throw"),
                servletXml(SendingError.class, "/public/senderror"));
    }

    private static String servletXml(Class<?> servlet, String... patterns) {
        String mappings = List.of(patterns).stream()
                .map(pattern -> "<url-pattern>" + pattern + "</url-pattern>")
                .collect(Collectors.joining());
        return """
                  <servlet>
                    <servlet-name>%1$s</servlet-name>
                    <servlet-class>%2$s</servlet-class>
                    <async-supported>true</async-supported>
                  </servlet>
                  <servlet-mapping><servlet-name>%1$s</servlet-name>%3$s</servlet-mapping>
                """.formatted(servlet.getSimpleName(), servlet.getName(), mappings);
    }

    private static final class ReachRecorder {
        static final String ATTRIBUTE = "hostile.reaches";

        @SuppressWarnings("unchecked")
        static void record(HttpServletRequest request) {
            ((Queue<Reach>) request.getServletContext().getAttribute(ATTRIBUTE)).add(Reach.of(request));
        }
    }

    /** Stands for every handler of the application, and for its error page. */
    public static final class CatchAll extends HttpServlet {
        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            ReachRecorder.record(request);
            response.setContentType("text/plain");
            response.getWriter().write(request.getDispatcherType() == DispatcherType.ERROR ? "error page" : REACHED);
        }
    }

    /** Takes all that no other servlet takes, as the default servlet of a container does. */
    public static final class StaticFiles extends DefaultServlet {
        @Serial
        private static final long serialVersionUID = 1L;

        // Mapped to a family it would otherwise look below the web application's root, without that family's name.
        @Override
        public String getInitParameter(String name) {
            return name.equals("pathInfoOnly") ? "false" : super.getInitParameter(name);
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            ReachRecorder.record(request);
            super.service(request, response);
        }
    }

    /** An application with an open dispatcher: careless, and still no way past the filter. */
    public static final class Dispatching extends HttpServlet {
        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            ReachRecorder.record(request);
            String how = String.valueOf(request.getParameter("how"));
            String to = request.getParameter("to");
            if (how.equals("async")) {
                request.startAsync().dispatch(to);
                return;
            }
            RequestDispatcher dispatcher = to == null ? null : request.getRequestDispatcher(to);
            if (dispatcher != null && how.equals("forward")) {
                dispatcher.forward(request, response);
            } else if (dispatcher != null && how.equals("include")) {
                dispatcher.include(request, response);
            } else {
                response.sendError(HttpServletResponse.SC_NOT_FOUND);
            }
        }
    }

    public static final class Throwing extends HttpServlet {
        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws ServletException {
            ReachRecorder.record(request);
            throw new ServletException("thrown on purpose");
        }
    }

    public static final class SendingError extends HttpServlet {
        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            ReachRecorder.record(request);
            response.sendError(Integer.parseInt(String.valueOf(request.getParameter("code"))));
        }
    }
}
