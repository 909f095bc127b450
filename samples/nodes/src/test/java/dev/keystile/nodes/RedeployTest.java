package dev.keystile.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.NewKey;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.scan.StandardJarScanner;
import org.eclipse.jetty.ee.webapp.WebAppClassLoader;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An application with all of the library in its {@code WEB-INF}, over PostgreSQL and Redis, taken away and put back while its
 * server goes on. {@code -Dkeystile.nodes.redeploys=50} does it fifty times on each.
 */
final class RedeployTest {

    private static final int REDEPLOYS = Integer.getInteger("keystile.nodes.redeploys", 4);

    /** In JDK 17 a method handle of {@code java.lang.runtime.ObjectMethods} remembers the record that was compared last, whose it is. */
    private static final int OF_JDK = 1;

    /** What an application of somebody's would have in its WEB-INF/lib, by the names of jars and modules. */
    private static final Pattern OF_APPLICATION =
            Pattern.compile("/(keystile-)?(core|servlet|jdbc|redis)(-0[^/]*\\.jar|/target/classes)$"
                    + "|/(HikariCP|postgresql|lettuce-core|netty-|reactor-core|reactive-streams|redis-authx-core|bucket4j_"
                    + "|argon2-jvm|jna-|jackson-core|jspecify)[^/]*\\.jar$");

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    private static Path folder;

    private static PostgresServer postgres;
    private static RedisServer redis;
    private static String key;
    private static Path war;

    @BeforeAll
    static void start() throws Exception {
        postgres = new PostgresServer(folder.resolve("binaries"), folder.resolve("postgres"));
        redis = new RedisServer(folder.resolve("binaries"), folder.resolve("redis"));
        Map<String, String> settings = Map.of(
                "key.prefixes", "acme_live_ secret live",
                "store.type", "jdbc",
                "store.url", postgres.url(),
                "store.user", PostgresServer.USER,
                "limiter.type", "redis",
                "redis.url", redis.url(),
                "hints.type", "redis",
                "plans.all", "1000000/1h",
                "default-plan", "all",
                "rules.all", "ANY /** authenticated");
        try (Keystile keystile = Settings.of(settings).open()) {
            key = keystile.keyManager()
                    .issue(
                            NewKey.of("acme", "a key", new KeyEnvironment("live"))
                                    .build(),
                            new Actor.Operator("test"))
                    .revealOnce();
        }
        war = war(settings);
    }

    @AfterAll
    static void stop() throws IOException {
        redis.close();
        postgres.close();
    }

