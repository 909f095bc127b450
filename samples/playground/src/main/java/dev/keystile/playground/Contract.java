package dev.keystile.playground;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.key.KeyStore;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A settings file.
 *
 * <p>Immutable.
 *
 * @param text   as written
 * @param values the settings in it, by name
 */
record Contract(String text, Map<String, String> values) {

    private static final String ENDING = ".properties";

    /** For every method: which of them a path takes is for the console to say. */
    private static final List<String> CONSOLE_RULES = List.of(
            "rules.playground-console = ANY /settings/api-keys/** public",
            "rules.playground-login = GET,POST /settings/login public");

    Contract {
        values = Map.copyOf(values);
    }

    /**
     * Finds one by the name of a sample, or by the path of a file.
     *
     * @param samples   the folder of the sample contracts
     * @param directory what a relative path is relative to
     */
    static Contract find(String nameOrPath, Path samples, Path directory) throws StartRefusedException {
        try {
            Path sample = samples.resolve(nameOrPath + ENDING);
            boolean isName = !nameOrPath.isEmpty() && !nameOrPath.contains("/") && Files.isRegularFile(sample);
            Path file = isName ? sample : directory.resolve(nameOrPath);
            if (!Files.isRegularFile(file)) {
                throw unknown(nameOrPath, samples);
            }
            return read(file);
        } catch (InvalidPathException noPath) {
            throw unknown(nameOrPath, samples);
        }
    }

    private static StartRefusedException unknown(String nameOrPath, Path samples) {
        return StartRefusedException.usage("there is no contract '" + nameOrPath + "': expected one of "
                + names(samples) + ", or the path of a settings file");
    }

    private static List<String> names(Path samples) {
        try (Stream<Path> files = Files.list(samples)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ENDING))
                    .map(name -> name.substring(0, name.length() - ENDING.length()))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    private static Contract read(Path file) throws StartRefusedException {
        try {
            return of(Files.readString(file));
        } catch (IOException unreadable) {
            throw StartRefusedException.failed("the settings file " + file + " cannot be read as UTF-8: " + unreadable);
        }
    }

    private static Contract of(String text) throws IOException {
        return new Contract(text, Settings.read(new StringReader(text)).values());
    }

    /** Whether it says where keys are kept. */
    boolean namesStore() {
        return values.keySet().stream().anyMatch(Contract::isOfStore);
    }

    /** The text, with keys kept in an embedded database in a folder, whatever it said of that before. */
    String textWithStoreIn(Path folder) {
        return textWith(
                Contract::isOfStore,
                "store.type = jdbc\n"
                        + "store.url  = jdbc:h2:file:"
                        + folder.resolve("keys").toString().replace("\\", "\\\\")
                        // A shell beside the running sample opens the same file.
                        + ";AUTO_SERVER=TRUE\n");
    }

    /** The text, with the servers that nodes share, whatever it said of keys and of where requests are counted before. */
    String textWith(Nodes nodes) {
        return textWith(Nodes::isOfServers, nodes.settings());
    }

    /** Everything else stays as written, mistakes included, for they are the library's to tell. */
    private String textWith(Predicate<String> replaced, String replacement) {
        StringBuilder kept = new StringBuilder();
        boolean goesOn = false;
        boolean dropped = false;
        for (String line : text.split("\\R", -1)) {
            if (!goesOn) {
                dropped = replaced.test(line.stripLeading());
            }
            if (!dropped) {
                kept.append(line).append('\n');
            }
            goesOn = goesOn(line, goesOn);
        }
        // The empty line ends whatever a '\' at the end of the file would have gone on with.
        return kept.append('\n').append(replacement).toString();
    }

    /**
     * Settings with rules for the console and its login, which are public: people have no key.
     *
     * @param text      the settings
     * @param obstacles why some of these rules are not among them, each a sentence; a rule of the settings may say the same
     */
    record WithConsole(String text, List<String> obstacles) {}

    /** A text with those rules for the console that it lacks; unchanged where it keeps people from it all the same. */
    static WithConsole withConsole(String text) {
        String settings = text;
        List<String> obstacles = new ArrayList<>();
        for (String rule : CONSOLE_RULES) {
            // The empty line ends whatever a '\' at the end of the file would have gone on with.
            String more = settings + "\n\n" + rule + "\n";
            List<String> problems = problems(more);
            if (problems.isEmpty()) {
                settings = more;
            }
            obstacles.addAll(problems);
        }
        // A login without a console is of no use to anybody.
        boolean whole = obstacles.isEmpty() || letsPeopleIn(settings);
        return new WithConsole(whole ? settings : text, List.copyOf(obstacles));
    }

    private static boolean letsPeopleIn(String text) {
        try (Keystile keystile = Settings.read(new StringReader(text))
                .builder(KeyStore.inMemory())
                .build()) {
            return Playground.hasConsole(keystile);
        } catch (InvalidConfigurationException | IOException wrong) {
            return false;
        }
    }

    private static List<String> problems(String text) {
        try (KeyStore none = KeyStore.inMemory()) {
            return Settings.read(new StringReader(text)).builder(none).problems();
        } catch (InvalidConfigurationException wrong) {
            return wrong.problems();
        } catch (IOException unreadable) {
            return List.of(String.valueOf(unreadable.getMessage()));
        }
    }

    static boolean isOfStore(String name) {
        return name.startsWith("store.");
    }

    /** Whether the next line belongs to the same setting: comments never run over lines. */
    private static boolean goesOn(String line, boolean isContinuation) {
        String content = line.stripLeading();
        if (!isContinuation && (content.startsWith("#") || content.startsWith("!"))) {
            return false;
        }
        int backslashes = 0;
        while (backslashes < line.length() && line.charAt(line.length() - 1 - backslashes) == '\\') {
            backslashes++;
        }
        return backslashes % 2 == 1;
    }
}
