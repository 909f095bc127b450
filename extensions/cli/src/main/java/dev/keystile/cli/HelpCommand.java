package dev.keystile.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Explains a command. */
@Command(
        name = "help",
        header = "Explains a command, with an example.",
        customSynopsis = "keystile help [<command>]",
        footer = {"", "Example:", "  keystile help rotate"})
final class HelpCommand implements Callable<Integer> {

    private final Shell shell;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "0..1", paramLabel = "<command>", description = "The command; all of them, unless given.")
    private String command = "";

    HelpCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        CommandLine root = spec.parent().commandLine();
        CommandLine explained = command.isEmpty() ? root : root.getSubcommands().get(command);
        if (explained == null) {
            throw CommandFailure.usage(UsageMistakes.noCommand(root, command));
        }
        explained.usage(shell.out());
        return ExitCode.DONE.number();
    }
}
