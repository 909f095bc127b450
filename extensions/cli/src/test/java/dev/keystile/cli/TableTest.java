package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.cli.Table.Cell;
import dev.keystile.cli.Table.Column;
import dev.keystile.cli.Table.Layout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TableTest {

    private static final Characters UTF_8 = Characters.of(StandardCharsets.UTF_8);
    private static final int ALL = Integer.MAX_VALUE;

    private static Table people() {
        Table table = new Table(Column.of("ID", 0), new Column("NAME", 4, 1), new Column("NOTE", 6, 2));
        table.row("1", "Ada Lovelace", "wrote the first one");
        table.row("2", "Grace", "");
        return table;
    }

    @Test
    void table_withRoom_isAsWideAsItNeeds() {
        Layout layout = people().layout(ALL, false, UTF_8);

        assertThat(layout.lines())
                .containsExactly(
                        "ID  NAME          NOTE", //
                        "1   Ada Lovelace  wrote the first one",
                        "2   Grace");
        assertThat(layout.leftOut()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    37 | 1   Ada Lovelace  wrote the first one
                    30 | 1   Ada Lovelace  wrote the f…
                    24 | 1   Ada Love…  wrote th…
                    16 | 1   Ada…  wrote…
                    """)
    void table_withLittleRoom_takesFromTheWidest(int width, String line) {
        Layout layout = people().layout(width, false, UTF_8);

        assertThat(layout.lines().get(1)).isEqualTo(line).hasSizeLessThanOrEqualTo(width);
        assertThat(layout.leftOut()).isEmpty();
    }

    @Test
    void table_withNoRoom_leavesOutColumns_butForThoseThatMustStay() {
        assertThat(people().layout(15, false, UTF_8))
                .isEqualTo(new Layout(List.of("ID  NAME", "1   Ada Lovela…", "2   Grace"), List.of("NOTE")));
        assertThat(people().layout(1, false, UTF_8))
                .isEqualTo(new Layout(List.of("ID", "1", "2"), List.of("NOTE", "NAME")));
    }

    @Test
    void table_styled_isAsWideAsPlain() {
        Table table = new Table(Column.of("STATUS", 0), Column.of("NAME", 0));
        table.row(new Cell("active", Style.GOOD), Cell.of("a"));

        assertThat(table.layout(ALL, true, UTF_8).lines())
                .containsExactly("\u001b[1mSTATUS\u001b[0m  \u001b[1mNAME\u001b[0m", "\u001b[32mactive\u001b[0m  a");
    }

    @Test
    void table_ofWideAndCombiningCharacters_staysInLine() {
        Table table = new Table(new Column("NAME", 4, 0), Column.of("X", 0));
        table.row("日本語キー", "1");
        table.row("e\u0301te\u0301", "2");

        assertThat(table.layout(ALL, false, UTF_8).lines())
                .containsExactly("NAME        X", "日本語キー  1", "e\u0301te\u0301         2");
        assertThat(table.layout(9, false, UTF_8).lines().get(1)).isEqualTo("日本…   1");
    }

    @Test
    void text_thatCannotBeWrittenOrSeen_isReplaced() {
        assertThat(UTF_8.printable("a\tb\u0000c\u001b[2Jd\u202ee\u2028f")).isEqualTo("a?b?c?[2Jd?e?f");
        assertThat(UTF_8.printable("acme_…wxyz")).isEqualTo("acme_…wxyz");
        assertThat(Characters.of(StandardCharsets.US_ASCII).printable("acme_…wxyz"))
                .isEqualTo("acme_~wxyz");
        assertThat(Characters.of(StandardCharsets.US_ASCII).cut("abcdef", 4)).isEqualTo("abc~");
    }
}
