package dev.keystile.spring;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The report as a table of text. */
final class MappingReport {

    private MappingReport() {}

    static String of(List<MappingRow> rows) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of("method", "path", "demands", "says"));
        rows.forEach(row -> cells.add(List.of(row.methods(), row.path(), row.demand(), row.source())));
        int[] widths = IntStream.range(0, 4)
                .map(column -> cells.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        StringBuilder table =
                new StringBuilder("Keystile guards " + rows.size() + (rows.size() == 1 ? " mapping:" : " mappings:"));
        for (List<String> row : cells) {
            StringBuilder line = new StringBuilder("\n ");
            for (int column = 0; column < widths.length; column++) {
                line.append(' ')
                        .append(row.get(column))
                        .append(" ".repeat(widths[column] - row.get(column).length() + 1));
            }
            table.append(line.toString().stripTrailing());
        }
        return table.toString();
    }
}
