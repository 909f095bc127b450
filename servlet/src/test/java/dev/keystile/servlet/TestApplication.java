package dev.keystile.servlet;

import dev.keystile.Keystile;
import dev.keystile.key.Actor;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyManager;
import dev.keystile.key.NewKey;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** An application on a real Jetty, deployed from a web.xml, as a user would have it. */
final class TestApplication implements AutoCloseable {

    static final Actor OPERATOR = new Actor.Operator("test");

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final Server server;
    private final WebAppContext context;
    private final int port;

    private TestApplication(Server server, WebAppContext context, int port) {
        this.server = server;
        this.context = context;
        this.port = port;
    }

    /** Settings that are enough to start, for tests to add to. */
    static Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("key.prefixes", "tk_live_ secret live, tk_test_ secret test");
        settings.put("store.type", "memory");
        settings.put("rules.health", "ANY /health public");
        settings.put("rules.items-read", "GET /items/** items:read");
        settings.put("rules.items-write", "POST,DELETE /items/** items:write");
        return settings;
    }

    /**
     * Deploys an application.
     *
     * @param folder   where to write it
     * @param params   the init-params of the filter
     * @param servlets by URL pattern; instances stay reachable for the test
     */
    static TestApplication start(Path folder, Map<String, String> params, Map<String, HttpServlet> servlets)
            throws Exception {
        Files.createDirectories(folder.resolve("WEB-INF"));
        Files.writeString(folder.resolve("WEB-INF/web.xml"), webXml(params));
        return start(folder, servlets, context -> {});
    }

    /** Starts an application whose filter is made in code; the facade is closed by whoever built it. */
    static TestApplication start(Path folder, Keystile keystile, Map<String, HttpServlet> servlets) throws Exception {
        return start(
                folder,
                servlets,
                context -> context.addFilter(
                        new FilterHolder(new KeystileFilter(keystile)), "/*", EnumSet.allOf(DispatcherType.class)));
    }

    private static TestApplication start(
            Path folder, Map<String, HttpServlet> servlets, Consumer<WebAppContext> addition) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        WebAppContext context = new WebAppContext(folder.toString(), "/");
        context.setParentLoaderPriority(true);
        context.setThrowUnavailableOnStartupException(true);
        addition.accept(context);
        servlets.forEach((pattern, servlet) -> {
            ServletHolder holder = new ServletHolder(servlet);
            holder.setAsyncSupported(true);
            context.addServlet(holder, pattern);
        });
        server.setHandler(context);
        try {
            server.start();
        } catch (Exception failure) {
            server.stop();
            throw failure;
        }
        return new TestApplication(server, context, connector.getLocalPort());
    }

    private static String webXml(Map<String, String> params) {
        String initParams = params.entrySet().stream()
                .map(param -> "<init-param><param-name>" + param.getKey() + "</param-name><param-value><![CDATA["
                        + param.getValue() + "]]></param-value></init-param>")
                .collect(Collectors.joining("\n    "));
        String dispatchers = Arrays.stream(DispatcherType.values())
                .map(type -> "<dispatcher>" + type + "</dispatcher>")
                .collect(Collectors.joining());
        return """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                  <filter>
                    <filter-name>keystile</filter-name>
                    <filter-class>dev.keystile.servlet.KeystileFilter</filter-class>
                    <async-supported>true</async-supported>
                    %s
                  </filter>
                  <filter-mapping>
                    <filter-name>keystile</filter-name><url-pattern>/*</url-pattern>%s
                  </filter-mapping>
                </web-app>
                """.formatted(initParams, dispatchers);
    }

    WebAppContext context() {
        return context;
    }

    int port() {
        return port;
    }

    KeyManager keyManager() {
        return KeystileFilter.keystileOf(context.getServletContext())
                .map(Keystile::keyManager)
                .orElseThrow();
    }

    IssuedKey issue(String... scopes) {
        return keyManager()
                .issue(
                        NewKey.of("acct_1", "test key", KeyEnvironment.LIVE)
                                .scopes(scopes)
                                .build(),
                        OPERATOR);
    }

    HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, headers);
    }

    CompletableFuture<HttpResponse<String>> getAsync(String path, String... headers) {
        return CLIENT.sendAsync(request("GET", path, headers), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> send(String method, String path, String... headers) throws IOException, InterruptedException {
        return CLIENT.send(request(method, path, headers), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return CLIENT.send(
                builder(path).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder builder(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60));
    }

    private HttpRequest request(String method, String path, String... headers) {
        HttpRequest.Builder request = builder(path).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.build();
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
