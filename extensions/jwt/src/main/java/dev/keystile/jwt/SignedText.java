package dev.keystile.jwt;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;

/**
 * A text that says it is signed with ES256, taken to its parts, of which none was proven. What could be read in two ways, or
 * says where the key is that it was signed with, is none.
 *
 * <p>Its parts are for this package alone, which changes none of them.
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7515#section-7.1">RFC 7515, section 7.1</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8725">RFC 8725</a>
 */
final class SignedText {

    /** In characters. */
    static final int MAX_LENGTH = 8192;

    private static final String ALGORITHM = "ES256";
    private static final int NUMBER_LENGTH = 32;
    private static final int SIGNATURE_LENGTH = 2 * NUMBER_LENGTH;

    /** What points at a key or holds one, demands what is not known here, or says that the payload is something else. */
    private static final Set<String> REFUSED =
            Set.of("crit", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "zip", "enc", "b64");

    /** The order of P-256. */
    private static final BigInteger ORDER =
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

    private final String keyId;
    private final byte[] signed;
    private final byte[] payload;
    private final byte[] signature;

    private SignedText(String keyId, byte[] signed, byte[] payload, byte[] signature) {
        this.keyId = keyId;
        this.signed = signed;
        this.payload = payload;
        this.signature = signature;
    }

    /** The name of the key: to look it up by, and for nothing else. */
    String keyId() {
        return keyId;
    }

    /** What the signature is of. */
    byte[] signed() {
        return signed;
    }

    /** What the text says. */
    byte[] payload() {
        return payload;
    }

    /** Two numbers of 32 bytes each, of which neither is 0 or as large as the order of the curve. */
    byte[] signature() {
        return signature;
    }

    /** Takes a text to its parts. */
    static SignedText read(String text) throws MalformedTokenException {
        int first = text.indexOf('.');
        int last = text.lastIndexOf('.');
        if (text.length() > MAX_LENGTH || first < 0 || first == last || text.indexOf('.', first + 1) != last) {
            throw new MalformedTokenException(
                    "it is not three parts with dots between them, " + MAX_LENGTH + " characters at most");
        }
        byte[] signature = decode(text.substring(last + 1));
        requireTwoNumbers(signature);
        Members header = Members.read(decode(text.substring(0, first)));
        header.requireNone(REFUSED);
        if (!header.text("alg").orElse("").equals(ALGORITHM)) {
            throw new MalformedTokenException("its 'alg' is not " + ALGORITHM);
        }
        if (!header.text("typ").orElse("JWT").equalsIgnoreCase("JWT")) {
            throw new MalformedTokenException("its 'typ' is not JWT");
        }
        String keyId = header.text("kid").orElseThrow(() -> new MalformedTokenException("it has no 'kid'"));
        byte[] payload = decode(text.substring(first + 1, last));
        return new SignedText(keyId, text.substring(0, last).getBytes(StandardCharsets.US_ASCII), payload, signature);
    }

    /** The one way to write these bytes: without padding, and without bits that nobody reads. */
    private static byte[] decode(String part) throws MalformedTokenException {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(part);
            if (bytes.length > 0
                    && Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(bytes)
                            .equals(part)) {
                return bytes;
            }
        } catch (IllegalArgumentException unreadable) {
            // Told below, like what reads and is written another way.
        }
        throw new MalformedTokenException("a part of it is empty, or not base64url as it is written");
    }

    static void requireTwoNumbers(byte[] signature) throws MalformedTokenException {
        if (signature.length != SIGNATURE_LENGTH
                || !isInRange(Arrays.copyOfRange(signature, 0, NUMBER_LENGTH))
                || !isInRange(Arrays.copyOfRange(signature, NUMBER_LENGTH, SIGNATURE_LENGTH))) {
            throw new MalformedTokenException("its signature is not two numbers of 32 bytes, each of 1 to the order");
        }
    }

    private static boolean isInRange(byte[] number) {
        BigInteger value = new BigInteger(1, number);
        return value.signum() > 0 && value.compareTo(ORDER) < 0;
    }

    @Override
    public String toString() {
        return "SignedText[…]";
    }
}
