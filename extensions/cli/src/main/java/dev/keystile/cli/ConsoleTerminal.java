package dev.keystile.cli;

import java.io.Console;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The terminal that the process was started from. */
final class ConsoleTerminal implements Terminal {

    private final Function<String, Optional<String>> variables;
    private final @Nullable Console console;

    ConsoleTerminal(Function<String, Optional<String>> variables) {
        this.variables = variables;
        this.console = find();
    }

    @SuppressWarnings(
            "SystemConsoleNull") // before JDK 22 it tells that there is no terminal; since then isTerminal does
    private static @Nullable Console find() {
        Console found = System.console();
        return found != null && isTerminal(found) ? found : null;
    }

    private static boolean isTerminal(Console console) {
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException before22) {
            return true;
        }
    }

    @Override
    public boolean isPresent() {
        return console != null;
    }

    @Override
    public String ask(String question) {
        String line = console == null ? null : console.readLine("%s", question);
        return line == null ? "" : line;
    }

    @Override
    public String askHidden(String question) {
        char[] typed = console == null ? null : console.readPassword("%s", question);
        if (typed == null) {
            return "";
        }
        String text = new String(typed);
        Arrays.fill(typed, '\0');
        return text;
    }

    @Override
    public int width() {
        return variables
                .apply("COLUMNS")
                .flatMap(ConsoleTerminal::number)
                .orElseGet(() -> new UsageMessageSpec().autoWidth(true).width());
    }

    private static Optional<Integer> number(String text) {
        try {
            return Optional.of(Integer.parseInt(text)).filter(it -> it > 0);
        } catch (NumberFormatException notANumber) {
            return Optional.empty();
        }
    }
}
