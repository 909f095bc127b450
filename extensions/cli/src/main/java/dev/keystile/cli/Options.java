package dev.keystile.cli;

import java.util.function.Function;

/** Values of options that mean something only once the command runs. */
final class Options {

    private Options() {}

    /** What a value stands for; a mistake in it is one of the command line. */
    static <T> T read(String option, String text, Function<String, T> reader) {
        try {
            return reader.apply(text);
        } catch (IllegalArgumentException unfit) {
            throw CommandFailure.usage(option + ": " + unfit.getMessage());
        }
    }

    /** A text of which something can be seen. */
    static void requireText(String option, String text) {
        if (text.isBlank()) {
            throw CommandFailure.usage(option + " '" + text + "': expected a text that is not blank");
        }
    }

    /** A number from 1 to a maximum. */
    static int number(String option, int number, int max) {
        if (number < 1 || number > max) {
            throw CommandFailure.usage(option + " " + number + ": expected 1 to " + max);
        }
        return number;
    }
}
