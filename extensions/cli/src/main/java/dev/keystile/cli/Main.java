package dev.keystile.cli;

import java.util.List;

/** The command {@code keystile}. */
public final class Main {

    private Main() {}

    /** Runs a command, and ends the process with its {@linkplain ExitCode exit code}. */
    public static void main(String[] arguments) {
        if (List.of(arguments).contains("--json")) {
            // Standard error is for one document then.
            System.setProperty("org.slf4j.simpleLogger.log.dev.keystile", "off");
        }
        if (System.getProperty("h2.bindAddress") == null) {
            // An H2 file that several processes share is served by the first of them, unless told otherwise to every
            // host.
            System.setProperty("h2.bindAddress", "127.0.0.1");
        }
        System.exit(new Program(Shell.ofProcess()).run(arguments));
    }
}
