package dev.keystile.jdbc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Ends a process with this JVM, however that ends: a shell waits for the end of its input, which the JVM holds open, and then
 * kills. Where there is no shell, only an orderly end of the JVM ends the process.
 */
final class Leash {

    /** Holds nothing. */
    static final Leash NONE = new Leash(Optional.empty());

    private static final Path SHELL = Path.of("/bin/sh");

    private final Optional<Process> shell;

    private Leash(Optional<Process> shell) {
        this.shell = shell;
    }

    static Leash on(long pid) throws IOException {
        if (!Files.isExecutable(SHELL)) {
            return NONE;
        }
        return new Leash(Optional.of(new ProcessBuilder(SHELL.toString(), "-c", "read end; kill -9 " + pid)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()));
    }

    /** Lets go of it; nothing is killed. */
    void release() {
        shell.ifPresent(Process::destroyForcibly);
    }
}
