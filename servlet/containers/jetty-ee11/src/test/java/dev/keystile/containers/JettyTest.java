package dev.keystile.containers;

import jakarta.servlet.ServletContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.jetty.ee11.webapp.WebAppContext;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

class JettyTest extends ContainerTable {

    JettyTest() {
        super(new Jetty());
    }

    private static final class Jetty implements Container {

        private static final String LENIENT = "all URI checks off, HTTP as RFC 2616 had it";
        private static final String SLASHES = "encoded slashes decoded";

        @Override
        public String name() {
            return "Jetty 12.1 EE 11";
        }

        @Override
        public List<String> setups() {
            return List.of("as it comes", LENIENT);
        }

        @Override
        public List<String> slashSetups() {
            return List.of(SLASHES);
        }

        @Override
        public Running start(WebApplication application, Path folder, String contextPath, String setup)
                throws Exception {
            Server server = new Server();
            // Two connections can come to share a pooled buffer behind a request that Jetty cannot parse, filter or no
            // filter; one then reads what the other sent. Without a pool what the table finds is not Jetty's.
            ServerConnector connector = new ServerConnector(
                    server,
                    null,
                    null,
                    new ByteBufferPool.NonPooling(),
                    -1,
                    -1,
                    new HttpConnectionFactory(http(setup)));
            connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
            connector.setIdleTimeout(IDLE_MILLIS);
            server.addConnector(connector);
            // Jetty's own page for what it cannot parse repeats the target. No filter sees those requests.
            server.setErrorHandler((request, response, callback) -> {
                callback.succeeded();
                return true;
            });
            WebAppContext context = new WebAppContext(folder.toString(), contextPath.isEmpty() ? "/" : contextPath);
            context.setParentLoaderPriority(true);
            context.setThrowUnavailableOnStartupException(true);
            context.getServletHandler().setDecodeAmbiguousURIs(setup.equals(LENIENT) || setup.equals(SLASHES));
            server.setHandler(context);
            try {
                server.start();
            } catch (Exception failure) {
                server.stop();
                throw failure;
            }
            return new Started(server, connector.getLocalPort(), context.getServletContext());
        }

        private static HttpConfiguration http(String setup) {
            HttpConfiguration configuration = new HttpConfiguration();
            // Buffers outside the heap are dear where each is used once.
            configuration.setUseInputDirectByteBuffers(false);
            configuration.setUseOutputDirectByteBuffers(false);
            if (setup.equals(SLASHES)) {
                configuration.setUriCompliance(
                        UriCompliance.DEFAULT.with("slashes", UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR));
            }
            if (setup.equals(LENIENT)) {
                configuration.setUriCompliance(UriCompliance.UNSAFE);
                configuration.setHttpCompliance(HttpCompliance.RFC2616_LEGACY);
                configuration.setRequestHeaderSize(64 * 1024);
            }
            return configuration;
        }
    }

    private record Started(Server server, int port, ServletContext context) implements Container.Running {

        @Override
        public InetSocketAddress address() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        }

        @Override
        public void close() throws Exception {
            server.stop();
        }
    }
}
