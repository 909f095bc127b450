package dev.keystile.key;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The hashers of digests that were made elsewhere: they judge, and make none. */
final class ForeignHashers {

    private static final Map<String, KeyHasher> ALL = List.of(
                    new ShaHasher(ShaHasher.SHA256),
                    new ShaHasher(ShaHasher.SHA512),
                    new Pbkdf2Hasher(),
                    new BcryptHasher(BcryptHasher.PLAIN),
                    new BcryptHasher(BcryptHasher.OF_SHA256))
            .stream()
            .collect(Collectors.toUnmodifiableMap(KeyHasher::algorithm, Function.identity()));

    private ForeignHashers() {}

    /** The hasher of an algorithm; null if it is none of these. */
    static @Nullable KeyHasher of(String algorithm) {
        return ALL.get(algorithm);
    }

    static UnsupportedOperationException makesNone(String algorithm) {
        return new UnsupportedOperationException("digests by " + algorithm + " are judged, and not made");
    }

    /** Base 64 as these digests have it; the message does not repeat what is none. */
    static byte[] base64(String text, String algorithm, String what) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException notBase64) {
            throw new IllegalArgumentException(algorithm + " digest: the " + what + " is not base 64");
        }
    }

    static String base64(byte[] bytes) {
        return Base64.getEncoder().withoutPadding().encodeToString(bytes);
    }

    static MessageDigest messageDigest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java platform has " + name, missing);
        }
    }
}
