package dev.keystile.key;

import java.time.Instant;
import java.util.Map;

/**
 * Whether a text was made with a secret, and until when that stays true.
 *
 * <p>Immutable.
 *
 * @param proven     whether it was
 * @param expires    the moment from which the text proves nothing any more; {@link Instant#MAX} for a plain key, the end
 *                   of its life for a signed token
 * @param attributes what the text says that rules can bind to; the principal has it besides the attributes of its key, and in
 *                   place of those of the same name
 * @param objection  why what the text says is not accepted, whoever made it, for the listener; empty where it is, or was not
 *                   looked at. It repeats nothing of the text
 */
public record Proof(boolean proven, Instant expires, Map<String, String> attributes, String objection) {

    private static final Proof ALWAYS = new Proof(true, Instant.MAX, Map.of(), "");
    private static final Proof NEVER = new Proof(false, Instant.MIN, Map.of(), "");

    public Proof {
        attributes = Map.copyOf(attributes);
    }

    /** The text is the secret: true for ever. */
    public static Proof ofSecret() {
        return ALWAYS;
    }

    /** The text was signed with the secret and says when it ends. */
    public static Proof until(Instant expires) {
        return until(expires, Map.of());
    }

    /** The text was signed with the secret, and says when it ends and what rules can bind to. */
    public static Proof until(Instant expires, Map<String, String> attributes) {
        return new Proof(true, expires, attributes, "");
    }

    /** The text says what is not accepted; whether it was made with the secret was not looked at. */
    public static Proof refused(String objection) {
        return new Proof(false, Instant.MIN, Map.of(), objection);
    }

    /** The text was not made with the secret. */
    public static Proof failed() {
        return NEVER;
    }
}
