package dev.keystile.nodes;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** PostgreSQL, from its binaries in the Maven repository; it ends with this JVM, and its data stay. */
final class PostgresServer implements AutoCloseable {

    static final String USER = "postgres";
    private static final String DATABASE = "postgres";

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LONGEST_START = Duration.ofSeconds(60);

    private final Path data;
    private final int port;
    private final EmbeddedPostgres.Builder builder;
    private @Nullable EmbeddedPostgres server;
    private @Nullable Leash leash;
    /** Knows the process by more than its number. */
    private @Nullable ProcessHandle process;

    /**
     * Starts it.
     *
     * @param binaries where they are unpacked, once for all
     * @param data     its data, of an earlier start or new
     */
    PostgresServer(Path binaries, Path data) throws IOException {
        this.data = data;
        this.port = FreePorts.any();
        this.builder = EmbeddedPostgres.builder()
                .setPort(port)
                .setOverrideWorkingDirectory(binaries.toFile())
                .setDataDirectory(data)
                // After a kill it looks at its data first, which takes its time where others take the processor.
                .setPGStartupWait(LONGEST_START)
                .setCleanDataDirectory(false)
                // Whoever ends this JVM in good order ends the server after its clients.
                .setRegisterShutdownHook(false)
                // What was committed survives the end of all processes, however they end; of the machine, it need not.
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("fsync", "off")
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("track_commit_timestamp", "on")
                .setServerConfig("max_connections", "200");
        start();
    }

    /** Starts it again, over the data of the last time, on the same port. */
    void start() throws IOException {
        server = builder.start();
        process = ProcessHandle.of(pid()).orElseThrow(() -> new IOException("PostgreSQL has ended"));
        leash = Leash.on(process, "INT");
    }

    int port() {
        return port;
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
    }

    /** The process that listens. */
    long pid() throws IOException {
        return Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
    }

    /** Ends it in good order, or, where that fails, in another. */
    @Override
    public void close() throws IOException {
        if (server != null) {
            server.close();
            server = null;
        }
        if (process != null) {
            end(process);
            process = null;
        }
        if (leash != null) {
            leash.close();
            leash = null;
        }
    }

    private static void end(ProcessHandle process) {
        process.destroyForcibly();
        try {
            process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException failure) {
            throw new IllegalStateException("PostgreSQL, process " + process.pid() + ", does not end", failure);
        }
    }
}
