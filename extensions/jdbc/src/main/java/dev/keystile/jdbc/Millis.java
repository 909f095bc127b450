package dev.keystile.jdbc;

import java.time.Instant;

/** Moments as the tables hold them: milliseconds since the UNIX epoch. Those beyond all tables become the last ones. */
final class Millis {

    private static final Instant FIRST = Instant.ofEpochMilli(Long.MIN_VALUE / 2);
    private static final Instant LAST = Instant.ofEpochMilli(Long.MAX_VALUE / 2);

    private Millis() {}

    /** The last one that is not after a moment. */
    static long at(Instant moment) {
        return bounded(moment).toEpochMilli();
    }

    /** The first one that is not before a moment. */
    static long from(Instant moment) {
        return bounded(moment).plusNanos(999_999).toEpochMilli();
    }

    private static Instant bounded(Instant moment) {
        if (moment.isBefore(FIRST)) {
            return FIRST;
        }
        return moment.isAfter(LAST) ? LAST : moment;
    }
}
