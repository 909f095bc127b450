package dev.keystile.key;

import java.util.Locale;

/** Whether a key must be kept secret or may be shipped in a client. */
public enum KeyKind {
    /** Known to servers only. */
    SECRET,
    /** May stand in an app or a page; rules decide what little it opens. */
    PUBLISHABLE;

    /** The word that settings use: {@code secret} or {@code publishable}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
