package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportSelector;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * What docs/spring.md shows of Spring Security, compiled and run: the console with a login, and an API with keys, in one
 * application.
 */
class SecurityGuideTest {

    private static final String CONSOLE = "/settings/api-keys/";

    private static @Nullable Application started;
    private static @Nullable URLClassLoader loader;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Shown.class, Api.class})
    static class Guide {}

    static final class Shown implements ImportSelector {

        @Override
        public String[] selectImports(AnnotationMetadata importing) {
            return new String[] {"Security"};
        }
    }

    @RestController
    static class Api {

        @GetMapping({"/v1/invoices"})
        @PreAuthorize("hasAuthority('SCOPE_invoices:read')")
        String invoices(Authentication caller) {
            return caller.getName();
        }

        @GetMapping("/v1/reports")
        String reports() {
            return "reports";
        }
    }

    private static Application application() {
        return Objects.requireNonNull(started);
    }

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("application.yml");
        assertThat(GuideTest.blocksOfSecurity("yaml")).hasSize(1);
        Files.writeString(file, GuideTest.blocksOfSecurity("yaml").get(0));
        assertThat(GuideTest.blocksOfSecurity("Java")).hasSize(1);
        GuideTest.compile("""
                import static org.springframework.security.config.Customizer.withDefaults;
                import dev.keystile.console.*;
                import dev.keystile.key.*;
                import java.security.Principal;
                import java.util.*;
                import org.springframework.boot.web.servlet.ServletRegistrationBean;
                import org.springframework.context.annotation.*;
                import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
                import org.springframework.security.config.annotation.web.builders.HttpSecurity;
                import org.springframework.security.web.SecurityFilterChain;
                """ + GuideTest.blocksOfSecurity("Java").get(0), folder);
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        URLClassLoader shown = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before);
        loader = shown;
        Thread.currentThread().setContextClassLoader(shown);
        try {
            started = Application.start(
                    Guide.class,
                    "spring.config.location=" + file.toUri(),
                    "spring.security.user.name=ada",
                    "spring.security.user.password=secret");
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    @AfterAll
    static void stop() throws IOException {
        application().close();
        Objects.requireNonNull(loader).close();
    }

    private static String found(String pattern, HttpResponse<String> response) {
        Matcher matcher = Pattern.compile(pattern).matcher(response.body());
        assertThat(matcher.find()).as(response + " " + response.body()).isTrue();
        return matcher.group(1);
    }

    @Test
    void console_asksForALogin() {
        HttpResponse<String> page = application().get(CONSOLE, "", "Accept", "text/html");

        assertThat(page.statusCode()).isEqualTo(302);
        assertThat(page.headers().firstValue("Location").orElse("")).endsWith("/login");
        assertThat(application().get("/default-ui.css", "").statusCode()).isEqualTo(200);
        assertThat(application()
                        .get(CONSOLE, application().key("invoices:read"))
                        .statusCode())
                .as("a key is no login")
                .isNotEqualTo(200);
    }

    @Test
    void keyFromTheConsole_opensTheApi_andTheSessionDoesNot() {
        String session = application().logIn("ada", "secret");
        HttpResponse<String> page = application().get(CONSOLE, "", "Cookie", session);
        HttpResponse<String> begun = application().get(CONSOLE + "api/session", "", "Cookie", session);
        String token = found("\"token\":\"([^\"]+)\"", begun);
        String cookies = session + "; "
                + begun.headers().firstValue("Set-Cookie").orElseThrow().replaceAll(";.*", "");
        HttpResponse<String> made = application()
                .sendJson(
                        CONSOLE + "api/keys",
                        "{\"name\": \"Checkout\", \"environment\": \"live\", \"scopes\": [\"invoices:read\"]}",
                        "Cookie",
                        cookies,
                        "X-Console-Token",
                        token,
                        "Sec-Fetch-Site",
                        "same-origin");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String key = found("\"secret\":\"([^\"]+)\"", made);
        assertThat(application().get("/v1/invoices", key, "Cookie", cookies).body())
                .isNotEqualTo("ada")
                .isEqualTo(found("\"id\":\"([^\"]+)\"", made));
        assertThat(application().get("/v1/reports", key).statusCode()).isEqualTo(403);
        assertThat(application().get("/v1/invoices", "", "Cookie", cookies).statusCode())
                .isEqualTo(401);
        assertThat(application()
                        .sendJson(CONSOLE + "api/keys", "{}", "Cookie", cookies, "X-Console-Token", token)
                        .statusCode())
                .as("from another page")
                .isEqualTo(403);
        assertThat(application()
                        .sendForm("/logout", "", "Cookie", session, "Sec-Fetch-Site", "cross-site")
                        .statusCode())
                .as("what is not the console's needs a CSRF token")
                .isEqualTo(403);
    }
}
