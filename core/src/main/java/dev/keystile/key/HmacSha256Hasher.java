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

    private final SecretKeySpec pepper;
    private final String start;

    HmacSha256Hasher(byte[] pepper) {
        if (pepper.length < MIN_PEPPER_BYTES) {
            throw new IllegalArgumentException(
                    "a pepper of " + pepper.length + " bytes: expected at least " + MIN_PEPPER_BYTES);
        }
        this.pepper = new SecretKeySpec(pepper, "HmacSHA256");
        byte[] fingerprint = Arrays.copyOf(mac("keystile pepper".getBytes(StandardCharsets.US_ASCII)), 4);
        this.start = "$" + ALGORITHM + "$k=" + HexFormat.of().formatHex(fingerprint) + "$";
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

    private byte[] decode(String digest) {
        if (!digest.startsWith(start)) {
            throw new IllegalArgumentException(
                    "hmac-sha256 digest: made with another pepper than the one that is set, or damaged");
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(digest.substring(start.length()));
        } catch (IllegalArgumentException notBase64) {
            throw new IllegalArgumentException("hmac-sha256 digest: the hash is not base 64");
        }
        if (bytes.length != 32) {
            throw new IllegalArgumentException("hmac-sha256 digest: the hash is not 32 bytes long");
        }
        return bytes;
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
