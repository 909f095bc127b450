package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keystile.cli.Cli.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The jar as it is shipped, run in a process of its own. Not safe for use by many threads. */
final class Jar {

    private static final long LONGEST_SECONDS = 120;

    private final Path folder;
    private final Map<String, String> variables = new HashMap<>();

    /** Run in a folder. */
    Jar(Path folder) {
        this.folder = folder;
    }

    /** Where the jar is; the test is not for runs that have not made it. */
    static Path path() {
        String jar = System.getProperty("keystile.cli.jar");
        assumeTrue(jar != null, "mvn verify makes the jar and then runs this test");
        Path path = Path.of(String.valueOf(jar));
        assertThat(path).isRegularFile();
        return path;
    }

    /** What begins a command line of a shell; the user is jane. */
    static List<String> command() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(
                java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Duser.name=jane", "-jar", path().toString());
    }

    Jar variable(String name, String value) {
        variables.put(name, value);
        return this;
    }

    Result run(String... arguments) {
        List<String> command = new ArrayList<>(command());
        command.addAll(List.of(arguments));
        return process("", command);
    }

    /** Runs any command, with an input. */
    Result process(String input, List<String> command) {
        try {
            Path out = Files.createTempFile(folder, "out", "");
            Path err = Files.createTempFile(folder, "err", "");
            Path in = Files.createTempFile(folder, "in", "");
            Files.writeString(in, input);
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectInput(in.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().remove("JAVA_TOOL_OPTIONS");
            builder.environment().put("LC_ALL", "C.UTF-8");
            builder.environment().putAll(variables);
            Process process = builder.start();
            try {
                assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS))
                        .as("the command ends")
                        .isTrue();
            } finally {
                process.destroyForcibly();
            }
            return new Result(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a command ran", interrupted);
        }
    }
}
