package dev.keystile.console;

import dev.keystile.Keystile;
import dev.keystile.KeystileBuilder;
import dev.keystile.http.CredentialSource;
import dev.keystile.key.Actor;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.scope.ScopePolicy;
import dev.keystile.servlet.KeystileFilter;
import dev.keystile.testkit.ManualTime;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Enumeration;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** An application on a real Jetty: an API behind the filter, and the console beside it. */
final class TestApplication implements AutoCloseable {

    static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    static final Actor OPERATOR = new Actor.Operator("setup");
    static final String MOUNT = "/settings/api-keys";
    static final String HIDDEN = "/v1/customers/console";

    private static final KeyPrefix[] PREFIXES = {
        KeyPrefix.secret("lumen_live_", KeyEnvironment.LIVE),
        KeyPrefix.secret("lumen_test_", KeyEnvironment.TEST),
        KeyPrefix.publishable("lumen_pub_live_", KeyEnvironment.LIVE),
        KeyPrefix.publishable("lumen_pub_test_", KeyEnvironment.TEST)
    };
    private static final List<String> SCOPES = List.of(
            "customers:read",
            "customers:write",
            "invoices:read",
            "invoices:write",
            "payments:read",
            "payments:write",
            "products:read",
            "products:write",
            "subscriptions:read",
            "subscriptions:write");

    private final ManualTime time = new ManualTime(NOW);
    private final KeyStore store;
    private final Keystile keystile;
    private final Server server = new Server();
    private final ServerConnector connector = connector(server);

    /** A listener that believes what a proxy says that ends TLS before it. */
    static ServerConnector connector(Server server) {
        HttpConfiguration http = new HttpConfiguration();
        http.addCustomizer(new ForwardedRequestCustomizer());
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        return connector;
    }

    private TestApplication(KeyStore store, UnaryOperator<KeystileBuilder> more, KeyPrefix... prefixes) {
        this.store = store;
        KeystileBuilder builder = Keystile.builder(store)
                .time(time)
                .hashers(KeyHasher.hmacSha256(new byte[32]))
                .prefixes(prefixes)
                .maxAge(KeyEnvironment.TEST, Duration.ofDays(180))
                .defaultAge(KeyEnvironment.TEST, Duration.ofDays(60))
                .credentials(CredentialSource.bearer(), CredentialSource.header("x-lumen-key"))
                .scopes(catalog())
                .rules(ScopePolicy.builder()
                        .allow("GET", "/v1/customers/**", "customers:read")
                        .allow("POST", "/v1/customers/**", "customers:write")
                        .allow("ANY", MOUNT + "/**", "public")
                        .build())
                .plans(
                        Plan.of("starter", RateLimit.perMinute(60).burst(10)),
                        Plan.of("growth", RateLimit.perMinute(600).burst(50)),
                        Plan.of("enterprise", RateLimit.perMinute(6000).burst(200)))
                .defaultPlan("starter");
        keystile = more.apply(builder).build();
    }

    private static ScopeCatalog catalog() {
        ScopeCatalog.Builder catalog = ScopeCatalog.builder();
        SCOPES.forEach(scope -> catalog.scope(new KeyScope(scope)));
        Stream.of("customers", "invoices", "payments", "products")
                .forEach(it -> catalog.implies(new KeyScope(it + ":write"), new KeyScope(it + ":read")));
        return catalog.role("support", Set.of(new KeyScope("customers:read"), new KeyScope("invoices:read")))
                .build();
    }

    /** Starts one on a free port of the loopback. */
    static TestApplication start() throws Exception {
        return start(new TestMembers());
    }

    /** Starts one whose keys are kept elsewhere than in memory. */
    static TestApplication start(KeyStore store) throws Exception {
        return start(store, new TestMembers(), PREFIXES);
    }

    /** Starts one in which somebody else says who is logged in. */
    static TestApplication start(ConsoleMembers members) throws Exception {
        return start(members, PREFIXES);
    }

    /** Starts one whose keys are kept elsewhere, and in which somebody else says who is logged in. */
    static TestApplication start(KeyStore store, ConsoleMembers members) throws Exception {
        return start(store, members, PREFIXES);
    }

    /** Starts one whose keys begin with something else. */
    static TestApplication start(ConsoleMembers members, KeyPrefix... prefixes) throws Exception {
        return start(KeyStore.inMemory(), members, prefixes);
    }

    /** Starts one with more settings. */
    static TestApplication startWith(UnaryOperator<KeystileBuilder> more) throws Exception {
        return start(new TestApplication(KeyStore.inMemory(), more, PREFIXES), new TestMembers());
    }

    private static TestApplication start(KeyStore store, ConsoleMembers members, KeyPrefix... prefixes)
            throws Exception {
        return start(new TestApplication(store, UnaryOperator.identity(), prefixes), members);
    }

    private static TestApplication start(TestApplication application, ConsoleMembers members) throws Exception {
        ServletContextHandler context = new ServletContextHandler("/");
        context.addFilter(
                new FilterHolder(new KeystileFilter(application.keystile)), "/*", EnumSet.allOf(DispatcherType.class));
        context.addServlet(new ServletHolder("console", new ConsoleServlet(members)), MOUNT + "/*");
        context.addServlet(new ServletHolder("api", new Api()), "/v1/*");
        // As if the console were mapped where the filter asks for a key, and another filter hid it afterwards.
        context.addFilter(new FilterHolder(new HiddenKey()), HIDDEN + "/*", EnumSet.allOf(DispatcherType.class));
        context.addServlet(new ServletHolder("hidden", new ConsoleServlet(new TestMembers())), HIDDEN + "/*");
        application.server.setHandler(context);
        application.server.start();
        return application;
    }

    String url() {
        return "http://127.0.0.1:" + connector.getLocalPort();
    }

    ManualTime time() {
        return time;
    }

    KeyStore store() {
        return store;
    }

    KeyManager keys() {
        return keystile.keyManager();
    }

    /** A key that may read customers; the text is the only thing a test can call the API with. */
    IssuedKey issue(String account, String name) {
        return keys().issue(
                        NewKey.of(account, name, KeyEnvironment.LIVE)
                                .scopes("customers:read")
                                .build(),
                        OPERATOR);
    }

    @Override
    public void close() throws Exception {
        server.stop();
        keystile.close();
    }

    /** Lets nobody behind it see where a key came from; the principal stays. */
    private static final class HiddenKey implements Filter {

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            chain.doFilter(
                    new HttpServletRequestWrapper((HttpServletRequest) request) {
                        @Override
                        public Enumeration<String> getHeaders(String name) {
                            return name.equalsIgnoreCase("Authorization")
                                    ? Collections.emptyEnumeration()
                                    : super.getHeaders(name);
                        }
                    },
                    response);
        }
    }

    /** What the keys open. */
    private static final class Api extends HttpServlet {

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getWriter().print("customers");
        }
    }
}
