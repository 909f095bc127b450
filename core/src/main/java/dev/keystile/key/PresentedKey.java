package dev.keystile.key;

/**
 * A credential once read: whose key it claims to be, and the text that has yet to prove it.
 *
 * <p>Immutable. It has no {@code equals}, and printing it shows the key id alone; the text leaves by
 * {@link #revealText()} and no other way.
 */
public final class PresentedKey {

    private final KeyId id;
    private final String prefix;
    private final String text;

    /**
     * For implementations of {@link CredentialFormat}.
     *
     * @param id     the key the text claims to be
     * @param prefix the literal prefix it was read by; empty where the format has none
     * @param text   the whole credential as it came
     */
    public PresentedKey(KeyId id, String prefix, String text) {
        this.id = id;
        this.prefix = prefix;
        this.text = text;
    }

    /** The key the text claims to be. */
    public KeyId id() {
        return id;
    }

    /** The literal prefix it was read by; empty where the format has none. */
    public String prefix() {
        return prefix;
    }

    /** The whole credential. Never log it, never put it into an exception. */
    public String revealText() {
        return text;
    }

    @Override
    public String toString() {
        return "PresentedKey[" + id + "]";
    }
}
