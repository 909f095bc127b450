package dev.keystile.key;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * The ids of which the store said last that there is no such key: the latest 5,000, and up to as many before them.
 *
 * <p>They have a place of their own, so that a flood of them drives out no key that there is. Safe for use by many
 * threads; asking takes no lock.
 */
final class UnknownIds {

    private static final int HALF = 5_000;

    private volatile Set<KeyId> latest = ConcurrentHashMap.newKeySet();
    private volatile Set<KeyId> before = ConcurrentHashMap.newKeySet();

    boolean contains(KeyId id) {
        return latest.contains(id) || before.contains(id);
    }

    /**
     * Remembers an id, if it is still true that there is no such key.
     *
     * @param stillTrue asked under the lock that {@link #forget} takes: an id that is forgotten after what this asks for
     *                  was no longer so, is not remembered
     */
    synchronized void remember(KeyId id, BooleanSupplier stillTrue) {
        if (!stillTrue.getAsBoolean()) {
            return;
        }
        if (latest.size() >= HALF) {
            before = latest;
            latest = ConcurrentHashMap.newKeySet();
        }
        latest.add(id);
    }

    synchronized void forget(KeyId id) {
        latest.remove(id);
        before.remove(id);
    }

    synchronized void forgetAll() {
        latest.clear();
        before.clear();
    }

    /** How many are remembered; for tests. */
    int size() {
        return latest.size() + before.size();
    }
}
