package dev.keystile.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.handlers.resource.PathResourceManager;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.FilterInfo;
import io.undertow.servlet.api.ServletInfo;
import io.undertow.servlet.api.ServletStackTraces;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UndertowTest extends ContainerTable {

    UndertowTest() {
        super(new EmbeddedUndertow());
    }

    /** A bad configuration then shows with the first request, which is answered 500 like all that follow. */
    @Test
    void badSettings_withLateFilterInitialisation_doNotStopTheStart_andOpenNothing(@TempDir Path folder)
            throws Exception {
        Map<String, String> settings = WebApplication.settings();
        settings.put("rules.more", "GET items:read");
        WebApplication application = keystile(settings, WebApplication.FAMILIES);
        DeploymentInfo late =
                EmbeddedUndertow.deployment(application, folder, "").setEagerFilterInit(false);

        try (Container.Running running = EmbeddedUndertow.start(late, Undertow.builder());
                Client client = new Client(running.address())) {
            client.send(
                    "GET /public/x HTTP/1.1\r\nHost: localhost\r\n\r\nGET /admin/x HTTP/1.1\r\nHost: localhost\r\n\r\n");

            assertThat(client.read(false)).startsWith("HTTP/1.1 500");
            assertThat(client.read(false)).startsWith("HTTP/1.1 500");
            assertThat(Reach.in(running.context())).isEmpty();
        }
    }

    private static final class EmbeddedUndertow implements Container {

        private static final String AS_IT_COMES = "as it comes";
        private static final String DECODING = "checks off, encoded slashes decoded, ISO-8859-1 paths";
        private static final String SLASHES_DECODED = "encoded slashes decoded";
        private static final String NOT_DECODING = "checks off, paths not decoded";

        @Override
        public String name() {
            return "Undertow 2.3";
        }

        @Override
        public List<String> setups() {
            return List.of(AS_IT_COMES, DECODING, NOT_DECODING);
        }

        @Override
        public List<String> slashSetups() {
            return List.of(AS_IT_COMES, SLASHES_DECODED);
        }

        @Override
        public Running start(WebApplication application, Path folder, String contextPath, String setup)
                throws Exception {
            Undertow.Builder builder =
                    Undertow.builder().setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, IDLE_MILLIS);
            if (setup.equals(SLASHES_DECODED)) {
                builder.setServerOption(UndertowOptions.DECODE_SLASH, true);
            } else if (!setup.equals(AS_IT_COMES)) {
                builder.setServerOption(UndertowOptions.DECODE_SLASH, true)
                        .setServerOption(UndertowOptions.ALLOW_UNESCAPED_CHARACTERS_IN_URL, true)
                        .setServerOption(UndertowOptions.ALLOW_UNKNOWN_PROTOCOLS, true)
                        .setServerOption(UndertowOptions.DECODE_URL, setup.equals(DECODING))
                        .setServerOption(UndertowOptions.URL_CHARSET, "ISO-8859-1");
            }
            return start(deployment(application, folder, contextPath), builder);
        }

        static Running start(DeploymentInfo deployment, Undertow.Builder builder) throws ServletException {
            DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
            manager.deploy();
            HttpHandler handler = new PathHandler().addPrefixPath(deployment.getContextPath(), manager.start());
            Undertow undertow = builder.addHttpListener(
                            0, InetAddress.getLoopbackAddress().getHostAddress())
                    .setHandler(handler)
                    .build();
            undertow.start();
            return new Started(undertow, manager);
        }

        /** What web.xml says to other containers. */
        static DeploymentInfo deployment(WebApplication application, Path folder, String contextPath) {
            DeploymentInfo deployment = Servlets.deployment()
                    .setDeploymentName("table")
                    .setClassLoader(EmbeddedUndertow.class.getClassLoader())
                    .setContextPath(contextPath.isEmpty() ? "/" : contextPath)
                    .setResourceManager(new PathResourceManager(folder))
                    // Otherwise a filter starts with the first request, and so does a bad configuration.
                    .setEagerFilterInit(true)
                    // Undertow's own page repeats the query to clients on the same machine.
                    .setServletStackTraces(ServletStackTraces.NONE)
                    .addWelcomePages(application.welcomeFiles())
                    .addErrorPage(Servlets.errorPage(application.errorPage()));
            application
                    .errorPages()
                    .forEach((status, page) -> deployment.addErrorPage(Servlets.errorPage(page, status)));
            for (WebApplication.MappedFilter filter : application.filters()) {
                FilterInfo info = Servlets.filter(filter.name(), filter.type()).setAsyncSupported(true);
                filter.parameters().forEach(info::addInitParam);
                deployment.addFilter(info);
                for (DispatcherType dispatcher : filter.dispatchers()) {
                    deployment.addFilterUrlMapping(filter.name(), "/*", dispatcher);
                }
            }
            for (WebApplication.MappedServlet servlet : application.servlets()) {
                ServletInfo info =
                        Servlets.servlet(servlet.name(), servlet.type()).setAsyncSupported(true);
                deployment.addServlet(info.addMappings(servlet.patterns()));
            }
            return deployment;
        }
    }

    private record Started(Undertow undertow, DeploymentManager manager) implements Container.Running {

        @Override
        public InetSocketAddress address() {
            return (InetSocketAddress) undertow.getListenerInfo().get(0).getAddress();
        }

        @Override
        public ServletContext context() {
            return manager.getDeployment().getServletContext();
        }

        @Override
        public void close() throws Exception {
            undertow.stop();
            manager.stop();
            manager.undeploy();
        }
    }
}
