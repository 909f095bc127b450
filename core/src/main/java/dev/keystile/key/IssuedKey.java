package dev.keystile.key;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A key just made, with the one chance to see its text.
 *
 * <p>Safe for use by many threads: one of them gets the text. Printing it shows the key id alone.
 */
public final class IssuedKey {

    private final ApiKey key;
    private final AtomicReference<@Nullable String> text;

    IssuedKey(ApiKey key, String text) {
        this.key = key;
        this.text = new AtomicReference<>(text);
    }

    /** The key as it is stored. */
    public ApiKey key() {
        return key;
    }

    /**
     * The text to give to its owner, now or never: it is stored nowhere.
     *
     * @throws IllegalStateException the second time
     */
    public String revealOnce() {
        String revealed = text.getAndSet(null);
        if (revealed == null) {
            throw new IllegalStateException(
                    "the text of key " + key.id() + " was shown before; rotate the key instead");
        }
        return revealed;
    }

    @Override
    public String toString() {
        return "IssuedKey[" + key.id() + "]";
    }
}
