package dev.keystile.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** The table, in Markdown. */
final class Report {

    private static final List<String> COLUMNS = List.of(
            "answer",
            "keys",
            "threads",
            "minimal filter",
            "Keystile",
            "its decision alone",
            "Spring Security",
            "Keystile ÷ minimal",
            "bytes more",
            "Spring Security ÷ Keystile");

    private Report() {}

    static String of(List<Row> rows, Schedule schedule) {
        int turns = schedule.turns();
        List<List<String>> cells = new ArrayList<>();
        cells.add(COLUMNS);
        cells.add(COLUMNS.stream().map(it -> "---").toList());
        rows.forEach(row -> cells.add(cells(row)));
        StringBuilder table = new StringBuilder();
        cells.forEach(
                line -> table.append("| ").append(String.join(" | ", line)).append(" |\n"));
        return table.append(String.format(
                        Locale.ROOT,
                        "%nJDK %s on %s, %d processors; %s, medians of %d %s.%n",
                        System.getProperty("java.version"),
                        System.getProperty("os.arch"),
                        Runtime.getRuntime().availableProcessors(),
                        schedule.cpuTime() ? "CPU time" : "time by the clock",
                        turns,
                        turns == 1 ? "turn" : "turns"))
                .toString();
    }

    private static List<String> cells(Row row) {
        return List.of(
                row.answer().status() + " " + row.answer().word(),
                String.format(Locale.ROOT, "%,d", row.keys()),
                Integer.toString(row.threads()),
                figures(row, Contender.Kind.MINIMAL),
                figures(row, Contender.Kind.KEYSTILE),
                figures(row, Contender.Kind.DECISION),
                figures(row, Contender.Kind.SPRING_SECURITY),
                cell(row.ratio(Contender.Kind.KEYSTILE, Contender.Kind.MINIMAL), it -> format("%.2f", it)),
                cell(more(row), it -> format("%.0f", it)),
                cell(row.ratio(Contender.Kind.SPRING_SECURITY, Contender.Kind.KEYSTILE), it -> format("%.1f", it)));
    }

    private static String figures(Row row, Contender.Kind kind) {
        return cell(row.median(kind), it -> String.format(Locale.ROOT, "%,.0f ns, %,.0f B", it.nanos(), it.bytes()));
    }

    private static Optional<Double> more(Row row) {
        return row.median(Contender.Kind.KEYSTILE)
                .flatMap(own -> row.median(Contender.Kind.MINIMAL).map(minimal -> own.bytes() - minimal.bytes()));
    }

    private static <T> String cell(Optional<T> figure, Function<T, String> format) {
        return figure.map(format).orElse("");
    }

    private static String format(String format, double figure) {
        return String.format(Locale.ROOT, format, figure);
    }
}
