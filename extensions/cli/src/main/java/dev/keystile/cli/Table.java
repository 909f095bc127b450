package dev.keystile.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Rows under headings, as wide as they need, or narrowed to a line's width. Not safe for use by many threads. */
final class Table {

    private static final int GAP = 2;

    /**
     * One column.
     *
     * @param heading what stands above it
     * @param least   to how many characters its cells may be cut; 0 if they may not
     * @param rank    which columns are left out first where there is no room: those of the highest rank; 0 never is
     */
    record Column(String heading, int least, int rank) {

        /** A column that stays whole. */
        static Column of(String heading, int rank) {
            return new Column(heading, 0, rank);
        }
    }

    /** One cell. */
    record Cell(String text, Style style) {

        static Cell of(String text) {
            return new Cell(text, Style.PLAIN);
        }
    }

    /**
     * A table laid out.
     *
     * @param lines   without line ends
     * @param leftOut the headings of columns that found no room
     */
    record Layout(List<String> lines, List<String> leftOut) {}

    private final List<Column> columns;
    private final List<List<Cell>> rows = new ArrayList<>();

    Table(Column... columns) {
        this.columns = List.of(columns);
    }

    /** A row, with a cell for each column. */
    void row(Cell... cells) {
        rows.add(List.of(cells));
    }

    /** A row of plain cells. */
    void row(String... cells) {
        row(List.of(cells).stream().map(Cell::of).toArray(Cell[]::new));
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    /**
     * Lays the table out.
     *
     * @param width  the characters of a line; {@link Integer#MAX_VALUE} to leave nothing out
     * @param styled whether styles are written
     */
    Layout layout(int width, boolean styled, Characters characters) {
        List<Integer> shown = new ArrayList<>();
        int[] widths = new int[columns.size()];
        for (int i = 0; i < columns.size(); i++) {
            shown.add(i);
            widths[i] = naturalWidth(i, characters);
        }
        List<String> leftOut = new ArrayList<>();
        while (excess(shown, leastWidths(widths), width) > 0 && removeLast(shown, leftOut)) {
            // Until what is left finds room, or nothing more may be left out.
        }
        narrow(shown, widths, width);
        List<String> lines = new ArrayList<>();
        lines.add(line(shown, widths, headings(), styled, characters));
        rows.forEach(row -> lines.add(line(shown, widths, row, styled, characters)));
        return new Layout(lines, leftOut);
    }

    private List<Cell> headings() {
        return columns.stream().map(it -> new Cell(it.heading, Style.BOLD)).toList();
    }

    private int naturalWidth(int column, Characters characters) {
        int widest = Characters.width(columns.get(column).heading);
        for (List<Cell> row : rows) {
            widest = Math.max(widest, Characters.width(characters.printable(row.get(column).text)));
        }
        return widest;
    }

    private int[] leastWidths(int[] widths) {
        int[] least = widths.clone();
        for (int i = 0; i < least.length; i++) {
            int smallest = columns.get(i).least;
            least[i] = smallest == 0 ? least[i] : Math.min(least[i], smallest);
        }
        return least;
    }

    private static int excess(List<Integer> shown, int[] widths, int width) {
        long needed = GAP * (shown.size() - 1L);
        for (int column : shown) {
            needed += widths[column];
        }
        return (int) Math.max(0, needed - width);
    }

    private boolean removeLast(List<Integer> shown, List<String> leftOut) {
        int last = shown.stream()
                .max(Comparator.comparingInt(it -> columns.get(it).rank))
                .orElse(0);
        if (columns.get(last).rank == 0) {
            return false;
        }
        shown.remove(Integer.valueOf(last));
        leftOut.add(columns.get(last).heading);
        return true;
    }

    /** Takes from the widest of those that can give. */
    private void narrow(List<Integer> shown, int[] widths, int width) {
        int[] least = leastWidths(widths);
        for (int excess = excess(shown, widths, width); excess > 0; excess--) {
            int widest = shown.stream()
                    .filter(it -> widths[it] > least[it])
                    .max(Comparator.comparingInt(it -> widths[it]))
                    .orElse(-1);
            if (widest < 0) {
                return;
            }
            widths[widest]--;
        }
    }

    private static String line(
            List<Integer> shown, int[] widths, List<Cell> cells, boolean styled, Characters characters) {
        StringBuilder line = new StringBuilder();
        int blanks = 0;
        for (int column : shown) {
            Cell cell = cells.get(column);
            String text = characters.cut(characters.printable(cell.text), widths[column]);
            if (!text.isEmpty()) {
                line.append(" ".repeat(blanks)).append(styled ? cell.style.apply(text) : text);
                blanks = 0;
            }
            blanks += widths[column] - Characters.width(text) + GAP;
        }
        return line.toString();
    }
}
