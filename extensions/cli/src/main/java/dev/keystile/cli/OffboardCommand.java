package dev.keystile.cli;

import dev.keystile.key.KeyId;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.UnavailableException;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Mixin;

/** A command that revokes all keys of somebody who leaves. */
abstract class OffboardCommand extends KeyCommand {

    @Mixin
    private final Confirmation confirmation = new Confirmation();

    OffboardCommand(KeystileCommand root) {
        super(root);
    }

    abstract String account();

    /** Whose keys they are, in a sentence. */
    abstract String owner();

    /** What has to be typed to go on. */
    abstract String answer();

    /** What is asked before. */
    abstract String question();

    abstract List<KeyId> revoke(Session session);

    @Override
    final ExitCode run(Session session) throws IOException {
        session.confirm(confirmation, question(), answer());
        List<KeyId> revoked = revokeAll(session);
        Output output = session.output();
        if (output.isJson()) {
            output.json(json -> {
                json.writeStringField("account", account());
                KeyJson.texts(json, "revoked", revoked.stream().map(KeyId::text).toList());
            });
        } else if (revoked.isEmpty()) {
            output.line("Nothing to do: " + owner() + " has no key that is not revoked.");
        } else {
            output.line(
                    "Revoked " + (revoked.size() == 1 ? "1 key" : revoked.size() + " keys") + " of " + owner() + ":");
            revoked.forEach(id -> output.line("  " + id));
        }
        return ExitCode.DONE;
    }

    /** A failure may come after some of the keys. */
    private List<KeyId> revokeAll(Session session) {
        try {
            return revoke(session);
        } catch (UnavailableException | KeyRefusedException failure) {
            CommandFailure known = Failures.of(failure);
            throw new CommandFailure(
                    known.exitCode(),
                    known.code(),
                    known.getMessage() + "; some keys may be revoked already, so give this command again");
        }
    }
}
