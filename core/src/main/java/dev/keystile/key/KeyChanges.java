package dev.keystile.key;

import java.util.List;

/**
 * What changed in a store since a revision.
 *
 * <p>Immutable.
 *
 * @param changed  the keys that changed, oldest change first; a key may stand in it twice
 * @param revision the revision up to which this tells; the next question begins there
 * @param more     whether the store knows of later changes already
 */
public record KeyChanges(List<KeyId> changed, long revision, boolean more) {

    public KeyChanges {
        changed = List.copyOf(changed);
    }
}
