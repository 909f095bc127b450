package dev.keystile.limit;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * How a limiter stands.
 *
 * <p>Immutable.
 *
 * @param shared whether other nodes count in the same place
 * @param state  whether it counts as it should
 * @param since  since when it does not; empty while it does
 */
public record LimiterHealth(boolean shared, State state, Optional<Instant> since) {

    /** What becomes of requests that a limit counts. */
    public enum State {
        /** They are counted as they should be. */
        WORKING,
        /** What is shared cannot be reached: they are counted by this node alone, or let through, as its owner chose. */
        FALLEN_BACK,
        /** What is shared cannot be reached: they are refused, for it could not be told. */
        REFUSING;

        private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

        /** The word that reports use, such as {@code fallen-back}. */
        public String word() {
            return word;
        }
    }

    private static final LimiterHealth LOCAL = new LimiterHealth(false, State.WORKING, Optional.empty());
    private static final LimiterHealth OVER_NODES = new LimiterHealth(true, State.WORKING, Optional.empty());

    /** @throws IllegalArgumentException if it does not work and nothing says since when, or the other way round */
    public LimiterHealth {
        if ((state == State.WORKING) == since.isPresent()) {
            throw new IllegalArgumentException(state + " since " + since + ": expected a time unless it works");
        }
    }

    /** One that counts in the memory of this process, as it should. */
    public static LimiterHealth local() {
        return LOCAL;
    }

    /** One that counts together with other nodes, as it should. */
    public static LimiterHealth overNodes() {
        return OVER_NODES;
    }
}
