package dev.keystile.key;

import de.mkammerer.argon2.Argon2Advanced;
import de.mkammerer.argon2.Argon2Factory;
import de.mkammerer.argon2.Argon2Factory.Argon2Types;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

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
        this.argon2 = Argon2Factory.createAdvanced(Argon2Types.ARGON2id);
        this.cost = cost;
        selfTest();
    }

    /** The library answers false for every failure, so that a broken one would look like wrong secrets for ever. */
    private void selfTest() {
        if (!verify("password".getBytes(StandardCharsets.US_ASCII), KNOWN_DIGEST)
                || verify("Password".getBytes(StandardCharsets.US_ASCII), KNOWN_DIGEST)) {
            throw new IllegalStateException("argon2id: the native library fails its self-test");
        }
    }

    @Override
    public String algorithm() {
        return ALGORITHM;
    }

    @Override
    public String hash(byte[] text) {
        String digest = argon2.hash(cost.iterations(), cost.memoryKib(), cost.parallelism(), text);
        if (!digest.startsWith(START)) {
            throw new UnavailableException("argon2id: the native library made no digest");
        }
        return digest;
    }

    @Override
    public boolean verify(byte[] text, String digest) {
        return argon2.verify(digest, text);
    }

    @Override
    public void requireValid(String digest) {
        if (!digest.startsWith(START)) {
            throw new IllegalArgumentException("argon2id digest: expected " + START + "…");
        }
        String[] parts = digest.substring(START.length()).split("\\$", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("argon2id digest: expected cost, salt and hash");
        }
        requireCost(parts[0]);
        requireBytes(parts[1], 8, "salt");
        requireBytes(parts[2], 16, "hash");
    }

    @Override
    public boolean isCurrent(String digest) {
        return digest.startsWith(START + cost + "$");
    }

    /** As the library spells it, which reads no other spelling. */
    private static void requireCost(String text) {
        boolean readable;
        try {
            readable = Argon2Cost.parse(text).toString().equals(text);
        } catch (IllegalArgumentException notACost) {
            // What stands there may be anything, so it is not repeated.
            readable = false;
        }
        if (!readable) {
            throw new IllegalArgumentException("argon2id digest: the cost cannot be read or is out of bounds");
        }
    }

    /** Java's decoder takes padding and stray bits, the library's takes neither and would call every text wrong. */
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
