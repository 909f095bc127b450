package dev.keystile.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, in a sentence. */
final class UsageMistakes {

    /** What may be a secret, also of a key minted elsewhere; whoever pastes one by mistake need not find it in a log as well. */
    private static final Pattern KEY = Pattern.compile("[0-9A-Za-z]{20,}");

    private static final int MAX_DISTANCE = 2;

    private UsageMistakes() {}

    static String sentence(ParameterException mistake, List<String> arguments) {
        if (mistake instanceof UnmatchedArgumentException unmatched) {
            return withoutKeys(unmatched(unmatched));
        }
        if (mistake.getArgSpec() != null && mistake.getCause() instanceof TypeConversionException unfit) {
            return withoutKeys(nameOf(mistake.getArgSpec()) + ": " + unfit.getMessage());
        }
        if (mistake.getArgSpec() instanceof OptionSpec option
                && option.typeInfo().isMap()
                && !(mistake instanceof MissingParameterException)) {
            return option.longestName() + ": expected " + option.paramLabel();
        }
        String text = String.valueOf(mistake.getMessage());
        return withoutKeys(
                mistake instanceof MissingParameterException
                        ? text + mistyped(mistake.getCommandLine(), arguments)
                        : text);
    }

    private static String nameOf(ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }

    /** What is missing may be there under another name. */
    private static String mistyped(CommandLine command, List<String> arguments) {
        Set<String> known = command.getCommandSpec().optionsMap().keySet();
        return arguments.stream()
                .filter(it -> it.startsWith("--") && it.length() > 2)
                .map(UsageMistakes::optionName)
                .filter(it -> !known.contains(it))
                .findFirst()
                .map(it -> "; there is no option " + it + meant(it, known))
                .orElse("");
    }

    private static String optionName(String argument) {
        int equals = argument.indexOf('=');
        return equals < 0 ? argument : argument.substring(0, equals);
    }

    private static String unmatched(UnmatchedArgumentException mistake) {
        CommandLine command = mistake.getCommandLine();
        String argument = mistake.getUnmatched().get(0);
        if (mistake.isUnknownOption()) {
            String name = optionName(argument);
            return "there is no option " + name
                    + meant(name, command.getCommandSpec().optionsMap().keySet());
        }
        return command.getParent() == null
                ? noCommand(command, argument)
                : "'" + argument + "' is one argument too many";
    }

    static String noCommand(CommandLine root, String name) {
        return "there is no command " + withoutKeys(name)
                + meant(name, root.getSubcommands().keySet());
    }

    private static String meant(String typed, Collection<String> known) {
        return known.stream()
                .filter(it -> distance(typed, it) <= MAX_DISTANCE || (typed.length() > 3 && it.startsWith(typed)))
                .min(Comparator.comparingInt(it -> distance(typed, it)))
                .map(it -> "; did you mean " + it + "?")
                .orElse("");
    }

    /** The Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substitution, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[b.length()];
    }

    private static String withoutKeys(String text) {
        return KEY.matcher(text).replaceAll("…");
    }
}
