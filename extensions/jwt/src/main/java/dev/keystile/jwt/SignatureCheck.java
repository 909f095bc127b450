package dev.keystile.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.util.Base64URL;
import java.security.interfaces.ECPublicKey;

/** Tells whether a signature is of these bytes, by ES256 and nothing else. */
interface SignatureCheck {

    /**
     * Whether the signature was made with the private half of the key.
     *
     * @param signature as {@link SignedText} has it
     * @throws IllegalStateException if the platform cannot tell
     */
    boolean isOf(ECPublicKey key, byte[] signed, byte[] signature);

    /** By nimbus-jose-jwt, which is given nothing of what a token says of itself. */
    static boolean byNimbus(ECPublicKey key, byte[] signed, byte[] signature) {
        try {
            return new ECDSAVerifier(key)
                    .verify(new JWSHeader(JWSAlgorithm.ES256), signed, Base64URL.encode(signature));
        } catch (JOSEException missing) {
            throw new IllegalStateException("this Java platform cannot verify ES256", missing);
        }
    }
}
