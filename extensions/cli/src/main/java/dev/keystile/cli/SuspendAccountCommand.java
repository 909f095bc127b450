package dev.keystile.cli;

import picocli.CommandLine.Command;

/** Makes all keys of an account open nothing for a while. */
@Command(
        name = "suspend-account",
        header = "Makes all keys of an account open nothing until it is resumed.",
        customSynopsis = "keystile suspend-account <account>",
        description = {
            "",
            "The keys stay as they are, and none can be issued meanwhile. The application follows within 2 seconds."
                    + " Suspending an account again changes nothing.",
        },
        footer = {"", "Example:", "  keystile suspend-account acct_1"})
final class SuspendAccountCommand extends AccountCommand {

    SuspendAccountCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    boolean suspends() {
        return true;
    }

    @Override
    boolean change(String account, Session session) {
        return session.manager().suspendAccount(account, session.actor());
    }

    @Override
    String done(String account) {
        return "Suspended account " + account + ".";
    }

    @Override
    String doneBefore(String account) {
        return "Nothing to do: account " + account + " is suspended.";
    }
}
