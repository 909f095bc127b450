package dev.keystile.nodes;

import dev.keystile.playground.Signals;
import dev.keystile.playground.StartRefusedException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Starts nodes: {@code --nodes <count>}, and what the playground takes besides. {@code samples/run --nodes} builds and calls it.
 */
public final class Main {

    private Main() {}

    /** Runs until the process is told to end, or all nodes have ended. */
    public static void main(String[] arguments) {
        int status = run(List.of(arguments), System.getenv(), System.out, System.err);
        // PostgreSQL's library leaves threads behind.
        System.exit(status);
    }

    /** The exit status: 0 after they ran, 2 for what was asked wrongly, 1 for what cannot be done. */
    static int run(List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
        Path home = Path.of(System.getProperty("playground.home", "")).toAbsolutePath();
        Path directory = Path.of(System.getProperty("playground.directory", ""));
        Nodes nodes;
        try {
            nodes = new Nodes(Wanted.read(arguments, environment, directory, home), home, out, err);
        } catch (StartRefusedException refused) {
            return refused(refused, err);
        }
        AtomicBoolean toldToEnd = new AtomicBoolean();
        Signals.onEnd(() -> {
            toldToEnd.set(true);
            nodes.end();
        });
        try (nodes) {
            nodes.start();
            nodes.join();
            return 0;
        } catch (StartRefusedException refused) {
            return toldToEnd.get() ? 0 : refused(refused, err);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    private static int refused(StartRefusedException refused, PrintStream err) {
        err.println("nodes: " + refused.getMessage());
        return refused.exitStatus();
    }
}
