package dev.keystile.key;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Judges {@code $bcrypt$2b$12$<salt and hash>}, and {@code $bcrypt-sha256$…}, which is Django's bcrypt of the SHA-256 in
 * hexadecimal. The one class that knows the bcrypt library, which an application without such keys does not need.
 */
final class BcryptHasher implements KeyHasher {

    static final String PLAIN = "bcrypt";
    static final String OF_SHA256 = "bcrypt-sha256";
    /** What stands behind it in a text is not looked at. */
    static final int MAX_TEXT = 72;

    private static final Pattern DIGEST =
            Pattern.compile("\\$(bcrypt|bcrypt-sha256)(\\$2[aby]\\$([0-9]{2})\\$[./A-Za-z0-9]{53})");
    static final int MIN_COST = 4;
    /** Two seconds or so: a request waits ten for its proof, and every wrong text takes as long. */
    static final int MAX_COST = 14;

    private final String algorithm;

    BcryptHasher(String algorithm) {
        this.algorithm = algorithm;
    }

    /** Whether a stored digest is one by bcrypt that somebody can judge. */
    static boolean isWhole(String digest) {
        Matcher matcher = DIGEST.matcher(digest);
        return matcher.matches() && isCost(Integer.parseInt(matcher.group(3)));
    }

    private static boolean isCost(int cost) {
        return cost >= MIN_COST && cost <= MAX_COST;
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
        byte[] crypt = crypt(digest).getBytes(StandardCharsets.US_ASCII);
        byte[] password = algorithm.equals(OF_SHA256)
                ? HexFormat.of()
                        .formatHex(ForeignHashers.messageDigest("SHA-256").digest(text))
                        .getBytes(StandardCharsets.US_ASCII)
                : text;
        BCrypt.Version version = BCrypt.Version.VERSION_2A;
        return BCrypt.verifyer(null, LongPasswordStrategies.truncate(version)).verify(password, crypt).verified;
    }

    @Override
    public void requireValid(String digest) {
        crypt(digest);
        try {
            Class.forName("at.favre.lib.crypto.bcrypt.BCrypt", false, BcryptHasher.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError missing) {
            throw new IllegalStateException(
                    algorithm + " digest: the library at.favre.lib:bcrypt is not on the class path", missing);
        }
    }

    private String crypt(String digest) {
        Matcher matcher = DIGEST.matcher(digest);
        if (!matcher.matches() || !matcher.group(1).equals(algorithm) || !isWhole(digest)) {
            throw new IllegalArgumentException(algorithm + " digest: expected $2a$, $2b$ or $2y$, a cost of " + MIN_COST
                    + " to " + MAX_COST + ", and 53 characters of salt and hash");
        }
        return matcher.group(2);
    }
}
