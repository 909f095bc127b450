package dev.keystile.key;

import java.util.Optional;
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

    /** What the file is called that the text belongs into, where it is the private half of a pair: {@code AuthKey_<key id>.p8}. */
    public Optional<String> fileName() {
        return key.signs() ? Optional.of("AuthKey_" + key.id() + ".p8") : Optional.empty();
    }

    /**
     * The text to give to its owner, now or never: it is stored nowhere. Of a key that signs, it is the private half as PKCS #8
     * in PEM.
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
