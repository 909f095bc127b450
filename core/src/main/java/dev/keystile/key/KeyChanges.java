package dev.keystile.key;

import java.util.List;
import java.util.Set;

/**
 * What changed in a store since a revision.
 *
 * <p>Immutable.
 *
 * @param changed  the keys that changed, oldest change first; a key may stand in it twice
 * @param accounts the accounts that were suspended or let in again
 * @param anything whether anything may have changed, for the log does not reach back to where the question began: whoever asked
 *                 has to forget all that was known
 * @param revision the revision up to which this tells; the next question begins there
 * @param more     whether the store knows of later changes already
 */
public record KeyChanges(List<KeyId> changed, Set<String> accounts, boolean anything, long revision, boolean more) {

    public KeyChanges {
        changed = List.copyOf(changed);
        accounts = Set.copyOf(accounts);
    }

    /** Changes that are all told. */
    public KeyChanges(List<KeyId> changed, Set<String> accounts, long revision, boolean more) {
        this(changed, accounts, false, revision, more);
    }

    /** Changes to keys alone. */
    public KeyChanges(List<KeyId> changed, long revision, boolean more) {
        this(changed, Set.of(), revision, more);
    }

    /** Up to the last revision anything may have changed. */
    public static KeyChanges anything(long revision) {
        return new KeyChanges(List.of(), Set.of(), true, revision, false);
    }
}
