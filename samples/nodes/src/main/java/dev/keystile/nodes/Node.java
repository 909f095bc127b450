package dev.keystile.nodes;

import dev.keystile.playground.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A playground in a JVM of its own, which ends with this one. */
final class Node implements AutoCloseable {

    private static final String READY = "READY ";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final List<String> PASSED_ON = List.of("playground.directory", "playground.home");

    private final int port;
    private final Process process;
    private final Leash leash;

    private Node(int port, Process process, Leash leash) {
        this.port = port;
        this.process = process;
        this.leash = leash;
    }

    /**
     * Starts it; {@link #awaitReady} says when it is there.
     *
     * @param arguments   as of the playground
     * @param environment what it has beside that of this process
     * @param err         where it tells what goes wrong, each line after its port
     */
    static Node start(int port, List<String> arguments, Map<String, String> environment, PrintStream err)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                // Several share a machine that usually does other things.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx192m"));
        for (String name : PASSED_ON) {
            String value = System.getProperty(name);
            if (value != null) {
                command.add("-D" + name + "=" + value);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.environment().put("PORT", Integer.toString(port));
        Process process = builder.start();
        process.getOutputStream().close();
        pass(process.errorReader(StandardCharsets.UTF_8), line -> err.println(port + ": " + line), "err-" + port);
        return new Node(port, process, Leash.on(process.toHandle(), "TERM"));
    }

    private static void pass(BufferedReader lines, Consumer<String> to, String name) {
        Thread thread = new Thread(
                () -> {
                    try (lines) {
                        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                            to.accept(line);
                        }
                    } catch (IOException gone) {
                        // With the process.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Waits until it serves requests; false if it ended instead.
     *
     * @param told takes the lines that it prints before
     */
    boolean awaitReady(Consumer<String> told) throws IOException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(READY)) {
                pass(out, told, "out-" + port);
                return true;
            }
            told.accept(line);
        }
        return false;
    }

    int port() {
        return port;
    }

    String address() {
        return "http://localhost:" + port;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Does something once it has ended. */
    void onEnd(Runnable end) {
        CompletableFuture<Void> unused = process.onExit().thenRun(end);
    }

    /** What it ended with; waits for that. */
    int exitStatus() throws IOException {
        if (!awaitEnd()) {
            throw new IOException("the node on port " + port + " does not end");
        }
        return process.exitValue();
    }

    /** Tells it to end, and does not wait. */
    void tellToEnd() {
        process.destroy();
    }

    /** As {@code kill -9}; returns when it is gone. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
        leash.close();
    }

    private boolean awaitEnd() {
        try {
            return process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Ends it in good order, or, if that takes too long, in another. */
    @Override
    public void close() {
        tellToEnd();
        if (!awaitEnd()) {
            process.destroyForcibly();
        }
        leash.close();
    }
}
