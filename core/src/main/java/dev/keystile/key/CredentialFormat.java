package dev.keystile.key;

import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads and proves one family of credentials; the seam by which credentials other than plain keys, such as signed
 * tokens, pass through the same pipeline.
 *
 * <p>Guarantee: {@link #prove} answers {@link Proof#proven() proven} only for a text that the holder of that very secret made.
 * Implementations are safe for use by many threads.
 */
public interface CredentialFormat {

    /** The longest text this format reads, in characters; a longer one is refused before any hashing. */
    int maxLength();

    /**
     * Reads a text without I/O, in time bounded by its length; empty if it is not of this format. The text holds only
     * characters of RFC 6750's {@code b64token}, and {@code |}.
     */
    Optional<PresentedKey> parse(String text);

    /**
     * Proves that the text was made with a secret of the key. May take milliseconds of CPU; it is called on a bounded
     * pool, and once for a text that succeeds.
     *
     * @param presented what {@link #parse} made of the text
     * @param key       the stored key of the same id and prefix
     * @param secret    one of its secrets
     * @param now       what the clock shows that keys are held to
     * @throws UnavailableException if it cannot be told, for example because the stored digest is damaged
     */
    Proof prove(PresentedKey presented, ApiKey key, KeySecret secret, Instant now);

    /**
     * The environments of the keys that sign what this format reads: {@link KeyManager} makes pairs of keys for them, and stores
     * the {@linkplain KeySecret#publicKey() public halves}. What it reads has the prefix {@link KeyPrefix#SIGNING}. None unless
     * overridden: then the format is of keys that are presented themselves, and those alone are put to it.
     */
    default Set<KeyEnvironment> signingEnvironments() {
        return Set.of();
    }

    /** Those of all of some formats. */
    static Set<KeyEnvironment> signingEnvironments(Collection<CredentialFormat> formats) {
        Set<KeyEnvironment> all = new LinkedHashSet<>();
        formats.forEach(format -> all.addAll(format.signingEnvironments()));
        return Collections.unmodifiableSet(all);
    }

    /**
     * How many texts of one key may wait for their proof at once; beyond it the answer is 503. 32 unless overridden: a plain key
     * has two texts, while of a key that signs each request may bring a new one.
     */
    default int textsAtOnce() {
        return ProofPool.TEXTS_A_KEY;
    }

    /**
     * Checks what is stored of a secret, as its key is read and before anything relies on it, so that a damaged digest is told
     * from a wrong secret. Accepts everything unless overridden.
     *
     * @param key    the stored key
     * @param secret one of its secrets
     * @throws UnavailableException if {@link #prove} could not tell for any text; the message names the key and the
     *                              secret's number, and does not repeat what is stored
     */
    default void requireValid(ApiKey key, KeySecret secret) {}

    /**
     * Whether a secret is stored as it would be if it were made now. Where not, it is stored anew once a text has proven to be
     * made with it. True unless overridden.
     */
    default boolean isCurrent(KeySecret secret) {
        return true;
    }

    /**
     * The secret as it would be stored now; asked for one that is not {@link #isCurrent current}, on a thread of its own. Only
     * digest and quick check are looked at. The same secret unless overridden.
     *
     * @param presented a text that was proven to be made with the secret
     * @throws UnavailableException if it cannot be made now
     */
    default KeySecret renewed(PresentedKey presented, KeySecret secret) {
        return secret;
    }
}
