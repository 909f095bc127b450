package dev.keystile.cli;

import dev.keystile.KeyAdministration;
import dev.keystile.config.Settings;
import dev.keystile.key.Actor;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command that works on keys: opens the store, is run, closes it. To add one, extend this and name it in {@link Program}.
 */
abstract class KeyCommand implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(KeyCommand.class);

    private static final String STORE_URL = "store.url";

    private final KeystileCommand root;

    KeyCommand(KeystileCommand root) {
        this.root = root;
    }

    /** Does the work, and says how it ended. */
    abstract ExitCode run(Session session) throws IOException;

    /** What is wrong with the options together; asked before anything is opened. */
    void requireSensible() {}

    /** Whether it changes nothing, so that it may be cut short, as by {@code head}, and nobody need hear of it. */
    boolean isReading() {
        return false;
    }

    @Override
    public final Integer call() throws IOException {
        requireSensible();
        Shell shell = root.shell();
        Output output = new Output(shell, root.isJson());
        Actor.Operator actor = root.operator();
        Settings settings = isReading() ? ofWhatIsThere(root.settings()) : root.settings();
        Session session = new Session(open(settings), actor, shell, output);
        try {
            if (session.keys().isNew()) {
                output.note("note: nothing was ever stored in this store. If that is a surprise, look at store.url: a"
                        + " relative file is relative to the folder you are in.");
            }
            return written(run(session), output).number();
        } finally {
            close(session.keys());
        }
    }

    /** What was done is done, however the store takes leave. */
    private static void close(KeyAdministration keys) {
        try {
            keys.close();
        } catch (RuntimeException failure) {
            LOG.debug("the store could not be closed", failure);
        }
    }

    /** H2 makes a file that it does not find: who only reads has mistyped its name. */
    private static Settings ofWhatIsThere(Settings settings) {
        String url = settings.value(STORE_URL).orElse("").toLowerCase(Locale.ROOT);
        return url.startsWith("jdbc:h2:") && !url.contains(";ifexists=")
                ? settings.overriddenBy(Map.of(
                        STORE_URL, settings.values().getOrDefault(STORE_URL, "").strip() + ";IFEXISTS=TRUE"))
                : settings;
    }

    private KeyAdministration open(Settings settings) {
        try {
            return root.shell().opener().apply(settings);
        } catch (IllegalStateException wrong) {
            throw Failures.wrongSettings(wrong);
        }
    }

    private ExitCode written(ExitCode exit, Output output) {
        if (exit != ExitCode.DONE || output.isWritten()) {
            return exit;
        }
        if (isReading()) {
            return ExitCode.OUTPUT;
        }
        throw new CommandFailure(ExitCode.OUTPUT, "output", "it is done, but standard output cannot be written");
    }
}
