package dev.keystile.cli;

import dev.keystile.key.ApiKey;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeySecret;
import dev.keystile.key.Overlap;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Gives a key a new secret. */
@Command(
        name = "rotate",
        header = "Gives a key a new secret, and shows it once.",
        customSynopsis = {
            "keystile rotate <key id> [--overlap <time>] [--quiet]",
            "       keystile rotate <key id> [--overlap-from-first-use <time>] [--quiet]",
        },
        description = {
            "",
            "Id, scopes, plan and limits stay. The key as it was goes on working for the overlap: 1d from the first use of"
                    + " the new one, unless said. So nothing fails until the new one is in use, and nothing is lost if it"
                    + " is never seen: rotate again.",
            "",
            "Has the key leaked, end it now: --overlap 0.",
            "",
            "A key that signs gets a new pair under the same id, and tokens of both private halves are taken during the"
                    + " overlap.",
        },
        footer = {
            "",
            "Examples:",
            "  keystile rotate 4mVfR2xkQ8sT",
            "  KEY=$(keystile rotate 4mVfR2xkQ8sT --overlap 7d --quiet)",
        })
final class RotateCommand extends KeyCommand {

    @Parameters(paramLabel = "<key id>", description = "The 12 characters that keystile list shows.")
    @SuppressWarnings("NullAway.Init")
    private KeyId id;

    @Option(
            names = "--overlap",
            paramLabel = "<time>",
            description = "How long the key as it was goes on working, from now on: such as 12h or 7d, 366d at most.")
    private Optional<Duration> fromNow = Optional.empty();

    @Option(
            names = "--overlap-from-first-use",
            paramLabel = "<time>",
            description = "The same, from when the new one is used for the first time.")
    private Optional<Duration> fromFirstUse = Optional.empty();

    @Option(
            names = {"-q", "--quiet"},
            description = "Writes the key alone to standard output, and all else to standard error.")
    private boolean quiet;

    @Mixin
    private final OutOption out = new OutOption();

    private Overlap overlap = Overlap.fromFirstUse(Duration.ofDays(1));

    RotateCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    void requireSensible() {
        if (fromNow.isPresent() && fromFirstUse.isPresent()) {
            throw CommandFailure.usage("--overlap and --overlap-from-first-use exclude each other");
        }
        try {
            overlap = fromNow.map(Overlap::of)
                    .or(() -> fromFirstUse.map(Overlap::fromFirstUse))
                    .orElse(overlap);
        } catch (IllegalArgumentException outOfBounds) {
            throw CommandFailure.usage(String.valueOf(outOfBounds.getMessage()));
        }
    }

    @Override
    ExitCode run(Session session) throws IOException {
        ApiKey before = session.find(id);
        session.requireJudgeable(before);
        KeyJson json = session.jsonBeforeChange(before);
        Optional<PrivateHalfFile> file = out.file(before.signs());
        try {
            return rotate(json, file, session);
        } finally {
            file.ifPresent(PrivateHalfFile::close);
        }
    }

    private ExitCode rotate(KeyJson json, Optional<PrivateHalfFile> file, Session session) throws IOException {
        IssuedKey rotated = session.manager().rotate(id, overlap, session.actor());
        ApiKey key = rotated.key();
        List<String> after = new ArrayList<>();
        after.add("It is shown this once. Put it where its program finds it; if it gets lost, rotate again.");
        after.add(fateOfTheOld(key, session));
        session.reveal(
                rotated, json, file, quiet, "Rotated " + KeyText.title(key) + " of " + key.account() + ".", after);
        return ExitCode.DONE;
    }

    private static String fateOfTheOld(ApiKey key, Session session) {
        Optional<KeySecret> old = KeyText.old(key, session.now());
        if (old.isEmpty()) {
            return "The key as it was has ended.";
        }
        return KeyText.ends(key, old.get()) + " goes on working "
                + KeyText.end(old.get(), session.times(false)).orElse("for ever") + ".";
    }
}
