package dev.keystile.key;

import java.util.Locale;

/** What was done to a key; the word goes into the change log. */
public enum KeyAction {
    ISSUE,
    ROTATE,
    REVOKE,
    DISABLE,
    ENABLE,
    /** A secret was stored anew, by another algorithm or at another cost. It is the same secret, and nothing else changed. */
    UPGRADE;

    /** The word that stores and reports use, in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
