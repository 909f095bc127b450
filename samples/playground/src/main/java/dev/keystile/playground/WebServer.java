package dev.keystile.playground;

import dev.keystile.Keystile;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.ServletException;
import java.net.BindException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Jetty with one web application, on this machine's own address alone. */
final class WebServer implements AutoCloseable {

    private static final String ADDRESS = "127.0.0.1";

    private final Server server = new Server();
    private final ServerConnector connector;
    private final WebAppContext application = new WebAppContext();

    private WebServer(Path folder, int port) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        // Otherwise Jetty takes an Authorization for an earlier one of the same connection that differs in case alone.
        http.setHeaderCacheCaseSensitive(true);
        // Whether an encoded slash may stand in a path is for the rules to say: docs/containers.md.
        http.setUriCompliance(UriCompliance.DEFAULT.with("slashes", UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR));
        application.getServletHandler().setDecodeAmbiguousURIs(true);
        http.setUseInputDirectByteBuffers(false);
        http.setUseOutputDirectByteBuffers(false);
        // Two connections may come to share a pooled buffer: docs/containers.md.
        connector = new ServerConnector(
                server, null, null, new ByteBufferPool.NonPooling(), -1, -1, new HttpConnectionFactory(http));
        connector.setHost(ADDRESS);
        connector.setPort(port);
        server.addConnector(connector);
        server.setErrorHandler(new ErrorAnswer());
        application.setErrorHandler(new ErrorAnswer());
        application.setContextPath("/");
        application.setBaseResourceAsPath(folder);
        // The library is on the class path of the process, not in WEB-INF/lib.
        application.setParentLoaderPriority(true);
        // Without this a filter that refuses its settings leaves a server that runs and answers 503.
        application.setThrowUnavailableOnStartupException(true);
        server.setHandler(application);
    }

    /**
     * Starts it.
     *
     * @param port 0 for any that is free
     * @param more what to add to the application before
     */
    static WebServer start(Path folder, int port, Consumer<WebAppContext> more) throws StartRefusedException {
        WebServer started = new WebServer(folder, port);
        more.accept(started.application);
        try {
            started.server.start();
            return started;
        } catch (Exception failure) {
            started.close();
            throw refusal(failure, port);
        }
    }

    /** In the words of whoever knew best: the library, for its settings. */
    private static StartRefusedException refusal(Exception failure, int port) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return StartRefusedException.portTaken(port);
            }
            if (cause instanceof ServletException) {
                String message = String.valueOf(cause.getMessage());
                return StartRefusedException.failed(
                        message.contains("one process at a time")
                                ? message + " A second playground needs a folder of its own: set KEYSTILE_DATA."
                                : message);
            }
        }
        return StartRefusedException.failed("the server does not start: " + failure);
    }

    /** The port it listens on. */
    int port() {
        return connector.getLocalPort();
    }

    /** The library, as the filter opened it. */
    Keystile keystile() {
        return KeystileFilter.keystileOf(application.getServletContext())
                .orElseThrow(() -> new IllegalStateException("the filter has started with the application"));
    }

    /** Returns when it has been stopped. */
    void join() throws InterruptedException {
        server.join();
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception failure) {
            throw new IllegalStateException("the server does not stop", failure);
        }
    }
}
