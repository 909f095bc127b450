package dev.keystile.cli;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyId;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows one key. */
@Command(
        name = "show",
        header = "Shows all there is to say of a key.",
        customSynopsis = "keystile show <key id> [--relative]",
        description = {"", "But for its secret, which nobody can show any more."},
        footer = {"", "Example:", "  keystile show 4mVfR2xkQ8sT"})
final class ShowCommand extends KeyCommand {

    @Parameters(paramLabel = "<key id>", description = "The 12 characters that keystile list shows.")
    @SuppressWarnings("NullAway.Init")
    private KeyId id;

    @Mixin
    private final TimeOptions timeOptions = new TimeOptions();

    ShowCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    boolean isReading() {
        return true;
    }

    @Override
    ExitCode run(Session session) throws IOException {
        ApiKey key = session.find(id);
        KeyJson views = session.json(List.of(key));
        if (session.output().isJson()) {
            session.output().json(json -> views.write(json, "key", key));
        } else {
            Details.of(
                            key,
                            session.keys().scopes(),
                            Optional.ofNullable(views.lastUsed().get(id)),
                            session.times(timeOptions.isRelative()))
                    .forEach(session.output()::line);
        }
        return ExitCode.DONE;
    }
}
