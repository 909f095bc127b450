package dev.keystile.cli;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.UnavailableException;
import java.util.List;

/** What a failure beneath means to whoever typed the command. */
final class Failures {

    private Failures() {}

    static CommandFailure of(Throwable failure) {
        if (failure instanceof CommandFailure known) {
            return known;
        }
        if (failure instanceof KeyRefusedException refused) {
            return refused(refused);
        }
        // Before what it led to: that a secret cannot be judged, say.
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidConfigurationException wrong) {
                return new CommandFailure(ExitCode.CONFIGURATION, "configuration", wrong.problems());
            }
        }
        if (failure instanceof UnavailableException) {
            return new CommandFailure(ExitCode.STORE, "unavailable", messageOf(failure));
        }
        return new CommandFailure(
                ExitCode.DEFECT,
                "defect",
                List.of("this should not have happened: " + failure.getClass().getName()
                        + "; run it again with --stacktrace to see where"));
    }

    /** Settings that look right and are not, as it turns out. */
    static CommandFailure wrongSettings(IllegalStateException failure) {
        CommandFailure known = of(failure);
        return known.exitCode() == ExitCode.DEFECT ? CommandFailure.configuration(messageOf(failure)) : known;
    }

    private static CommandFailure refused(KeyRefusedException refused) {
        return switch (refused.reason()) {
            case NOT_FOUND -> new CommandFailure(ExitCode.NOT_FOUND, "not-found", messageOf(refused));
            case FORBIDDEN -> new CommandFailure(ExitCode.REFUSED, "forbidden", messageOf(refused));
            case INVALID -> new CommandFailure(ExitCode.REFUSED, "refused", messageOf(refused));
            case CONFLICT -> new CommandFailure(ExitCode.REFUSED, "conflict", messageOf(refused));
        };
    }

    private static String messageOf(Throwable failure) {
        return String.valueOf(failure.getMessage());
    }
}
