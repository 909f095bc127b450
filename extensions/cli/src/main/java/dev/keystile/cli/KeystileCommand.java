package dev.keystile.cli;

import dev.keystile.config.Settings;
import dev.keystile.key.Actor;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command above all others: the options that they share. */
@Command(
        name = "keystile",
        header = "Manages the API keys of an application, from its own settings.",
        customSynopsis = "keystile <command> [options]",
        description = {
            "",
            "Works on the store that the application's settings file names, beside the running application,"
                    + " which follows within 2 seconds. Every change goes into the audit trail with who made it.",
        },
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Begin here:",
            "  export KEYSTILE_CONFIG=/etc/acme/keystile.properties",
            "  keystile issue --account acct_1 --name \"Checkout server\" --environment live",
            "  keystile list --account acct_1",
            "  keystile help issue",
        })
final class KeystileCommand implements Callable<Integer> {

    private static final String CONFIG_VARIABLE = "KEYSTILE_CONFIG";
    /** Where the settings file is named, as the end of a sentence. */
    static final String WHERE_NAMED = "with --config or in " + CONFIG_VARIABLE;

    private static final int MAX_NAME = 100;

    private final Shell shell;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-c", "--config"},
            paramLabel = "<file>",
            scope = ScopeType.INHERIT,
            order = 1,
            description = "The settings file of the application; $${NAME} in it stands for environment variables."
                    + " Unless given, the variable " + CONFIG_VARIABLE + " names it.")
    private Optional<Path> config = Optional.empty();

    private final Map<String, String> overrides = new LinkedHashMap<>();

    @Option(
            names = "--as",
            paramLabel = "<name>",
            scope = ScopeType.INHERIT,
            order = 3,
            description = "Who the audit trail says made the change, behind operator:cli: there; the user that the"
                    + " operating system knows, unless given.")
    private Optional<String> name = Optional.empty();

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            order = 4,
            description = "Answers one JSON document on standard output; a failure is one on standard error.")
    private boolean json;

    @Option(
            names = "--stacktrace",
            scope = ScopeType.INHERIT,
            order = 5,
            description = "Shows with a failure where in the program it arose.")
    private boolean stacktrace;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            order = 6,
            description = "Explains the command, with an example.")
    @SuppressWarnings("UnusedVariable") // what picocli sets, it reads itself
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            order = 7,
            description = "Says which version this is.")
    @SuppressWarnings("UnusedVariable") // what picocli sets, it reads itself
    private boolean version;

    KeystileCommand(Shell shell) {
        this.shell = shell;
    }

    @Option(
            names = "--set",
            paramLabel = "<setting>=<value>",
            scope = ScopeType.INHERIT,
            order = 2,
            description = "Takes this for a setting, in place of what the file says. Others can read a command line:"
                    + " for a password write '$${NAME}', and set that variable. Repeatable.")
    void override(@Nullable Map<String, String> some) {
        // Asked for those before the command and for those behind it.
        if (some != null) {
            overrides.putAll(some);
        }
    }

    /** Without a command. */
    @Override
    public Integer call() {
        spec.commandLine().usage(shell.err());
        return ExitCode.USAGE.number();
    }

    boolean isJson() {
        return json;
    }

    boolean showsStacktrace() {
        return stacktrace;
    }

    Shell shell() {
        return shell;
    }

    /** Who makes the changes of this run. */
    Actor.Operator operator() {
        String who = name.orElse(shell.user());
        boolean fit =
                !who.isBlank() && who.length() <= MAX_NAME && who.codePoints().noneMatch(Character::isISOControl);
        if (!fit) {
            throw CommandFailure.usage("--as: expected 1 to " + MAX_NAME + " characters on one line");
        }
        return new Actor.Operator("cli:" + who, shell.host().get().filter(it -> it.length() <= MAX_NAME));
    }

    /** The settings of the application, with what the command line says in their place. */
    Settings settings() {
        Settings settings = settingsIfNamed()
                .orElseThrow(() -> CommandFailure.configuration(
                        "no settings: name the settings file of the application " + WHERE_NAMED));
        if (settings.value("store.type").equals(Optional.of("memory"))) {
            throw CommandFailure.configuration("store.type = memory: expected a store that outlives the process, for"
                    + " the keys of the application are in its memory alone, out of reach from here");
        }
        return settings;
    }

    /** As {@link #settings}, whatever store they name, for a command that needs none; empty where nothing names a file. */
    Optional<Settings> settingsIfNamed() {
        return config.or(() -> shell.variables()
                        .apply(CONFIG_VARIABLE)
                        .filter(it -> !it.isBlank())
                        .map(Path::of))
                .map(file -> read(file).withVariables(shell.variables()).overriddenBy(overrides));
    }

    private static Settings read(Path file) {
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            return Settings.read(reader);
        } catch (NoSuchFileException missing) {
            throw CommandFailure.configuration(file + ": there is no such file");
        } catch (MalformedInputException notUtf8) {
            throw CommandFailure.configuration(file + ": expected a properties file in UTF-8");
        } catch (IOException unreadable) {
            throw CommandFailure.configuration(file + ": cannot be read: " + unreadable.getMessage());
        }
    }
}
