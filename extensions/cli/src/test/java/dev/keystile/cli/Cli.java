package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.KeyAdministration;
import dev.keystile.config.KeyStoreProvider;
import dev.keystile.config.Settings;
import dev.keystile.key.KeyStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Function;

/** The command line beside an application, as a shell sees it. Not safe for use by many threads. */
final class Cli {

    /** What an application has in its settings, much of which is not for the command line. */
    static final String SETTINGS = """
            key.prefixes = acme_live_ secret live, acme_test_ secret test, acme_pk_ publishable live, \\
                           acme_old_ secret live retired
            store.type = jdbc
            store.url = ${STORE_URL}
            scopes = invoices:read, invoices:write, customers:read
            implications = invoices:write > invoices:read
            roles.support = customers:read
            plans.starter = 60/1m burst 10
            plans.growth = 600/1m burst 50
            default-plan = starter
            rules.invoices = GET /v1/invoices/** invoices:read option=of-an-extension
            limiter.type = ${LIMITER_OF_THE_APPLICATION}
            limiter.cluster.nodes = many
            cors.origins = not an origin
            """;

    private final Path settings;
    private final Map<String, String> variables = new HashMap<>();
    private Function<Settings, KeyAdministration> opener = Settings::openAdministration;
    private TypingTerminal terminal = new TypingTerminal();
    private String input = "";
    private Instant now = Instant.now();

    /** Over settings in a folder. */
    Cli(Path folder) {
        this(folder, SETTINGS);
    }

    /** Over these settings, in a folder. */
    Cli(Path folder, String text) {
        this.settings = folder.resolve("keystile.properties");
        write(text);
        variables.put("KEYSTILE_CONFIG", settings.toString());
        variables.put("STORE_URL", "jdbc:h2:file:" + folder.resolve("keys"));
    }

    /** The store that a URL names, opened as an application opens it. */
    static KeyStore open(String url) {
        return ServiceLoader.load(KeyStoreProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.type().equals("jdbc"))
                .findFirst()
                .orElseThrow()
                .open(Map.of("store.url", url));
    }

    /** How a command ended. */
    record Result(int exit, String out, String err) {

        Result succeeds() {
            assertThat(exit).as(err).isZero();
            return this;
        }

        List<String> lines() {
            return out.lines().toList();
        }

        Json json() {
            return Json.parse(out);
        }
    }

    Path settings() {
        return settings;
    }

    /** Puts other settings in place of those before. */
    Cli write(String text) {
        try {
            Files.writeString(settings, text);
            return this;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    Cli over(KeyStore store) {
        opener = read -> read.administration(store);
        return this;
    }

    Cli variable(String name, String value) {
        variables.put(name, value);
        return this;
    }

    Cli without(String variable) {
        variables.remove(variable);
        return this;
    }

    Cli at(TypingTerminal where) {
        terminal = where;
        return this;
    }

    Cli input(String text) {
        input = text;
        return this;
    }

    Cli now(Instant moment) {
        now = moment;
        return this;
    }

    /** Runs a command of words, and more arguments that may hold blanks. */
    Result run(String words, String... more) {
        List<String> arguments = new ArrayList<>(List.of(words.split(" ")));
        arguments.addAll(List.of(more));
        return execute(arguments.stream().filter(it -> !it.isEmpty()).toArray(String[]::new));
    }

    private Result execute(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Shell shell = new Shell(
                name -> Optional.ofNullable(variables.get(name)),
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintWriter(out),
                new PrintWriter(err),
                StandardCharsets.UTF_8,
                terminal,
                () -> now,
                "jane",
                () -> Optional.of("ops-1"),
                opener);
        int exit = new Program(shell).run(arguments);
        return new Result(exit, out.toString(), err.toString());
    }
}
