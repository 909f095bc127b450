package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.cli.Cli.Result;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the program says of itself. */
final class HelpTest {

    private Cli cli;

    @BeforeEach
    void start(@TempDir Path folder) {
        cli = new Cli(folder);
    }

    /** Every command there is, by what the program lists. */
    static Stream<String> commands() {
        return new Program(Shell.ofProcess()).commandLines().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void help_ofEachCommand_showsOptionsAndAnExample(String command) {
        Result help = cli.run("help " + command).succeeds();

        assertThat(help.out())
                .contains("Usage: keystile " + command, "Example")
                .containsPattern("Examples?:\\R  .*keystile " + command);
        assertThat(help.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(help.err()).isEmpty();
        assertThat(cli.run(command + " --help").succeeds().out()).isEqualTo(help.out());
        assertThat(cli.run(command + " -h").succeeds().out()).isEqualTo(help.out());
    }

    @Test
    void help_listsCommands_andExitCodes() {
        String help = cli.run("help").succeeds().out();

        assertThat(commands()).allSatisfy(command -> assertThat(help).containsPattern("\\R  " + command + " +[A-Z]"));
        for (ExitCode code : ExitCode.values()) {
            assertThat(help)
                    .containsPattern(
                            "\\R  " + code.number() + " +" + code.meaning().substring(0, 4));
        }
        assertThat(cli.run("--help").succeeds().out()).isEqualTo(help);
    }

    @Test
    void noCommand_isAMistake_thatShowsTheHelp() {
        Result result = cli.run("");

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).isEqualTo(cli.run("help").out());
    }

    @Test
    void version_isSaid() {
        assertThat(cli.run("--version").succeeds().out()).startsWith("keystile ");
    }

    @Test
    void completion_isAScript() {
        assertThat(cli.run("completion").succeeds().out()).contains("complete -F", "offboard-member");
    }

    @Test
    void sharedOptions_standBeforeTheCommand_orBehind() {
        for (String command :
                new String[] {"--set store.type=memory show zzzzzzzzzzzz", "show --set store.type=memory zzzzzzzzzzzz"
                }) {
            Result result = cli.run("--json " + command);
            assertThat(result.exit()).as(command).isEqualTo(6);
            assertThat(result.err()).startsWith("{");
        }
    }

    @Test
    void overrides_beforeAndBehindTheCommand_areTakenTogether() {
        Result result = cli.run("--set store.one=1 show --set store.two=2 zzzzzzzzzzzz");

        assertThat(result.err()).contains("store.one is no setting", "store.two is no setting");
    }
}
