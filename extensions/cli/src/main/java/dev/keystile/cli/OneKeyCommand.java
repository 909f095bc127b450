package dev.keystile.cli;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyId;
import java.io.IOException;
import picocli.CommandLine.Parameters;

/** A command that changes one key, and leads to the same state however often it is given. */
abstract class OneKeyCommand extends KeyCommand {

    @Parameters(paramLabel = "<key id>", description = "The 12 characters that keystile list shows.")
    @SuppressWarnings("NullAway.Init")
    private KeyId id;

    OneKeyCommand(KeystileCommand root) {
        super(root);
    }

    /** Whether the key is as it shall be. */
    abstract boolean isDone(ApiKey key);

    /** Asks whether to go on, where that is worth a question. */
    void confirm(ApiKey key, Session session) {}

    /** Makes the change. */
    abstract ApiKey change(KeyId key, Session session);

    /** What was done, as a sentence. */
    abstract String done(ApiKey key);

    /** What needed not be done, as a sentence. */
    abstract String doneBefore(ApiKey key, Times times);

    @Override
    final ExitCode run(Session session) throws IOException {
        ApiKey before = session.find(id);
        boolean change = !isDone(before);
        if (change) {
            confirm(before, session);
        }
        KeyJson json = session.jsonBeforeChange(before);
        ApiKey key = change ? change(id, session) : before;
        if (session.output().isJson()) {
            session.output().json(generator -> {
                generator.writeBooleanField("changed", change);
                json.write(generator, "key", key);
            });
        } else {
            session.output().line(change ? done(key) : doneBefore(key, session.times(false)));
        }
        return ExitCode.DONE;
    }
}
