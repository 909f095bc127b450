package dev.keystile.key;

import java.time.Duration;
import java.time.Instant;

/**
 * How many requests of one key came to one outcome within one hour.
 *
 * <p>Immutable.
 *
 * @param key      the key
 * @param hour     the beginning of the hour, UTC
 * @param outcome  what became of them, in the words of {@code Outcome}, such as {@code allowed} or {@code rate-limited}; 32
 *                 characters at most
 * @param requests how many, 1 or more
 */
public record UsageCount(KeyId key, Instant hour, String outcome, long requests) {

    private static final long HOUR_SECONDS = Duration.ofHours(1).toSeconds();
    private static final int MAX_OUTCOME = 32;

    /** @throws IllegalArgumentException if a part is out of bounds */
    public UsageCount {
        if (Math.floorMod(hour.getEpochSecond(), HOUR_SECONDS) != 0 || hour.getNano() != 0) {
            throw new IllegalArgumentException("hour " + hour + ": expected the beginning of an hour");
        }
        Names.requireWord("outcome", outcome, MAX_OUTCOME);
        if (requests < 1) {
            throw new IllegalArgumentException(requests + " requests: expected 1 or more");
        }
    }
}
