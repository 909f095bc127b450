package dev.keystile.cli;

import dev.keystile.key.AddressRange;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeyStatus;
import dev.keystile.key.Spans;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** All commands put together, and what becomes of their failures. */
final class Program {

    private final Shell shell;
    private final KeystileCommand root;
    private final CommandLine commandLine;

    Program(Shell shell) {
        this.shell = shell;
        this.root = new KeystileCommand(shell);
        this.commandLine = new CommandLine(root);
        commands().forEach(commandLine::addSubcommand);
        commandLine.addSubcommand(new HelpCommand(shell));
        commandLine.addSubcommand(new CompletionCommand(shell));
        commandLine.getCommandSpec().versionProvider(Program::version);
        addConverters();
        commandLine
                .setOut(shell.out())
                .setErr(shell.err())
                .setUsageHelpAutoWidth(true)
                // A name may begin with @.
                .setExpandAtFiles(false)
                .setUsageHelpLongOptionsMaxWidth(32)
                .setExecutionStrategy(Program::execute)
                .setParameterExceptionHandler(this::handleMistake)
                .setExecutionExceptionHandler(this::handleFailure);
        layOutHelp();
    }

    /** Options such as {@code --attribute <attribute>=<value>} name each thing once, or the last one would count unsaid. */
    private static int execute(ParseResult parsed) {
        ParseResult command = parsed;
        while (command.hasSubcommand()) {
            command = command.subcommand();
        }
        for (OptionSpec option : command.matchedOptions()) {
            if (option.typeInfo().isMap() && option.scopeType() == ScopeType.LOCAL) {
                requireNamesOnce(option, command.commandSpec().commandLine());
            }
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private static void requireNamesOnce(OptionSpec option, CommandLine command) {
        Set<String> names = new HashSet<>();
        for (String value : option.originalStringValues()) {
            String name = value.substring(0, Math.max(0, value.indexOf('=')));
            if (!names.add(name)) {
                throw new ParameterException(command, option.longestName() + ": " + name + " is there twice");
            }
        }
    }

    /** In the order of the help. */
    private List<Callable<Integer>> commands() {
        return List.of(
                new IssueCommand(root),
                new ImportCommand(root),
                new ListCommand(root),
                new ShowCommand(root),
                new VerifyCommand(root),
                new TokenCommand(root),
                new RotateCommand(root),
                new RevokeCommand(root),
                new DisableCommand(root),
                new EnableCommand(root),
                new OffboardMemberCommand(root),
                new OffboardAccountCommand(root),
                new SuspendAccountCommand(root),
                new ResumeAccountCommand(root),
                new AuditCommand(root),
                new UsageCommand(root));
    }

    /** All commands by name, in the order of the help. */
    Map<String, CommandLine> commandLines() {
        return commandLine.getSubcommands();
    }

    /** Runs a command line, and gives the exit code. */
    int run(String... arguments) {
        int exit = commandLine.execute(arguments);
        shell.out().flush();
        shell.err().flush();
        return exit;
    }

    private static String[] version() {
        String version = Program.class.getPackage().getImplementationVersion();
        return new String[] {
            "keystile " + (version == null ? "(not packaged)" : version) + ", Java "
                    + System.getProperty("java.version")
        };
    }

    private void addConverters() {
        convert(KeyId.class, Program::keyId);
        convert(KeyScope.class, KeyScope::new);
        convert(KeyEnvironment.class, KeyEnvironment::new);
        convert(AddressRange.class, AddressRange::parse);
        convert(Duration.class, Spans::parse);
        convert(int.class, text -> number(text, Integer::valueOf));
        convert(Long.class, text -> number(text, Long::valueOf));
        convert(
                KeyKind.class,
                text -> KeyKind.ofWord(text)
                        .orElseThrow(
                                () -> new IllegalArgumentException("'" + text + "': expected secret or publishable")));
        convert(
                KeyStatus.class,
                text -> Arrays.stream(KeyStatus.values())
                        .filter(status -> status.word().equals(text))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("'" + text + "': expected one of "
                                + Arrays.stream(KeyStatus.values())
                                        .map(KeyStatus::word)
                                        .toList())));
    }

    private <T> void convert(Class<T> type, Function<String, T> reader) {
        commandLine.registerConverter(type, text -> {
            try {
                return reader.apply(text);
            } catch (IllegalArgumentException unfit) {
                throw new TypeConversionException(unfit.getMessage());
            }
        });
    }

    private static <T> T number(String text, Function<String, T> reader) {
        try {
            return reader.apply(text);
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("'" + text + "': expected a whole number", notANumber);
        }
    }

    private static KeyId keyId(String text) {
        try {
            return new KeyId(text);
        } catch (IllegalArgumentException unfit) {
            throw new IllegalArgumentException(
                    text.length() > 40
                            ? "this looks like a whole key, which does not belong on a command line: expected its id of"
                                    + " 12 letters and digits; keystile verify tells it"
                            : "'" + text + "': expected the id of a key, 12 letters and digits, as keystile list shows",
                    unfit);
        }
    }

    /** The options of a command first, those of all commands under a heading of their own. */
    private void layOutHelp() {
        Map<String, String> codes = new LinkedHashMap<>();
        for (ExitCode code : ExitCode.values()) {
            codes.put(String.valueOf(code.number()), code.meaning());
        }
        commandLine
                .getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(codes);
        commandLine
                .getSubcommands()
                .values()
                .forEach(it -> it.getCommandSpec()
                        .usageMessage()
                        .headerHeading("")
                        .synopsisHeading("%nUsage: ")
                        .descriptionHeading("")
                        .parameterListHeading("%n")
                        .optionListHeading("")
                        .sectionMap()
                        .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, Program::options));
        UsageMessageSpec all = commandLine.getCommandSpec().usageMessage();
        all.synopsisHeading("%nUsage: ")
                .optionListHeading("%nOptions of every command:%n")
                .sortOptions(false);
        List<String> sections = new ArrayList<>(all.sectionKeys());
        List<String> commands =
                List.of(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, UsageMessageSpec.SECTION_KEY_COMMAND_LIST);
        sections.removeAll(commands);
        sections.addAll(sections.indexOf(UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING), commands);
        all.sectionKeys(sections);
    }

