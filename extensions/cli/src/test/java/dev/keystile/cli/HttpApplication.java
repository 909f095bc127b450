package dev.keystile.cli;

import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The application beside the command line, on a real Jetty. */
final class HttpApplication implements AutoCloseable {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** Says whose key it was. */
    private static final class Echo extends HttpServlet {

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getWriter().print(request.getUserPrincipal().getName());
        }
    }

    private final Keystile keystile;
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);

    HttpApplication(String settings) throws Exception {
        this.keystile = Settings.read(new StringReader(settings)).open();
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        context.addFilter(new FilterHolder(new KeystileFilter(keystile)), "/*", EnumSet.allOf(DispatcherType.class));
        context.addServlet(new ServletHolder(new Echo()), "/*");
        server.setHandler(context);
        server.start();
    }

    /** The answer to a GET with one header. */
    HttpResponse<String> get(String path, String header, String value) throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + connector.getLocalPort() + path))
                        .timeout(Duration.ofSeconds(30))
                        .header(header, value)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() throws Exception {
        server.stop();
        keystile.close();
    }
}
