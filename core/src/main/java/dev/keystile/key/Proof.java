package dev.keystile.key;

import java.time.Instant;

/**
 * Whether a text was made with a secret, and until when that stays true.
 *
 * <p>Immutable.
 *
 * @param proven  whether it was
 * @param expires the moment from which the text proves nothing any more; {@link Instant#MAX} for a plain key, the end
 *                of its life for a signed token
 */
public record Proof(boolean proven, Instant expires) {

    private static final Proof ALWAYS = new Proof(true, Instant.MAX);
    private static final Proof NEVER = new Proof(false, Instant.MIN);

    /** The text is the secret: true for ever. */
    public static Proof ofSecret() {
        return ALWAYS;
    }

    /** The text was signed with the secret and says when it ends. */
    public static Proof until(Instant expires) {
        return new Proof(true, expires);
    }

    /** The text was not made with the secret. */
    public static Proof failed() {
        return NEVER;
    }
}
