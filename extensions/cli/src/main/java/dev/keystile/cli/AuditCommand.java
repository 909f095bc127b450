package dev.keystile.cli;

import dev.keystile.cli.Table.Column;
import dev.keystile.key.AuditEntry;
import dev.keystile.key.AuditPage;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows who changed what. */
@Command(
        name = "audit",
        header = "Shows who changed the keys of an account, newest first.",
        customSynopsis = "keystile audit (--account <account> | --key <key id>) [options]",
        description = {
            "",
            "Every change by anybody, from anywhere: console, application, shell. What the library did by itself stands"
                    + " under the name keystile.",
        },
        footer = {
            "",
            "Examples:",
            "  keystile audit --account acct_1",
            "  keystile audit --key 4mVfR2xkQ8sT --json",
        })
final class AuditCommand extends KeyCommand {

    private static final int DEFAULT_LIMIT = 50;

    @Option(names = "--account", paramLabel = "<account>", description = "Whose keys; that of the key, unless given.")
    private Optional<String> account = Optional.empty();

    @Option(names = "--key", paramLabel = "<key id>", description = "What became of this key only.")
    private Optional<KeyId> id = Optional.empty();

    @Option(
            names = "--limit",
            paramLabel = "<number>",
            description = "How many at most, 1 to " + AuditQuery.MAX_LIMIT + "; " + DEFAULT_LIMIT + " unless given.")
    private int limit = DEFAULT_LIMIT;

    @Option(
            names = "--before",
            paramLabel = "<revision>",
            description = "What was before this revision, that of the last line of the page before.")
    private Optional<Long> before = Optional.empty();

    @Option(names = "--all", description = "All there is, in place of one page.")
    private boolean all;

    @Option(names = "--wide", description = "Leaves out no column and cuts no text.")
    private boolean wide;

    @Mixin
    private final TimeOptions timeOptions = new TimeOptions();

    AuditCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    void requireSensible() {
        Options.number("--limit", limit, AuditQuery.MAX_LIMIT);
        if (account.isEmpty() && id.isEmpty()) {
            throw CommandFailure.usage("expected --account or --key");
        }
    }

    @Override
    boolean isReading() {
        return true;
    }

    @Override
    ExitCode run(Session session) throws IOException {
        String whose =
                account.orElseGet(() -> id.map(session::find).orElseThrow().account());
        List<AuditEntry> entries = new ArrayList<>();
        boolean more = read(whose, session, entries);
        Optional<Long> next = more ? Optional.of(entries.get(entries.size() - 1).revision()) : Optional.empty();
        Output output = session.output();
        if (output.isJson()) {
            output.json(json -> {
                json.writeArrayFieldStart("entries");
                for (AuditEntry entry : entries) {
                    json.writeStartObject();
                    json.writeNumberField("revision", entry.revision());
                    KeyJson.time(json, "at", Optional.of(entry.at()));
                    json.writeStringField("account", entry.account());
                    json.writeStringField("action", entry.action().word());
                    json.writeStringField("actor", entry.actor());
                    KeyJson.text(json, "address", entry.address());
                    KeyJson.text(json, "key_id", entry.key().map(KeyId::text));
                    json.writeStringField("detail", entry.detail());
                    json.writeEndObject();
                }
                json.writeEndArray();
                if (next.isPresent()) {
                    json.writeNumberField("next", next.get());
                } else {
                    json.writeNullField("next");
                }
            });
            return ExitCode.DONE;
        }
        if (entries.isEmpty()) {
            output.note("nothing was ever changed there");
        } else {
            output.table(table(entries, session.times(timeOptions.isRelative())), wide);
        }
        next.ifPresent(last -> output.note("more follow: --before " + last + ", or --all"));
        return ExitCode.DONE;
    }

    /** Whether more follow. */
    private boolean read(String whose, Session session, List<AuditEntry> entries) {
        AuditQuery query = new AuditQuery(
                whose,
                id,
                before.map(OptionalLong::of).orElse(OptionalLong.empty()),
                all ? AuditQuery.MAX_LIMIT : limit);
        AuditPage page;
        do {
            page = session.manager().audit(query, session.actor());
            entries.addAll(page.entries());
            if (!entries.isEmpty()) {
                query = query.before(entries.get(entries.size() - 1));
            }
        } while (all && page.more());
        return page.more();
    }

    private static Table table(List<AuditEntry> entries, Times times) {
        Table table = new Table(
                Column.of("WHEN", 0),
                Column.of("ACTION", 0),
                Column.of("KEY ID", 1),
                new Column("ACTOR", 16, 2),
                new Column("ADDRESS", 9, 4),
                new Column("DETAIL", 12, 3));
        entries.forEach(entry -> table.row(
                times.shown(entry.at()),
                entry.action().word(),
                entry.key().map(KeyId::text).orElse("-"),
                entry.actor(),
                entry.address().orElse("-"),
                entry.detail()));
        return table;
    }
}
