package dev.keystile.limit;

import java.util.Locale;

/** For whom a limit counts. */
public enum PartitionKind {
    /** For each key by itself. */
    KEY,
    /** For all keys of an account in one environment together. */
    ACCOUNT,
    /** For each address by itself, whichever key of an account in one environment it uses. */
    ADDRESS,
    /** For all keys of an account in one environment that have the same value of an attribute together. */
    ATTRIBUTE;

    /** The word that settings use. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
