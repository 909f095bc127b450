package dev.keystile.key;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.EllipticCurve;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * A new pair of keys on the curve P-256, for ES256: the private half goes to its owner, and the public half is stored.
 *
 * <p>Immutable; printing it shows nothing of it.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7518#section-3.4">RFC 7518, section 3.4</a>
 */
final class SigningPair {

    /** How what is stored of a public half begins; behind it its SubjectPublicKeyInfo in base 64, without padding. */
    static final String STORED = "$es256$";

    private static final int PEM_LINE = 64;
    /** Of P-256: the marker of an uncompressed point, and two coordinates, behind a header that says so. */
    private static final int ENCODED_LENGTH = 91;

    /** The prime of the curve: 2^256 - 2^224 + 2^192 + 2^96 - 1. */
    private static final BigInteger P256 =
            new BigInteger("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);

    private final String privateHalf;
    private final String publicHalf;

    private SigningPair(String privateHalf, String publicHalf) {
        this.privateHalf = privateHalf;
        this.publicHalf = publicHalf;
    }

    /** Draws one, from the platform's strong source. */
    static SigningPair draw() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            byte[] pkcs8 = pair.getPrivate().getEncoded();
            try {
                return new SigningPair(
                        pem(pkcs8), STORED + base64(pair.getPublic().getEncoded()));
            } finally {
                Arrays.fill(pkcs8, (byte) 0);
            }
        } catch (NoSuchAlgorithmException | InvalidAlgorithmParameterException missing) {
            throw new IllegalStateException("this Java platform has no keys on the curve P-256", missing);
        }
    }

    private static String base64(byte[] encoded) {
        return Base64.getEncoder().withoutPadding().encodeToString(encoded);
    }

    private static String pem(byte[] pkcs8) {
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(PEM_LINE, new byte[] {'\n'}).encodeToString(pkcs8)
                + "\n-----END PRIVATE KEY-----\n";
    }

    /** The private half as PKCS #8 in PEM (RFC 7468), which a {@code .p8} file holds; stored nowhere. */
    String revealPrivateHalf() {
        return privateHalf;
    }

    /** What is stored. */
    KeySecret secret(int number, Instant createdAt) {
        return new KeySecret(number, publicHalf, KeySecret.NO_QUICK_CHECK, "", createdAt, Optional.empty());
    }

    /**
     * The public half that is stored.
     *
     * @throws IllegalArgumentException if it is damaged, or no point of the curve P-256; the message does not repeat it
     */
    static ECPublicKey publicKey(String stored) {
        try {
            if (stored.startsWith(STORED)) {
                byte[] encoded = Base64.getDecoder()
                        .decode(stored.substring(STORED.length()).getBytes(StandardCharsets.US_ASCII));
                if (encoded.length == ENCODED_LENGTH
                        && KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(encoded))
                                instanceof ECPublicKey key
                        && isOnP256(key)) {
                    return key;
                }
            }
        } catch (IllegalArgumentException | GeneralSecurityException damaged) {
            throw new IllegalArgumentException("what is stored of a public half is damaged", damaged);
        }
        throw new IllegalArgumentException("what is stored is not the public half of a pair on the curve P-256");
    }

    /** The platform takes any two coordinates for a point. */
    private static boolean isOnP256(ECPublicKey key) {
        ECParameterSpec parameters = key.getParams();
        EllipticCurve curve = parameters.getCurve();
        if (!(curve.getField() instanceof ECFieldFp field) || !P256.equals(field.getP())) {
            return false;
        }
        ECPoint point = key.getW();
        BigInteger p = field.getP();
        BigInteger x = point.getAffineX();
        BigInteger y = point.getAffineY();
        if (x.signum() < 0 || y.signum() < 0 || x.compareTo(p) >= 0 || y.compareTo(p) >= 0) {
            return false;
        }
        BigInteger right =
                x.pow(3).add(curve.getA().multiply(x)).add(curve.getB()).mod(p);
        return y.multiply(y).mod(p).equals(right);
    }

    @Override
    public String toString() {
        return "SigningPair[…]";
    }
}
