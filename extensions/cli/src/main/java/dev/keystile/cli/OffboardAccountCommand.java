package dev.keystile.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.keystile.key.KeyId;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Ends all keys of an account that leaves, at once and for ever. */
@Command(
        name = "offboard-account",
        header = "Suspends an account, and revokes all of its keys.",
        customSynopsis = "keystile offboard-account <account> [--yes]",
        description = {
            "",
            "Of every environment, service-owned and disabled ones too. The account is suspended first: so all of them end"
                    + " at the same moment, and none is issued meanwhile. It stays suspended. One that may come back, suspend"
                    + " and no more.",
        },
        footer = {"", "Example:", "  keystile offboard-account acct_1 --yes"})
final class OffboardAccountCommand extends OffboardCommand {

    @Parameters(paramLabel = "<account>", description = "Who leaves.")
    private String account = "";

    OffboardAccountCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    String account() {
        return account;
    }

    @Override
    String owner() {
        return "account " + account;
    }

    @Override
    String answer() {
        return account;
    }

    @Override
    String question() {
        return "This suspends account " + account + " and revokes all of its keys, for ever. Type its name to go on: ";
    }

    @Override
    Optional<String> prepare(Session session) {
        return session.manager().suspendAccount(account, session.actor())
                ? Optional.of("Suspended account " + account + ".")
                : Optional.empty();
    }

    @Override
    void write(JsonGenerator json) throws IOException {
        json.writeBooleanField("suspended", true);
    }

    @Override
    String doneBefore() {
        return owner() + " is suspended and has no key that is not revoked";
    }

    @Override
    List<KeyId> revoke(Session session) {
        return session.manager().revokeByAccount(account, session.actor());
    }
}
