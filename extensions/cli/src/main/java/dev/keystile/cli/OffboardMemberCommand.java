package dev.keystile.cli;

import dev.keystile.key.KeyId;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Revokes the keys of a member who leaves. */
@Command(
        name = "offboard-member",
        header = "Revokes all keys that go with a member.",
        customSynopsis = "keystile offboard-member <member> --account <account> [--yes]",
        description = {
            "",
            "Of every environment, disabled ones too. Service-owned keys and those that go with no member stay. Take away"
                    + " the member's right to issue keys first.",
        },
        footer = {"", "Example:", "  keystile offboard-member usr_7 --account acct_1 --yes"})
final class OffboardMemberCommand extends OffboardCommand {

    @Parameters(paramLabel = "<member>", description = "Who leaves.")
    private String member = "";

    @Option(names = "--account", required = true, paramLabel = "<account>", description = "The member's account.")
    private String account = "";

    OffboardMemberCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    String account() {
        return account;
    }

    @Override
    String owner() {
        return "member " + member + " of " + account;
    }

    @Override
    String answer() {
        return "y";
    }

    @Override
    String question() {
        return "Revoke all keys of " + owner() + ", for ever? [y/N] ";
    }

    @Override
    List<KeyId> revoke(Session session) {
        return session.manager().revokeByMember(account, member, session.actor());
    }
}
