package dev.keystile.cli;

import picocli.CommandLine.Option;

/** How moments are shown to people. */
final class TimeOptions {

    @Option(names = "--relative", description = "Shows how long ago, in place of the time in UTC.")
    private boolean relative;

    boolean isRelative() {
        return relative;
    }
}
