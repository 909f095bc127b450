package dev.keystile.cli;

import dev.keystile.KeyAdministration;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One command under way: the keys, who asks, and where the answer goes. Not safe for use by many threads. */
final class Session {

    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    private final KeyAdministration keys;
    private final Actor.Operator actor;
    private final Shell shell;
    private final Output output;
    private final Instant now;

    Session(KeyAdministration keys, Actor.Operator actor, Shell shell, Output output) {
        this.keys = keys;
        this.actor = actor;
        this.shell = shell;
        this.output = output;
        this.now = shell.clock().instant();
    }

    KeyAdministration keys() {
        return keys;
    }

    KeyManager manager() {
        return keys.keyManager();
    }

    Actor.Operator actor() {
        return actor;
    }

    Shell shell() {
        return shell;
    }

    Output output() {
        return output;
    }

    /** When the command began. */
    Instant now() {
        return now;
    }

    Times times(boolean relative) {
        return new Times(now, relative);
    }

    /** The key of an id; a failure if there is none. */
    ApiKey find(KeyId id) {
        return manager()
                .find(id, actor)
                .orElseThrow(() -> new KeyRefusedException(
                        KeyRefusedException.Reason.NOT_FOUND,
                        "there is no key " + id + " in the store of the settings"));
    }

    /** Keys for programs, with their last use. */
    KeyJson json(List<ApiKey> shown) {
        return new KeyJson(keys.scopes(), manager().lastUsed(shown, actor), now);
    }

    /**
     * A key that is about to be changed, for programs: read before, so that nothing that can fail stands between the change and
     * its answer. Where the last use cannot be told, it is left out; that keeps no key from being revoked.
     */
    KeyJson jsonBeforeChange(ApiKey key) {
        if (!output.isJson()) {
            return jsonOfNewKey();
        }
        try {
            return json(List.of(key));
        } catch (UnavailableException untold) {
            LOG.debug("when key {} was last used could not be told", key.id(), untold);
            return jsonOfNewKey();
        }
    }

    /** A key that nobody has used, for programs. */
    KeyJson jsonOfNewKey() {
        return new KeyJson(keys.scopes(), Map.of(), now);
    }

    /** Refuses to make a secret where the application could not judge it, as with another pepper than its own. */
    void requireJudgeable() {
        requireFit(keys.inspector()::requireJudgeable);
    }

    /** The same, of another secret of a key. */
    void requireJudgeable(ApiKey key) {
        requireFit(() -> keys.inspector().requireJudgeable(key));
    }

    private static void requireFit(Runnable check) {
        try {
            check.run();
        } catch (IllegalStateException wrong) {
            throw Failures.wrongSettings(wrong);
        }
    }

    /**
     * Asks whether to go on with what cannot be taken back.
     *
     * @param question what is going to be done, as a question
     * @param answer   what has to be typed; {@code y} or the like
     */
    void confirm(Confirmation given, String question, String answer) {
        if (given.isGiven()) {
            return;
        }
        if (output.isJson() || !shell.terminal().isPresent()) {
            throw CommandFailure.usage("this cannot be taken back, and nobody can be asked here: say --yes");
        }
        String typed = shell.terminal().ask(question).strip();
        boolean yes = answer.equals("y")
                ? typed.equalsIgnoreCase("y") || typed.equalsIgnoreCase("yes")
                : typed.equals(answer);
        if (!yes) {
            throw new CommandFailure(ExitCode.NO, "not-confirmed", "nothing was done");
        }
    }

    private static Path written(IssuedKey issued, PrivateHalfFile file) {
        try {
            return file.write(issued.revealOnce(), issued.fileName().orElseThrow());
        } catch (IOException unwritable) {
            throw new CommandFailure(
                    ExitCode.OUTPUT,
                    "output",
                    KeyText.title(issued.key()) + " has a new private half, and it could not be written: rotate the key"
                            + " again, or revoke it");
        }
    }

    private void tellOfFile(ApiKey key, Path path, KeyJson json, String before, List<String> after) throws IOException {
        if (output.isJson()) {
            output.json(generator -> {
                json.write(generator, "key", key);
                generator.writeStringField("file", path.toString());
            });
            return;
        }
        output.line(before);
        output.line("Its private half is in " + path + ".");
        after.forEach(output::line);
    }

    /**
     * Hands over the text of a key just made.
     *
     * @param json   how programs see the key
     * @param file   where it goes, if not to standard output
     * @param quiet  whether it stands alone on standard output
     * @param before what is said of it
     * @param after  what is said behind it
     */
    void reveal(
            IssuedKey issued,
            KeyJson json,
            Optional<PrivateHalfFile> file,
            boolean quiet,
            String before,
            List<String> after)
            throws IOException {
        ApiKey key = issued.key();
        if (file.isPresent()) {
            tellOfFile(key, written(issued, file.get()), json, before, after);
        } else if (output.isJson()) {
            String text = issued.revealOnce();
            output.json(generator -> {
                json.write(generator, "key", key);
                generator.writeStringField("secret", text);
            });
        } else if (quiet) {
            output.note(before);
            issued.revealOnce().lines().forEach(output::line);
            after.forEach(output::note);
        } else {
            output.line(before);
            output.line("");
            // What is copied from between the lines of a file is to be copied as it is.
            String indent = key.signs() ? "" : "  ";
            issued.revealOnce().lines().forEach(line -> output.line(indent + line));
            output.line("");
            after.forEach(output::line);
        }
        if (!output.isWritten()) {
            throw new CommandFailure(
                    ExitCode.OUTPUT,
                    "output",
                    KeyText.title(key) + " has a new secret, and nobody has seen it, for standard output cannot be"
                            + " written: rotate the key again, or revoke it");
        }
    }
}
