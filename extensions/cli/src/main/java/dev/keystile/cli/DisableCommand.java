package dev.keystile.cli;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyId;
import picocli.CommandLine.Command;

/** Makes a key open nothing for a while. */
@Command(
        name = "disable",
        header = "Makes a key open nothing until it is enabled again.",
        customSynopsis = "keystile disable <key id>",
        description = {"", "The application refuses it within 2 seconds. Disabling a key again changes nothing."},
        footer = {"", "Example:", "  keystile disable 4mVfR2xkQ8sT"})
final class DisableCommand extends OneKeyCommand {

    DisableCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    boolean isDone(ApiKey key) {
        return key.disabledAt().isPresent() && key.revokedAt().isEmpty();
    }

    @Override
    ApiKey change(KeyId key, Session session) {
        return session.manager().disable(key, session.actor());
    }

    @Override
    String done(ApiKey key) {
        return "Disabled " + KeyText.title(key) + " of " + key.account() + ".";
    }

    @Override
    String doneBefore(ApiKey key, Times times) {
        return "Nothing to do: " + KeyText.title(key) + " of " + key.account() + " was disabled "
                + times.shown(key.disabledAt(), "before") + ".";
    }
}
