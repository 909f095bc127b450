package dev.keystile.cli;

import dev.keystile.key.Spans;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * Moments and lengths of time, as people type and read them.
 *
 * @param now      the moment that relative ones count from
 * @param relative whether moments are shown by how far away they are
 */
record Times(Instant now, boolean relative) {

    private static final DateTimeFormatter MINUTES =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm'Z'").withZone(ZoneOffset.UTC);

    private static final List<ChronoUnit> UNITS =
            List.of(ChronoUnit.DAYS, ChronoUnit.HOURS, ChronoUnit.MINUTES, ChronoUnit.SECONDS);

    /** A moment, to the second. */
    String shown(Instant moment) {
        return relative
                ? distance(moment)
                : moment.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** A moment to the second, or what stands for none. */
    String shown(Optional<Instant> moment, String none) {
        return moment.map(this::shown).orElse(none);
    }

    /** A moment to the minute, for tables, or what stands for none. */
    String brief(Optional<Instant> moment, String none) {
        return moment.map(it -> relative ? distance(it) : MINUTES.format(it)).orElse(none);
    }

    private String distance(Instant moment) {
        Duration away = Duration.between(now, moment);
        boolean past = away.isNegative();
        Duration length = away.abs();
        if (length.toSeconds() < 1) {
            return "now";
        }
        Duration unit = UNITS.stream()
                .map(ChronoUnit::getDuration)
                .filter(it -> length.compareTo(it) >= 0)
                .findFirst()
                .orElseThrow();
        String largest = Spans.text(unit.multipliedBy(length.dividedBy(unit)));
        return past ? largest + " ago" : "in " + largest;
    }

    /**
     * Reads a moment: a length of time from now, the end of a day in UTC, or a time with its offset.
     *
     * @throws IllegalArgumentException if it is none; the message says what would be right
     */
    Instant parseMoment(String text) {
        try {
            if (text.indexOf('T') > 0) {
                return OffsetDateTime.parse(text).toInstant();
            }
            return text.indexOf('-') > 0
                    ? LocalDate.parse(text)
                            .atTime(LocalTime.MAX.truncatedTo(ChronoUnit.SECONDS))
                            .toInstant(ZoneOffset.UTC)
                    : now.plus(Spans.parse(text)).truncatedTo(ChronoUnit.MILLIS);
        } catch (DateTimeException | IllegalArgumentException unreadable) {
            if (isDayOfNoMonth(text)) {
                throw new IllegalArgumentException("'" + text + "': there is no such day");
            }
            throw new IllegalArgumentException("'" + text
                    + "': expected a length of time, a day or a time, such as 90d, 2027-12-31 or 2027-12-31T18:00:00Z");
        }
    }

    /** Whether a text has the form of a day, as {@code 2027-02-30} has. */
    private static boolean isDayOfNoMonth(String text) {
        try {
            DateTimeFormatter.ISO_LOCAL_DATE
                    .withResolverStyle(ResolverStyle.LENIENT)
                    .parse(text);
            return true;
        } catch (DateTimeException otherForm) {
            return false;
        }
    }
}
