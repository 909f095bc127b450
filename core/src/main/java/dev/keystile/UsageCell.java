package dev.keystile;

import dev.keystile.decision.Outcome;
import dev.keystile.key.KeyId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The requests of one key that came to one outcome within one hour, counted until somebody takes them away.
 *
 * <p>One word holds how many there were and the second of the last one, which tells their hour too. So a request costs one
 * compare-and-set on what is its key's alone, and none is counted for an hour that it was not of.
 *
 * <p>Safe for use by many threads.
 */
abstract class UsageCell {

    static final long SECONDS_AN_HOUR = 3600;

    private static final VarHandle WORD = wordHandle();
    private static final int SECOND_SHIFT = 32;
    private static final long REQUESTS_MASK = (1L << SECOND_SHIFT) - 1;

    /**
     * The second of the last request since the UNIX epoch, enough until 2106, and below it how many there were; 0 where
     * there is none.
     */
    private volatile long word;

    private static VarHandle wordHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(UsageCell.class, "word", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Whose requests these are. */
    abstract KeyId key();

    /** What became of them. */
    abstract Outcome outcome();

    /**
     * Counts one request more, if some of the same hour are here; if not, it has to be counted by
     * {@link #countFirst(long)}.
     *
     * @param second when it was decided, in seconds since the UNIX epoch
     */
    final boolean countOneMore(long second) {
        long seen = word;
        // Half of what the word could count is enough, and a comparison with 0 tells it.
        while ((int) seen > 0 && hourOf(seen) == second / SECONDS_AN_HOUR) {
            long next = Math.max(secondOf(seen), second) << SECOND_SHIFT | requestsIn(seen) + 1;
            if (WORD.compareAndSet(this, seen, next)) {
                return true;
            }
            seen = word;
        }
        return false;
    }

    /**
     * Counts a request as the first one, and gives back the word of those that were here: they are no longer. Where there
     * were none, the cell waits to be taken from now on, and whoever counted has to tell.
     */
    final long countFirst(long second) {
        return (long) WORD.getAndSet(this, second << SECOND_SHIFT | 1);
    }

    /** Takes all that were counted. */
    final long take() {
        return (long) WORD.getAndSet(this, 0L);
    }

    /** How many requests a word tells of. */
    static long requestsIn(long word) {
        return word & REQUESTS_MASK;
    }

    /** When the last of them was, in seconds since the UNIX epoch. */
    static long secondOf(long word) {
        return word >>> SECOND_SHIFT;
    }

    /** When they were, in hours since the UNIX epoch. */
    static long hourOf(long word) {
        return secondOf(word) / SECONDS_AN_HOUR;
    }
}
