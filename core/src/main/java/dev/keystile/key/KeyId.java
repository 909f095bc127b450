package dev.keystile.key;

/**
 * The public half of a key: names it in stores, logs and URLs, and opens nothing.
 *
 * <p>Immutable.
 *
 * @param text 12 characters of base 62
 */
public record KeyId(String text) {

    static final int LENGTH = 12;

    /** @throws IllegalArgumentException if the text is not 12 characters of base 62 */
    public KeyId {
        if (text.length() != LENGTH || !text.chars().allMatch(c -> Names.isBase62((char) c))) {
            throw new IllegalArgumentException("key id: expected " + LENGTH + " letters or digits");
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
