package dev.keystile.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Completes commands and options in the shell. */
@Command(
        name = "completion",
        header = "Writes a script that completes commands in bash and zsh.",
        customSynopsis = "keystile completion",
        footer = {"", "Example:", "  source <(keystile completion)"})
final class CompletionCommand implements Callable<Integer> {

    private final Shell shell;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    CompletionCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        shell.out().println(AutoComplete.bash("keystile", spec.parent().commandLine()));
        return ExitCode.DONE.number();
    }
}
