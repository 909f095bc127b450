package dev.keystile.http;

/**
 * One place of a request in which a key may stand.
 *
 * <p>Guarantee: it never reads the query string or the body. Implementations are immutable.
 */
public interface CredentialSource {

    /** What stands there. */
    Credential read(ApiRequest request);

    /** The header it reads. */
    String headerName();

    /** The authentication scheme that {@code WWW-Authenticate} names for it. */
    String scheme();

    /** {@code Authorization: Bearer <key>}, as RFC 6750 has it; the scheme's case does not matter. */
    static CredentialSource bearer() {
        return CredentialSources.Authorization.BEARER;
    }

    /** {@code Authorization: <key>}, with no scheme. */
    static CredentialSource authorization() {
        return CredentialSources.Authorization.BARE;
    }

    /** The user name of {@code Authorization: Basic}, as RFC 7617 has it; the password is not looked at. */
    static CredentialSource basic() {
        return CredentialSources.Authorization.BASIC;
    }

    /**
     * {@code Authorization: <scheme> <key>}, with a scheme of one's own such as {@code Api-Key}; its case does not matter.
     *
     * @throws IllegalArgumentException if the name is no token of RFC 9110, or is {@code Bearer} or {@code Basic}
     */
    static CredentialSource scheme(String name) {
        return new CredentialSources.Scheme(name);
    }

    /**
     * A header of its own, such as {@code x-api-key}.
     *
     * @throws IllegalArgumentException if the name is no token of RFC 9110, or is {@code Authorization} or another
     *                                  header that means something else
     */
    static CredentialSource header(String name) {
        return new CredentialSources.Header(name);
    }
}
