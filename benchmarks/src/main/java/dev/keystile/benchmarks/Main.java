package dev.keystile.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Measures, and prints one table; {@code benchmarks/run --help} says how.
 *
 * <p>Contenders are measured in turn, each in a JVM of its own, and the turns are repeated: whatever else the machine does
 * is so spread over all of them, and ratios are taken within one turn.
 */
public final class Main {

    private static final String BEGIN = "<!-- table: written by benchmarks/run --update -->";
    private static final String END = "<!-- end of table -->";

    private Main() {}

    /** @param arguments see {@code benchmarks/run} */
    public static void main(String[] arguments) throws IOException, RunnerException {
        Schedule schedule;
        try {
            schedule = Schedule.of(Arrays.asList(arguments));
        } catch (IllegalArgumentException wrong) {
            System.err.println("benchmarks/run: " + wrong.getMessage());
            System.exit(2);
            return;
        }
        // Two runs at a time disturb each other, but that is for whoever starts them to say.
        System.setProperty("jmh.ignoreLock", "true");
        String table = Report.of(measure(schedule, System.err), schedule);
        System.out.println(table);
        if (schedule.update().isPresent()) {
            update(schedule.update().get(), table);
        }
    }

    private static List<Row> measure(Schedule schedule, PrintStream progress) throws RunnerException {
        List<Row> rows = schedule.rows();
        for (int turn = 1; turn <= schedule.turns(); turn++) {
            for (Row row : rows) {
                progress.printf("turn %d of %d: %s%n", turn, schedule.turns(), row.name());
                Map<Contender.Kind, Figures> measured = new EnumMap<>(Contender.Kind.class);
                for (Contender.Kind kind : schedule.contenders()) {
                    measured.put(kind, measure(schedule, row, kind));
                }
                row.add(measured);
            }
        }
        return rows;
    }

    private static Figures measure(Schedule schedule, Row row, Contender.Kind kind) throws RunnerException {
        List<String> jvm = new ArrayList<>(List.of("-Xms1g", "-Xmx1g"));
        if (schedule.cpuTime()) {
            // Where the machine is busy, the compiler would come to its turn after the warm-up.
            jvm.add("-Xbatch");
        }
        Options options = new OptionsBuilder()
                .include(DecisionBenchmark.class.getName() + ".decide")
                .param("contender", kind.name())
                .param("answer", row.answer().name())
                .param("keys", Integer.toString(row.keys()))
                .threads(row.threads())
                .forks(1)
                .warmupIterations(schedule.warmups())
                .warmupTime(TimeValue.milliseconds(schedule.iterationMillis()))
                .measurementIterations(schedule.iterations())
                .measurementTime(TimeValue.milliseconds(schedule.iterationMillis()))
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .jvmArgsAppend(jvm.toArray(String[]::new))
                .build();
        RunResult result = new Runner(options).runSingle();
        double nanos = schedule.cpuTime()
                ? secondary(result, "cpuNanos") / secondary(result, "calls")
                : result.getPrimaryResult().getScore();
        return new Figures(nanos, secondary(result, "gc.alloc.rate.norm"));
    }

    private static double secondary(RunResult result, String name) {
        return Objects.requireNonNull(result.getSecondaryResults().get(name), name)
                .getScore();
    }

    private static void update(Path file, String table) throws IOException {
        String text = Files.readString(file);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException(file + ": expected the lines " + BEGIN + " and " + END);
        }
        Files.writeString(
                file, text.substring(0, begin + BEGIN.length()) + "\n\n" + table + "\n" + text.substring(end));
    }
}
