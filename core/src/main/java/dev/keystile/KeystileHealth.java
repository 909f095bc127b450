package dev.keystile;

import dev.keystile.key.KeyHealth;
import dev.keystile.limit.LimiterHealth;

/**
 * How a facade stands: whether it can go on deciding, and what of it does not work as it should.
 *
 * <p>Immutable. It holds no key, no id of one, and nothing of an address or a password.
 *
 * @param keys    how it stands to its key store
 * @param limiter how its limiter stands
 */
public record KeystileHealth(KeyHealth keys, LimiterHealth limiter) {

    /** Whether requests with a key are decided; where they are not, each is answered that it could not be told, with 503. */
    public boolean decides() {
        return keys.decides() && limiter.state() != LimiterHealth.State.REFUSING;
    }

    /** Whether something does not work as it should, be it that requests are decided all the same. */
    public boolean isDegraded() {
        return !keys.storeAnswers()
                || !keys.changesRead()
                || !keys.trustsMemory()
                || limiter.state() != LimiterHealth.State.WORKING;
    }
}
