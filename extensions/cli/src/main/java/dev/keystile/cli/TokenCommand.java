package dev.keystile.cli;

import dev.keystile.jwt.TokenSigner;
import dev.keystile.key.KeyId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
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

    @Parameters(
            paramLabel = "<file>",
            description = "The private half: PKCS #8 in PEM, as keystile issue --signing writes it.")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Option(
            names = "--key-id",
            paramLabel = "<key id>",
            description = "The key, where the file is not called AuthKey_<key id>.p8.")
    private Optional<KeyId> keyId = Optional.empty();

    @Option(
            names = "--issuer",
            required = true,
            paramLabel = "<text>",
            description = "iss: the account, or what signing.issuer says.")
    private String issuer = "";

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
        if (lifetime.compareTo(Duration.ofSeconds(1)) < 0 || lifetime.compareTo(LONGEST) > 0) {
            throw CommandFailure.usage("--expires: expected 1s to 366d");
        }
        String token =
                signer().sign(issuer, audience(), claims, root.shell().clock().instant(), lifetime);
        Output output = new Output(root.shell(), root.isJson());
        if (output.isJson()) {
            output.json(json -> json.writeStringField("token", token));
        } else {
            output.line(token);
        }
        return (output.isWritten() ? ExitCode.DONE : ExitCode.OUTPUT).number();
    }

    private TokenSigner signer() throws IOException {
        if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
            throw CommandFailure.usage(file + ": expected the file of a private half");
        }
        try {
            return TokenSigner.of(id(), Files.readString(file));
        } catch (IllegalArgumentException | IOException unreadable) {
            throw CommandFailure.usage(file + ": " + unreadable.getMessage());
        }
    }

    private KeyId id() {
        return keyId.orElseGet(() -> {
            Matcher name = NAMED.matcher(String.valueOf(file.getFileName()));
            if (!name.matches()) {
                throw CommandFailure.usage("--key-id is missing, and " + file + " is not called AuthKey_<key id>.p8");
            }
            return new KeyId(name.group(1));
        });
    }

    private String audience() {
        return audience.or(() -> root.settings().value("signing.audience").filter(text -> !text.isEmpty()))
                .orElseThrow(() -> CommandFailure.usage("--audience is missing, and signing.audience is not set"));
    }
}
