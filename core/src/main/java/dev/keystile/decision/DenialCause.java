package dev.keystile.decision;

import java.util.Locale;

/** Why exactly a request was denied: for the listener. The client is told the {@link #outcome()}. More may come. */
public enum DenialCause {
    /** The request target can be read in more than one way. */
    AMBIGUOUS_TARGET(Outcome.INVALID_REQUEST),
    /** More than one credential was presented. */
    SEVERAL_CREDENTIALS(Outcome.INVALID_REQUEST),
    /** The content is of another type than the rule takes. */
    CONTENT_TYPE_REFUSED(Outcome.INVALID_REQUEST),
    /** No credential was presented. */
    CREDENTIAL_MISSING(Outcome.UNAUTHORIZED),
    /** The credential has the wrong prefix, length, alphabet or checksum. */
    KEY_MALFORMED(Outcome.UNAUTHORIZED),
    /** There is no such key. */
    KEY_UNKNOWN(Outcome.UNAUTHORIZED),
    /** The key of this id begins with another prefix. */
    KEY_PREFIX_MISMATCH(Outcome.UNAUTHORIZED),
    /** The secret is not one of the key's. */
    KEY_WRONG_SECRET(Outcome.UNAUTHORIZED),
    /** What a signed token says is not accepted: it is over, for another audience, or of another account. */
    KEY_TOKEN_REFUSED(Outcome.UNAUTHORIZED),
    /** The secret was replaced, and its overlap is over. */
    KEY_SECRET_ENDED(Outcome.UNAUTHORIZED),
    /** The account of the key is suspended. */
    KEY_ACCOUNT_SUSPENDED(Outcome.UNAUTHORIZED),
    KEY_DISABLED(Outcome.UNAUTHORIZED),
    KEY_REVOKED(Outcome.UNAUTHORIZED),
    KEY_EXPIRED(Outcome.UNAUTHORIZED),
    /** The key is of an environment that is not served here. */
    KEY_ENVIRONMENT_NOT_SERVED(Outcome.UNAUTHORIZED),
    /** The key is good, and may not be used from where the request comes. */
    KEY_ADDRESS_REFUSED(Outcome.UNAUTHORIZED),
    /** The key is of another version than the rule demands. */
    KEY_VERSION_REFUSED(Outcome.UNAUTHORIZED),
    /** No rule speaks of the path. */
    NO_RULE(Outcome.FORBIDDEN),
    /** Rules speak of the path, none of the method. */
    METHOD_NOT_NAMED(Outcome.FORBIDDEN),
    /** The key lacks a scope. */
    SCOPE_MISSING(Outcome.FORBIDDEN),
    /** The rule demands a secret key. */
    SECRET_KEY_REQUIRED(Outcome.FORBIDDEN),
    /** The rule demands a publishable key. */
    PUBLISHABLE_KEY_REQUIRED(Outcome.FORBIDDEN),
    /** A path variable has another value than the key's attribute. */
    ATTRIBUTE_MISMATCH(Outcome.FORBIDDEN),
    /** Too much authentication from this address has failed for a text to be looked at that has not proved itself. */
    TOO_MANY_FAILURES(Outcome.RATE_LIMITED),
    /** A limit is reached. */
    RATE_LIMITED(Outcome.RATE_LIMITED),
    /** The store, a proof or the limiter could not tell. */
    COULD_NOT_TELL(Outcome.UNAVAILABLE);

    private final Outcome outcome;

    DenialCause(Outcome outcome) {
        this.outcome = outcome;
    }

    /** What the client is told. */
    public Outcome outcome() {
        return outcome;
    }

    /** The word that settings and reports use, such as {@code scope-missing}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
