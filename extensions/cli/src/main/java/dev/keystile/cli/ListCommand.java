package dev.keystile.cli;

import dev.keystile.cli.Table.Cell;
import dev.keystile.cli.Table.Column;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStatus;
import dev.keystile.key.Spans;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the keys of an account. */
@Command(
        name = "list",
        header = "Lists the keys of an account, newest first.",
        customSynopsis = "keystile list --account <account> [options]",
        description = {
            "",
            "A key in rotation has a second line: the key as it was, and until when it works. On a terminal, columns that"
                    + " find no room are left out.",
        },
        footer = {
            "",
            "Examples:",
            "  keystile list --account acct_1 --environment live --status active",
            "  keystile list --account acct_1 --text checkout --relative",
            "  keystile list --account acct_1 --all --json | jq -r '.keys[] | select(.last_used_at == null) | .id'",
        })
final class ListCommand extends KeyCommand {

    private static final int DEFAULT_LIMIT = 50;
    /** Some keys have as many scopes as there are. */
    private static final int SCOPES_WIDTH = 48;

    @Option(names = "--account", required = true, paramLabel = "<account>", description = "Whose keys.")
    private String account = "";

    @Option(
            names = {"-e", "--environment"},
            paramLabel = "<environment>",
            description = "Those of this environment only.")
    private Optional<KeyEnvironment> environment = Optional.empty();

    @Option(
            names = "--status",
            paramLabel = "<status>",
            description = "Those that are active, disabled, suspended, expired or revoked only.")
    private Optional<KeyStatus> status = Optional.empty();

    @Option(
            names = "--text",
            paramLabel = "<text>",
            description = "Those only whose name, id or last four characters hold this.")
    private Optional<String> text = Optional.empty();

    @Option(names = "--member", paramLabel = "<member>", description = "Those that go with this member only.")
    private Optional<String> member = Optional.empty();

    @Option(
            names = "--limit",
            paramLabel = "<number>",
            description = "How many at most, 1 to " + KeyQuery.MAX_LIMIT + "; " + DEFAULT_LIMIT + " unless given.")
    private int limit = DEFAULT_LIMIT;

    @Option(
            names = "--after",
            paramLabel = "<key id>",
            description = "Those behind this one, the last of the page before.")
    private Optional<KeyId> after = Optional.empty();

    @Option(names = "--all", description = "All there are, in place of one page.")
    private boolean all;

    @Option(names = "--wide", description = "Leaves out no column and no scope, and cuts no text.")
    private boolean wide;

    @Option(
            names = {"-q", "--quiet"},
            description = "Writes the ids alone, one a line.")
    private boolean quiet;

    @Mixin
    private final TimeOptions timeOptions = new TimeOptions();

    ListCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    void requireSensible() {
        Options.requireText("--account", account);
        member.ifPresent(text -> Options.requireText("--member", text));
        Options.number("--limit", limit, KeyQuery.MAX_LIMIT);
    }

    @Override
    boolean isReading() {
        return true;
    }

    @Override
    ExitCode run(Session session) throws IOException {
        List<ApiKey> keys = new ArrayList<>();
        Set<KeyId> damaged = new LinkedHashSet<>();
        boolean more = read(query(session), session, keys, damaged);
        Optional<String> next =
                more ? Optional.of(keys.get(keys.size() - 1).id().text()) : Optional.empty();
        if (keys.isEmpty() && damaged.isEmpty()) {
            requireEnvironment(session);
        }
        Output output = session.output();
        damaged.forEach(id -> output.note("note: key " + id + " is damaged in the store and cannot be shown"));
        if (output.isJson()) {
            KeyJson views = new KeyJson(session.keys().scopes(), lastUsed(keys, session), session.now());
            output.json(json -> {
                json.writeArrayFieldStart("keys");
                for (ApiKey key : keys) {
                    views.write(json, key);
                }
                json.writeEndArray();
                KeyJson.text(json, "next", next);
            });
            return ExitCode.DONE;
        }
        if (quiet) {
            keys.forEach(key -> output.line(key.id().text()));
        } else if (keys.isEmpty()) {
            output.note(isFiltered() ? "no key of " + account + " is like that" : account + " has no keys");
        } else {
            output.table(table(keys, session), wide);
        }
        next.ifPresent(last -> output.note("more follow: --after " + last + ", or --all"));
        return ExitCode.DONE;
    }

    private static void requireNoKey(String text, Session session) {
        boolean key = session.keys().keyFormat().parse(text.strip()).isPresent()
                || session.manager().importFormats().stream().anyMatch(format -> format.fits(text.strip()));
        if (key) {
            throw CommandFailure.usage(
                    "--text: this is a whole key, which does not belong on a command line: expected a"
                            + " part of its name, its id or its last four characters; keystile verify tells the id");
        }
    }

