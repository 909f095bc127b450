package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keystile.cli.Cli.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code docs/cli.md}: the blocks marked {@code sh} are run by a shell, one after the other, and write what stands in the
 * {@code text} block behind them, whatever the ids, the times and the machine.
 */
final class DocumentationJarTest {

    private static final Path PAGE = Path.of("../../docs/cli.md");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");
    private static final String MARK = "=== block";

    private record Block(String language, String text) {}

    private static List<Block> blocks() throws IOException {
        Matcher matcher = BLOCK.matcher(Files.readString(PAGE));
        List<Block> blocks = new ArrayList<>();
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), matcher.group(2)));
        }
        return blocks;
    }

    @Test
    void commandsOfThePage_writeWhatItSays(@TempDir Path folder) throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "/bin/sh runs the page");
        String command = Jar.command().stream().map(it -> "'" + it + "'").collect(Collectors.joining(" "));
        StringBuilder script = new StringBuilder("set -eu\nkeystile() { " + command + " \"$@\"; }\n");
        List<String> expected = new ArrayList<>();
        for (Block block : blocks()) {
            switch (block.language()) {
                case "properties" -> Files.writeString(folder.resolve("keystile.properties"), block.text());
                case "sh" -> {
                    script.append("echo '").append(MARK).append("'\n").append(block.text());
                    expected.add("");
                }
                case "text" -> expected.set(expected.size() - 1, block.text());
                default -> {
                    // Not for this test: what it takes to build and to complete.
                }
            }
        }

        Result result = new Jar(folder).process("", List.of("/bin/sh", "-c", script.toString()));

        assertThat(result.exit()).as(result.err()).isZero();
        List<String> written = List.of(result.out().split(MARK + "\\n", -1));
        assertThat(written).hasSize(expected.size() + 1);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(plain(written.get(i + 1))).as("block " + i).isEqualTo(plain(expected.get(i)));
        }
        assertThat(result.err().lines().toList())
                .as("all else")
                .allMatch(line -> line.startsWith("note: nothing was ever stored")
                        || line.startsWith("Issued key")
                        || line.startsWith("It is shown this once"));
    }

    /** Without what differs from run to run. */
    private static String plain(String text) throws IOException {
        return text.replaceAll("(acme_[a-z]+_)[0-9A-Za-z]{12}([0-9A-Za-z]{33}|…)", "$1<key>")
                .replaceAll("…[0-9A-Za-z]{4}\\b", "<last four>")
                .replaceAll("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?Z", "<time>")
                .replaceAll("(?m)(^| )[0-9A-Za-z]{12}(?= |$)", "$1<id>")
                .replace(" " + host() + " ", " ops-1 ")
                .replaceAll("(?m) " + Pattern.quote(host()) + "$", " ops-1")
                .replaceAll(" {2,}", "  ");
    }

    private static String host() throws IOException {
        Path linux = Path.of("/proc/sys/kernel/hostname");
        return Files.isReadable(linux)
                ? Files.readString(linux).strip()
                : InetAddress.getLocalHost().getHostName();
    }

    @Test
    void page_namesEachCommand_andEachExitCode() throws IOException {
        String page = Files.readString(PAGE);
        Program program = new Program(Shell.ofProcess());

        assertThat(program.commandLines().keySet())
                .filteredOn(it -> !it.equals("help"))
                .allSatisfy(command -> assertThat(page).containsPattern("[`( ]" + command + "\\b"));
        for (ExitCode code : ExitCode.values()) {
            assertThat(page)
                    .containsPattern("(?m)^\\| " + code.number() + " \\| "
                            + code.meaning().substring(0, 4));
        }
    }

    @Test
    void optionsOnThePage_areThere() throws IOException {
        Program program = new Program(Shell.ofProcess());
        List<String> known = program.commandLines().values().stream()
                .flatMap(command -> command.getCommandSpec().options().stream())
                .flatMap(option -> List.of(option.names()).stream())
                .toList();
        Matcher named = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*").matcher(Files.readString(PAGE));
        while (named.find()) {
            assertThat(known).contains(named.group());
        }
    }
}
