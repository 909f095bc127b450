package dev.keystile.playground;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Starts the playground: {@code [contract] [--key "<name> <environment> <scope,scope> [<plan>]"]…}, in the folder of
 * the sample. {@code samples/run} builds and calls it.
 */
public final class Main {

    /** The folder of whoever called the script, to which relative paths belong. */
    private static final String DIRECTORY = "playground.directory";

    /** Where H2 listens for other processes that open its file: on every address of the host unless it is told. */
    private static final String H2_BIND_ADDRESS = "h2.bindAddress";

    private Main() {}

    /** Runs until the process is told to end. */
    public static void main(String[] arguments) {
        if (System.getProperty(H2_BIND_ADDRESS) == null) {
            System.setProperty(H2_BIND_ADDRESS, "127.0.0.1");
        }
        int status = run(List.of(arguments), System.getenv(), System.out, System.err);
        if (status != 0) {
            System.exit(status);
        }
    }

    /** The exit status: 0 after it ran, 2 for what was asked wrongly, 1 for what cannot be done. */
    static int run(List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
        try {
            Path directory = Path.of(System.getProperty(DIRECTORY, ""));
            Playground playground = Playground.start(Options.read(arguments, environment, directory), out);
            Runtime.getRuntime().addShutdownHook(new Thread(playground::close, "playground-end"));
            // H2 closes a file that several processes may open in a hook of its own, before what was counted is
            // written.
            Signals.onEnd(playground::close);
            playground.join();
            // Whoever ends it may not have come to the end yet.
            playground.close();
            return 0;
        } catch (StartRefusedException refused) {
            err.println("playground: " + refused.getMessage());
            return refused.exitStatus();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return 0;
        } catch (RuntimeException defect) {
            err.println("playground: " + defect);
            return 1;
        }
    }
}