    /** Keys of another environment than the settings name may be there still; where none are, its name is mistyped. */
    private void requireEnvironment(Session session) {
        Set<String> known = new TreeSet<>();
        session.keys()
                .keyFormat()
                .prefixes()
                .forEach(it -> known.add(it.environment().name()));
        session.manager()
                .importFormats()
                .forEach(it -> known.add(it.environment().name()));
        session.manager().signingEnvironments().forEach(it -> known.add(it.name()));
        if (environment.isPresent() && !known.contains(environment.get().name())) {
            throw CommandFailure.usage("--environment: '" + environment.get() + "': expected one of " + known);
        }
    }

    private boolean isFiltered() {
        return Stream.of(environment, status, text, member, after).anyMatch(Optional::isPresent);
    }

    private KeyQuery query(Session session) {
        KeyQuery query = KeyQuery.ofAccount(account).limit(all ? KeyQuery.MAX_LIMIT : limit);
        if (environment.isPresent()) {
            query = query.in(environment.get());
        }
        if (status.isPresent()) {
            query = query.with(status.get(), session.now());
        }
        if (text.isPresent()) {
            requireNoKey(text.get(), session);
            query = Options.read("--text", text.get(), query::holding);
        }
        if (member.isPresent()) {
            query = query.ofMember(member.get());
        }
        if (after.isPresent()) {
            ApiKey last = session.find(after.get());
            if (!last.account().equals(account)) {
                throw CommandFailure.usage("--after: key " + last.id() + " is of another account");
            }
            query = query.after(last);
        }
        return query;
    }

    /** Whether more follow. */
    private boolean read(KeyQuery first, Session session, List<ApiKey> keys, Set<KeyId> damaged) {
        KeyQuery query = first;
        KeyPage page;
        do {
            page = session.manager().list(query, session.actor());
            keys.addAll(page.keys());
            damaged.addAll(page.damaged());
            if (!keys.isEmpty()) {
                query = query.after(keys.get(keys.size() - 1));
            }
        } while (all && page.more());
        return page.more();
    }

    private static Map<KeyId, Instant> lastUsed(List<ApiKey> keys, Session session) {
        Map<KeyId, Instant> lastUsed = new HashMap<>();
        for (int from = 0; from < keys.size(); from += KeyQuery.MAX_LIMIT) {
            List<ApiKey> some = keys.subList(from, Math.min(keys.size(), from + KeyQuery.MAX_LIMIT));
            lastUsed.putAll(session.manager().lastUsed(some, session.actor()));
        }
        return lastUsed;
    }

    private Table table(List<ApiKey> keys, Session session) {
        Map<KeyId, Instant> lastUsed = lastUsed(keys, session);
        Times times = session.times(timeOptions.isRelative());
        Table table = new Table(
                Column.of("KEY ID", 0),
                Column.of("KEY", 1),
                new Column("NAME", 10, 2),
                Column.of("ENV", 4),
                Column.of("STATUS", 3),
                new Column("SCOPES", 12, 8),
                new Column("PLAN", 8, 7),
                Column.of("LAST USED", 5),
                Column.of("EXPIRES", 6),
                Column.of("CREATED", 9),
                new Column("CREATED BY", 12, 10));
        for (ApiKey key : keys) {
            KeyStatus now = key.status(session.now());
            table.row(
                    Cell.of(key.id().text()),
                    Cell.of(KeyText.ends(key, key.newestSecret())),
                    Cell.of(key.name()),
                    Cell.of(key.environment().name()),
                    new Cell(now.word(), KeyText.style(now)),
                    Cell.of(KeyText.some(KeyText.grants(key), wide ? Integer.MAX_VALUE : SCOPES_WIDTH, "-")),
                    Cell.of(key.plan().orElse("-")),
                    Cell.of(times.brief(Optional.ofNullable(lastUsed.get(key.id())), "never")),
                    Cell.of(times.brief(key.expiresAt(), "never")),
                    Cell.of(times.brief(Optional.of(key.createdAt()), "")),
                    Cell.of(key.createdBy()));
            KeyText.old(key, session.now()).ifPresent(old -> oldHalf(table, key, old, times));
        }
        return table;
    }

    /** The key as it was before its rotation, where it goes on working. */
    private static void oldHalf(Table table, ApiKey key, KeySecret old, Times times) {
        String end = old.overlap()
                .map(overlap -> Spans.text(overlap) + " from first use")
                .orElseGet(() -> "until " + times.brief(old.endsAt(), ""));
        table.row("", KeyText.ends(key, old), "(as before)", "", end, "", "", "", "", "", "");
    }
}
