package dev.keystile.cli;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.config.Settings;
import dev.keystile.jwt.TokenSigner;
import dev.keystile.key.KeyId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Signs a token. Needs the private half alone: no store, and no settings but for a default. */
@Command(
        name = "token",
        header = "Signs a token with the private half of a key, to try it with curl.",
        customSynopsis = {
            "keystile token <file> --issuer <text> [--audience <text>]",
            "                      [--claim <claim>=<text>]... [--expires <time>]",
        },
        description = {
            "",
            "Writes the token and nothing else to standard output. It is signed with ES256 and says iss, aud, iat and exp,"
                    + " and what --claim adds. Whoever has it can do what the key may until it ends.",
        },
        footer = {
            "",
            "Examples:",
            "  TOKEN=$(keystile token AuthKey_4mVfR2xkQ8sT.p8 --issuer acct_1 \\",
            "      --audience acme-api-v1 --claim bid=com.example.app)",
            "  curl -H \"Authorization: Bearer $TOKEN\" https://api.example.com/v1/me",
        })
final class TokenCommand implements Callable<Integer> {

    private static final Pattern NAMED = Pattern.compile("AuthKey_([0-9A-Za-z]{12})\\.p8");
    private static final Duration LONGEST = Duration.ofDays(366);
    private static final long MOST_BYTES = 10_000;

    private final KeystileCommand root;

    // That it is there, and --issuer, is looked at with all the rest.
    @Parameters(
            arity = "0..1",
            paramLabel = "<file>",
            description = "The private half: PKCS #8 in PEM, as keystile issue --signing writes it.")
    private Optional<Path> file = Optional.empty();

    @Option(
            names = "--key-id",
            paramLabel = "<key id>",
            description = "The key, where the file is not called AuthKey_<key id>.p8.")
    private Optional<KeyId> keyId = Optional.empty();

    @Option(names = "--issuer", paramLabel = "<text>", description = "iss: the account, or what signing.issuer says.")
    private Optional<String> issuer = Optional.empty();

    @Option(
            names = "--audience",
            paramLabel = "<text>",
            description = "aud: the API. As signing.audience of the settings says, unless given.")
    private Optional<String> audience = Optional.empty();

    @Option(names = "--claim", paramLabel = "<claim>=<text>", description = "What else it says. Repeatable.")
    private Map<String, String> claims = new LinkedHashMap<>();

    @Option(
            names = "--expires",
            paramLabel = "<time>",
            description = "How long it lasts, such as 90s or 1h. 20m, unless given.")
    private Duration lifetime = Duration.ofMinutes(20);

    TokenCommand(KeystileCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        String token = new Reading().signed();
        Output output = new Output(root.shell(), root.isJson());
        if (output.isJson()) {
            output.json(json -> json.writeStringField("token", token));
        } else {
            output.line(token);
        }
        return (output.isWritten() ? ExitCode.DONE : ExitCode.OUTPUT).number();
    }

    /** What the command line says, part by part, so that one mistake does not hide the next. */
    private final class Reading {

        /** Instead of one that could not be told, so that what else is wrong with the file is found. */
        private static final KeyId ANY = new KeyId("000000000000");

        private final List<CommandFailure> mistakes = new ArrayList<>();

        String signed() {
            Optional<TokenSigner> signer = file.isEmpty() ? attempt(this::missingFile) : signer(file.get());
            Optional<String> iss = attempt(this::issuer);
            Optional<String> aud = attempt(this::audience);
            attempt(this::requireLifetime);
            if (!mistakes.isEmpty()) {
                throw CommandFailure.of(mistakes);
            }
            return signer.orElseThrow()
                    .sign(
                            iss.orElseThrow(),
                            aud.orElseThrow(),
                            claims,
                            root.shell().clock().instant(),
                            lifetime);
        }

        private <T> Optional<T> attempt(Supplier<T> part) {
            try {
                return Optional.of(part.get());
            } catch (CommandFailure | InvalidConfigurationException mistake) {
                mistakes.add(Failures.of(mistake));
                return Optional.empty();
            }
        }

        private TokenSigner missingFile() {
            throw CommandFailure.usage(
                    "<file> is missing: expected that of a private half, such as" + " AuthKey_4mVfR2xkQ8sT.p8");
        }

        private Optional<TokenSigner> signer(Path half) {
            Optional<KeyId> id = attempt(() -> keyId.orElseGet(() -> idIn(half)));
            return attempt(() -> read(half, id.orElse(ANY)));
        }

        private KeyId idIn(Path half) {
            Matcher name = NAMED.matcher(String.valueOf(half.getFileName()));
            if (!name.matches()) {
                throw CommandFailure.usage("--key-id is missing, and " + half + " is not called AuthKey_<key id>.p8");
            }
            return new KeyId(name.group(1));
        }

        private TokenSigner read(Path half, KeyId id) {
            try {
                if (!Files.isRegularFile(half) || Files.size(half) > MOST_BYTES) {
                    throw CommandFailure.usage(half + ": expected the file of a private half");
                }
                return TokenSigner.of(id, Files.readString(half));
            } catch (IllegalArgumentException | IOException unreadable) {
                throw CommandFailure.usage(half + ": " + unreadable.getMessage());
            }
        }

        private String issuer() {
            String text = issuer.orElseThrow(() ->
                    CommandFailure.usage("--issuer is missing: expected the account, or what signing.issuer says"));
            Options.requireText("--issuer", text);
            return text;
        }

        private String audience() {
            if (audience.isPresent()) {
                Options.requireText("--audience", audience.get());
                return audience.get();
            }
            Settings settings = root.settingsIfNamed()
                    .orElseThrow(() -> CommandFailure.usage("--audience is missing, and no settings that would have"
                            + " signing.audience are named " + KeystileCommand.WHERE_NAMED));
            return settings.value("signing.audience")
                    .filter(text -> !text.isEmpty())
                    .orElseThrow(() -> CommandFailure.usage("--audience is missing, and signing.audience is not set"));
        }

        private Duration requireLifetime() {
            if (lifetime.compareTo(Duration.ofSeconds(1)) < 0 || lifetime.compareTo(LONGEST) > 0) {
                throw CommandFailure.usage("--expires: expected 1s to 366d");
            }
            return lifetime;
        }
    }
}
