package dev.keystile.benchmarks.flood;

import static dev.keystile.key.KeyEnvironment.LIVE;

import dev.keystile.Keystile;
import dev.keystile.http.TrustedProxies;
import dev.keystile.jdbc.JdbcKeyStoreProvider;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.NewKey;
import dev.keystile.scope.ScopePolicy;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * A server to be flooded, in a process of its own: Jetty, the filter, keys on H2.
 *
 * <p>It prints {@code KEY <key>} for each good key, then {@code READY <port>}. For each line it reads it prints
 * {@code STATS <store reads> <Argon2 runs> <bytes of heap in use after a collection> <threads>}, and it ends with its input.
 */
final class FloodServer {

    /** Where clients send from, and the one whose word is taken for where from it was sent to. */
    static final String CLIENT = "127.0.0.1";

    static final String PROXY = "127.0.0.2";

    private static final int GOOD_KEYS = 16;

    private FloodServer() {}

    /** @param args the folder of the database */
    public static void main(String[] args) throws Exception {
        CountingStore store = new CountingStore(
                new JdbcKeyStoreProvider().open(Map.of("store.url", "jdbc:h2:file:" + args[0] + "/keys")));
        CountingHasher hasher = new CountingHasher();
        try (Keystile keystile = Keystile.builder(store)
                .prefixes(KeyPrefix.secret(BadKeys.PREFIX, LIVE))
                .hashers(hasher)
                .rules(ScopePolicy.builder()
                        .allow("GET", "/v1/items/**", "items:read")
                        .allow("GET", "/open", "public")
                        .build())
                .trustedProxies(TrustedProxies.of(TrustedProxies.Header.X_FORWARDED_FOR, PROXY))
                .build()) {
            for (int i = 0; i < GOOD_KEYS; i++) {
                NewKey wanted = NewKey.of("acct_" + i, "good", LIVE)
                        .scopes("items:read")
                        .build();
                System.out.println("KEY "
                        + keystile.keyManager()
                                .issue(wanted, new Actor.Operator("flood"))
                                .revealOnce());
            }
            Server server = server(keystile);
            server.start();
            System.out.println("READY " + ((ServerConnector) server.getConnectors()[0]).getLocalPort());
            report(store, hasher);
            server.stop();
        }
    }

    private static Server server(Keystile keystile) {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        // Or Jetty takes keys of one connection that differ in case alone for the same.
        connector
                .getConnectionFactory(HttpConnectionFactory.class)
                .getHttpConfiguration()
                .setHeaderCacheCaseSensitive(true);
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler();
        context.addFilter(new FilterHolder(new KeystileFilter(keystile)), "/*", EnumSet.allOf(DispatcherType.class));
        context.addServlet(new Item(), "/*");
        server.setHandler(context);
        return server;
    }

    private static void report(CountingStore store, CountingHasher hasher) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (lines.readLine() != null) {
            System.gc();
            long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            int threads = ManagementFactory.getThreadMXBean().getThreadCount();
            System.out.println("STATS " + store.reads() + " " + hasher.runs() + " " + heap + " " + threads);
        }
    }

    private static final class Item extends HttpServlet {

        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("application/json");
            response.getOutputStream().write("{\"id\":1}".getBytes(StandardCharsets.US_ASCII));
        }
    }
}
