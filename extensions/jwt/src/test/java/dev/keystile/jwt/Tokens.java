package dev.keystile.jwt;

import dev.keystile.key.IssuedKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;

/** Tokens of any header and payload, signed by the platform alone. */
final class Tokens {

    private final String keyId;
    private final PrivateKey privateHalf;

    private Tokens(String keyId, PrivateKey privateHalf) {
        this.keyId = keyId;
        this.privateHalf = privateHalf;
    }

    /** Tokens of a key that was just issued or rotated. */
    static Tokens of(IssuedKey issued) {
        return of(issued.key().id().text(), issued.revealOnce());
    }

    static Tokens of(String keyId, String pem) {
        String base64 = pem.replace("-----BEGIN PRIVATE KEY-----", "").replace("-----END PRIVATE KEY-----", "");
        try {
            return new Tokens(
                    keyId,
                    KeyFactory.getInstance("EC")
                            .generatePrivate(new PKCS8EncodedKeySpec(
                                    Base64.getMimeDecoder().decode(base64))));
        } catch (GeneralSecurityException unreadable) {
            throw new IllegalArgumentException(unreadable);
        }
    }

    String keyId() {
        return keyId;
    }

    String header() {
        return "{\"alg\":\"ES256\",\"kid\":\"" + keyId + "\",\"typ\":\"JWT\"}";
    }

    /** What App Store's clients say, and more. */
    static String claims(Instant now, String more) {
        long second = now.getEpochSecond();
        return "{\"iss\":\"acme\",\"aud\":\"test-api\",\"bid\":\"com.example.a\",\"iat\":" + second + ",\"exp\":"
                + (second + 300) + more + "}";
    }

    String sign(Instant now) {
        return sign(claims(now, ""));
    }

    String sign(String payload) {
        return sign(header(), payload);
    }

    String sign(String header, String payload) {
        return sign(header.getBytes(StandardCharsets.UTF_8), payload.getBytes(StandardCharsets.UTF_8));
    }

    String sign(byte[] header, byte[] payload) {
        return signText(encode(header) + "." + encode(payload));
    }

    /** Signs what already stands there. */
    String signText(String text) {
        return text + "." + encode(signature("SHA256withECDSAinP1363Format", text));
    }

    byte[] signature(String algorithm, String text) {
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(privateHalf);
            signature.update(text.getBytes(StandardCharsets.US_ASCII));
            return signature.sign();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static String encode(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8));
    }
}
