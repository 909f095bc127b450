package dev.keystile.key;

/**
 * Turns a secret into the digest that is stored, and tells whether a text has a stored digest.
 *
 * <p>Guarantee: {@link #verify} is true only for the text the digest was made from, compares in constant time, and what
 * {@link #hash} returns does not help to find the text. Digests are PHC strings: {@code $algorithm$parameters$…}, so
 * that algorithm and cost are recorded with each secret. Implementations are safe for use by many threads.
 *
 * @see <a href="https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md">PHC string format</a>
 */
public interface KeyHasher {

    /** The identifier between the first two {@code $} of the digests this hasher makes, such as {@code argon2id}. */
    String algorithm();

    /**
     * The digest of a text, as a PHC string.
     *
     * @param text the characters of the secret, one byte each; the caller clears them
     * @throws UnavailableException if there is no memory for it now
     */
    String hash(byte[] text);

    /**
     * Whether the digest was made from this text.
     *
     * @param text   the characters of the secret, one byte each; the caller clears them
     * @param digest a PHC string that {@link #requireValid} accepts
     */
    boolean verify(byte[] text, String digest);

    /**
     * Checks a stored digest before anything relies on it, so that one that cannot be judged is told from a wrong secret.
     *
     * @throws IllegalArgumentException if the digest is damaged, so that nobody can judge it
     * @throws IllegalStateException    if it is whole, and could be judged where something else is set or installed: with
     *                                  another pepper, or a library that is missing here. Where all that is stored is so,
     *                                  an application does not start. Neither message repeats the digest
     */
    void requireValid(String digest);

    /**
     * Whether {@link #hash} would make a digest like this one now: by the same algorithm, with the same parameters. Where not, a
     * secret that proves itself is stored anew. Tells by the algorithm alone unless overridden.
     *
     * @param digest any stored digest, also of another algorithm
     */
    default boolean isCurrent(String digest) {
        return digest.startsWith("$" + algorithm() + "$");
    }

    /**
     * Argon2id (RFC 9106) at {@link Argon2Cost#MINTED}.
     *
     * @throws IllegalStateException if argon2-jvm or its native library is missing, or fails its self-test
     */
    static KeyHasher argon2id() {
        return argon2id(Argon2Cost.MINTED);
    }

    /**
     * Argon2id (RFC 9106).
     *
     * @throws IllegalStateException if argon2-jvm or its native library is missing, or fails its self-test
     */
    static KeyHasher argon2id(Argon2Cost cost) {
        try {
            return new Argon2idHasher(cost);
        } catch (LinkageError missing) {
            throw new IllegalStateException(MissingArgon2.explain(missing), missing);
        }
    }

    /**
     * HMAC-SHA-256 (RFC 2104) with a pepper that is kept outside the store. Fit for minted secrets only, which nobody
     * can guess.
     *
     * @param pepper at least 32 bytes; copied
     */
    static KeyHasher hmacSha256(byte[] pepper) {
        return new HmacSha256Hasher(pepper);
    }
}
