package dev.keystile.key;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Digests are {@code $hmac-sha256$k=<pepper's fingerprint>$<base 64>}; the fingerprint tells one pepper from another. */
final class HmacSha256Hasher implements KeyHasher {

    private static final String ALGORITHM = "hmac-sha256";
    private static final int MIN_PEPPER_BYTES = 32;
    private static final int HASH_BYTES = 32;
    private static final String START = "$" + ALGORITHM + "$k=";
    private static final int FINGERPRINT_BYTES = 4;
    /** Behind the fingerprint stands another {@code $}. */
    private static final int HASH_AT = START.length() + 2 * FINGERPRINT_BYTES + 1;

    private final SecretKeySpec pepper;
    private final String start;

    HmacSha256Hasher(byte[] pepper) {
        if (pepper.length < MIN_PEPPER_BYTES) {
            throw new IllegalArgumentException(
                    "a pepper of " + pepper.length + " bytes: expected at least " + MIN_PEPPER_BYTES);
        }
        this.pepper = new SecretKeySpec(pepper, "HmacSHA256");
        byte[] fingerprint =
                Arrays.copyOf(mac("keystile pepper".getBytes(StandardCharsets.US_ASCII)), FINGERPRINT_BYTES);
        this.start = START + HexFormat.of().formatHex(fingerprint) + "$";
    }

    @Override
    public String algorithm() {
        return ALGORITHM;
    }

    @Override
    public String hash(byte[] text) {
        return start + Base64.getEncoder().withoutPadding().encodeToString(mac(text));
    }

    @Override
    public boolean verify(byte[] text, String digest) {
        return MessageDigest.isEqual(decode(digest), mac(text));
    }

    @Override
    public void requireValid(String digest) {
        decode(digest);
    }

    @Override
    public boolean isCurrent(String digest) {
        return digest.startsWith(start);
    }

    /** Its shape first: a damaged digest says nothing of the pepper. */
    private byte[] decode(String digest) {
        if (!hasStart(digest)) {
            throw new IllegalArgumentException("hmac-sha256 digest: expected " + START + "<8 hexadecimal digits>$…");
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(digest.substring(HASH_AT));
        } catch (IllegalArgumentException notBase64) {
            throw new IllegalArgumentException("hmac-sha256 digest: the hash is not base 64");
        }
        if (bytes.length != HASH_BYTES) {
            throw new IllegalArgumentException("hmac-sha256 digest: the hash is not 32 bytes long");
        }
        if (!digest.startsWith(start)) {
            throw new IllegalStateException("hmac-sha256 digest: made with another pepper than the one that is set");
        }
        return bytes;
    }

    private static boolean hasStart(String digest) {
        if (digest.length() < HASH_AT || !digest.startsWith(START) || digest.charAt(HASH_AT - 1) != '$') {
            return false;
        }
        for (int i = START.length(); i < HASH_AT - 1; i++) {
            char c = digest.charAt(i);
            if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }

    private byte[] mac(byte[] text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(pepper);
            return mac.doFinal(text);
        } catch (InvalidKeyException impossible) {
            throw new IllegalStateException("the pepper is no longer a key", impossible);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java platform has HmacSHA256", missing);
        }
    }
}
