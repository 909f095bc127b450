package dev.keystile.key;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where keys are kept.
 *
 * <p>Guarantee: a change is visible to every later read once {@link #apply} has returned, and the order of revisions is
 * the order of commits, so that whoever reads the changes since a revision misses none. {@code KeyStoreContract} in the
 * testkit holds an implementation to this.
 *
 * <p>Implementations are safe for use by many threads. Every method may block, but not for ever, and throws {@link
 * UnavailableException} when it could not tell; what it would have changed is then changed whole or not at all. Keys are read
 * on threads of the library: requests wait 250 ms at most for one that does not answer, and a call that never returns is a
 * place lost for others.
 */
public interface KeyStore extends AutoCloseable {

    /**
     * The key of this id, revoked and expired ones included; {@link ApiKey#suspendedAt()} tells what was last said of its
     * account.
     */
    Optional<ApiKey> find(KeyId id);

    /**
     * One page of an account's keys, those that the query asks for, newest first, then by id; revoked and expired ones
     * included. Accounts and members are compared character by character.
     *
     * <p>A key that cannot be read hides no other: it takes no place on the page, and its id is told beside it. A page that
     * more follow has a key at least.
     */
    KeyPage list(KeyQuery query);

    /**
     * Keys that expire within a time, of all accounts, the first to expire first, then by id: those that are not revoked and
     * whose coming expiry was not {@linkplain ApiKey#expiryAnnouncedAt() announced}. One that cannot be read is left out, and
     * hides no other.
     *
     * @param from  the beginning: what expired before nobody needs to be told of any more
     * @param by    the end, not included
     * @param limit how many at most, 1 or more
     */
    List<ApiKey> expiring(Instant from, Instant by, int limit);

    /**
     * Applies changes to different keys, all or none: the keys, their secrets, and a line each in the change log and audit
     * trail, in one transaction. Returns after the commit.
     *
     * @param changes 1 or more, in the order of their revisions
     * @return the keys as they are stored, with their new revisions, in the same order
     * @throws KeyRefusedException with {@link KeyRefusedException.Reason#CONFLICT} if a stored revision is not the one its
     *                             change was made from, or a key to be issued exists; with {@link
     *                             KeyRefusedException.Reason#INVALID} if the account of a key to be issued is suspended at
     *                             that moment
     */
    List<ApiKey> apply(List<KeyChange> changes);

    /** Applies one change, as {@link #apply(List)} does. */
    default ApiKey apply(KeyChange change) {
        return apply(List.of(change)).get(0);
    }

    /**
     * Revokes a key that {@link #list} named as {@linkplain KeyPage#damaged() damaged}, with a line in the change log and audit
     * trail, in one transaction. Returns after the commit. Whatever else is stored of it stays as it is.
     *
     * <p>Refuses it unless overridden: a store whose keys can always be read has nothing to do here.
     *
     * @return whether it was not revoked before
     */
    default boolean apply(KeyRevocation revocation) {
        throw new UnavailableException(
                "key " + revocation.key() + " is damaged, and its store cannot revoke what it cannot read");
    }

    /**
     * Suspends an account or lets it in again, with a line in the change log and audit trail, in one transaction. Returns
     * after the commit. The account needs no key to be suspended; one that is as it shall be is left so, without a line.
     *
     * @return whether anything was changed
     */
    boolean apply(AccountChange change);

    /** Since when an account is suspended, if it is. */
    Optional<Instant> suspendedAt(String account);

    /** One page of the audit trail of an account, newest first. */
    AuditPage audit(AuditQuery query);

    /** The revision of the last committed change; 0 in a new store. */
    long revision();

    /**
     * What was committed after a revision, oldest first, in portions of at most {@code limit} changes. Where the log has been
     * cut since, and what it held is not known any more, {@linkplain KeyChanges#anything anything} may have changed: a gap is
     * never passed over.
     *
     * @param revision 0 or less for all; of a revision that was never stored, the answer holds no change and tells where
     *                 the log ends
     * @param limit    1 or more
     * @throws IllegalArgumentException if the limit is below 1
     */
    KeyChanges changesSince(long revision, int limit);

    /**
     * Has a listener hear that something may have changed, so that it reads the log at once and not only with its next round.
     *
     * <p>Hints make that sooner; nothing depends on them. They come from any thread, also while this is being called; too often,
     * for nothing, or, as unless overridden, never. A store that gives hints gives one after the commit of each change that was
     * made through it, and those of others as it can. While it cannot, it tries again by itself, and gives one when it can
     * again. It may keep a thread and a connection for it while somebody listens.
     *
     * @param changed neither blocks nor throws
     * @return ends it: soon afterwards there are no more
     */
    default Listening listen(Runnable changed) {
        return () -> {};
    }

    /** That somebody listens, until it is closed. Closing it again has no effect. */
    @FunctionalInterface
    interface Listening extends AutoCloseable {

        /** Ends it; throws nothing. */
        @Override
        void close();
    }

    /** Where the use of these keys is kept; {@link UsageStore#none()} where it is not. */
    default UsageStore usage() {
        return UsageStore.none();
    }

    /** Lets go of connections; without effect on what is stored. */
    @Override
    void close();

    /**
     * A store whose changes are told to other processes by hints of another kind than its own, besides those. It closes the store
     * and the hints.
     */
    static KeyStore hintedBy(ChangeHints hints, KeyStore store) {
        return new HintedKeyStore(hints, store);
    }

    /** A store in the memory of this process: for tests and for trying things out. It forgets no change. */
    static KeyStore inMemory() {
        return new InMemoryKeyStore();
    }
}