    private static String options(Help help) {
        List<OptionSpec> own = help.commandSpec().options().stream()
                .filter(option -> !option.hidden() && !option.inherited())
                .toList();
        String list = own.isEmpty()
                ? ""
                : "\nOptions:\n"
                        + help.optionListExcludingGroups(
                                own, help.createDefaultLayout(), null, help.createDefaultParamLabelRenderer());
        String shared = help.commandSpec().options().stream()
                .filter(OptionSpec::inherited)
                .sorted(Comparator.comparingInt(OptionSpec::order))
                .map(OptionSpec::longestName)
                .collect(Collectors.joining(" "));
        return list + "\nOptions of every command, which keystile --help explains:\n  " + shared + "\n";
    }

    private int handleMistake(ParameterException mistake, String[] arguments) {
        CommandLine command = mistake.getCommandLine();
        String name = command.getCommandName();
        String help = command.getParent() == null ? "keystile help" : "keystile help " + name;
        CommandFailure failure =
                CommandFailure.usage(UsageMistakes.sentence(mistake, Arrays.asList(arguments)) + "; see " + help);
        // What stands behind the mistake was not read.
        boolean json = root.isJson() || Arrays.asList(arguments).contains("--json");
        return end(command, failure, json, mistake);
    }

    private int handleFailure(Exception failure, CommandLine command, ParseResult parsed) {
        return end(command, Failures.of(failure), root.isJson(), failure);
    }

    private int end(CommandLine command, CommandFailure failure, boolean json, Exception cause) {
        String prefix = command.getParent() == null ? "keystile" : "keystile " + command.getCommandName();
        new Output(shell, json).failure(prefix, failure);
        if (root.showsStacktrace()) {
            cause.printStackTrace(shell.err());
            shell.err().flush();
        }
        return failure.exitCode().number();
    }
}
