package dev.keystile.cli;

import java.io.IOException;
import picocli.CommandLine.Parameters;

/** A command that suspends an account or lets it in again. */
abstract class AccountCommand extends KeyCommand {

    @Parameters(paramLabel = "<account>", description = "Whose keys these are.")
    private String account = "";

    AccountCommand(KeystileCommand root) {
        super(root);
    }

    /** Whether the account is suspended afterwards. */
    abstract boolean suspends();

    abstract boolean change(String named, Session session);

    abstract String done(String named);

    abstract String doneBefore(String named);

    @Override
    final ExitCode run(Session session) throws IOException {
        boolean changed = change(account, session);
        if (session.output().isJson()) {
            session.output().json(json -> {
                json.writeStringField("account", account);
                json.writeBooleanField("suspended", suspends());
                json.writeBooleanField("changed", changed);
            });
        } else {
            session.output().line(changed ? done(account) : doneBefore(account));
        }
        return ExitCode.DONE;
    }
}
