package dev.keystile.key;

import java.security.MessageDigest;

/**
 * Judges {@code $sha256$<hash>} and {@code $sha512$<hash>}, and those to whose text a salt was added:
 * {@code $sha256$before=<salt>$<hash>}, {@code $sha256$after=<salt>$<hash>}; salt and hash in base 64.
 */
final class ShaHasher implements KeyHasher {

    static final String SHA256 = "sha256";
    static final String SHA512 = "sha512";

    private static final String BEFORE = "before=";
    private static final String AFTER = "after=";

    private final String algorithm;
    private final String name;
    private final int hashBytes;

    ShaHasher(String algorithm) {
        this.algorithm = algorithm;
        this.name = algorithm.equals(SHA256) ? "SHA-256" : "SHA-512";
        this.hashBytes = algorithm.equals(SHA256) ? 32 : 64;
    }

    /** What a stored digest says, in base 64. */
    private record Parts(String before, String after, String hash) {}

    /** The stored form of a digest. */
    static String stored(String algorithm, byte[] hash) {
        return "$" + algorithm + "$" + ForeignHashers.base64(hash);
    }

    /** The stored form of a digest to whose text a salt was added, before or after it. */
    static String stored(String algorithm, byte[] salt, boolean before, byte[] hash) {
        return "$" + algorithm + "$" + (before ? BEFORE : AFTER) + ForeignHashers.base64(salt) + "$"
                + ForeignHashers.base64(hash);
    }

    @Override
    public String algorithm() {
        return algorithm;
    }

    @Override
    public String hash(byte[] text) {
        throw ForeignHashers.makesNone(algorithm);
    }

    @Override
    public boolean verify(byte[] text, String digest) {
        Parts parts = parts(digest);
        MessageDigest made = ForeignHashers.messageDigest(name);
        made.update(decode(parts.before, "salt"));
        made.update(text);
        made.update(decode(parts.after, "salt"));
        return MessageDigest.isEqual(decode(parts.hash, "hash"), made.digest());
    }

    @Override
    public void requireValid(String digest) {
        parts(digest);
    }

    private Parts parts(String digest) {
        String[] words = digest.split("\\$", -1);
        if (words.length < 3 || words.length > 4 || !words[0].isEmpty() || !words[1].equals(algorithm)) {
            throw new IllegalArgumentException(algorithm + " digest: expected $" + algorithm + "$<hash>");
        }
        String hash = words[words.length - 1];
        if (decode(hash, "hash").length != hashBytes) {
            throw new IllegalArgumentException(algorithm + " digest: the hash is not " + hashBytes + " bytes long");
        }
        if (words.length == 3) {
            return new Parts("", "", hash);
        }
        if (words[2].startsWith(BEFORE)) {
            return new Parts(salt(words[2], BEFORE), "", hash);
        }
        if (words[2].startsWith(AFTER)) {
            return new Parts("", salt(words[2], AFTER), hash);
        }
        throw new IllegalArgumentException(algorithm + " digest: expected before=<salt> or after=<salt>");
    }

    private String salt(String word, String place) {
        String salt = word.substring(place.length());
        decode(salt, "salt");
        return salt;
    }

    private byte[] decode(String text, String what) {
        return ForeignHashers.base64(text, algorithm, what);
    }
}
