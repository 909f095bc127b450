package dev.keystile.key;

/**
 * One thing a key may do, such as {@code customers:read}.
 *
 * <p>Immutable. The characters are those of RFC 6749's {@code scope-token} that stand for nothing else in a setting or
 * a rule.
 *
 * @param value 1 to 100 letters, digits, {@code :}, {@code .}, {@code _}, {@code -} or {@code /}
 */
public record KeyScope(String value) implements Comparable<KeyScope> {

    private static final int MAX_LENGTH = 100;

    /** @throws IllegalArgumentException if the value is out of bounds */
    public KeyScope {
        if (value.isEmpty() || value.length() > MAX_LENGTH || !value.chars().allMatch(KeyScope::isScopeCharacter)) {
            throw new IllegalArgumentException("scope '" + value
                    + "': expected letters, digits, ':', '.', '_', '-' or '/', " + MAX_LENGTH + " characters at most");
        }
    }

    private static boolean isScopeCharacter(int c) {
        return Names.isBase62((char) c) || c == ':' || c == '.' || c == '_' || c == '-' || c == '/';
    }

    @Override
    public int compareTo(KeyScope other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
