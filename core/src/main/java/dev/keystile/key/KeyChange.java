package dev.keystile.key;

import java.time.Instant;

/**
 * One change to one key, with who made it; a {@link KeyStore} applies it whole or not at all.
 *
 * <p>Immutable.
 *
 * @param action what is done
 * @param key    the key as it shall be; its {@link ApiKey#revision() revision} is the one the change was made from, 0
 *               for a new key
 * @param actor  who does it, in the words of {@link Actor#label()}, 120 characters at most; {@code keystile} for what this
 *               library does by itself
 * @param at     when
 */
public record KeyChange(KeyAction action, ApiKey key, String actor, Instant at) {

    /** Room for a name of 100 characters and a word before it, as in {@code member:…}. */
    static final int MAX_ACTOR = 120;

    /** @throws IllegalArgumentException if a part is out of bounds */
    public KeyChange {
        Names.requireLabel("actor", actor, MAX_ACTOR);
        at = ApiKey.toMillis(at);
    }
}
