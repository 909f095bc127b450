package dev.keystile.key;

import java.util.Locale;

/** What a key is good for at a moment: one word of those that apply, the first of these. */
public enum KeyStatus {
    /** Ended for ever. */
    REVOKED,
    /** Past its end. */
    EXPIRED,
    /** Its account is suspended. */
    SUSPENDED,
    /** Opens nothing until it is enabled again. */
    DISABLED,
    /** Opens what it may. */
    ACTIVE;

    /** The word that lists show, in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
