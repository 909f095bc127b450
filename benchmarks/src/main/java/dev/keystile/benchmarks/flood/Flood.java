package dev.keystile.benchmarks.flood;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Floods a server that has 256 MB of heap with each kind of bad key, and prints what became of it: requests and store reads
 * a second, Argon2 runs, growth of the heap, and how long good requests take before and meanwhile.
 *
 * <p>Ends with status 1 if an Argon2 run was seen, the heap grew, or one address made the store be read more than 200 times
 * a second; with {@code --latency} also if the 99th percentile of good requests more than doubled.
 */
final class Flood {

    private static final long NANOS_A_SECOND = 1_000_000_000;
    private static final int GOOD_A_SECOND = 400;
    private static final int MOST_READS_A_SECOND = 200;
    private static final long MOST_GROWTH = 16 << 20;
    private static final int GOOD_CONNECTIONS = 4;

    private final int seconds;
    private final int connections;
    private final boolean latencyCounts;
    private final List<String> violations = new ArrayList<>();

    private Flood(int seconds, int connections, boolean latencyCounts) {
        this.seconds = seconds;
        this.connections = connections;
        this.latencyCounts = latencyCounts;
    }

    /** @param args {@code [--seconds <n>] [--connections <n>] [--latency]} */
    public static void main(String[] args) throws Exception {
        List<String> words = List.of(args);
        Flood flood = new Flood(
                number(words, "--seconds", 60), number(words, "--connections", 2), words.contains("--latency"));
        System.out.println("| flood of | sent/s | answered | store reads/s | Argon2 runs | heap growth | threads |"
                + " good p50, alone | meanwhile | good p99, alone | meanwhile | ratio |");
        System.out.println("| --- | --: | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |");
        for (BadKeys kind : BadKeys.values()) {
            flood.run(kind);
        }
        flood.violations.forEach(System.err::println);
        System.exit(flood.violations.isEmpty() ? 0 : 1);
    }

    private static int number(List<String> words, String option, int otherwise) {
        int at = words.indexOf(option);
        return at < 0 ? otherwise : Integer.parseInt(words.get(at + 1));
    }

    private void run(BadKeys kind) throws Exception {
        Path folder = Files.createTempDirectory("keystile-flood");
        Process server = java(List.of("-Xmx256m"), FloodServer.class, folder.toString());
        try (BufferedReader lines = reader(server);
                PrintWriter commands = new PrintWriter(server.getOutputStream(), true, StandardCharsets.UTF_8)) {
            List<String> keys = new ArrayList<>();
            String line = lines.readLine();
            for (; line != null && line.startsWith("KEY "); line = lines.readLine()) {
                keys.add(line.substring(4));
            }
            int port = Integer.parseInt(after(line, "READY "));
            good(port, keys, Math.max(5, seconds / 4));
            long[] alone = good(port, keys, Math.max(5, seconds / 2));

            Stats before = stats(lines, commands);
            Process flooder = java(
                    List.of(),
                    Flooder.class,
                    Integer.toString(port),
                    kind.word(),
                    Integer.toString(seconds),
                    Integer.toString(connections),
                    keys.get(0));
            long[] meanwhile = good(port, keys, seconds - 1);
            List<String> told = reader(flooder).lines().toList();
            Stats after = stats(lines, commands);
            print(kind, told, before, after, alone, meanwhile);
        } finally {
            // Its input has ended, and so does it.
            server.waitFor();
            delete(folder);
        }
    }

    private void print(BadKeys kind, List<String> told, Stats before, Stats after, long[] alone, long[] meanwhile) {
        long sent = Long.parseLong(after(told.get(0), "SENT "));
        double reads = (double) (after.reads() - before.reads()) / seconds;
        long runs = after.argon2Runs() - before.argon2Runs();
        long growth = after.heapBytes() - before.heapBytes();
        double ratio = (double) percentile(meanwhile, 0.99) / percentile(alone, 0.99);
        System.out.printf(
                Locale.ROOT,
                "| %s | %d | %s | %.1f | %d | %.1f MB | %+d | %.2f ms | %.2f ms | %.2f ms | %.2f ms | %.2f |%n",
                kind.word(),
                sent / seconds,
                String.join(", ", told.subList(1, told.size())).replace("STATUS ", ""),
                reads,
                runs,
                growth / 1048576.0,
                after.threads() - before.threads(),
                millis(percentile(alone, 0.5)),
                millis(percentile(meanwhile, 0.5)),
                millis(percentile(alone, 0.99)),
                millis(percentile(meanwhile, 0.99)),
                ratio);
        require(runs == 0, kind, runs + " Argon2 runs");
        require(kind.manyAddresses() || reads <= MOST_READS_A_SECOND, kind, reads + " store reads a second");
        require(growth <= MOST_GROWTH, kind, "the heap grew by " + growth + " bytes");
        require(!latencyCounts || ratio <= 2, kind, "good requests take " + ratio + " times as long");
    }

    private void require(boolean held, BadKeys kind, String otherwise) {
        if (!held) {
            violations.add("flood of " + kind.word() + ": " + otherwise);
        }
    }

    /** How long good requests take from the moment each was due, in nanoseconds, in order. */
    private static long[] good(int port, List<String> keys, int seconds) throws InterruptedException {
        int each = GOOD_A_SECOND / GOOD_CONNECTIONS * seconds;
        long[][] took = new long[GOOD_CONNECTIONS][each];
        List<Thread> threads = new ArrayList<>();
        for (long[] mine : took) {
            Thread thread = new Thread(() -> send(port, keys, mine));
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return Arrays.stream(took).flatMapToLong(LongStream::of).sorted().toArray();
    }

    private static void send(int port, List<String> keys, long[] took) {
        long interval = NANOS_A_SECOND * GOOD_CONNECTIONS / GOOD_A_SECOND;
        try (Connection connection = new Connection(FloodServer.CLIENT, port)) {
            long due = System.nanoTime();
            for (int i = 0; i < took.length; i++) {
                for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
                connection.send(Connection.request(keys.get(i % keys.size()), ""));
                int status = connection.receive();
                if (status != 200) {
                    throw new IllegalStateException("a good request was answered " + status);
                }
                took[i] = System.nanoTime() - due;
                due += interval;
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private static long percentile(long[] sorted, double share) {
        return sorted[(int) Math.min(sorted.length - 1L, Math.round(share * sorted.length))];
    }

    private static double millis(long nanos) {
        return nanos / 1e6;
    }

    private record Stats(long reads, long argon2Runs, long heapBytes, int threads) {}

    private static Stats stats(BufferedReader lines, PrintWriter commands) throws IOException {
        commands.println("stats");
        String[] words = after(lines.readLine(), "STATS ").split(" ", -1);
        return new Stats(
                Long.parseLong(words[0]),
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Integer.parseInt(words[3]));
    }

    private static String after(@Nullable String line, String beginning) {
        if (line == null || !line.startsWith(beginning)) {
            throw new IllegalStateException("expected " + beginning + "…, got " + line);
        }
        return line.substring(beginning.length());
    }

    private static Process java(List<String> options, Class<?> main, String... args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder())
                    .forEach(path -> path.toFile().delete());
        }
    }
}
