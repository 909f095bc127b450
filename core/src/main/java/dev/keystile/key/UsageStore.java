package dev.keystile.key;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Where it is kept how often keys are used, and when last.
 *
 * <p>It is written to in batches, by many processes, none of which knows what the others add. It decides nothing: what is
 * lost here is a figure, never a refusal.
 *
 * <p>Implementations are safe for use by many threads. Every method may block, and throws {@link UnavailableException} when
 * it could not tell; what it would have added is then added whole or not at all.
 */
public interface UsageStore {

    /**
     * Adds to what is kept, in one transaction.
     *
     * @param counts   each added to the count of its key, hour and outcome
     * @param lastUsed when keys were last used; a key that was used later stays as it is
     */
    void add(List<UsageCount> counts, Map<KeyId, Instant> lastUsed);

    /** When keys were last used, as far as any of them was; to the second at least. */
    Map<KeyId, Instant> lastUsed(Collection<KeyId> keys);

    /**
     * How often a key was used.
     *
     * @param from the first hour
     * @param to   the end, not included
     * @return oldest first, then by outcome
     */
    List<UsageCount> counts(KeyId key, Instant from, Instant to);

    /** Forgets the counts of hours before a moment; when keys were last used stays. */
    void forgetBefore(Instant hour);

    /** Keeps nothing. */
    static UsageStore none() {
        return NoUsage.INSTANCE;
    }
}
