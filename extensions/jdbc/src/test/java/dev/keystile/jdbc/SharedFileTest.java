package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.id;
import static dev.keystile.jdbc.TestKeys.issue;
import static dev.keystile.jdbc.TestKeys.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An H2 file that two processes open at once, by {@code AUTO_SERVER}: the first of them serves the other. */
@Timeout(120)
final class SharedFileTest {

    /** What H2 takes to see that the process that held the file is gone, and what a busy machine adds. */
    private static final Duration TAKEOVER = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private String url;

    @BeforeEach
    void url() {
        url = "jdbc:h2:file:" + folder.resolve("keys") + ";AUTO_SERVER=TRUE";
    }

    private KeyStore open() {
        return new JdbcKeyStoreProvider().open(Map.of("store.url", url));
    }

    /** The other process: it does what it is told, line by line. */
    static final class Other {

        private Other() {}

        /** Takes the URL. */
        public static void main(String[] arguments) throws IOException {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            try (KeyStore store = new JdbcKeyStoreProvider().open(Map.of("store.url", arguments[0]))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    String[] words = line.split(" ", -1);
                    int key = Integer.parseInt(words[1]);
                    System.out.println(
                            words[0].equals("issue")
                                    ? issue(store, key(key)).revision()
                                    : store.find(id(key)).isPresent());
                }
            }
        }
    }

    @Test
    void file_openedByTwoProcesses_showsEachWhatTheOtherChanges() throws Exception {
        try (ChildProcess first = ChildProcess.start(Other.class, url)) {
            assertThat(first.ask("issue 1")).isEqualTo("1");
            try (KeyStore second = open()) {
                assertThat(second.find(id(1))).isPresent();
                assertThat(issue(second, key(2)).revision()).isEqualTo(2);
                assertThat(first.ask("find 2")).isEqualTo("true");
                assertThat(first.ask("issue 3")).isEqualTo("3");
                assertThat(second.changesSince(0, 10).changed()).containsExactly(id(1), id(2), id(3));
            }
            assertThat(first.ask("issue 4")).as("after the other one has left").isEqualTo("4");
        }
    }

    @Test
    void file_whoseServingProcessIsKilled_goesOnWithTheOther() throws Exception {
        try (ChildProcess first = ChildProcess.start(Other.class, url)) {
            assertThat(first.ask("issue 1")).isEqualTo("1");
            try (KeyStore second = open()) {
                assertThat(issue(second, key(2)).revision()).isEqualTo(2);

                first.kill();

                assertThat(eventually(() -> issue(second, key(3)).revision())).isEqualTo(3);
                assertThat(second.changesSince(0, 10).changed()).containsExactly(id(1), id(2), id(3));
                try (ChildProcess third = ChildProcess.start(Other.class, url)) {
                    assertThat(third.ask("find 3")).isEqualTo("true");
                    assertThat(third.ask("issue 4")).isEqualTo("4");
                }
                assertThat(second.find(id(4))).isPresent();
            }
        }
    }

    @Test
    void file_whoseOnlyProcessWasKilled_opensAgain() throws Exception {
        try (ChildProcess first = ChildProcess.start(Other.class, url)) {
            assertThat(first.ask("issue 1")).isEqualTo("1");
            first.kill();
        }
        try (KeyStore next = open()) {
            assertThat(next.find(id(1))).isPresent();
        }
    }

    /** H2 listens on every address by itself; the tests, the playground and the shell start with {@code h2.bindAddress}. */
    @Test
    void port_ofTheServingProcess_isOfTheLoopbackAddressAlone() throws Exception {
        try (ChildProcess first = ChildProcess.start(Other.class, url)) {
            assertThat(first.ask("issue 1")).isEqualTo("1");
            Properties lock = new Properties();
            try (var in = Files.newInputStream(folder.resolve("keys.lock.db"))) {
                lock.load(in);
            }
            String[] server = lock.getProperty("server").split(":", -1);
            int port = Integer.parseInt(server[1]);

            assertThat(server[0]).isIn("127.0.0.1", "localhost");
            new Socket(InetAddress.getLoopbackAddress(), port).close();
            for (InetAddress address : otherAddresses()) {
                assertThatExceptionOfType(ConnectException.class)
                        .as("%s", address)
                        .isThrownBy(() -> new Socket(address, port).close());
            }
        }
    }

    private static List<InetAddress> otherAddresses() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress())
                .toList();
    }

    private static <T> T eventually(Supplier<T> call) {
        long began = System.nanoTime();
        while (true) {
            try {
                return call.get();
            } catch (UnavailableException notYet) {
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(TAKEOVER);
            }
        }
    }
}
