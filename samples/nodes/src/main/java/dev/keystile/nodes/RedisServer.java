package dev.keystile.nodes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/** Redis, from its binary in the Maven repository; it ends with this JVM, and its counts with it. */
final class RedisServer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path executable;
    private final Path folder;
    private final int port;
    private @Nullable Process process;
    private @Nullable Leash leash;

    /**
     * Starts it.
     *
     * @param binaries where its binary is unpacked
     * @param folder   where its log is
     */
    RedisServer(Path binaries, Path folder) throws IOException {
        this.executable = unpacked(binaries);
        this.folder = Files.createDirectories(folder);
        this.port = FreePorts.any();
        start();
    }

    /** The library would take it away at the end of this JVM, though others may have started it by then, or be about to. */
    private static Path unpacked(Path binaries) throws IOException {
        Path folder = Files.createTempDirectory(Files.createDirectories(binaries), "unpacking");
        Path ofLibrary =
                ExecutableProvider.newJarResourceProvider(folder.toFile()).get().toPath();
        Path kept = binaries.resolve(ofLibrary.getFileName());
        try {
            return Files.move(ofLibrary, kept, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(ofLibrary);
            Files.deleteIfExists(folder);
        }
    }

    /** Starts it again, empty, on the same port. */
    void start() throws IOException {
        Path log = folder.resolve("log");
        Process started = new ProcessBuilder(List.of(
                        executable.toString(),
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--dir",
                        folder.toString(),
                        "--maxmemory-policy",
                        "noeviction"))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        process = started;
        leash = Leash.on(started.toHandle(), "KILL");
        long began = System.nanoTime();
        while (!Files.readString(log).contains("Ready to accept connections")) {
            if (!started.isAlive() || System.nanoTime() - began > PATIENCE.toNanos()) {
                close();
                throw new IOException("Redis does not start: " + Files.readString(log));
            }
            pause();
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(10);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
    }

    int port() {
        return port;
    }

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    long pid() throws IOException {
        if (process == null) {
            throw new IOException("Redis does not run");
        }
        return process.pid();
    }

    /** As {@code kill -9}: what it held is lost. */
    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
            try {
                process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            process = null;
        }
        if (leash != null) {
            leash.close();
            leash = null;
        }
    }
}
