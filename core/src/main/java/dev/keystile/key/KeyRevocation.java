package dev.keystile.key;

import java.time.Instant;
import java.util.Optional;

/**
 * A key is revoked that cannot be read, and by whom; a {@link KeyStore} applies it whole or not at all.
 *
 * <p>Immutable.
 *
 * @param key     the key
 * @param account whose it is
 * @param actor   who does it, in the words of {@link Actor#label()}, 120 characters at most
 * @param address where from, if it is known, 100 characters at most
 * @param detail  what people want to know of it, 500 characters at most, often empty
 * @param at      when
 */
public record KeyRevocation(
        KeyId key, String account, String actor, Optional<String> address, String detail, Instant at) {

    /** @throws IllegalArgumentException if a part is out of bounds */
    public KeyRevocation {
        Names.requireLabel("account", account, ApiKey.MAX_NAME);
        Names.requireLabel("actor", actor, KeyChange.MAX_ACTOR);
        address.ifPresent(it -> Names.requireLabel("address", it, KeyChange.MAX_ADDRESS));
        if (!detail.isEmpty()) {
            Names.requireLabel("detail", detail, KeyChange.MAX_DETAIL);
        }
        at = ApiKey.toMillis(at);
    }
}
