package dev.keystile.key;

import java.util.Optional;

/**
 * What became of a presented text: proven to be a key that is good now, or not, or not yet told.
 *
 * @param <V> what is derived once from each key, see {@link KeyVerifier}
 */
public sealed interface Verification<V> {

    /** The text is a secret of this key, and key and secret are good now. Immutable. */
    sealed interface Verified<V> extends Verification<V> permits KnownKey {

        /** The key. */
        ApiKey key();

        /** What was derived from it. */
        V view();
    }

    /**
     * The text opens nothing. Immutable.
     *
     * @param reason why; for the listener, never for the client
     * @param view   what was derived from the key, if the text is a secret of one, though key or secret is not good now; for
     *               the listener too
     * @param detail what else the listener is told; empty for nothing
     */
    record Rejected<V>(Reason reason, Optional<V> view, String detail) implements Verification<V> {

        /** Of a text that is no secret of a key, as far as is known. */
        public Rejected(Reason reason) {
            this(reason, "");
        }

        /** As above, with more to tell. */
        Rejected(Reason reason, String detail) {
            this(reason, Optional.empty(), detail);
        }

        /** Of a secret that is not good now. */
        public Rejected(Reason reason, Optional<V> view) {
            this(reason, view, "");
        }
    }

    /**
     * It cannot be told without the store or a proof. Immutable.
     *
     * @param proven whether the text proved itself before, whatever has become of its key since
     */
    record Pending<V>(boolean proven) implements Verification<V> {}

    /** Why a text opens nothing. */
    enum Reason {
        /** No known prefix, or the wrong length, alphabet or checksum. */
        MALFORMED,
        /** There is no key of this id. */
        UNKNOWN,
        /** The key of this id begins with another prefix. */
        PREFIX_MISMATCH,
        /** It is not a secret of the key. */
        WRONG_SECRET,
        /** It is a signed token, and what it says is not accepted: it is over, for another audience, or of another account. */
        TOKEN_REFUSED,
        /** The secret was replaced, and its overlap is over. */
        SECRET_ENDED,
        /** The account of the key is suspended. */
        ACCOUNT_SUSPENDED,
        DISABLED,
        REVOKED,
        /** The end of the key has come, or that of the token it signed. */
        EXPIRED,
        /** The key is of an environment that is not served here. */
        ENVIRONMENT_NOT_SERVED
    }
}
