package dev.keystile.playground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The jar of the command line, run beside a playground on the same file of keys. */
final class Shell {

    private static final long LONGEST_SECONDS = 120;

    private final Path jar;
    private final Path data;
    private final Path contract;

    private Shell(Path jar, Path data, Path contract) {
        this.jar = jar;
        this.data = data;
        this.contract = contract;
    }

    /** Over the keys in the folder of a playground that serves a contract; skips the test where no jar was made. */
    static Shell over(Path data, Path contract) throws IOException {
        Path target = Path.of("..", "..", "extensions", "cli", "target");
        Optional<Path> jar = Optional.empty();
        if (Files.isDirectory(target)) {
            try (Stream<Path> files = Files.list(target)) {
                jar = files.filter(
                                file -> file.getFileName().toString().matches("keystile-cli-[0-9.]+(-SNAPSHOT)?\\.jar"))
                        .findFirst();
            }
        }
        assumeTrue(jar.isPresent(), "mvn verify makes the jar of the command line before this test");
        return new Shell(jar.orElseThrow(), data, contract);
    }

    /** Runs a command that has to succeed, and gives what it wrote. */
    String run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                jar.toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--set", "store.url=jdbc:h2:file:" + data.resolve("keys") + ";AUTO_SERVER=TRUE"));
        Path err = Files.createTempFile(data, "shell", "");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().put("KEYSTILE_CONFIG", contract.toString());
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(out + Files.readString(err)).isZero();
            return out;
        } finally {
            process.destroyForcibly();
        }
    }
}
