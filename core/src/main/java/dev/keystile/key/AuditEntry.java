package dev.keystile.key;

import java.time.Instant;
import java.util.Optional;

/**
 * One line of the audit trail: who did what to which key, when and from where.
 *
 * <p>Immutable.
 *
 * @param revision the revision that the change made
 * @param account  the account whose key it was
 * @param key      the key; none where the account itself was changed
 * @param action   what was done
 * @param actor    who did it, in the words of {@link Actor#label()}; {@code keystile} for what this library did by itself
 * @param address  where from, if it was known
 * @param detail   what people want to know of it; may be empty
 * @param at       when
 */
public record AuditEntry(
        long revision,
        String account,
        Optional<KeyId> key,
        KeyAction action,
        String actor,
        Optional<String> address,
        String detail,
        Instant at) {}
