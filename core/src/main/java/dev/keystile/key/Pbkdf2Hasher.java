package dev.keystile.key;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Judges {@code $pbkdf2-sha256$i=<iterations>$<salt>$<hash>}, salt and hash in base 64 (RFC 8018, section 5.2). */
final class Pbkdf2Hasher implements KeyHasher {

    private static final String ALGORITHM = "pbkdf2-sha256";
    private static final String ITERATIONS = "i=";
    /** Three seconds or so. */
    private static final int MAX_ITERATIONS = 5_000_000;

    private static final int HASH_BYTES = 32;

    /** What a stored digest says; salt and hash are base 64. */
    private record Parts(int iterations, String salt, String hash) {}

    /** The stored form of a digest. */
    static String stored(String iterations, byte[] salt, byte[] hash) {
        return "$" + ALGORITHM + "$" + ITERATIONS + iterations + "$" + ForeignHashers.base64(salt) + "$"
                + ForeignHashers.base64(hash);
    }

    @Override
    public String algorithm() {
        return ALGORITHM;
    }

    @Override
    public String hash(byte[] text) {
        throw ForeignHashers.makesNone(ALGORITHM);
    }

    @Override
    public boolean verify(byte[] text, String digest) {
        Parts parts = parts(digest);
        char[] characters =
                StandardCharsets.UTF_8.decode(ByteBuffer.wrap(text)).toString().toCharArray();
        PBEKeySpec spec = new PBEKeySpec(characters, decode(parts.salt, "salt"), parts.iterations, 8 * HASH_BYTES);
        try {
            byte[] made = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded();
            return MessageDigest.isEqual(decode(parts.hash, "hash"), made);
        } catch (GeneralSecurityException missing) {
            throw new UnavailableException("this Java platform has no PBKDF2WithHmacSHA256", missing);
        } finally {
            spec.clearPassword();
            Arrays.fill(characters, '\0');
        }
    }

    @Override
    public void requireValid(String digest) {
        parts(digest);
    }

    private static Parts parts(String digest) {
        String[] words = digest.split("\\$", -1);
        if (words.length != 5 || !words[1].equals(ALGORITHM) || !words[2].startsWith(ITERATIONS)) {
            throw new IllegalArgumentException(ALGORITHM + " digest: expected iterations, salt and hash");
        }
        if (decode(words[3], "salt").length == 0 || decode(words[4], "hash").length != HASH_BYTES) {
            throw new IllegalArgumentException(
                    ALGORITHM + " digest: expected a salt, and a hash of " + HASH_BYTES + " bytes");
        }
        return new Parts(iterations(words[2].substring(ITERATIONS.length())), words[3], words[4]);
    }

    private static byte[] decode(String text, String what) {
        return ForeignHashers.base64(text, ALGORITHM, what);
    }

    private static int iterations(String text) {
        try {
            int iterations = Integer.parseInt(text);
            if (iterations >= 1 && iterations <= MAX_ITERATIONS) {
                return iterations;
            }
        } catch (NumberFormatException notANumber) {
            // Told below: what stands there may be anything, so it is not repeated.
        }
        throw new IllegalArgumentException(ALGORITHM + " digest: expected 1 to " + MAX_ITERATIONS + " iterations");
    }
}
