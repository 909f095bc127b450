package dev.keystile.playground;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A package of npm, put below {@code target}; not there where node is not, or where it cannot be fetched.
 *
 * @param folder where scripts find it
 * @param whyNot empty if it is there
 */
record NpmPackage(Path folder, String whyNot) {

    /** Of fetching it, and of a script. */
    private static final long LONGEST_SECONDS = 120;

    static NpmPackage install(String name, String version) throws IOException, InterruptedException {
        Path folder = Path.of("target", "npm", name.replace('/', '_').replace("@", "") + "-" + version)
                .toAbsolutePath();
        if (!works(List.of("node", "--version")) || !works(List.of("npm", "--version"))) {
            return new NpmPackage(folder, "node and npm are not installed");
        }
        Files.createDirectories(folder);
        Path done = folder.resolve("installed");
        // The tests of both Spring Boots share a folder, and run at the same time.
        try (FileChannel mine =
                        FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = mine.lock()) {
            if (Files.exists(done)) {
                return new NpmPackage(folder, "");
            }
            boolean installed = works(List.of(
                    "npm",
                    "install",
                    "--prefix",
                    folder.toString(),
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                    name + "@" + version));
            if (!installed) {
                return new NpmPackage(folder, name + " cannot be fetched from npm");
            }
            Files.createFile(done);
        }
        return new NpmPackage(folder, "");
    }

    boolean isThere() {
        return whyNot.isEmpty();
    }

    /** What a script prints, which has to end well. */
    String run(String script, String... arguments) throws IOException, InterruptedException {
        Path file = Files.writeString(Files.createTempFile(folder, "script", ".cjs"), script);
        Path out = Files.createTempFile(folder, "out", ".txt");
        List<String> command = new ArrayList<>(List.of("node", file.toString()));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        boolean ended = process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        String printed = Files.readString(out, StandardCharsets.UTF_8);
        if (!ended || process.exitValue() != 0) {
            throw new AssertionError("the script failed: " + printed);
        }
        return printed;
    }

    private static boolean works(List<String> command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            boolean ended = process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS);
            process.destroyForcibly();
            return ended && process.exitValue() == 0;
        } catch (IOException missing) {
            return false;
        }
    }
}
