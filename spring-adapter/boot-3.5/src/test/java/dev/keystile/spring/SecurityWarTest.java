package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.config.Settings;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyManager;
import dev.keystile.key.NewKey;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.filter.DelegatingFilterProxy;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.FrameworkServlet;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** Spring MVC and Spring Security without Boot, on Tomcat, with the two filters in either order. */
class SecurityWarTest {

    @Configuration(proxyBeanMethods = false)
    @EnableWebMvc
    @EnableKeystile
    @EnableWebSecurity
    @EnableMethodSecurity
    @Import(Things.class)
    static class Guarded {

        @Bean
        Settings settings() {
            return Settings.of(Map.of(
                    "key.prefixes", "acme_live_ secret live",
                    "store.type", "memory",
                    "scopes", "things:read, things:write",
                    "rules.all", "ANY /** authenticated"));
        }

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(rules -> rules.anyRequest().authenticated())
                    .build();
        }
    }

    @RestController
    static class Things {

        @PostMapping("/things")
        @PreAuthorize("hasAuthority('SCOPE_things:write')")
        String things(@AuthenticationPrincipal(expression = "account") String account) {
            return account;
        }
    }

    @BeforeAll
    static void forgetPropertiesOfTheBuild() {
        Application.forgetPropertiesOfTheBuild();
    }

    private static void deploy(ServletContext context, List<String> filters) {
        AnnotationConfigWebApplicationContext beans = new AnnotationConfigWebApplicationContext();
        beans.register(Guarded.class);
        ServletRegistration.Dynamic servlet = context.addServlet("app", new DispatcherServlet(beans));
        servlet.setLoadOnStartup(1);
        servlet.addMapping("/");
        for (String name : filters) {
            FilterRegistration.Dynamic filter = context.addFilter(name, proxy(name));
            filter.addMappingForUrlPatterns(EnumSet.allOf(DispatcherType.class), true, "/*");
        }
    }

    private static Filter proxy(String name) {
        DelegatingFilterProxy proxy = new DelegatingFilterProxy(name);
        proxy.setContextAttribute(FrameworkServlet.SERVLET_CONTEXT_PREFIX + "app");
        return proxy;
    }

    @ParameterizedTest
    @CsvSource({
        "keystileFilter springSecurityFilterChain, things:write, 200",
        "keystileFilter springSecurityFilterChain, things:read,  403",
        // Nobody is known to Spring Security: what needs a login stays closed.
        "springSecurityFilterChain keystileFilter, things:write, 403",
    })
    void key_isKnownToAChain_behindTheFilter(String filters, String scope, int status, @TempDir Path folder)
            throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(folder.toString());
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context deployed = tomcat.addContext("/war", folder.toString());
        deployed.addServletContainerInitializer(
                (classes, context) -> deploy(context, List.of(filters.split(" "))), Set.of());
        tomcat.start();
        try {
            URI address = URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/war/things");
            WebApplicationContext beans = (WebApplicationContext)
                    deployed.getServletContext().getAttribute(FrameworkServlet.SERVLET_CONTEXT_PREFIX + "app");
            String key = beans.getBean(KeyManager.class)
                    .issue(
                            NewKey.of("acme", "a key", KeyEnvironment.LIVE)
                                    .scopes(scope)
                                    .build(),
                            new Actor.Operator("test"))
                    .revealOnce();

            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(address)
                                    .POST(BodyPublishers.noBody())
                                    .header("Authorization", "Bearer " + key)
                                    .build(),
                            BodyHandlers.ofString());

            assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
            if (status == 200) {
                assertThat(response.body()).isEqualTo("acme");
            }
        } finally {
            tomcat.stop();
            tomcat.destroy();
        }
    }
}
