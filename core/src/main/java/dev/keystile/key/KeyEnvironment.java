package dev.keystile.key;

/**
 * One of the separate worlds an API serves, such as {@code live} and {@code test}; the key alone says which.
 *
 * <p>Immutable.
 *
 * @param name 1 to 32 characters: a lower-case letter, then lower-case letters, digits or {@code -}
 */
public record KeyEnvironment(String name) {

    public static final KeyEnvironment LIVE = new KeyEnvironment("live");
    public static final KeyEnvironment TEST = new KeyEnvironment("test");
    public static final KeyEnvironment SANDBOX = new KeyEnvironment("sandbox");

    /** @throws IllegalArgumentException if the name is out of bounds */
    public KeyEnvironment {
        if (!Names.isName(name, 32)) {
            throw new IllegalArgumentException(
                    "environment '" + name + "': expected a lower-case letter, then lower-case letters, digits or '-',"
                            + " 32 characters at most");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
