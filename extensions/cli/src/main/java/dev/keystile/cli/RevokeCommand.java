package dev.keystile.cli;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Ends a key for ever. */
@Command(
        name = "revoke",
        header = "Ends a key for ever.",
        customSynopsis = "keystile revoke <key id> [--yes]",
        description = {
            "",
            "Both halves of a rotation end at once; the application refuses them within 2 seconds. Revoking a key again"
                    + " changes nothing. What may be wanted back, disable instead.",
        },
        footer = {"", "Example:", "  keystile revoke 4mVfR2xkQ8sT --yes"})
final class RevokeCommand extends OneKeyCommand {

    @Mixin
    private final Confirmation confirmation = new Confirmation();

    RevokeCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    boolean isDone(ApiKey key) {
        return key.revokedAt().isPresent();
    }

    @Override
    void confirm(ApiKey key, Session session) {
        session.confirm(
                confirmation,
                "Revoke " + KeyText.title(key) + " of " + key.account() + ", " + KeyText.ends(key, key.newestSecret())
                        + ", for ever? [y/N] ",
                "y");
    }

    @Override
    ApiKey change(KeyId key, Session session) {
        return session.manager().revoke(key, session.actor());
    }

    @Override
    String done(ApiKey key) {
        return "Revoked " + KeyText.title(key) + " of " + key.account() + ".";
    }

    @Override
    String doneBefore(ApiKey key, Times times) {
        return "Nothing to do: " + KeyText.title(key) + " of " + key.account() + " was revoked "
                + times.shown(key.revokedAt(), "before") + ".";
    }
}
