package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.decision.ApiPrincipal;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.util.ClassUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** What docs/spring.md shows. */
class GuideTest {

    private static final String BOOT_3_SLICES = "org.springframework.boot.test.autoconfigure.web.servlet";
    private static final String BOOT_4_SLICES = "org.springframework.boot.webmvc.test.autoconfigure";
    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();

    private static final Pattern SECURITY =
            Pattern.compile("^## Spring Security$.*?(?=^## )", Pattern.DOTALL | Pattern.MULTILINE);

    /** All but those of the section about Spring Security, which takes more than is there in most tests. */
    static List<String> blocks(String language) throws IOException {
        return blocks(language, SECURITY.matcher(guide()).replaceFirst(""));
    }

    static List<String> blocksOfSecurity(String language) throws IOException {
        Matcher section = SECURITY.matcher(guide());
        assertThat(section.find()).isTrue();
        return blocks(language, section.group());
    }

    private static String guide() throws IOException {
        return Files.readString(ROOT.resolve("docs/spring.md"));
    }

    private static List<String> blocks(String language, String text) {
        Matcher matcher = Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(text);
        return matcher.results().map(it -> it.group(1)).toList();
    }

    /** A project as its first controller is written: nothing in it is Keystile's. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(EmptyProject.Invoices.class)
    static class EmptyProject {

        @RestController
        static class Invoices {

            @GetMapping("/v1/invoices/{id}")
            String show() {
                return "an invoice";
            }

            @PostMapping("/v1/invoices")
            String create() {
                return "created";
            }

            @GetMapping("/health")
            String health() {
                return "up";
            }

            @GetMapping("/v1/statistics")
            String statistics() {
                return "numbers";
            }
        }
    }

    @Test
    void tenLines_guardAnEmptyProject(@TempDir Path folder) throws IOException {
        String lines = blocks("yaml").get(0);
        Path file = folder.resolve("application.yml");
        Files.writeString(file, lines);

        assertThat(lines.lines().count()).isLessThanOrEqualTo(10);
        try (Application application =
                Application.startBare(EmptyProject.class, "spring.config.location=" + file.toUri())) {
            String reader = application.key("invoices:read");

            assertThat(application.get("/v1/invoices/7", reader).body()).isEqualTo("an invoice");
            assertThat(application.get("/v1/invoices/7", "").statusCode()).isEqualTo(401);
            assertThat(application.send("POST", "/v1/invoices", reader).statusCode())
                    .isEqualTo(403);
            assertThat(application.get("/v1/statistics", reader).statusCode()).isEqualTo(403);
            assertThat(application.get("/health", "").body()).isEqualTo("up");
            assertThat(Stream.generate(() -> application.get("/v1/invoices/7", "", "x-api-key", reader))
                            .limit(100)
                            .anyMatch(it -> it.statusCode() == 429))
                    .as("60 in a minute at most")
                    .isTrue();
        }
    }

    /** With nothing on the class path but Boot's web starter and this one: no actuator, no metrics, no database. */
    @Test
    void tenLines_areEnough_withoutAnythingElse(@TempDir Path folder) throws IOException, InterruptedException {
        Path file = folder.resolve("application.yml");
        Files.writeString(file, blocks("yaml").get(0));
        Pattern others = Pattern.compile(
                "actuator|micrometer-(core|jakarta)|spring-boot-(micrometer|health|jdbc|sql|transaction|persistence|security|test|webmvc-test)"
                        + "|spring-security|extensions/console|keystile-console|/spring-(jdbc|tx|test)/|extensions/jdbc|keystile-jdbc|HikariCP|/h2/");

        assertThat(Application.outputOf(Alone.class, others, folder, "spring.config.location=" + file.toUri()))
                .contains("200 401 403");
    }

    /** The application of {@link #tenLines_areEnough_withoutAnythingElse}, and its callers. */
    static final class Alone {

        private Alone() {}

        public static void main(String... properties) {
            List<String> others = List.of(
                    "dev.keystile.jdbc.JdbcKeyStore",
                    "io.micrometer.core.instrument.MeterRegistry",
                    "org.springframework.boot.actuate.endpoint.annotation.Endpoint",
                    "org.springframework.jdbc.core.JdbcTemplate",
                    "org.springframework.mock.web.MockHttpServletRequest",
                    "org.springframework.security.core.Authentication",
                    "org.springframework.security.web.FilterChainProxy");
            Application.runWithout(others, () -> call(properties));
        }

