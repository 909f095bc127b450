package dev.keystile.console;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.keystile.key.UsageCount;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** How far back usage is shown, and in steps of what length: whole hours, and whole days of UTC where steps are days. */
enum UsagePeriod {
    DAY("24h", Duration.ofHours(1), 24),
    WEEK("7d", Duration.ofHours(6), 28),
    MONTH("30d", Duration.ofDays(1), 30),
    QUARTER("90d", Duration.ofDays(1), 90);

    /** The words of all, for a message. */
    static final List<String> WORDS =
            Arrays.stream(values()).map(period -> period.word).toList();

    private final String word;
    private final Duration step;
    private final int steps;

    UsagePeriod(String word, Duration step, int steps) {
        this.word = word;
        this.step = step;
        this.steps = steps;
    }

    static Optional<UsagePeriod> ofWord(String word) {
        return Arrays.stream(values())
                .filter(period -> period.word.equals(word))
                .findFirst();
    }

    /** The beginning of the first step; the last one is under way. */
    Instant from(Instant now) {
        return to(now).minus(step.multipliedBy(steps));
    }

    /** The end of the step that is under way. */
    Instant to(Instant now) {
        long seconds = step.toSeconds();
        return Instant.ofEpochSecond((Math.floorDiv(now.getEpochSecond(), seconds) + 1) * seconds);
    }

    /**
     * Every step with how many requests came to each outcome, and all of them together.
     *
     * @param counts of the hours of this period
     */
    void write(JsonGenerator json, List<UsageCount> counts, Instant now) throws IOException {
        Instant from = from(now);
        Map<Long, Map<String, Long>> bySteps = new TreeMap<>();
        Map<String, Long> totals = new TreeMap<>();
        for (UsageCount count : counts) {
            long at = Duration.between(from, count.hour()).dividedBy(step);
            bySteps.computeIfAbsent(at, it -> new TreeMap<>()).merge(count.outcome(), count.requests(), Long::sum);
            totals.merge(count.outcome(), count.requests(), Long::sum);
        }
        json.writeStringField("period", word);
        json.writeNumberField("step_seconds", step.toSeconds());
        KeyViews.time(json, "from", Optional.of(from));
        KeyViews.time(json, "to", Optional.of(to(now)));
        write(json, "totals", totals);
        json.writeArrayFieldStart("steps");
        for (int i = 0; i < steps; i++) {
            json.writeStartObject();
            KeyViews.time(json, "at", Optional.of(from.plus(step.multipliedBy(i))));
            write(json, "outcomes", bySteps.getOrDefault((long) i, Map.of()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, String field, Map<String, Long> outcomes) throws IOException {
        json.writeObjectFieldStart(field);
        for (Map.Entry<String, Long> outcome : outcomes.entrySet()) {
            json.writeNumberField(outcome.getKey(), outcome.getValue());
        }
        json.writeEndObject();
    }
}
