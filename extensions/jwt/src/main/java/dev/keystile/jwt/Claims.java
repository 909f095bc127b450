package dev.keystile.jwt;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a token says, by whoever made it.
 *
 * <p>Immutable.
 *
 * @param issuer    {@code iss}
 * @param audiences {@code aud}
 * @param expires   {@code exp}, in seconds since the UNIX epoch, as the other dates are
 * @param notBefore {@code nbf}
 * @param issuedAt  {@code iat}
 * @param members   all of it
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7519#section-4.1">RFC 7519, section 4.1</a>
 */
record Claims(
        Optional<String> issuer,
        List<String> audiences,
        long expires,
        OptionalLong notBefore,
        OptionalLong issuedAt,
        Members members) {

    /** The end of the year 9999. */
    private static final long LATEST = 253_402_300_799L;

    /** Reads a payload. */
    static Claims read(byte[] payload) throws MalformedTokenException {
        Members members = Members.read(payload);
        return new Claims(
                members.text("iss"),
                members.texts("aud"),
                members.date("exp", LATEST).orElseThrow(() -> new MalformedTokenException("it has no 'exp'")),
                members.date("nbf", LATEST),
                members.date("iat", LATEST),
                members);
    }
}
