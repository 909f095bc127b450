package dev.keystile.key;

import java.util.Locale;

/** What was done to a key, or to all keys of an account; the word goes into the audit trail. */
public enum KeyAction {
    ISSUE,
    /** A key that was minted elsewhere was taken over by its digest. */
    IMPORT,
    ROTATE,
    /** The new secret of a rotation was used for the first time, and the overlap of the old one has begun. */
    BEGIN_OVERLAP,
    REVOKE,
    DISABLE,
    ENABLE,
    /** A secret was stored anew, by another algorithm or at another cost. It is the same secret, and nothing else changed. */
    UPGRADE,
    /** The coming expiry of the key was announced. */
    ANNOUNCE_EXPIRY,
    /** The account was suspended, and with it all of its keys. */
    SUSPEND_ACCOUNT,
    /** The account was let in again. */
    RESUME_ACCOUNT;

    /** The word that stores and reports use, such as {@code begin-overlap}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
