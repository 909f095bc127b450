package dev.keystile.cli;

import picocli.CommandLine.Command;

/** Lets a suspended account in again. */
@Command(
        name = "resume-account",
        header = "Lets a suspended account in again.",
        customSynopsis = "keystile resume-account <account>",
        description = {
            "",
            "Those of its keys that are good work again; the application follows within 2 seconds. Resuming an account"
                    + " again changes nothing.",
        },
        footer = {"", "Example:", "  keystile resume-account acct_1"})
final class ResumeAccountCommand extends AccountCommand {

    ResumeAccountCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    boolean suspends() {
        return false;
    }

    @Override
    boolean change(String account, Session session) {
        return session.manager().resumeAccount(account, session.actor());
    }

    @Override
    String done(String account) {
        return "Resumed account " + account + ".";
    }

    @Override
    String doneBefore(String account) {
        return "Nothing to do: account " + account + " is not suspended.";
    }
}
