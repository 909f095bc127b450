package dev.keystile.key;

import java.time.Duration;

/**
 * How long the old secret of a key goes on working after a rotation.
 *
 * <p>Immutable.
 *
 * @param length       zero to 366 days
 * @param fromFirstUse whether it begins when the new secret is used for the first time, and not at once: whoever rotates a
 *                     key and never gets to see the new secret, for the connection broke, has lost nothing then
 */
public record Overlap(Duration length, boolean fromFirstUse) {

    private static final Duration LONGEST = Duration.ofDays(366);

    /** @throws IllegalArgumentException if the length is out of bounds */
    public Overlap {
        if (length.isNegative() || length.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "an overlap of " + length + ": expected 0 to " + LONGEST.toDays() + " days");
        }
    }

    /** None: the old secret ends at once. */
    public static Overlap none() {
        return of(Duration.ZERO);
    }

    /** One that begins at once. */
    public static Overlap of(Duration length) {
        return new Overlap(length, false);
    }

    /** One that begins when the new secret is used for the first time. */
    public static Overlap fromFirstUse(Duration length) {
        return new Overlap(length, true);
    }

    /** As people say it, such as {@code 36h}, {@code 1d from first use} or {@code none}. */
    @Override
    public String toString() {
        if (fromFirstUse) {
            return Spans.text(length) + " from first use";
        }
        return length.isZero() ? "none" : Spans.text(length);
    }
}
