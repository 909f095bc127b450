package dev.keystile.cli;

import java.util.List;

/** Ends a command, with a line for each thing that is wrong. */
final class CommandFailure extends RuntimeException {

    private final ExitCode exitCode;
    private final String code;
    private final List<String> problems;

    /**
     * A failure of one or more reasons.
     *
     * @param code     a word for programs
     * @param problems one or more sentences
     */
    CommandFailure(ExitCode exitCode, String code, List<String> problems) {
        super(String.join("; ", problems));
        this.exitCode = exitCode;
        this.code = code;
        this.problems = List.copyOf(problems);
    }

    CommandFailure(ExitCode exitCode, String code, String problem) {
        this(exitCode, code, List.of(problem));
    }

    static CommandFailure usage(String problem) {
        return new CommandFailure(ExitCode.USAGE, "usage", problem);
    }

    /** One or more of them at once; where one is of the command line, so are all, for that is to be mended first. */
    static CommandFailure of(List<CommandFailure> all) {
        CommandFailure worst = all.stream()
                .filter(failure -> failure.exitCode == ExitCode.USAGE)
                .findFirst()
                .orElse(all.get(0));
        return new CommandFailure(
                worst.exitCode,
                worst.code,
                all.stream().flatMap(failure -> failure.problems.stream()).toList());
    }

    static CommandFailure configuration(String problem) {
        return new CommandFailure(ExitCode.CONFIGURATION, "configuration", problem);
    }

    ExitCode exitCode() {
        return exitCode;
    }

    String code() {
        return code;
    }

    List<String> problems() {
        return problems;
    }
}
