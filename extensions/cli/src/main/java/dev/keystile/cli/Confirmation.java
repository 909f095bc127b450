package dev.keystile.cli;

import picocli.CommandLine.Option;

/** The option of what cannot be taken back. */
final class Confirmation {

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask. Needed where nobody can be asked, as in a script.")
    private boolean yes;

    boolean isGiven() {
        return yes;
    }
}
