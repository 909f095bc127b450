package dev.keystile.key;

import de.mkammerer.argon2.Argon2Advanced;
import de.mkammerer.argon2.Argon2Factory;
import de.mkammerer.argon2.Argon2Factory.Argon2Types;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.function.Supplier;

/** The one class that knows argon2-jvm, so that an application without it can still use another hasher. */
final class Argon2idHasher implements KeyHasher {

    private static final String ALGORITHM = "argon2id";
    private static final String START = "$" + ALGORITHM + "$v=19$";
    /** Made by the reference implementation's command line: password "password", salt "somesalt". */
    private static final String KNOWN_DIGEST =
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

    private final Argon2Advanced argon2;
    private final Argon2Cost cost;

    Argon2idHasher(Argon2Cost cost) {
        // By name: the library's default is Argon2i.
        this(Argon2Factory.createAdvanced(Argon2Types.ARGON2id), cost);
    }

    /** As above, with a library that a test can let fail. */
    Argon2idHasher(Argon2Advanced argon2, Argon2Cost cost) {
        this.argon2 = argon2;
        this.cost = cost;
        selfTest();
    }

    /** One that is broken would look like wrong secrets for ever. */
    private void selfTest() {
        boolean works;
        try {
            works = verify("password".getBytes(StandardCharsets.US_ASCII), KNOWN_DIGEST)
                    && !verify("Password".getBytes(StandardCharsets.US_ASCII), KNOWN_DIGEST);
        } catch (UnavailableException failure) {
            throw new IllegalStateException("argon2id: the native library fails its self-test", failure);
        }
        if (!works) {
            throw new IllegalStateException("argon2id: the native library fails its self-test");
        }
    }

    /** What a stored digest says; salt and hash are base 64. */
    private record Parts(Argon2Cost cost, String salt, String hash) {}

    @Override
    public String algorithm() {
        return ALGORITHM;
    }

    @Override
    public String hash(byte[] text) {
        String digest = run(() -> argon2.hash(cost.iterations(), cost.memoryKib(), cost.parallelism(), text));
        if (!digest.startsWith(START)) {
            throw new UnavailableException("argon2id: the native library made no digest");
        }
        return digest;
    }

    /** Without the library's own {@code verify}, which answers false for every failure, one for want of memory too. */
    @Override
    public boolean verify(byte[] text, String digest) {
        Parts parts = parts(digest);
        Argon2Cost spent = parts.cost;
        byte[] salt = Base64.getDecoder().decode(parts.salt);
        byte[] hash = Base64.getDecoder().decode(parts.hash);
        byte[] made = run(() ->
                argon2.pbkdf(spent.iterations(), spent.memoryKib(), spent.parallelism(), text, salt, hash.length));
        return MessageDigest.isEqual(hash, made);
    }

    private static <T> T run(Supplier<T> work) {
        try {
            return work.get();
        } catch (IllegalStateException failure) {
            throw new UnavailableException("argon2id: the native library failed", failure);
        }
    }

    @Override
    public void requireValid(String digest) {
        parts(digest);
    }

    private static Parts parts(String digest) {
        if (!digest.startsWith(START)) {
            throw new IllegalArgumentException("argon2id digest: expected " + START + "…");
        }
        String[] parts = digest.substring(START.length()).split("\\$", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("argon2id digest: expected cost, salt and hash");
        }
        Argon2Cost cost = cost(parts[0]);
        requireBytes(parts[1], 8, "salt");
        requireBytes(parts[2], 16, "hash");
        return new Parts(cost, parts[1], parts[2]);
    }

    @Override
    public boolean isCurrent(String digest) {
        return digest.startsWith(START + cost + "$");
    }

    /** As PHC strings spell it: without signs and leading zeros, in this order. */
    private static Argon2Cost cost(String text) {
        try {
            Argon2Cost cost = Argon2Cost.parse(text);
            if (cost.toString().equals(text)) {
                return cost;
            }
        } catch (IllegalArgumentException notACost) {
            // Told below: what stands there may be anything, so it is not repeated.
        }
        throw new IllegalArgumentException("argon2id digest: the cost cannot be read or is out of bounds");
    }

    /** Java's decoder takes padding and stray bits, and a PHC string has neither. */
    private static void requireBytes(String base64, int least, String what) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException notBase64) {
            throw new IllegalArgumentException("argon2id digest: the " + what + " is not base 64");
        }
        if (!Base64.getEncoder().withoutPadding().encodeToString(bytes).equals(base64)) {
            throw new IllegalArgumentException("argon2id digest: the " + what + " is not base 64 without padding");
        }
        if (bytes.length < least || bytes.length > 64) {
            throw new IllegalArgumentException(
                    "argon2id digest: the " + what + " has " + bytes.length + " bytes, expected " + least + " to 64");
        }
    }
}
