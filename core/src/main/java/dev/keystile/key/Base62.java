package dev.keystile.key;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;

/** Base 62 in the order {@code 0-9A-Za-z}, as the checksums of secret scanners have it. */
final class Base62 {

    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    /** The largest multiple of 62 that a byte can hold: a byte at or above it would favour the first digits. */
    private static final int UNBIASED_BOUND = 4 * 62;

    private static final BigInteger BASE = BigInteger.valueOf(DIGITS.length());

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

    /** A number of at most so many digits, left-padded to that many. */
    static String digits(BigInteger number, int length) {
        char[] digits = new char[length];
        BigInteger rest = number;
        for (int i = length - 1; i >= 0; i--) {
            BigInteger[] parts = rest.divideAndRemainder(BASE);
            digits[i] = DIGITS.charAt(parts[1].intValue());
            rest = parts[0];
        }
        return new String(digits);
    }
}
