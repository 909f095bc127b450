package dev.keystile.benchmarks.flood;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32;

/** Texts that open nothing, of a kind. */
enum BadKeys {
    /** None, on a path that needs none: what a flood costs, whatever stands before the application. */
    NONE {
        @Override
        String next(String good) {
            return "";
        }

        @Override
        String request(String good) {
            return Connection.openRequest();
        }
    },

    /** The right prefix and length, and a wrong checksum. */
    MALFORMED {
        @Override
        String next(String good) {
            return PREFIX + random(ID + SECRET + CHECKSUM);
        }
    },

    /** The right checksum, and an id that no key has. */
    UNKNOWN {
        @Override
        String next(String good) {
            return withChecksum(PREFIX + random(ID + SECRET));
        }
    },

    /** The id of a good key, the right checksum, and another secret. */
    WRONG_SECRET {
        @Override
        String next(String good) {
            return withChecksum(good.substring(0, PREFIX.length() + ID) + random(SECRET));
        }
    },

    /** As {@link #UNKNOWN}, each as if from another address: a trusted proxy says so. */
    UNKNOWN_FROM_EVERYWHERE {
        @Override
        String next(String good) {
            return UNKNOWN.next(good);
        }

        @Override
        boolean manyAddresses() {
            return true;
        }
    };

    static final String PREFIX = "fl_live_";
    private static final int ID = 12;
    private static final int SECRET = 27;
    private static final int CHECKSUM = 6;
    private static final String BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /** Another one. */
    abstract String next(String good);

    /** Whether each comes from another address. */
    boolean manyAddresses() {
        return false;
    }

    /** A request with another one. */
    String request(String good) {
        int from = ThreadLocalRandom.current().nextInt();
        String forwarded =
                "X-Forwarded-For: 10." + (from >>> 16 & 255) + "." + (from >>> 8 & 255) + "." + (from & 255) + "\r\n";
        return Connection.request(next(good), manyAddresses() ? forwarded : "");
    }

    /** The word of the command line. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String random(int length) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(BASE_62.charAt(random.nextInt(62)));
        }
        return text.toString();
    }

    private static String withChecksum(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.US_ASCII));
        char[] digits = new char[CHECKSUM];
        long rest = crc.getValue();
        for (int i = CHECKSUM - 1; i >= 0; i--) {
            digits[i] = BASE_62.charAt((int) (rest % 62));
            rest /= 62;
        }
        return text + new String(digits);
    }
}
