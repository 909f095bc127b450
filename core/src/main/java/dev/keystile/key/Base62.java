package dev.keystile.key;

import java.security.SecureRandom;
import java.util.Arrays;

/** Base 62 in the order {@code 0-9A-Za-z}, as the checksums of secret scanners have it. */
final class Base62 {

    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    /** The largest multiple of 62 that a byte can hold: a byte at or above it would favour the first digits. */
    private static final int UNBIASED_BOUND = 4 * 62;

    private Base62() {}

    /** Appends {@code length} digits, each drawn evenly. */
    static void appendRandom(StringBuilder target, int length, SecureRandom random) {
        byte[] drawn = new byte[2 * length];
        int appended = 0;
        while (appended < length) {
            random.nextBytes(drawn);
            for (int i = 0; i < drawn.length && appended < length; i++) {
                int value = drawn[i] & 0xFF;
                if (value < UNBIASED_BOUND) {
                    target.append(DIGITS.charAt(value % 62));
                    appended++;
                }
            }
        }
        Arrays.fill(drawn, (byte) 0);
    }

    /** The {@code index}th digit from the right of a number written in base 62. */
    static char digitAt(long number, int index) {
        long rest = number;
        for (int i = 0; i < index; i++) {
            rest /= 62;
        }
        return DIGITS.charAt((int) (rest % 62));
    }
}
