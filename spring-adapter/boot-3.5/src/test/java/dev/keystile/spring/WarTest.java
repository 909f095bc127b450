package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.decision.ApiPrincipal;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.NewKey;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.scan.StandardJarScanner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.filter.DelegatingFilterProxy;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.FrameworkServlet;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** Spring MVC without Boot, as a web application on Tomcat: configured by XML, and by Java. */
class WarTest {

    @TempDir
    private Path folder = Path.of("");

    private final Tomcat tomcat = new Tomcat();

    @RestController
    static class Things {

        @GetMapping("/things")
        @RequireScope("things:read")
        String things(ApiPrincipal caller, Optional<ApiPrincipal> same) {
            return caller.account() + " " + same.isPresent();
        }

        @GetMapping("/open")
        String open() {
            return "open";
        }

        @GetMapping("/forgotten")
        String forgotten() {
            return "forgotten";
        }
    }

    @BeforeAll
    static void forgetPropertiesOfTheBuild() {
        Application.forgetPropertiesOfTheBuild();
    }

    @AfterEach
    void stop() throws LifecycleException {
        tomcat.stop();
        tomcat.destroy();
    }

    private ServletContext start(Consumer<Context> deployment) throws IOException, LifecycleException {
        tomcat.setBaseDir(folder.resolve("tomcat").toString());
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Path application = Files.createDirectories(folder.resolve("application"));
        Context deployed = tomcat.addWebapp("/war", application.toString());
        deployed.setParentClassLoader(WarTest.class.getClassLoader());
        StandardJarScanner scanner = new StandardJarScanner();
        scanner.setScanClassPath(false);
        deployed.setJarScanner(scanner);
        deployment.accept(deployed);
        tomcat.start();
        return deployed.getServletContext();
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve("application/WEB-INF").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private HttpResponse<String> get(String path, String key) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/war" + path));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private String key(Keystile keystile, String scope) {
        NewKey wanted =
                NewKey.of("acme", "a key", KeyEnvironment.LIVE).scopes(scope).build();
        return keystile.keyManager().issue(wanted, new Actor.Operator("test")).revealOnce();
    }

    private void assertGuarded(Keystile keystile, String servletPath) throws IOException, InterruptedException {
        String reader = key(keystile, "things:read");
        String writer = key(keystile, "things:write");

        assertThat(get(servletPath + "/things", reader).body()).isEqualTo("acme true");
        assertThat(get(servletPath + "/things", "").statusCode()).isEqualTo(401);
        assertThat(get(servletPath + "/things", writer).statusCode()).isEqualTo(403);
        assertThat(get(servletPath + "/forgotten", reader).statusCode()).isEqualTo(403);
        assertThat(get(servletPath + "/open", "").body()).isEqualTo("open");
        assertThat(get(servletPath + "//things", reader).statusCode()).isEqualTo(400);
        assertThat(get("/anything", reader).statusCode()).isEqualTo(403);
    }

    @Test
    void xml_guardsTheApplication() throws Exception {
        writeApplication("");

        ServletContext context = start(deployed -> {});

        // The filter begins with the first request, for it is Spring's proxy that the container starts.
        assertThat(get("/api/open", "").statusCode()).isEqualTo(200);
        assertGuarded(KeystileFilter.keystileOf(context).orElseThrow(), "/api");
    }

    @Test
    void wrongSettings_answerNothing() throws Exception {
        writeApplication("realmm = x");

        start(deployed -> {});

        assertThat(get("/api/open", "").statusCode()).isEqualTo(500);
    }

    private void writeApplication(String more) throws IOException {
        write("keystile.properties", """
                key.prefixes = acme_live_ secret live
                store.type = memory
                scopes = things:read, things:write
                rules.open = GET /api/open public
                """ + more);
        String filter = GuideTest.blocks("xml").stream()
                .filter(block -> block.contains("<filter>"))
                .findAny()
                .orElseThrow();
        write("web.xml", """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                  <servlet>
                    <servlet-name>app</servlet-name>
                    <servlet-class>org.springframework.web.servlet.DispatcherServlet</servlet-class>
                    <load-on-startup>1</load-on-startup>
                  </servlet>
                  <servlet-mapping>
                    <servlet-name>app</servlet-name>
                    <url-pattern>/api/*</url-pattern>
                  </servlet-mapping>
                """ + filter + "</web-app>");
        write("app-servlet.xml", """
                <beans xmlns="http://www.springframework.org/schema/beans"
                       xmlns:context="http://www.springframework.org/schema/context"
                       xmlns:mvc="http://www.springframework.org/schema/mvc"
                       xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                       xsi:schemaLocation="http://www.springframework.org/schema/beans
                         https://www.springframework.org/schema/beans/spring-beans.xsd
                         http://www.springframework.org/schema/context
                         https://www.springframework.org/schema/context/spring-context.xsd
                         http://www.springframework.org/schema/mvc
                         https://www.springframework.org/schema/mvc/spring-mvc.xsd">
                  <context:annotation-config/>
                  <mvc:annotation-driven/>
                  <bean class="dev.keystile.spring.KeystileConfiguration"/>
                  <bean class="dev.keystile.spring.WarTest$Things"/>
                </beans>
                """);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableWebMvc
    @EnableKeystile
    @Import(Things.class)
    static class Guarded {

        @Bean
        Settings settings() {
            return Settings.of(Map.of(
                    "key.prefixes", "acme_live_ secret live",
                    "store.type", "memory",
                    "scopes", "things:read, things:write",
                    "rules.open", "GET /open public"));
        }
    }

    private static void deploy(ServletContext context) {
        AnnotationConfigWebApplicationContext beans = new AnnotationConfigWebApplicationContext();
        beans.register(Guarded.class);
        ServletRegistration.Dynamic servlet = context.addServlet("app", new DispatcherServlet(beans));
        servlet.setLoadOnStartup(1);
        servlet.setAsyncSupported(true);
        servlet.addMapping("/");
    }

    @Test
    void java_guardsTheApplication() throws Exception {
        ServletContext context = start(deployed -> deployed.addServletContainerInitializer(
                (classes, starting) -> {
                    deploy(starting);
                    DelegatingFilterProxy proxy = new DelegatingFilterProxy("keystileFilter");
                    proxy.setContextAttribute(FrameworkServlet.SERVLET_CONTEXT_PREFIX + "app");
                    FilterRegistration.Dynamic filter = starting.addFilter("keystileFilter", proxy);
                    filter.setAsyncSupported(true);
                    filter.addMappingForUrlPatterns(EnumSet.allOf(DispatcherType.class), false, "/*");
                },
                Set.of()));

        assertThat(get("/open", "").statusCode()).isEqualTo(200);
        assertGuarded(KeystileFilter.keystileOf(context).orElseThrow(), "");
    }

    @Test
    void controllers_withoutTheFilter_answerNothing() throws Exception {
        start(deployed -> deployed.addServletContainerInitializer((classes, context) -> deploy(context), Set.of()));

        HttpResponse<String> open = get("/open", "");

        assertThat(open.statusCode()).isEqualTo(500);
        assertThat(open.body()).contains("keystileFilter did not see this request");
    }
}
