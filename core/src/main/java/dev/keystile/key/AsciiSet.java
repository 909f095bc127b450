package dev.keystile.key;

/**
 * A set of ASCII characters.
 *
 * <p>Immutable.
 *
 * @param low  the characters 0 to 63, a bit each
 * @param high the characters 64 to 127, a bit each
 */
record AsciiSet(long low, long high) {

    static AsciiSet of(String characters) {
        long low = 0;
        long high = 0;
        for (int i = 0; i < characters.length(); i++) {
            char c = characters.charAt(i);
            if (c >= 128) {
                throw new IllegalArgumentException("a character outside ASCII");
            }
            if (c < 64) {
                low |= 1L << c;
            } else {
                high |= 1L << (c - 64);
            }
        }
        return new AsciiSet(low, high);
    }

    boolean contains(char c) {
        return c < 128 && ((c < 64 ? low >>> c : high >>> (c - 64)) & 1) != 0;
    }

    boolean intersects(AsciiSet other) {
        return ((low & other.low) | (high & other.high)) != 0;
    }
}
