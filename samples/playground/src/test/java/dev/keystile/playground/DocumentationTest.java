package dev.keystile.playground;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.config.Setting;
import dev.keystile.config.Settings;
import dev.keystile.key.KeyStore;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EventListener;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the documents show is compiled, read as settings, and compared with the code. */
class DocumentationTest {

    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final Path SETTINGS_PAGE = ROOT.resolve("docs/settings.md");
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)#]+)(#[^)]*)?\\)");

    private static final Pattern PUBLIC_CLASS = Pattern.compile("^public class (\\w+)", Pattern.MULTILINE);
    private static final String IMPORTS = """
            import static dev.keystile.key.KeyEnvironment.*;
            import com.zaxxer.hikari.*;
            import dev.keystile.*;
            import dev.keystile.bucket4j.*;
            import dev.keystile.config.*;
            import dev.keystile.console.*;
            import dev.keystile.decision.*;
            import dev.keystile.http.*;
            import dev.keystile.jwt.*;
            import dev.keystile.key.*;
            import dev.keystile.limit.*;
            import dev.keystile.redis.*;
            import dev.keystile.scope.*;
            import dev.keystile.servlet.*;
            import io.github.bucket4j.distributed.*;
            import io.github.bucket4j.distributed.jdbc.*;
            import io.github.bucket4j.distributed.proxy.*;
            import io.github.bucket4j.postgresql.*;
            import io.github.bucket4j.redis.lettuce.*;
            import io.lettuce.core.ClientOptions;
            import io.lettuce.core.ClientOptions.DisconnectedBehavior;
            import io.lettuce.core.RedisClient;
            import jakarta.servlet.*;
            import jakarta.servlet.http.*;
            import java.io.*;
            import java.nio.charset.StandardCharsets;
            import java.time.*;
            import java.util.*;
            import javax.sql.DataSource;
            """;

    /** One fenced block of a document. */
    record Block(Path document, String text) {

        @Override
        public String toString() {
            return ROOT.relativize(document) + ": " + text.lines().findFirst().orElse("");
        }
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
                Stream<Path> top = Files.list(ROOT)) {
            return Stream.concat(docs, top)
                    .filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    private static List<Block> blocks(String language) throws IOException {
        Pattern fenced = Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
        List<Block> blocks = new ArrayList<>();
        for (Path document : documents()) {
            Matcher matcher = fenced.matcher(Files.readString(document));
            while (matcher.find()) {
                blocks.add(new Block(document, matcher.group(1)));
            }
        }
        return blocks;
    }

    static List<Block> javaBlocks() throws IOException {
        return blocks("java");
    }

    static List<Block> propertiesBlocks() throws IOException {
        return blocks("properties");
    }

    @ParameterizedTest
    @MethodSource("javaBlocks")
    void javaExample_compiles(Block block, @TempDir Path classes) {
        compile(block, classes);
    }

    /** What a block stands for: a file of its own, a class without imports, or some statements. */
    private static String sourceOf(Block block) {
        if (block.text().startsWith("package ")) {
            return block.text();
        }
        return IMPORTS + (PUBLIC_CLASS.matcher(block.text()).find() ? block.text() : """
                        class Example {
                            Keystile keystile;
                            KeyStore keyStore;
                            RateLimiter limiter;
                            ServletContext servletContext;
                            HttpServletRequest request;
                            DataSource liveDatabase;
                            DataSource testDatabase;

                            void example() throws Exception {
                                %s
                            }
                        }
                        """.formatted(block.text()));
    }

    private static void compile(Block block, Path classes) {
        String source = sourceOf(block);
        Matcher own = PUBLIC_CLASS.matcher(source);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        List<String> options =
                List.of("-cp", System.getProperty("java.class.path"), "-d", classes.toString(), "-proc:none");

        boolean compiled = compiler.getTask(
                        messages,
                        null,
                        null,
                        options,
                        null,
                        List.of(file(own.find() ? own.group(1) : "Example", source)))
                .call();

        assertThat(compiled).as("%s%n%s", source, messages).isTrue();
    }

    private static JavaFileObject file(String name, String source) {
        return new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
    }

    @ParameterizedTest
    @MethodSource("propertiesBlocks")
    void propertiesExample_isAccepted(Block block) throws IOException {
        Map<String, String> settings = new LinkedHashMap<>(
                Settings.read(new StringReader(block.text())).values());
        // Pages on a part of the settings show that part alone.
        settings.putIfAbsent("key.prefixes", "acme_live_ secret live, acme_test_ secret test");
        settings.putIfAbsent("limits.reports", "100/1h");
        if (settings.keySet().stream().noneMatch(name -> name.startsWith("rules."))) {
            settings.put("rules.all", "ANY /** authenticated");
        }

        assertThat(withVariables(Settings.of(settings))
                        .builder(KeyStore.inMemory())
                        .problems())
                .isEmpty();
    }

    @Test
    void linksBetweenDocuments_leadSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path document : documents()) {
            Matcher link = LINK.matcher(Files.readString(document));
            while (link.find()) {
                links++;
                String target = link.group(1);
                if (!target.contains("://") && !Files.exists(document.resolveSibling(target))) {
                    broken.add(document + " -> " + target);
                }
            }
        }

        assertThat(links).isGreaterThan(10);
        assertThat(broken).isEmpty();
    }

    /** The README's web.xml and its settings, word for word but for the place of the keys, start an application. */
    @Test
    void readmeApplication_starts(@TempDir Path folder) throws Exception {
        Path webInf = Files.createDirectories(folder.resolve("WEB-INF"));
        String webXml = blocks("xml").stream()
                .filter(block ->
                        block.document().endsWith("README.md") && block.text().contains("<filter>"))
                .map(Block::text)
                .findAny()
                .orElseThrow();
        String settings = blocks("properties").stream()
                .filter(block -> block.document().endsWith("README.md"))
                .map(Block::text)
                .findAny()
                .orElseThrow();
        Files.writeString(
                webInf.resolve("web.xml"),
                "<web-app xmlns=\"https://jakarta.ee/xml/ns/jakartaee\" version=\"6.0\">" + webXml + "</web-app>");
        Files.writeString(
                webInf.resolve("keystile.properties"),
                settings.replace("./data/keys", folder.resolve("keys").toString()));

        try (WebServer server = WebServer.start(folder, 0, application -> {})) {
            assertGuarded(server);
        }
    }

    /** So does the class that says the same in code, with the same answers. */
    @Test
    void applicationInCode_starts(@TempDir Path folder) throws Exception {
        Block block = javaBlocks().stream()
                .filter(it -> it.text().contains("public class ApiKeys "))
                .findAny()
                .orElseThrow();
        compile(block, folder);

        try (URLClassLoader classes = new URLClassLoader(
                new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
            EventListener listener = (EventListener)
                    classes.loadClass("com.example.ApiKeys").getConstructor().newInstance();
            try (WebServer server = WebServer.start(folder, 0, application -> application.addEventListener(listener))) {
                assertGuarded(server);
            }
        }
    }

    private static void assertGuarded(WebServer server) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        URI address = URI.create("http://127.0.0.1:" + server.port());
        HttpRequest guarded =
                HttpRequest.newBuilder(address.resolve("/v1/invoices")).build();
        HttpRequest open = HttpRequest.newBuilder(address.resolve("/health")).build();
        assertThat(client.send(guarded, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isEqualTo(401);
        assertThat(client.send(open, HttpResponse.BodyHandlers.discarding()).statusCode())
                .as("let through to an application that has no such page")
                .isEqualTo(404);
    }

    /** What the README tells to depend on is what this build is tested with, the driver of its store.url included. */
    @Test
    void readmeDependencies_areThoseOfTheBuild() throws IOException {
        String pom = Files.readString(ROOT.resolve("pom.xml"));
        String readme = Files.readString(ROOT.resolve("README.md"));
        Matcher h2 = Pattern.compile("<h2\\.version>(.*)</h2\\.version>").matcher(pom);
        Matcher own = Pattern.compile("<artifactId>keystile-parent</artifactId>\\s*<version>(.*)</version>")
                .matcher(pom);

        assertThat(h2.find() && own.find()).isTrue();
        assertThat(readme)
                .contains("jdbc:h2:")
                .containsPattern("<artifactId>h2</artifactId>\\s*<version>" + Pattern.quote(h2.group(1)) + "<")
                .containsPattern(
                        "<artifactId>keystile-servlet</artifactId>\\s*<version>" + Pattern.quote(own.group(1)) + "<")
                .containsPattern(
                        "<artifactId>keystile-jdbc</artifactId>\\s*<version>" + Pattern.quote(own.group(1)) + "<");
    }

    /** So is what the page on bucket4j tells. */
    @Test
    void bucket4jDependencies_areThoseOfTheBuild() throws IOException {
        String pom = Files.readString(ROOT.resolve("pom.xml"));
        String page = Files.readString(ROOT.resolve("docs/bucket4j.md"));
        Map<String, String> properties = Map.of(
                "bucket4j_jdk17-lettuce", "bucket4j.version",
                "lettuce-core", "lettuce.version");
        Matcher postgresql =
                Pattern.compile("<bucket4j-postgresql.version>(.*)</").matcher(pom);
        assertThat(postgresql.find()).isTrue();
        assertThat(page).contains("`bucket4j_jdk17-postgresql` " + postgresql.group(1) + ",");

        properties.forEach((artifact, property) -> {
            Matcher version =
                    Pattern.compile("<" + Pattern.quote(property) + ">(.*)</").matcher(pom);
            assertThat(version.find()).as(property).isTrue();
            assertThat(page)
                    .containsPattern("<artifactId>" + artifact + "</artifactId>\\s*<version>"
                            + Pattern.quote(version.group(1)) + "<");
        });
    }

    /** Every setting with its example, in one file. */
    private static String everySetting() {
        Map<String, String> names = Map.of(
                "import.*", "prefixed",
                "roles.*", "support",
                "plans.*", "starter",
                "limits.*", "exports",
                "headers.custom.*", "X-Left",
                "errors.*.type", "forbidden",
                "errors.*.code", "forbidden",
                "errors.*.message", "forbidden",
                "errors.*.body", "default",
                "rules.*", "customers-read");
        StringBuilder file = new StringBuilder();
        for (Setting setting : Settings.all()) {
            String name = setting.name().replace("*", names.getOrDefault(setting.name(), "*"));
            file.append(name).append(" = ").append(setting.example()).append('\n');
        }
        return file.toString();
    }

    @Test
    void everySettingWithItsExample_isAccepted() throws IOException {
        Settings settings = withVariables(Settings.read(new StringReader(everySetting())));

        assertThat(settings.builder(KeyStore.inMemory()).problems()).isEmpty();
    }

    private static Settings withVariables(Settings settings) {
        return settings.withVariables(name -> Optional.of("0123456789abcdef0123456789abcdef"));
    }

    /** {@code mvn verify -Dtest.jvm.args=-Dkeystile.docs.update=true} writes the page before it is compared. */
    @Test
    void settingsPage_isWhatTheCodeSays() throws IOException {
        String page = settingsPage();
        if (Boolean.getBoolean("keystile.docs.update")) {
            Files.writeString(SETTINGS_PAGE, page);
        }

        assertThat(SETTINGS_PAGE).hasContent(page);
    }

    private static String settingsPage() {
        StringBuilder page = new StringBuilder("""
                # Settings

                One set of names in web.xml, in a properties file and in code. In web.xml each is an `init-param`, or one
                named `config` names a file: `/WEB-INF/keystile.properties` of the application, `classpath:keystile.properties`, or a path of
                the file system. A line break in a value counts as a space. `${NAME}` in a value stands for an environment variable. A `*` in a name stands for a name of your choice. Lists are separated by commas.

                An unknown name, a name set twice, a scope nobody declared, rules that contradict each other, a variable that
                is not set: each stops the start, and one message tells them all.

                """);
        for (Setting setting : Settings.all()) {
            page.append("## `").append(setting.name()).append("`\n\n");
            page.append(setting.description()).append("\n\n");
            page.append("- Value: ").append(setting.type()).append('\n');
            page.append("- Default: ").append(defaultOf(setting)).append('\n');
            page.append("- Example: `").append(setting.example()).append("`\n\n");
        }
        page.append("## All of them in one file\n\n```properties\n");
        page.append(everySetting());
        return page.append("```\n").toString();
    }

    private static String defaultOf(Setting setting) {
        String value = setting.defaultValue();
        if (value.isEmpty()) {
            return "none";
        }
        boolean prose = value.contains("`")
                || value.startsWith("those ")
                || value.startsWith("that ")
                || value.startsWith("a sentence");
        return prose ? value : "`" + value + "`";
    }
}
