package dev.keystile.key;

import java.time.Duration;

/** Spans of time as settings have them. */
final class Spans {

    private static final String[] UNITS = {"d", "h", "m", "s"};
    private static final long[] MILLIS = {86_400_000, 3_600_000, 60_000, 1_000};

    private Spans() {}

    /** A whole number of the longest unit that fits, such as {@code 36h}; finer than a millisecond is passed over. */
    static String text(Duration span) {
        long millis = span.toMillis();
        for (int i = 0; i < UNITS.length && millis != 0; i++) {
            if (millis % MILLIS[i] == 0) {
                return millis / MILLIS[i] + UNITS[i];
            }
        }
        return millis == 0 ? "0s" : millis + "ms";
    }
}
