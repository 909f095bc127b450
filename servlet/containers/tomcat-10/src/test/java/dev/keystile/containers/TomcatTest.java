package dev.keystile.containers;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.tomcat.util.scan.StandardJarScanner;
import org.junit.jupiter.api.Test;

class TomcatTest extends ContainerTable {

    TomcatTest() {
        super(new EmbeddedTomcat());
    }

    /** So a system property wins over an environment variable of its name. */
    @Test
    void systemProperty_inWebXml_isExpandedBeforeTheFilterSeesIt() throws Exception {
        Map<String, String> settings = WebApplication.settings();
        settings.put("realm", "${keystile.table.realm}");
        System.setProperty("keystile.table.realm", "of a property");
        try {
            assertThat(challenge(settings)).contains("Bearer realm=\"of a property\"");
        } finally {
            System.clearProperty("keystile.table.realm");
        }
    }

    private static final class EmbeddedTomcat implements Container {

        private static final String AS_IT_COMES = "as it comes";
        private static final String DECODING = "checks off, encoded slashes decoded";
        private static final String PASSING = "checks off, encoded slashes passed, ISO-8859-1 paths";
        private static final String SLASHES_PASSED = "encodedSolidusHandling=passthrough";
        private static final String SLASHES_DECODED = "encodedSolidusHandling=decode";

        /** What Tomcat's own conf/web.xml says of static files. */
        private static final String DEFAULT_WEB_XML = """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                  <servlet>
                    <servlet-name>default</servlet-name>
                    <servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class>
                    <load-on-startup>1</load-on-startup>
                  </servlet>
                  <servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
                </web-app>
                """;

        @Override
        public String name() {
            String number = ServerInfo.getServerNumber();
            return "Tomcat " + (number.startsWith("10.") ? "10.1" : number.substring(0, number.indexOf('.')));
        }

        @Override
        public List<String> setups() {
            return List.of(AS_IT_COMES, DECODING, PASSING);
        }

        @Override
        public List<String> slashSetups() {
            return List.of(SLASHES_PASSED, SLASHES_DECODED);
        }

        @Override
        public Running start(WebApplication application, Path folder, String contextPath, String setup)
                throws Exception {
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir(folder.resolveSibling("tomcat").toString());
            Connector connector = new Connector();
            connector.setPort(0);
            connector.setProperty("address", InetAddress.getLoopbackAddress().getHostAddress());
            connector.setProperty("connectionTimeout", String.valueOf(IDLE_MILLIS));
            tomcat.setConnector(connector);
            StandardContext context = context(folder, contextPath);
            if (slashSetups().contains(setup)) {
                connector.setEncodedSolidusHandling(setup.substring(setup.indexOf('=') + 1));
            } else if (!setup.equals(AS_IT_COMES)) {
                loosen(connector, setup.equals(DECODING));
                context.setAllowMultipleLeadingForwardSlashInPath(true);
                context.setDispatchersUseEncodedPaths(setup.equals(DECODING));
            }
            // Tomcat's own page for what it cannot parse repeats the target. No filter sees those requests.
            ErrorReportValve errors = new ErrorReportValve();
            errors.setShowReport(false);
            ((StandardHost) tomcat.getHost()).setErrorReportValveClass(null);
            tomcat.getHost().getPipeline().addValve(errors);
            tomcat.getHost().addChild(context);
            try {
                tomcat.start();
                if (context.getState() != LifecycleState.STARTED) {
                    throw new IllegalStateException("the application did not start: " + context.getState());
                }
            } catch (LifecycleException | IllegalStateException failure) {
                stop(tomcat);
                throw failure;
            }
            return new Started(tomcat, connector.getLocalPort(), context.getServletContext());
        }

        private static StandardContext context(Path folder, String contextPath) throws IOException {
            Path defaults = folder.resolveSibling("default-web.xml");
            Files.writeString(defaults, DEFAULT_WEB_XML);
            ContextConfig config = new ContextConfig();
            config.setDefaultWebXml(defaults.toString());
            StandardContext context = new StandardContext();
            context.setName(contextPath);
            context.setPath(contextPath);
            context.setDocBase(folder.toString());
            context.setParentClassLoader(EmbeddedTomcat.class.getClassLoader());
            context.addLifecycleListener(config);
            StandardJarScanner scanner = new StandardJarScanner();
            scanner.setScanClassPath(false);
            context.setJarScanner(scanner);
            return context;
        }

        private static void loosen(Connector connector, boolean decoding) {
            connector.setProperty("relaxedPathChars", "\"<>[\\]^`{|}");
            connector.setProperty("relaxedQueryChars", "\"<>[\\]^`{|}");
            connector.setProperty("allowBackslash", "true");
            connector.setProperty("rejectIllegalHeader", "false");
            connector.setProperty("maxHttpRequestHeaderSize", "65536");
            connector.setEncodedSolidusHandling(decoding ? "decode" : "passthrough");
            connector.setEncodedReverseSolidusHandling(decoding ? "decode" : "passthrough");
            connector.setRejectSuspiciousURIs(false);
            connector.setAllowTrace(true);
            if (!decoding) {
                connector.setURIEncoding("ISO-8859-1");
            }
        }

        private static void stop(Tomcat tomcat) throws LifecycleException {
            tomcat.stop();
            tomcat.destroy();
        }
    }

    private record Started(Tomcat tomcat, int port, ServletContext context) implements Container.Running {

        @Override
        public InetSocketAddress address() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        }

        @Override
        public void close() throws Exception {
            EmbeddedTomcat.stop(tomcat);
        }
    }
}
