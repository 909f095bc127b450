package dev.keystile.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.keystile.key.ImportFormat;
import dev.keystile.key.ImportResult;
import dev.keystile.key.ImportedKey;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes over keys that were minted elsewhere. */
@Command(
        name = "import",
        header = "Takes over keys minted elsewhere, by their digests.",
        customSynopsis = {
            "keystile import --format <format> <file>",
            "                       [--default <column>=<value>]... [--dry-run]",
        },
        description = {
            "",
            "They work from the next request on, as they are: nobody needs a new key. The format is one of the settings,"
                    + " import.<format>, which says what the keys look like and how their digests are made.",
            "",
            "The file is CSV with the names of the columns in its first line, or a JSON object on each line with fields of the"
                    + " same names: digest, account and name; public, where the format has a public part; salt, where it has"
                    + " one; and member, scopes, roles, plan, attributes, addresses, created_at, expires_at, disabled,"
                    + " last_four. Scopes, roles and addresses take several, with blanks between them; attributes are"
                    + " project=p1;team=t2, or a JSON object.",
            "",
            "The whole file is checked first. If a line is wrong, all that are wrong are told, and nothing is imported. Keys"
                    + " that are there already are left as they are, so that the command can be given again.",
        },
        footer = {
            "",
            "Examples:",
            "  keystile import --format unkey keys.csv --dry-run",
            "  keystile import --format unkey keys.csv",
            "  keystile import --format sanctum --default account=acct_1 - < tokens.jsonl",
        })
final class ImportCommand extends KeyCommand {

    /** Keys in one transaction. */
    private static final int BATCH = 500;

    /** What may be a digest that stands in a column where none belongs; bcrypt's base 64 has a {@code .} too. */
    private static final Pattern DIGEST = Pattern.compile("[0-9A-Za-z+/=_.-]{40,}");

    /** What tells one key from another, and so has no default. */
    private static final Set<String> OWN = Set.of("digest", "public", "salt");

    @Option(
            names = {"-f", "--format"},
            required = true,
            paramLabel = "<format>",
            description = "What the keys look like: the name behind import. in the settings.")
    private String format = "";

    @Parameters(paramLabel = "<file>", description = "Where the keys stand, in UTF-8; - for standard input.")
    private String file = "";

    @Option(
            names = "--default",
            paramLabel = "<column>=<value>",
            description = "What counts where a line says nothing. Repeatable.")
    private Map<String, String> defaults = new LinkedHashMap<>();

    @Option(names = "--dry-run", description = "Checks the file, says what would be done, and changes nothing.")
    private boolean dryRun;

    ImportCommand(KeystileCommand root) {
        super(root);
    }

    /**
     * A line that can be imported.
     *
     * @param id    the id of its key
     * @param there whether that is there already
     */
    private record Ready(long line, ImportedKey key, KeyId id, boolean there) {}

    @Override
    void requireSensible() {
        defaults.keySet().stream()
                .filter(column -> !ImportFile.COLUMNS.contains(column) || OWN.contains(column))
                .findFirst()
                .ifPresent(column -> {
                    throw CommandFailure.usage("--default " + column + ": expected one of "
                            + ImportFile.COLUMNS.stream()
                                    .filter(it -> !OWN.contains(it))
                                    .toList());
                });
    }

    @Override
    ExitCode run(Session session) throws IOException {
        requireFormat(session.manager());
        List<Ready> ready = check(session, ImportFile.read(text(session.shell())));
        List<Ready> missing = ready.stream().filter(it -> !it.there).toList();
        if (!dryRun) {
            importAll(session, missing);
        }
        Output output = session.output();
        if (output.isJson()) {
            output.json(json -> write(json, ready, missing.size()));
        } else {
            output.line((dryRun ? "Would import " : "Imported ") + keys(missing.size()) + " of format " + format
                    + existing(ready.size() - missing.size())
                    + (dryRun ? " Nothing was changed." : ""));
        }
        return ExitCode.DONE;
    }

    private void requireFormat(KeyManager manager) {
        List<String> known =
                manager.importFormats().stream().map(ImportFormat::name).toList();
        if (known.isEmpty()) {
            throw CommandFailure.configuration(
                    "the settings have no import.<format>, which says what the keys look like; see docs/import.md");
        }
        if (!known.contains(format)) {
            throw CommandFailure.usage("--format: the settings have no import." + format + "; there are " + known);
        }
    }

    private String text(Shell shell) throws IOException {
        try {
            byte[] bytes = file.equals("-") ? shell.in().readAllBytes() : Files.readAllBytes(Path.of(file));
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (NoSuchFileException missing) {
            throw CommandFailure.usage(file + ": there is no such file");
        } catch (CharacterCodingException notUtf8) {
            throw CommandFailure.usage(file + ": expected CSV or JSON lines in UTF-8");
        } catch (IOException unreadable) {
            throw CommandFailure.usage(file + ": cannot be read: " + unreadable.getMessage());
        }
    }

    private List<Ready> check(Session session, ImportFile read) {
        List<String> problems = new ArrayList<>(read.problems());
        List<Ready> ready = new ArrayList<>();
        Map<KeyId, Long> lines = new HashMap<>();
        for (ImportFile.Line line : read.lines()) {
            try {
                ImportedKey key = ImportLine.read(format, line.values(), defaults);
                ImportResult result = session.manager().checkImport(key, session.actor());
                Long before = lines.putIfAbsent(result.id(), line.number());
                if (before == null) {
                    ready.add(new Ready(line.number(), key, result.id(), result.there()));
                } else {
                    problems.add("line " + line.number() + ": is the key of line " + before + " once more");
                }
            } catch (IllegalArgumentException | KeyRefusedException wrong) {
                problems.add("line " + line.number() + ": " + wrong.getMessage());
            }
        }
        if (!problems.isEmpty()) {
            problems.add("nothing was imported");
            throw new CommandFailure(
                    ExitCode.REFUSED,
                    "invalid-file",
                    problems.stream()
                            .map(problem -> DIGEST.matcher(problem).replaceAll("…"))
                            .toList());
        }
        return ready;
    }

    private void importAll(Session session, List<Ready> missing) {
        for (int from = 0; from < missing.size(); from += BATCH) {
            List<ImportedKey> batch = missing.subList(from, Math.min(from + BATCH, missing.size())).stream()
                    .map(Ready::key)
                    .toList();
            try {
                session.manager().importKeys(batch, session.actor());
            } catch (UnavailableException | KeyRefusedException failure) {
                CommandFailure known = Failures.of(failure);
                throw new CommandFailure(
                        known.exitCode(),
                        known.code(),
                        known.getMessage() + "; " + keys(from)
                                + " were imported before that, so give this command again");
            }
        }
    }

    private static String keys(int count) {
        return count == 1 ? "1 key" : count + " keys";
    }

    private static String existing(int count) {
        return count == 0
                ? "."
                : "; " + keys(count) + (count == 1 ? " is" : " are") + " there already and stay"
                        + (count == 1 ? "s" : "") + " as " + (count == 1 ? "it is." : "they are.");
    }

    private void write(JsonGenerator json, List<Ready> ready, int missing) throws IOException {
        json.writeStringField("format", format);
        json.writeBooleanField("dry_run", dryRun);
        json.writeNumberField("imported", dryRun ? 0 : missing);
        json.writeNumberField("there_already", ready.size() - missing);
        json.writeArrayFieldStart("keys");
        for (Ready each : ready) {
            json.writeStartObject();
            json.writeNumberField("line", each.line);
            json.writeStringField("id", each.id.text());
            json.writeBooleanField("there_already", each.there);
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
