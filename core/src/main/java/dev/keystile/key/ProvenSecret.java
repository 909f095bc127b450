package dev.keystile.key;

import java.util.List;

/**
 * Which secret of a key a text was made with: a fact that never changes.
 *
 * @param number        the secret's number; 0 if it was made with none
 * @param expiresMillis from when the text proves nothing any more, in milliseconds since the UNIX epoch
 */
record ProvenSecret(int number, long expiresMillis) {

    static final ProvenSecret NONE = new ProvenSecret(0, 0);

    /**
     * The one of some secrets with which a text was made. One that cannot be judged keeps no other from being proven; but beside
     * it no text is wrong for sure.
     *
     * @throws UnavailableException if none is proven and one cannot be judged
     */
    static ProvenSecret among(List<KeySecret> candidates, CredentialFormat format, PresentedKey presented, ApiKey key) {
        UnavailableException untold = null;
        for (KeySecret candidate : candidates) {
            try {
                format.requireValid(key, candidate);
                Proof proof = format.prove(presented, key, candidate);
                if (proof.proven()) {
                    return new ProvenSecret(candidate.number(), KnownKey.millis(proof.expires()));
                }
            } catch (UnavailableException failure) {
                untold = failure;
            }
        }
        if (untold != null) {
            throw untold;
        }
        return NONE;
    }
}
