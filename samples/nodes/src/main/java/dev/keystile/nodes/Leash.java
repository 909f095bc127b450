package dev.keystile.nodes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Ends a process with this JVM, however that ends: a shell waits for the end of its input, which the JVM holds open, and then
 * kills. Where there is no shell, only an orderly end of the JVM ends the process.
 */
final class Leash implements AutoCloseable {

    private static final Path SHELL = Path.of("/bin/sh");

    private final Optional<Process> shell;

    private Leash(Optional<Process> shell) {
        this.shell = shell;
    }

    /** @param signal what ends it, such as {@code KILL} */
    static Leash on(ProcessHandle process, String signal) throws IOException {
        if (!Files.isExecutable(SHELL)) {
            return new Leash(Optional.empty());
        }
        long pid = process.pid();
        // Ctrl-C is sent to it as well, and is not the end of this JVM yet.
        String command = "trap '' INT TERM HUP; read end; kill -CONT " + pid + "; kill -" + signal + " " + pid;
        Leash leash = new Leash(Optional.of(new ProcessBuilder(SHELL.toString(), "-c", command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()));
        // Its number may be another's afterwards.
        CompletableFuture<Void> unused = process.onExit().thenRun(leash::close);
        return leash;
    }

    /** Lets go of the process; nothing is killed. */
    @Override
    public void close() {
        shell.ifPresent(Process::destroyForcibly);
    }
}
