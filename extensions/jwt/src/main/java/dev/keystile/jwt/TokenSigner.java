package dev.keystile.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.keystile.key.KeyId;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.Map;

/**
 * Signs tokens with the private half of a key, as the owner of the key would: to try a signing key out.
 *
 * <p>Immutable and safe for use by many threads; printing it shows the key id alone.
 */
public final class TokenSigner {

    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";

    private final KeyId id;
    private final ECPrivateKey privateHalf;

    private TokenSigner(KeyId id, ECPrivateKey privateHalf) {
        this.id = id;
        this.privateHalf = privateHalf;
    }

    /**
     * A signer with a key.
     *
     * @param id  the key id, which becomes {@code kid}
     * @param pem the content of the key's {@code .p8} file: PKCS #8 in PEM
     * @throws IllegalArgumentException if that is something else; the message does not repeat it
     */
    public static TokenSigner of(KeyId id, String pem) {
        String text = pem.strip();
        byte[] encoded = new byte[0];
        try {
            if (text.startsWith(BEGIN) && text.endsWith(END)) {
                encoded = Base64.getMimeDecoder().decode(text.substring(BEGIN.length(), text.length() - END.length()));
                if (KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded))
                        instanceof ECPrivateKey key) {
                    return new TokenSigner(id, key);
                }
            }
        } catch (GeneralSecurityException | IllegalArgumentException unreadable) {
            throw new IllegalArgumentException("the private key is damaged, or not on the curve P-256", unreadable);
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
        throw new IllegalArgumentException("expected a private key: PKCS #8 in PEM, which begins with " + BEGIN);
    }

    /**
     * Signs a token.
     *
     * @param issuer   {@code iss}
     * @param audience {@code aud}
     * @param claims   what else it says
     * @param now      {@code iat}
     * @param lifetime how long until {@code exp}, in whole seconds
     * @throws IllegalArgumentException if the key is not on the curve P-256
     */
    public String sign(String issuer, String audience, Map<String, String> claims, Instant now, Duration lifetime) {
        JWTClaimsSet.Builder set = new JWTClaimsSet.Builder()
                .issuer(issuer)
                .audience(audience)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(lifetime.toSeconds())));
        claims.forEach(set::claim);
        JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.ES256)
                .keyID(id.text())
                .type(JOSEObjectType.JWT)
                .build();
        SignedJWT token = new SignedJWT(header, set.build());
        try {
            token.sign(new ECDSASigner(privateHalf));
        } catch (JOSEException unfit) {
            throw new IllegalArgumentException("the private key is not on the curve P-256", unfit);
        }
        return token.serialize();
    }

    @Override
    public String toString() {
        return "TokenSigner[" + id + "]";
    }
}
