package dev.keystile.cli;

import dev.keystile.key.ApiKey;
import dev.keystile.key.ImportFormat;
import dev.keystile.key.KeyInspector.Finding;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeySecret;
import dev.keystile.key.Verification;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Tells what a key is, and whether it is good. */
@Command(
        name = "verify",
        header = "Tells whether a key is good now, whose it is, and why not.",
        customSynopsis = "keystile verify [--relative] < file",
        description = {
            "",
            "Reads the key from standard input, or asks for it without showing it: a command line can be read by others."
                    + " This is no use of the key: nothing is counted, and no overlap begins.",
            "",
            "Ends with 0 if the key is good and with 1 if it is not. Where it may be used from is shown, not tested.",
        },
        footer = {
            "",
            "Examples:",
            "  keystile verify < key.txt",
            "  printf %%s \"$KEY\" | keystile verify --json",
        })
final class VerifyCommand extends KeyCommand {

    private static final int MAX_INPUT = 8192;

    @Mixin
    private final TimeOptions timeOptions = new TimeOptions();

    VerifyCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    boolean isReading() {
        return true;
    }

    @Override
    ExitCode run(Session session) throws IOException {
        String text = read(session);
        Finding finding = inspect(text, session);
        boolean good = finding.objection().isEmpty();
        Output output = session.output();
        if (output.isJson()) {
            writeJson(finding, session);
        } else {
            output.line(good ? "The key is good." : "The key is not good: " + why(finding, session) + ".");
            finding.key()
                    .ifPresent(key -> details(key, finding.secret(), session).forEach(output::line));
        }
        return good ? ExitCode.DONE : ExitCode.NO;
    }

    private static Finding inspect(String text, Session session) {
        try {
            return session.keys().inspector().inspect(text);
        } catch (IllegalStateException wrong) {
            throw Failures.wrongSettings(wrong);
        }
    }

    private static String read(Session session) throws IOException {
        Shell shell = session.shell();
        String input =
                shell.terminal().isPresent() ? shell.terminal().askHidden("Key (not shown): ") : readInput(shell);
        String text = input.strip();
        if (text.isEmpty()) {
            throw CommandFailure.usage("there is no key on standard input");
        }
        if (text.lines().count() > 1) {
            throw CommandFailure.usage("standard input holds more than one line: expected a key and nothing else");
        }
        return text;
    }

    private static String readInput(Shell shell) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] block = new byte[MAX_INPUT];
        int read = shell.in().read(block);
        while (read >= 0) {
            bytes.write(block, 0, read);
            if (bytes.size() > MAX_INPUT) {
                throw CommandFailure.usage("standard input holds more than a key: expected one line");
            }
            read = shell.in().read(block);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private List<String> details(ApiKey key, Optional<KeySecret> secret, Session session) {
        Times times = session.times(timeOptions.isRelative());
        List<String> lines = new ArrayList<>();
        lines.add("");
        if (secret.isEmpty()) {
            lines.add("It says that it is this key, and is not proven to be:");
        } else if (secret.get().number() != key.newestSecret().number()) {
            lines.add("It is the key as it was before its rotation"
                    + KeyText.end(secret.get(), times)
                            .map(it -> ", and works " + it)
                            .orElse("") + ":");
        }
        lines.addAll(Details.of(
                key,
                session.keys().scopes(),
                Optional.ofNullable(session.manager()
                        .lastUsed(List.of(key), session.actor())
                        .get(key.id())),
                times));
        return lines;
    }

    private static void writeJson(Finding finding, Session session) throws IOException {
        KeyJson views = session.json(finding.key().stream().toList());
        session.output().json(json -> {
            json.writeBooleanField("good", finding.objection().isEmpty());
            KeyJson.text(json, "reason", finding.objection().map(VerifyCommand::word));
            if (finding.secret().isPresent()) {
                json.writeNumberField("secret_number", finding.secret().get().number());
            } else {
                json.writeNullField("secret_number");
            }
            if (finding.key().isPresent()) {
                views.write(json, "key", finding.key().get());
            } else {
                json.writeNullField("key");
            }
        });
    }

    /** Such as {@code wrong-secret}. */
    private static String word(Verification.Reason reason) {
        return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String why(Finding finding, Session session) {
        return switch (finding.objection().orElseThrow()) {
            case MALFORMED ->
                "it begins with none of "
                        + session.keys().keyFormat().prefixes().stream()
                                .map(KeyPrefix::text)
                                .toList()
                        + imports(session)
                        + (session.manager().signingEnvironments().isEmpty()
                                ? ""
                                : " and is no token that a key could have signed")
                        + ", or it is mistyped, for its length or checksum is wrong";
            case UNKNOWN -> "there is no key of its id in the store of the settings";
            case PREFIX_MISMATCH -> "the key of its id begins with another prefix";
            case WRONG_SECRET -> "it is not a secret of the key of its id; a rotation may have ended it";
            case TOKEN_REFUSED -> "it is a signed token, and " + finding.detail();
            case SECRET_ENDED -> "it was replaced by a rotation, and the overlap is over";
            case ACCOUNT_SUSPENDED -> "its account is suspended";
            case DISABLED -> "it is disabled";
            case REVOKED -> "it is revoked";
            case EXPIRED -> "it has expired";
            case ENVIRONMENT_NOT_SERVED -> "its environment is not among those of the settings";
        };
    }

    private static String imports(Session session) {
        List<String> names = session.manager().importFormats().stream()
                .map(ImportFormat::name)
                .toList();
        return names.isEmpty() ? "" : " and is of none of the import formats " + names;
    }
}
