package dev.keystile.jdbc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** PostgreSQL, from its binaries in the Maven repository. */
final class PostgresServer extends DatabaseServer {

    private static final Path data =
            FOLDER.resolve("postgresql-" + ProcessHandle.current().pid());

    private final int port;
    private @Nullable EmbeddedPostgres process;

    PostgresServer() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        start();
    }

    @Override
    void startProcess() throws IOException {
        process = EmbeddedPostgres.builder()
                .setPort(port)
                .setOverrideWorkingDirectory(FOLDER.resolve("postgresql").toFile())
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                // After a kill it looks at its data first, which takes its time where others take the processor.
                .setPGStartupWait(Duration.ofSeconds(60))
                // Commits are handed to the operating system, which nothing kills here; what is left out is the disk's
                // time.
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("fsync", "off")
                .start();
    }

    @Override
    long pid() throws IOException {
        return Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).get(0).trim());
    }

    @Override
    void forget() throws IOException {
        if (process != null) {
            process.close();
        }
    }

    @Override
    String url() {
        return "jdbc:postgresql://localhost:" + port + "/postgres";
    }
}
