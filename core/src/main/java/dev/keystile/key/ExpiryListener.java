package dev.keystile.key;

import java.time.Duration;

/**
 * Hears of keys that will soon have expired, so that somebody can be told: of each key once, however many processes there
 * are on its store, and however often they start.
 *
 * <p>It is called on a thread of this library, for one key after the other; what it throws is logged and dropped. A key is
 * marked as announced before: if the process ends in between, nobody is told of that key.
 */
@FunctionalInterface
public interface ExpiryListener {

    /**
     * Takes one key.
     *
     * @param key  the key, which has an {@linkplain ApiKey#expiresAt() expiry}; it may be disabled, or its account suspended
     * @param left how long it still has
     */
    void onExpiring(ApiKey key, Duration left);
}
