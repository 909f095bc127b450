package dev.keystile.key;

import java.time.Instant;
import java.util.Optional;

/**
 * An account is suspended or let in again, and by whom; a {@link KeyStore} applies it whole or not at all.
 *
 * <p>Immutable.
 *
 * @param account   the account, 100 characters at most
 * @param suspended whether it shall be suspended
 * @param actor     who does it, in the words of {@link Actor#label()}, 120 characters at most
 * @param address   where from, if it is known, 100 characters at most
 * @param at        when
 */
public record AccountChange(String account, boolean suspended, String actor, Optional<String> address, Instant at) {

    /** @throws IllegalArgumentException if a part is out of bounds */
    public AccountChange {
        Names.requireLabel("account", account, ApiKey.MAX_NAME);
        Names.requireLabel("actor", actor, KeyChange.MAX_ACTOR);
        address.ifPresent(it -> Names.requireLabel("address", it, KeyChange.MAX_ADDRESS));
        at = ApiKey.toMillis(at);
    }

    /** The action that the audit trail shows. */
    public KeyAction action() {
        return suspended ? KeyAction.SUSPEND_ACCOUNT : KeyAction.RESUME_ACCOUNT;
    }
}
