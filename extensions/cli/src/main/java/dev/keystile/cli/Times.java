package dev.keystile.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
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

    private record Unit(char letter, Duration length) {}

    private static final List<Unit> UNITS = List.of(
            new Unit('w', Duration.ofDays(7)),
            new Unit('d', Duration.ofDays(1)),
            new Unit('h', Duration.ofHours(1)),
            new Unit('m', Duration.ofMinutes(1)),
            new Unit('s', Duration.ofSeconds(1)));

    private static final int MAX_DIGITS = 9;

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
        String largest = UNITS.stream()
                .filter(unit -> unit.letter != 'w' && length.compareTo(unit.length) >= 0)
                .findFirst()
                .map(unit -> length.dividedBy(unit.length) + String.valueOf(unit.letter))
                .orElse("0s");
        return past ? largest + " ago" : "in " + largest;
    }

    /** A length of time in the largest unit that it is a whole number of, such as {@code 36h}. */
    static String length(Duration length) {
        if (length.isZero()) {
            return "0";
        }
        return UNITS.stream()
                .filter(unit -> unit.letter != 'w' && length.toMillis() % unit.length.toMillis() == 0)
                .findFirst()
                .map(unit -> length.dividedBy(unit.length) + String.valueOf(unit.letter))
                .orElse(length.toMillis() + "ms");
    }

    /**
     * Reads a length of time such as {@code 90d}.
     *
     * @throws IllegalArgumentException if it is none; the message says what would be right
     */
    static Duration parseLength(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        int digits = text.length() - 1;
        boolean number = digits >= 1
                && digits <= MAX_DIGITS
                && text.substring(0, digits).chars().allMatch(c -> c >= '0' && c <= '9');
        return UNITS.stream()
                .filter(unit -> number && unit.letter == text.charAt(digits))
                .findFirst()
                .map(unit -> unit.length.multipliedBy(Long.parseLong(text.substring(0, digits))))
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + text + "': expected a whole number of s, m, h, d or w, such as 90d"));
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
                    : now.plus(parseLength(text));
        } catch (DateTimeException | IllegalArgumentException unreadable) {
            throw new IllegalArgumentException("'" + text
                    + "': expected a length of time, a day or a time, such as 90d, 2027-12-31 or 2027-12-31T18:00:00Z");
        }
    }
}
