package dev.keystile.containers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The table of {@code docs/containers.md}: a row for each request, a column for each container. */
final class RecordPage {

    private static final String FIRST_COLUMN = "request";

    private final Path page = Path.of("..", "..", "..", "docs", "containers.md");
    private final List<String> before = new ArrayList<>();
    private final List<String> after = new ArrayList<>();
    private final List<String> columns;
    private final Map<String, List<String>> rows = new LinkedHashMap<>();

    RecordPage() throws IOException {
        List<String> table = new ArrayList<>();
        for (String line : Files.readAllLines(page)) {
            boolean inTable = line.startsWith("| " + FIRST_COLUMN) || (!table.isEmpty() && after.isEmpty());
            if (inTable && line.startsWith("|")) {
                table.add(line);
            } else {
                (table.isEmpty() ? before : after).add(line);
            }
        }
        columns = cells(table.get(0));
        table.stream().skip(2).map(RecordPage::cells).forEach(cells -> rows.put(cells.get(0), cells));
    }

    private static List<String> cells(String line) {
        return new ArrayList<>(
                Arrays.stream(line.substring(1, line.lastIndexOf('|')).split("\\|", -1))
                        .map(String::strip)
                        .toList());
    }

    /** What the page says of a container, by request. */
    Map<String, String> column(String container) {
        Map<String, String> column = new LinkedHashMap<>();
        rows.forEach((request, cells) -> column.put(request, cells.get(columns.indexOf(container))));
        return column;
    }

    /** Writes the page with another column, and rows as there. */
    void write(String container, Map<String, String> column) throws IOException {
        List<String> lines = new ArrayList<>(before);
        lines.add(line(columns));
        lines.add(line(columns.stream().map(it -> "---").toList()));
        column.forEach((request, answer) -> {
            List<String> cells = new ArrayList<>(rows.getOrDefault(request, new ArrayList<>(columns)));
            cells.set(0, request);
            cells.set(columns.indexOf(container), answer);
            lines.add(line(cells));
        });
        lines.addAll(after);
        Files.write(page, lines);
    }

    private static String line(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |";
    }
}
