package dev.keystile.benchmarks.boot;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Loads one application with each guard and without one, by turns, with wrk, and prints what a request costs each: requests a
 * second, and microseconds of the server's processor time, as ratios to the application without a filter of the same round.
 *
 * <p>Server and wrk have a processor each, so that neither takes from the other. Ends with status 1 if a request was answered with
 * anything but 200.
 */
public final class Rounds {

    private static final List<String> GUARDS = List.of("none", "keystile", "spring-security");
    private static final String CONNECTIONS = "32";
    /** What Linux counts processor time in, for processes, whatever its own clock does. */
    private static final long TICKS_A_SECOND = 100;

    private static final int WARM_UP_TURNS = 2;

    private Rounds() {}

    /** @param args {@code [--rounds <n>] [--seconds <n>] [--keys <n>]} */
    public static void main(String[] args) throws Exception {
        List<String> words = List.of(args);
        int rounds = number(words, "--rounds", 7);
        int seconds = number(words, "--seconds", 10);
        int keys = number(words, "--keys", 10_000);
        Path folder = Files.createTempDirectory("keystile-rounds");
        List<Server> servers = new ArrayList<>();
        try {
            Path script = folder.resolve("requests.lua");
            Files.write(script, resource("/requests.lua"));
            for (String guard : GUARDS) {
                Server server = Server.start(guard, keys, folder.resolve(guard));
                servers.add(server);
                server.requireWithoutKey(guard.equals("none") ? 200 : 401);
            }
            for (int turn = 0; turn < WARM_UP_TURNS; turn++) {
                for (Server server : servers) {
                    // Compiled by then, and every key has proved itself.
                    server.load(script, 2 * seconds);
                }
            }
            List<Server> order = new ArrayList<>(servers);
            Random random = new Random(1);
            for (int round = 1; round <= rounds; round++) {
                Collections.shuffle(order, random);
                for (Server server : order) {
                    Load load = server.load(script, seconds);
                    server.loads().add(load);
                    System.err.printf(Locale.ROOT, "round %d of %d: %s %s%n", round, rounds, server.guard(), load);
                }
            }
            print(servers);
        } finally {
            for (Server server : servers) {
                server.stop();
            }
            delete(folder);
        }
    }

    private static void print(List<Server> servers) {
        List<Load> none = servers.get(0).loads();
        System.out.println(
                "| guard | requests a second | server's µs a request | p99 | requests a second ÷ none | µs ÷ none | µs more |");
        System.out.println("| --- | --: | --: | --: | --: | --: | --: |");
        for (Server server : servers) {
            List<Load> own = server.loads();
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %,.0f | %.1f | %.2f ms | %s | %s | %.1f |%n",
                    server.guard(),
                    median(own, Load::requestsASecond),
                    median(own, Load::cpuMicros),
                    median(own, Load::p99Millis),
                    ratio(own, none, Load::requestsASecond),
                    ratio(own, none, Load::cpuMicros),
                    median(own, Load::cpuMicros) - median(none, Load::cpuMicros));
        }
    }

    /** The median of the ratios of each round, and what they lie between. */
    private static String ratio(List<Load> own, List<Load> none, ToDoubleFunction<Load> figure) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < own.size(); i++) {
            ratios.add(figure.applyAsDouble(own.get(i)) / figure.applyAsDouble(none.get(i)));
        }
        Collections.sort(ratios);
        return String.format(
                Locale.ROOT,
                "%.2f (%.2f to %.2f)",
                ratios.get(ratios.size() / 2),
                ratios.get(0),
                ratios.get(ratios.size() - 1));
    }

    private static double median(List<Load> loads, ToDoubleFunction<Load> figure) {
        double[] sorted = loads.stream().mapToDouble(figure).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private static int number(List<String> words, String option, int otherwise) {
        int at = words.indexOf(option);
        return at < 0 ? otherwise : Integer.parseInt(words.get(at + 1));
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Rounds.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder())
                    .forEach(path -> path.toFile().delete());
        }
    }

    /**
     * What one run of wrk came to.
     *
     * @param requests   how many were answered
     * @param seconds    in how long
     * @param cpuSeconds how much processor time the server took meanwhile
     * @param p99Millis  the 99th percentile of their latencies
     */
    private record Load(long requests, double seconds, double cpuSeconds, double p99Millis) {

        double requestsASecond() {
            return requests / seconds;
        }

        double cpuMicros() {
            return cpuSeconds * 1e6 / requests;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.0f requests/s, %.1f µs", requestsASecond(), cpuMicros());
        }
    }

    /** An application in a process of its own, on the first processor. */
    private record Server(
            String guard, Process process, BufferedReader output, int port, Path requests, List<Load> loads) {

        static Server start(String guard, int keys, Path requests) throws IOException {
            Process process = new ProcessBuilder(
                            "taskset",
                            "-c",
                            "0",
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xms512m",
                            "-Xmx512m",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            GuardedApplication.class.getName(),
                            guard,
                            Integer.toString(keys),
                            requests.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader output =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("READY ")) {
                    return new Server(
                            guard, process, output, Integer.parseInt(line.substring(6)), requests, new ArrayList<>());
                }
            }
            throw new IllegalStateException("the application guarded by " + guard + " did not start");
        }

        /** Ends the run if it is not guarded as it should be. */
        void requireWithoutKey(int expected) throws Exception {
            int status = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/invoices/1"))
                                    .build(),
                            BodyHandlers.discarding())
                    .statusCode();
            if (status != expected) {
                throw new IllegalStateException("with the guard " + guard + ", who has no key is answered " + status);
            }
        }

        Load load(Path script, int seconds) throws Exception {
            double before = cpuSeconds();
            Process wrk = new ProcessBuilder(
                            "taskset",
                            "-c",
                            "1",
                            "wrk",
                            "-t1",
                            "-c" + CONNECTIONS,
                            "-d" + seconds + "s",
                            // One that is slow, such as a first one, has not failed.
                            "--timeout",
                            "60s",
                            "-s",
                            script.toString(),
                            "http://127.0.0.1:" + port,
                            "--",
                            requests.toString())
                    .redirectErrorStream(true)
                    .start();
            List<String> lines;
            try (BufferedReader told =
                    new BufferedReader(new InputStreamReader(wrk.getInputStream(), StandardCharsets.UTF_8))) {
                lines = told.lines().toList();
            }
            double cpu = cpuSeconds() - before;
            String figures = lines.stream()
                    .filter(line -> line.startsWith("FIGURES "))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("wrk said " + lines));
            String[] words = figures.split(" ", -1);
            if (!words[3].equals("0")) {
                throw new IllegalStateException("some requests failed: " + lines);
            }
            return new Load(
                    Long.parseLong(words[1]), Long.parseLong(words[2]) / 1e6, cpu, Long.parseLong(words[4]) / 1e3);
        }

        /** User and system time, of proc(5). */
        private double cpuSeconds() throws IOException {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / (double) TICKS_A_SECOND;
        }

        /** It ends with its input. */
        void stop() throws Exception {
            process.getOutputStream().close();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            output.close();
        }
    }
}
