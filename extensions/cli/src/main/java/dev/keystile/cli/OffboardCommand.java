package dev.keystile.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.UnavailableException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
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

    /** What is done before, as a sentence; empty if nothing needed to be. */
    Optional<String> prepare(Session session) {
        return Optional.empty();
    }

    /** What else programs are told. */
    void write(JsonGenerator json) throws IOException {}

    /** What is said where nothing needed to be done. */
    String doneBefore() {
        return owner() + " has no key that is not revoked";
    }

    abstract List<KeyId> revoke(Session session);

    /** What was done. */
    private record Done(Optional<String> before, List<KeyId> revoked) {}

    @Override
    final ExitCode run(Session session) throws IOException {
        session.confirm(confirmation, question(), answer());
        Done done = offboard(session);
        List<KeyId> revoked = done.revoked();
        Output output = session.output();
        if (output.isJson()) {
            output.json(json -> {
                json.writeStringField("account", account());
                write(json);
                json.writeBooleanField("changed", done.before().isPresent() || !revoked.isEmpty());
                KeyJson.texts(json, "revoked", revoked.stream().map(KeyId::text).toList());
            });
        } else if (revoked.isEmpty()) {
            output.line(done.before()
                    .map(it -> it + " It has no key that is not revoked.")
                    .orElseGet(() -> "Nothing to do: " + doneBefore() + "."));
        } else {
            done.before().ifPresent(output::line);
            output.line(
                    "Revoked " + (revoked.size() == 1 ? "1 key" : revoked.size() + " keys") + " of " + owner() + ":");
            revoked.forEach(id -> output.line("  " + id));
        }
        return ExitCode.DONE;
    }

    /** A failure may come after some of the keys. */
    private Done offboard(Session session) {
        try {
            Optional<String> before = prepare(session);
            return new Done(before, revoke(session));
        } catch (UnavailableException | KeyRefusedException failure) {
            CommandFailure known = Failures.of(failure);
            throw new CommandFailure(
                    known.exitCode(),
                    known.code(),
                    known.getMessage() + "; some keys may be revoked already, so give this command again");
        }
    }
}