        private static void call(String... properties) {
            try (Application application = Application.startBare(EmptyProject.class, properties)) {
                String reader = application.key("invoices:read");
                System.out.println(application.get("/v1/invoices/7", reader).statusCode() + " "
                        + application.get("/v1/invoices/7", "").statusCode() + " "
                        + application.send("POST", "/v1/invoices", reader).statusCode());
            }
        }
    }

    @Test
    void health_isAsShown() throws IOException {
        try (Application application = Application.start(
                EmptyProject.class,
                "keystile.rules.actuator=GET /actuator/** public",
                "management.endpoint.health.show-details=always")) {
            String told = withoutTimes(
                    application.get("/actuator/health/keystile", "").body());
            String shown = withoutTimes(blocks("json").get(0));

            // Which of the two is written first is not the same in both versions of Boot.
            String details = shown.substring(shown.indexOf("\"details\""), shown.length() - 1);
            assertThat(told).contains("\"status\":\"UP\"").contains(details).hasSameSizeAs(shown);
        }
    }

    private static String withoutTimes(String json) {
        return json.replaceAll("\\s", "").replaceAll("(since[A-Za-z]+\":\"PT)[0-9.]+S", "$1…");
    }

    /** What the guide's test says is what {@link MockedInvoices} says, which runs. */
    @Test
    void test_isOneThatRuns() throws IOException {
        String runs = Files.readString(
                        Path.of("../boot-3.5/src/test/java/dev/keystile/spring").resolve("MockedInvoices.java"))
                .replaceAll("\\s", "");
        List<String> shown = blocks("Java").stream()
                .filter(block -> block.contains("@WebMvcTest"))
                .flatMap(String::lines)
                .filter(line -> line.contains("assertThat("))
                .map(line -> line.replaceAll("[\\s;]", ""))
                .toList();

        assertThat(shown).hasSize(3).allSatisfy(line -> assertThat(runs).contains(line));
    }

    @Test
    void dependency_isThatOfTheBuild() throws IOException {
        Matcher own = Pattern.compile("<artifactId>keystile-parent</artifactId>\\s*<version>(.*)</version>")
                .matcher(Files.readString(ROOT.resolve("pom.xml")));

        assertThat(own.find()).isTrue();
        assertThat(blocks("xml").get(0)).contains("keystile-spring", "<version>" + own.group(1) + "<");
    }

    static List<String> javaBlocks() throws IOException {
        List<String> blocks = blocks("Java");
        assertThat(blocks).hasSize(4);
        return blocks;
    }

    @ParameterizedTest
    @MethodSource("javaBlocks")
    void java_compiles(String block, @TempDir Path classes) {
        String slices = ClassUtils.isPresent(BOOT_4_SLICES + ".WebMvcTest", null) ? BOOT_4_SLICES : BOOT_3_SLICES;
        compile("""
                import static dev.keystile.spring.test.ApiKeyRequestPostProcessor.apiKey;
                import static org.assertj.core.api.Assertions.assertThat;

                import %s;
                import %s.WebMvcTest;
                import dev.keystile.key.*;
                import dev.keystile.spring.*;
                import java.util.*;
                import org.junit.jupiter.api.Test;
                import org.springframework.beans.factory.annotation.Autowired;
                import org.springframework.boot.ApplicationRunner;
                import org.springframework.test.web.servlet.assertj.MockMvcTester;
                import org.springframework.context.annotation.*;
                import org.springframework.web.bind.annotation.*;
                import org.springframework.web.servlet.config.annotation.*;
                """.formatted(ApiPrincipal.class.getName(), slices) + block, classes);
    }

    static void compile(String source, Path classes) {
        StringWriter messages = new StringWriter();
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        List<String> options =
                List.of("-cp", System.getProperty("java.class.path"), "-d", classes.toString(), "-proc:none");

        boolean compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(messages, null, null, options, null, List.of(file))
                .call();

        assertThat(compiled).as("%s%n%s", source, messages).isTrue();
    }
}
