package dev.keystile.key;

/**
 * Which secret of a key a text was made with: a fact that never changes.
 *
 * @param number        the secret's number; 0 if it was made with none
 * @param expiresMillis from when the text proves nothing any more, in milliseconds since the UNIX epoch
 */
record ProvenSecret(int number, long expiresMillis) {

    static final ProvenSecret NONE = new ProvenSecret(0, 0);
}
