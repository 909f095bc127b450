package dev.keystile.key;

import java.time.Instant;
import java.util.Optional;

/**
 * One change to one key, with who made it; a {@link KeyStore} applies it whole or not at all.
 *
 * <p>Immutable.
 *
 * @param action  what is done
 * @param key     the key as it shall be; its {@link ApiKey#revision() revision} is the one the change was made from, 0
 *                for a new key
 * @param actor   who does it, in the words of {@link Actor#label()}, 120 characters at most; {@code keystile} for what
 *                this library does by itself
 * @param address where from, if it is known, 100 characters at most
 * @param detail  what people want to know of it, such as {@code overlap 24h}, 500 characters at most, often empty; no
 *                secret
 * @param at      when
 */
public record KeyChange(
        KeyAction action, ApiKey key, String actor, Optional<String> address, String detail, Instant at) {

    /** Room for a name of 100 characters and a word before it, as in {@code member:…}. */
    static final int MAX_ACTOR = 120;

    static final int MAX_ADDRESS = 100;
    static final int MAX_DETAIL = 500;

    /** @throws IllegalArgumentException if a part is out of bounds */
    public KeyChange {
        Names.requireLabel("actor", actor, MAX_ACTOR);
        address.ifPresent(it -> Names.requireLabel("address", it, MAX_ADDRESS));
        if (!detail.isEmpty()) {
            Names.requireLabel("detail", detail, MAX_DETAIL);
        }
        at = ApiKey.toMillis(at);
    }

    /** What this library does by itself. */
    static KeyChange byLibrary(KeyAction action, ApiKey key, String detail, Instant at) {
        return new KeyChange(action, key, "keystile", Optional.empty(), detail, at);
    }

    /** A change of which nothing more is told. */
    public KeyChange(KeyAction action, ApiKey key, String actor, Instant at) {
        this(action, key, actor, Optional.empty(), "", at);
    }
}
