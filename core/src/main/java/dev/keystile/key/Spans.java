package dev.keystile.key;

import java.time.Duration;
import java.util.List;

/** Lengths of time as people and settings write them: a whole number of one unit, such as {@code 36h}. */
public final class Spans {

    private static final int MAX_DIGITS = 9;

    /** Longest first. */
    private static final List<Unit> UNITS = List.of(
            new Unit("w", Duration.ofDays(7)),
            new Unit("d", Duration.ofDays(1)),
            new Unit("h", Duration.ofHours(1)),
            new Unit("m", Duration.ofMinutes(1)),
            new Unit("s", Duration.ofSeconds(1)),
            new Unit("ms", Duration.ofMillis(1)));

    private record Unit(String name, Duration length) {}

    private Spans() {}

    /**
     * Reads a whole number up to 999,999,999 of {@code ms}, {@code s}, {@code m}, {@code h}, {@code d} or {@code w}, or {@code
     * 0}.
     *
     * @throws IllegalArgumentException if the text is anything else; the message says what would be right
     */
    public static Duration parse(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        String unit = text.substring(digits);
        if (digits >= 1 && digits <= MAX_DIGITS) {
            long number = Long.parseLong(text.substring(0, digits));
            for (Unit each : UNITS) {
                if (each.name.equals(unit)) {
                    return each.length.multipliedBy(number);
                }
            }
        }
        throw new IllegalArgumentException(
                "'" + text + "': expected a whole number of ms, s, m, h, d or w, such as 90d");
    }

    /** A whole number of the longest unit that fits, but for weeks; finer than a millisecond is passed over. */
    public static String text(Duration span) {
        long millis = span.toMillis();
        for (Unit each : UNITS) {
            long length = each.length.toMillis();
            if (!each.name.equals("w") && millis != 0 && millis % length == 0) {
                return millis / length + each.name;
            }
        }
        return "0s";
    }
}