    /** What a container would unpack. */
    private static Path war(Map<String, String> settings) throws IOException {
        Path root = folder.resolve("war");
        Path lib = Files.createDirectories(root.resolve("WEB-INF/lib"));
        Path classes = Files.createDirectories(root.resolve("WEB-INF/classes"));
        int found = 0;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!OF_APPLICATION.matcher(entry).find()) {
                continue;
            }
            found++;
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                copy(path, classes);
            } else {
                Files.copy(path, lib.resolve(path.getFileName()));
            }
        }
        assertThat(found).as("parts of the application").isGreaterThan(12);
        StringBuilder parameters = new StringBuilder();
        settings.forEach((name, value) -> parameters
                .append("<init-param><param-name>")
                .append(name)
                .append("</param-name><param-value>")
                .append(value.replace("&", "&amp;"))
                .append("</param-value></init-param>"));
        Files.writeString(root.resolve("WEB-INF/web.xml"), """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0" metadata-complete="true">
                  <filter>
                    <filter-name>keystile</filter-name>
                    <filter-class>dev.keystile.servlet.KeystileFilter</filter-class>
                    <async-supported>true</async-supported>
                    %s
                  </filter>
                  <filter-mapping><filter-name>keystile</filter-name><url-pattern>/*</url-pattern></filter-mapping>
                </web-app>
                """.formatted(parameters));
        Files.writeString(root.resolve("page.txt"), "a page");
        return root;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            files.filter(Files::isRegularFile).forEach(file -> {
                Path target = to.resolve(from.relativize(file).toString());
                try {
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
        }
    }

    /** What a server has of its own: all of this class path but the library, which is the application's. */
    private static final class OfServer extends ClassLoader {

        OfServer() {
            super("server", RedeployTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("dev.keystile.")) {
                throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            return name.contains("dev.keystile.") ? Collections.emptyEnumeration() : super.getResources(name);
        }
    }

    private static int ask(int port, String text) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/page.txt"))
                .header("Authorization", "Bearer " + text)
                .timeout(Duration.ofSeconds(30))
                .build();
        return CLIENT.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    /** What is used of an application, so that all of it has run. */
    private static void use(int port) throws Exception {
        for (int i = 0; i < 20; i++) {
            assertThat(ask(port, key)).isEqualTo(200);
        }
        assertThat(ask(port, key + "x")).isEqualTo(401);
    }

    private static long left(List<WeakReference<ClassLoader>> gone) {
        System.gc();
        return gone.stream().filter(each -> each.get() != null).count();
    }

    /** Puts the application there, uses it and takes it away; nothing else of it stays on the stack. */
    @FunctionalInterface
    private interface Round {
        WeakReference<ClassLoader> run() throws Exception;
    }

    private static void redeploy(Round round) throws Exception {
        List<WeakReference<ClassLoader>> gone = new ArrayList<>();
        // Those of the cluster that other tests of this JVM share.
        Set<Thread> before = threadsOfKeystile();
        int threads = 0;
        for (int i = 0; i < REDEPLOYS; i++) {
            gone.add(round.run());
            if (i == 1) {
                threads = Thread.activeCount();
            }
        }
        try {
            Await.until("the end of class loaders", () -> left(gone) <= OF_JDK);
        } catch (AssertionError inVain) {
            throw new AssertionError(
                    left(gone) + " class loaders of " + REDEPLOYS + " are left, with the threads "
                            + Thread.getAllStackTraces().keySet(),
                    inVain);
        }
        Await.until("the end of threads", () -> before.containsAll(threadsOfKeystile()));
        assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads + 4);
    }

    private static Set<Thread> threadsOfKeystile() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("keystile"))
                .collect(Collectors.toSet());
    }

    @Test
    void redeployOnJetty_leavesNothingBehind() throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ContextHandlerCollection applications = new ContextHandlerCollection(true);
        server.setHandler(applications);
        server.start();
        try {
            redeploy(() -> {
                WebAppContext application = new WebAppContext();
                application.setContextPath("/");
                application.setWar(war.toString());
                application.setClassLoader(new WebAppClassLoader(new OfServer(), application));
                application.setThrowUnavailableOnStartupException(true);
                applications.addHandler(application);
                application.start();
                WeakReference<ClassLoader> classes = new WeakReference<>(application.getClassLoader());
                use(connector.getLocalPort());
                application.stop();
                applications.removeHandler(application);
                application.destroy();
                return classes;
            });
        } finally {
            server.stop();
        }
    }

    @Test
    void redeployOnTomcat_leavesNothingBehind() throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(folder.resolve("tomcat").toString());
        Connector connector = new Connector();
        connector.setPort(0);
        connector.setProperty("address", InetAddress.getLoopbackAddress().getHostAddress());
        tomcat.setConnector(connector);
        tomcat.start();
        Path defaults = Files.writeString(folder.resolve("default-web.xml"), """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                  <servlet>
                    <servlet-name>default</servlet-name>
                    <servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class>
                  </servlet>
                  <servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
                </web-app>
                """);
        try {
            redeploy(() -> {
                ContextConfig config = new ContextConfig();
                config.setDefaultWebXml(defaults.toString());
                StandardContext application = new StandardContext();
                application.setName("");
                application.setPath("");
                application.setDocBase(war.toString());
                application.setParentClassLoader(new OfServer());
                application.addLifecycleListener(config);
                StandardJarScanner scanner = new StandardJarScanner();
                scanner.setScanClassPath(false);
                application.setJarScanner(scanner);
                tomcat.getHost().addChild(application);
                WeakReference<ClassLoader> classes =
                        new WeakReference<>(application.getLoader().getClassLoader());
                use(connector.getLocalPort());
                tomcat.getHost().removeChild(application);
                return classes;
            });
        } finally {
            tomcat.stop();
            tomcat.destroy();
        }
    }
}
