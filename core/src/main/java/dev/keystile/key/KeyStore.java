package dev.keystile.key;

import java.util.Optional;

/**
 * Where keys are kept.
 *
 * <p>Guarantee: a change is visible to every later read once {@link #apply} has returned, and the order of revisions is
 * the order of commits, so that whoever reads the changes since a revision misses none. {@code KeyStoreContract} in the
 * testkit holds an implementation to this.
 *
 * <p>Implementations are safe for use by many threads. Every method may block, and throws {@link UnavailableException}
 * when it could not tell; what it would have changed is then changed whole or not at all.
 */
public interface KeyStore extends AutoCloseable {

    /** The key of this id, revoked and expired ones included. */
    Optional<ApiKey> find(KeyId id);

    /**
     * One page of an account's keys, those that the query asks for, newest first, then by id; revoked and expired ones
     * included. Accounts and members are compared character by character.
     */
    KeyPage list(KeyQuery query);

    /**
     * Applies a change: the key, its secrets, and a line in the change log with actor and time, in one transaction.
     * Returns after the commit.
     *
     * @return the key as it is stored, with its new revision
     * @throws KeyRefusedException with {@link KeyRefusedException.Reason#CONFLICT} if the stored revision is not the
     *                             one the change was made from, or a key to be issued exists
     */
    ApiKey apply(KeyChange change);

    /** The revision of the last committed change; 0 in a new store. */
    long revision();

    /**
     * What was committed after a revision, oldest first, in portions of at most {@code limit} changes.
     *
     * @param revision 0 or less for all; of a revision that was never stored, the answer holds no change and tells where
     *                 the log ends
     * @param limit    1 or more
     * @throws IllegalArgumentException if the limit is below 1
     */
    KeyChanges changesSince(long revision, int limit);

    /** Lets go of connections; without effect on what is stored. */
    @Override
    void close();

    /** A store in the memory of this process: for tests and for trying things out. It forgets no change. */
    static KeyStore inMemory() {
        return new InMemoryKeyStore();
    }
}
