package dev.keystile.cli;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyId;
import picocli.CommandLine.Command;

/** Lets a disabled key work again. */
@Command(
        name = "enable",
        header = "Lets a disabled key work again.",
        customSynopsis = "keystile enable <key id>",
        description = {"", "The application follows within 2 seconds. Enabling a key again changes nothing."},
        footer = {"", "Example:", "  keystile enable 4mVfR2xkQ8sT"})
final class EnableCommand extends OneKeyCommand {

    EnableCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    boolean isDone(ApiKey key) {
        return key.disabledAt().isEmpty() && key.revokedAt().isEmpty();
    }

    @Override
    ApiKey change(KeyId key, Session session) {
        return session.manager().enable(key, session.actor());
    }

    @Override
    String done(ApiKey key) {
        return "Enabled " + KeyText.title(key) + " of " + key.account() + ".";
    }

    @Override
    String doneBefore(ApiKey key, Times times) {
        return "Nothing to do: " + KeyText.title(key) + " of " + key.account() + " is not disabled.";
    }
}
