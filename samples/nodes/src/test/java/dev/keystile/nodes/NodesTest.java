package dev.keystile.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keystile.playground.StartRefusedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code samples/run --nodes} starts, as a process of its own. */
final class NodesTest {

    @TempDir
    private Path data;

    /** The commands that it prints answer what they say; told to end, or killed, it takes all with it; the keys stay. */
    @Test
    void nodes_startedTwice_areOne_andLeaveNothingBehindButKeys() throws Exception {
        assumeTrue(curlIsInstalled(), "curl is not installed");
        String key;
        try (Started three = Started.start(data, "--nodes", "3")) {
            assertThat(three.lines.subList(three.lines.size() - 3, three.lines.size()))
                    .allMatch(line -> line.startsWith("READY http://localhost:"));
            assertThat(three.ports().get(2)).isEqualTo(three.ports().get(0) + 2);
            assertThat(processes(three.lines))
                    .hasSize(5)
                    .allMatch(pid -> ProcessHandle.of(pid).isPresent());
            assertThat(three.lines.stream().filter(line -> line.startsWith("KEY ")))
                    .hasSize(6);
            key = three.key("all");
            for (int port : three.ports()) {
                // The first request of a node takes its time, in which buckets fill.
                assertThat(status(port, key)).isEqualTo("200");
            }
            runCommands(three.lines);

            three.process.destroy();

            assertThat(three.process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(three.process.exitValue()).isZero();
            three.awaitNothingLeft();
        }
        try (Started one = Started.start(data, "--nodes=1")) {
            assertThat(status(one.ports().get(0), key)).isEqualTo("200");

            one.process.destroyForcibly();

            one.awaitNothingLeft();
        }
    }

    /** Those that it says can be killed. */
    private static List<Long> processes(List<String> lines) {
        String beginning = "# processes, to kill or freeze: ";
        String told = lines.stream()
                .filter(line -> line.startsWith(beginning))
                .findFirst()
                .orElseThrow();
        return Stream.of(told.substring(beginning.length()).split(", ", -1))
                .map(process -> Long.valueOf(process.substring(process.lastIndexOf(' ') + 1)))
                .toList();
    }

    private static void runCommands(List<String> lines) throws Exception {
        List<String> commands = lines.stream()
                .filter(line -> !line.startsWith("KEY ") && !line.startsWith("READY ") && !line.startsWith("# "))
                .toList();
        assertThat(commands).hasSize(8);
        boolean hasShell = Started.shell().isPresent();
        for (String command : commands) {
            if (command.contains(" revoke ")) {
                assumeTrue(hasShell, "mvn verify makes the jar of the command line before this test");
                assertThat(output(command)).startsWith("Revoked key ");
                continue;
            }
            List<String> statuses = statuses(output(command));
            String expected = command.substring(command.length() - 3);
            if (!expected.equals("429")) {
                assertThat(statuses).as(command).containsOnly(expected);
            } else {
                int admitted = statuses.lastIndexOf("200") + 1;
                assertThat(statuses.subList(0, admitted)).as(command).containsOnly("200");
                assertThat(statuses.subList(admitted, statuses.size()))
                        .as(command)
                        .containsOnly("429");
                // The burst, and what is refilled while curl asks: as on one node.
                assertThat(admitted).as(command).isBetween(10, statuses.size() - 1);
            }
        }
    }

    private static List<String> statuses(String output) {
        return output.startsWith("HTTP/1.1 ")
                ? List.of(output.substring(9, 12))
                : output.lines().toList();
    }

    private static String status(int port, String key) throws Exception {
        return output("curl -sS -o /dev/null -w '%{http_code}' -H 'x-revkeen-key: " + key + "' http://localhost:" + port
                + "/v2/customers");
    }

    private static boolean curlIsInstalled() throws InterruptedException {
        try {
            return new ProcessBuilder("curl", "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException notInstalled) {
            return false;
        }
    }

    private static String output(String command) throws Exception {
        Process process = new ProcessBuilder("bash", "-c", command)
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--nodes     | | --nodes = '': expected a whole number from 1 to 9",
                "--nodes=    | | --nodes = '': expected a whole number from 1 to 9",
                "--nodes 0   | | --nodes = '0': expected a whole number from 1 to 9",
                "--nodes 10  | | --nodes = '10': expected a whole number from 1 to 9",
                "--nodes two | | --nodes = 'two': expected a whole number from 1 to 9",
                "--nodes 9   | PORT=65528 | PORT = '65528': expected a whole number from 0 to 65527",
                "--nodes 2   | PORT=http | PORT = 'http': expected a whole number from 0 to 65534",
                "--nodes 2   | KEYSTILE_STORE_USER=me | KEYSTILE_STORE_USER is set without KEYSTILE_STORE_URL",
                "--nodes 2   | KEYSTILE_REDIS_PASSWORD=it | KEYSTILE_REDIS_PASSWORD is set without KEYSTILE_REDIS_URL",
                "--nodes 2   | KEYSTILE_STORE_URL=postgres://me:it@here/keys | KEYSTILE_STORE_URL: expected a URL that begins"
                        + " with one of jdbc:postgresql:, jdbc:mariadb:",
                "--nodes 2   | KEYSTILE_REDIS_URL=localhost:6379 | KEYSTILE_REDIS_URL: expected a URL that begins with one"
                        + " of redis://, rediss://, redis-sentinel://, rediss-sentinel://",
            })
    void start_withWrongValues_isRefusedInOneLine(String arguments, String variable, String message) {
        Map<String, String> environment = new HashMap<>();
        Optional.ofNullable(variable).map(it -> it.split("=", 2)).ifPresent(it -> environment.put(it[0], it[1]));

        assertThatThrownBy(() -> Wanted.read(Arrays.asList(arguments.split(" ", -1)), environment, data, data))
                .isInstanceOf(StartRefusedException.class)
                .hasMessage(message);
    }

    @Test
    void start_withServersThatAreThere_takesThem() throws Exception {
        Wanted wanted = Wanted.read(
                List.of("--nodes", "2", "recurr", "--key", "--nodes live -"),
                Map.of(
                        "KEYSTILE_STORE_URL", "jdbc:mariadb://db/keys",
                        "KEYSTILE_STORE_PASSWORD", "it",
                        "KEYSTILE_REDIS_URL", "rediss://redis",
                        "PORT", "80"),
                data,
                data);

        assertThat(wanted)
                .isEqualTo(new Wanted(
                        2,
                        80,
                        data.resolve("target/data").toAbsolutePath(),
                        List.of("recurr", "--key", "--nodes live -"),
                        Optional.of("jdbc:mariadb://db/keys"),
                        Optional.of("rediss://redis")));
    }

    /** The process, with what it printed until all nodes were ready. */
    private static final class Started implements AutoCloseable {

        private final Process process;
        private final List<String> lines;
        private final List<ProcessHandle> all;

        private Started(Process process, List<String> lines, List<ProcessHandle> all) {
            this.process = process;
            this.lines = lines;
            this.all = all;
        }

        static Started start(Path data, String... arguments) throws Exception {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    // Killed, nodes leave their folders.
                    "-Djava.io.tmpdir=" + data,
                    "-Dplayground.home=" + Path.of("").toAbsolutePath(),
                    "-Dnodes.shell=" + shell().map(Path::toString).orElse(""),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Main.class.getName()));
            command.addAll(List.of(arguments));
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().putAll(Map.of("PORT", "0", "KEYSTILE_DATA", data.toString()));
            Process process = builder.start();
            List<String> lines = new ArrayList<>();
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            int nodes = Integer.parseInt(arguments[arguments.length - 1].replace("--nodes=", ""));
            while (lines.stream().filter(line -> line.startsWith("READY ")).count() < nodes) {
                String line = out.readLine();
                assertThat(line).as("%s", lines).isNotNull();
                lines.add(line);
            }
            List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
            // It has left its parent.
            long postgres = Long.parseLong(Files.readAllLines(data.resolve("postgresql/postmaster.pid"))
                    .get(0)
                    .strip());
            all.add(ProcessHandle.of(postgres).orElseThrow());
            // The nodes, Redis, PostgreSQL, and what holds each of them.
            assertThat(all).hasSizeGreaterThanOrEqualTo(nodes + 2);
            return new Started(process, lines, all);
        }

        static Optional<Path> shell() throws IOException {
            Path target = Path.of("..", "..", "extensions", "cli", "target").toAbsolutePath();
            if (!Files.isDirectory(target)) {
                return Optional.empty();
            }
            try (Stream<Path> files = Files.list(target)) {
                return files.filter(
                                file -> file.getFileName().toString().matches("keystile-cli-[0-9.]+(-SNAPSHOT)?\\.jar"))
                        .findFirst();
            }
        }

        List<Integer> ports() {
            return lines.stream()
                    .filter(line -> line.startsWith("READY "))
                    .map(line -> Integer.valueOf(line.substring(line.lastIndexOf(':') + 1)))
                    .toList();
        }

        String key(String name) {
            String start = "KEY live " + name + " ";
            return lines.stream()
                    .filter(line -> line.startsWith(start))
                    .map(line -> line.substring(start.length()))
                    .findFirst()
                    .orElseThrow();
        }

        void awaitNothingLeft() throws Exception {
            Await.until("the end of all processes", () -> all.stream().noneMatch(ProcessHandle::isAlive));
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
