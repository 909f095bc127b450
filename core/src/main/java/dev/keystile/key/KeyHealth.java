package dev.keystile.key;

import java.time.Duration;

/**
 * How a node stands to its key store: whether the store answers, how old the node's knowledge of changes is, and how many
 * proofs wait.
 *
 * <p>It is what the node has seen by itself, without a question to the store: the change log is read twice a second, and keys
 * whenever requests name some that are not in memory. Immutable.
 *
 * @param storeAnswers  whether the store has answered within the last 5 seconds, and since the change log cannot be read, if it
 *                      cannot, or since the lease is over, if a read of the log hangs: by then it is for keys to tell that it
 *                      answers
 * @param sinceAnswer   how long ago the last question began that the store answered
 * @param changesRead   whether the last read of the change log succeeded
 * @param sinceChanges  how long ago the last read of the change log began that succeeded
 * @param lease         for how long from then on keys in memory are trusted; past it, they are read from the store for each request
 * @param proofsWaiting how many texts wait for their first proof or have it worked out, 0 or more
 */
public record KeyHealth(
        boolean storeAnswers,
        Duration sinceAnswer,
        boolean changesRead,
        Duration sinceChanges,
        Duration lease,
        int proofsWaiting) {

    /** Whether keys in memory are trusted now. */
    public boolean trustsMemory() {
        return sinceChanges.compareTo(lease) < 0;
    }

    /**
     * Whether requests can be decided: by what is in memory, as far as it is there, or by the store. Where neither is so, each
     * request with a key is answered that it could not be told.
     */
    public boolean decides() {
        return storeAnswers || trustsMemory();
    }
}
