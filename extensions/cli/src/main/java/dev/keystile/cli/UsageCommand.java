package dev.keystile.cli;

import dev.keystile.cli.Table.Column;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyId;
import dev.keystile.key.UsageCount;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows how often a key was used. */
@Command(
        name = "usage",
        header = "Shows how often a key was used, day by day.",
        customSynopsis = "keystile usage <key id> [--days <number>] [--hours]",
        description = {
            "",
            "Days and hours are those of UTC. A request is counted by what became of it. The application writes its counts"
                    + " down every few seconds.",
        },
        footer = {
            "",
            "Examples:",
            "  keystile usage 4mVfR2xkQ8sT --days 30",
            "  keystile usage 4mVfR2xkQ8sT --days 1 --hours",
        })
final class UsageCommand extends KeyCommand {

    private static final int DEFAULT_DAYS = 7;
    private static final int MAX_DAYS = 3660;
    private static final String ALLOWED = "allowed";

    @Parameters(paramLabel = "<key id>", description = "The 12 characters that keystile list shows.")
    @SuppressWarnings("NullAway.Init")
    private KeyId id;

    @Option(
            names = "--days",
            paramLabel = "<number>",
            description = "How many days to look back, today among them; " + DEFAULT_DAYS + " unless given.")
    private int days = DEFAULT_DAYS;

    @Option(names = "--hours", description = "A line for each hour, in place of each day.")
    private boolean hours;

    @Mixin
    private final TimeOptions timeOptions = new TimeOptions();

    UsageCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    void requireSensible() {
        Options.number("--days", days, MAX_DAYS);
    }

    @Override
    boolean isReading() {
        return true;
    }

    @Override
    ExitCode run(Session session) throws IOException {
        ApiKey key = session.find(id);
        Instant to = session.now().truncatedTo(ChronoUnit.HOURS).plus(Duration.ofHours(1));
        Instant from = session.now().truncatedTo(ChronoUnit.DAYS).minus(Duration.ofDays(days - 1L));
        List<UsageCount> counts = session.manager().usage(id, from, to, session.actor());
        Optional<Instant> lastUsed = Optional.ofNullable(
                session.manager().lastUsed(List.of(key), session.actor()).get(id));
        Output output = session.output();
        if (output.isJson()) {
            output.json(json -> {
                json.writeStringField("key_id", id.text());
                KeyJson.time(json, "from", Optional.of(from));
                KeyJson.time(json, "to", Optional.of(to));
                KeyJson.time(json, "last_used_at", lastUsed);
                json.writeArrayFieldStart("counts");
                for (UsageCount count : counts) {
                    json.writeStartObject();
                    KeyJson.time(json, "hour", Optional.of(count.hour()));
                    json.writeStringField("outcome", count.outcome());
                    json.writeNumberField("requests", count.requests());
                    json.writeEndObject();
                }
                json.writeEndArray();
            });
            return ExitCode.DONE;
        }
        if (counts.isEmpty()) {
            output.note("no use since " + from.truncatedTo(ChronoUnit.DAYS) + "; last used: "
                    + session.times(timeOptions.isRelative()).shown(lastUsed, "never"));
        } else {
            output.table(table(counts), false);
            output.note("last used: " + session.times(timeOptions.isRelative()).shown(lastUsed, "never"));
        }
        return ExitCode.DONE;
    }

    private Table table(List<UsageCount> counts) {
        Set<String> outcomes = new TreeSet<>();
        Map<String, Map<String, Long>> byPeriod = new TreeMap<>();
        for (UsageCount count : counts) {
            outcomes.add(count.outcome());
            String period =
                    hours ? count.hour().toString() : count.hour().toString().substring(0, "2026-01-01".length());
            byPeriod.computeIfAbsent(period, it -> new TreeMap<>()).merge(count.outcome(), count.requests(), Long::sum);
        }
        List<String> columns = Stream.concat(
                        Stream.of(ALLOWED), outcomes.stream().filter(it -> !it.equals(ALLOWED)))
                .toList();
        List<Column> headings = new ArrayList<>();
        headings.add(Column.of(hours ? "HOUR" : "DAY", 0));
        columns.forEach(it -> headings.add(Column.of(it.toUpperCase(Locale.ROOT), 0)));
        headings.add(Column.of("ALL", 0));
        Table table = new Table(headings.toArray(Column[]::new));
        byPeriod.forEach((period, requests) -> {
            List<String> cells = new ArrayList<>();
            cells.add(period);
            columns.forEach(it -> cells.add(String.valueOf(requests.getOrDefault(it, 0L))));
            cells.add(String.valueOf(
                    requests.values().stream().mapToLong(Long::longValue).sum()));
            table.row(cells.toArray(String[]::new));
        });
        return table;
    }
}
