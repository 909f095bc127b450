package dev.keystile.console;

import dev.keystile.key.Actor;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The token that a change must bring along: an HMAC over the account and the member, whose key is a cookie that no script
 * can read. So it is good for one browser and one member, on every node, and nothing of it is kept anywhere.
 *
 * <p>Safe for use by many threads.
 *
 * @see <a href="https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html">OWASP
 *     on signed double submission</a>
 */
final class ConsoleTokens {

    /** The header that carries the token; a page of another origin cannot send it without leave. */
    static final String HEADER = "X-Console-Token";

    private static final String COOKIE = "keystile-console";
    /** A browser takes a cookie of this name over TLS alone, and from this very host alone. */
    private static final String SECURE_COOKIE = "__Host-" + COOKIE;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES = 32;
    private static final int KEY_LENGTH = 43;
    private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();

    private final SecureRandom random = new SecureRandom();

    /** The token of a member in a browser, which gets its cookie if it has none. */
    String issue(HttpServletRequest request, HttpServletResponse response, Actor.Member member) {
        String key = keyOf(request).orElseGet(() -> {
            byte[] drawn = new byte[KEY_BYTES];
            random.nextBytes(drawn);
            String fresh = TEXT.encodeToString(drawn);
            response.addCookie(cookie(request, fresh));
            return fresh;
        });
        return TEXT.encodeToString(sign(key, member));
    }

    private static Cookie cookie(HttpServletRequest request, String key) {
        Cookie cookie = new Cookie(nameFor(request), key);
        // The path that a proxy shows may be another than the one seen here.
        cookie.setPath("/");
        cookie.setHttpOnly(true);
        cookie.setSecure(request.isSecure());
        cookie.setAttribute("SameSite", "Strict");
        return cookie;
    }

    /** Refuses a change without the token of the member who is logged in. */
    void require(HttpServletRequest request, Actor.Member member) {
        String presented = request.getHeader(HEADER);
        Optional<String> key = keyOf(request);
        boolean good = presented != null
                && key.isPresent()
                && MessageDigest.isEqual(
                        TEXT.encodeToString(sign(key.get(), member)).getBytes(StandardCharsets.US_ASCII),
                        presented.getBytes(StandardCharsets.UTF_8));
        if (!good) {
            throw Refusal.of(
                    403,
                    "token_refused",
                    "The header " + HEADER
                            + " must have the token of the member who is logged in, from api/session, and the"
                            + " cookie " + nameFor(request) + " that came with it must come along.");
        }
    }

    private static Optional<String> keyOf(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                if (cookie.getName().equals(nameFor(request)) && isKey(cookie.getValue())) {
                    return Optional.of(cookie.getValue());
                }
            }
        }
        return Optional.empty();
    }

    private static String nameFor(HttpServletRequest request) {
        return request.isSecure() ? SECURE_COOKIE : COOKIE;
    }

    private static boolean isKey(String value) {
        return value.length() == KEY_LENGTH
                && value.chars()
                        .allMatch(c -> (c >= '0' && c <= '9')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= 'a' && c <= 'z')
                                || c == '-'
                                || c == '_');
    }

    private static byte[] sign(String key, Actor.Member member) {
        byte[] account = member.account().getBytes(StandardCharsets.UTF_8);
        byte[] id = member.id().getBytes(StandardCharsets.UTF_8);
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.US_ASCII), ALGORITHM));
            // With its length before it, no account can run into the member.
            mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(account.length).flip());
            mac.update(account);
            return mac.doFinal(id);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, missing);
        }
    }
}
