package dev.keystile.key;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Whether a key must be kept secret or may be shipped in a client. */
public enum KeyKind {
    /** Known to servers only. */
    SECRET,
    /** May stand in an app or a page; rules decide what little it opens. */
    PUBLISHABLE;

    /** The kind of a word that {@link #word} gives. */
    public static Optional<KeyKind> ofWord(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }

    /** The word that settings use: {@code secret} or {@code publishable}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
