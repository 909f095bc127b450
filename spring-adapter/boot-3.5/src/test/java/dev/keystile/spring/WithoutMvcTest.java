package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application on servlets alone, without Spring MVC on the class path: rules of the settings are all there is. */
class WithoutMvcTest {

    private static final Pattern WITHOUT = Pattern.compile("webmvc|spring-(boot-)?test|spring-(boot-)?security");

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Servlets {

        @Bean
        ServletRegistrationBean<HttpServlet> things() {
            HttpServlet servlet = new HttpServlet() {
                @Override
                protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
                    response.getWriter().print(request.isUserInRole("things:read"));
                }
            };
            return new ServletRegistrationBean<>(servlet, "/things", "/others");
        }
    }

    @Test
    void rules_guardServlets(@TempDir Path folder) throws IOException, InterruptedException {
        assertThat(Application.outputOf(Main.class, WITHOUT, folder, "keystile.rules.things=GET /things things:read"))
                .contains("200 true 401 403 403");
    }

    /** The application, and its callers. */
    static final class Main {

        private Main() {}

        public static void main(String... properties) {
            Application.runWithout(
                    List.of("org.springframework.web.servlet.DispatcherServlet"), () -> call(properties));
        }

        private static void call(String... properties) {
            try (Application application = Application.start(Servlets.class, properties)) {
                String reader = application.key("things:read");
                System.out.println(application.get("/things", reader).statusCode() + " "
                        + application.get("/things", reader).body() + " "
                        + application.get("/things", "").statusCode() + " "
                        + application.get("/things", application.key()).statusCode() + " "
                        + application.get("/others", reader).statusCode());
            }
        }
    }
}
