package dev.keystile.key;

/**
 * The literal text a key begins with, and what it says of the key.
 *
 * <p>Immutable.
 *
 * @param text        1 to 32 letters, digits or {@code _}, {@code -}, {@code .}
 * @param kind        kind of every key that begins so
 * @param environment environment of every key that begins so
 * @param version     version of every key that begins so; 0 where the prefix says none
 * @param retired     whether keys that begin so are accepted and no longer minted
 */
public record KeyPrefix(String text, KeyKind kind, KeyEnvironment environment, int version, boolean retired) {

    /**
     * What stands in place of a prefix in keys that {@linkplain ApiKey#signs() sign}: no text begins with it, and no other key may
     * have it.
     */
    public static final String SIGNING = "es256.";

    static final int MAX_LENGTH = 32;

    /** @throws IllegalArgumentException if the text or the version is out of bounds */
    public KeyPrefix {
        if (text.isEmpty() || text.length() > MAX_LENGTH || !text.chars().allMatch(KeyPrefix::isPrefixCharacter)) {
            throw new IllegalArgumentException("key prefix '" + text + "': expected letters, digits, '_', '-' or '.', "
                    + MAX_LENGTH + " characters at most");
        }
        if (version < 0) {
            throw new IllegalArgumentException("key prefix '" + text + "': version " + version + " is negative");
        }
    }

    /** A prefix of secret keys, of no version. */
    public static KeyPrefix secret(String text, KeyEnvironment environment) {
        return new KeyPrefix(text, KeyKind.SECRET, environment, 0, false);
    }

    /** A prefix of publishable keys, of no version. */
    public static KeyPrefix publishable(String text, KeyEnvironment environment) {
        return new KeyPrefix(text, KeyKind.PUBLISHABLE, environment, 0, false);
    }

    /** This prefix, said to mean a version, 1 or more. */
    public KeyPrefix withVersion(int number) {
        return new KeyPrefix(text, kind, environment, number, retired);
    }

    /** This prefix, accepted and no longer minted. */
    public KeyPrefix retire() {
        return new KeyPrefix(text, kind, environment, version, true);
    }

    private static boolean isPrefixCharacter(int c) {
        return Names.isBase62((char) c) || c == '_' || c == '-' || c == '.';
    }
}
