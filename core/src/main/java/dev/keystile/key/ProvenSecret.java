package dev.keystile.key;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Which secret of a key a text was made with: a fact that never changes.
 *
 * @param number        the secret's number; 0 if it was made with none
 * @param expiresMillis from when the text proves nothing any more, in milliseconds since the UNIX epoch
 * @param attributes    what the text says that rules can bind to
 * @param objection     why what the text says is not accepted, where that is why it was made with none; else empty
 */
record ProvenSecret(int number, long expiresMillis, Map<String, String> attributes, String objection) {

    static final ProvenSecret NONE = new ProvenSecret(0, 0);

    /** Of a text that says nothing but itself. */
    ProvenSecret(int number, long expiresMillis) {
        this(number, expiresMillis, Map.of(), "");
    }

    /**
     * The one of some secrets with which a text was made. One that cannot be judged keeps no other from being proven; but beside
     * it no text is wrong for sure.
     *
     * @throws UnavailableException if none is proven and one cannot be judged
     */
    static ProvenSecret among(
            List<KeySecret> candidates, CredentialFormat format, PresentedKey presented, ApiKey key, Instant now) {
        UnavailableException untold = null;
        String objection = "";
        for (KeySecret candidate : candidates) {
            try {
                format.requireValid(key, candidate);
                Proof proof = format.prove(presented, key, candidate, now);
                if (proof.proven()) {
                    return new ProvenSecret(
                            candidate.number(), KnownKey.millis(proof.expires()), proof.attributes(), "");
                }
                objection = objection.isEmpty() ? proof.objection() : objection;
            } catch (UnavailableException failure) {
                untold = failure;
            }
        }
        if (untold != null) {
            throw untold;
        }
        return objection.isEmpty() ? NONE : new ProvenSecret(0, 0, Map.of(), objection);
    }
}
