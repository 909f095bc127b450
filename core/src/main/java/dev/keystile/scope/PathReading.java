package dev.keystile.scope;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a request target says, read so that no other part of the stack can read it otherwise; or that it cannot be.
 *
 * <p>The raw path is decoded segment by segment and compared with what the container made of it. Refused are: {@code ;},
 * {@code \}, {@code //}, {@code .} and {@code ..} segments in any spelling, encoded {@code /}, {@code \} and {@code %},
 * controls, characters that RFC 3986 does not allow, broken percent-encoding and broken UTF-8.
 */
public sealed interface PathReading {

    /**
     * A path that is read in one way only. Immutable.
     *
     * @param path decoded, below the context path, beginning with {@code /}
     */
    record Read(String path) implements PathReading {}

    /**
     * A path that cannot be read in one way only. Immutable.
     *
     * @param reason for the listener; repeats nothing of the path
     */
    record Refused(String reason) implements PathReading {}

    /**
     * Reads a path.
     *
     * @param rawPath     the path of the request target as it was sent: with the context path, without the query
     * @param contextPath the path of the application, empty for the root; as sent or decoded
     * @param servletPath what the container made of the path behind the context path, decoded: its first part
     * @param pathInfo    the rest of it, if the container parts it
     * @see <a href="https://www.rfc-editor.org/rfc/rfc3986#section-3.3">RFC 3986, section 3.3</a>
     */
    static PathReading read(String rawPath, String contextPath, String servletPath, Optional<String> pathInfo) {
        if (rawPath.isEmpty() || rawPath.charAt(0) != '/') {
            return new Refused("the target is not an absolute path");
        }
        String problem = rawProblem(rawPath);
        if (problem != null) {
            return new Refused(problem);
        }
        try {
            String whole = decode(rawPath);
            problem = decodedProblem(whole);
            if (problem != null) {
                return new Refused(problem);
            }
            return behindContext(whole, decode(contextPath), servletPath, pathInfo.orElse(""));
        } catch (CharacterCodingException broken) {
            return new Refused("the path is broken UTF-8");
        } catch (IllegalArgumentException broken) {
            return new Refused("the path holds " + broken.getMessage());
        }
    }

    private static PathReading behindContext(String whole, String contextPath, String servletPath, String pathInfo) {
        int start = contextPath.length();
        int middle = start + servletPath.length();
        boolean agree = whole.length() == middle + pathInfo.length()
                && whole.startsWith(contextPath)
                && whole.startsWith(servletPath, start)
                && whole.startsWith(pathInfo, middle);
        if (!agree) {
            return new Refused("the container read the path otherwise");
        }
        if (whole.length() == start) {
            return new Read("/");
        }
        return whole.charAt(start) == '/'
                ? new Read(start == 0 ? whole : whole.substring(start))
                : new Refused("the path does not begin with '/' behind the context path");
    }

    private static @Nullable String rawProblem(String raw) {
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == ';') {
                return "the path holds ';'";
            }
            if (c == '/' && i + 1 < raw.length() && raw.charAt(i + 1) == '/') {
                return "the path holds an empty segment";
            }
            if (!isPathCharacter(c) && c != '%') {
                return "the path holds a character that must be encoded";
            }
        }
        return null;
    }

    /** RFC 3986's {@code pchar} and {@code /}, without {@code ;} and {@code %}. */
    private static boolean isPathCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '&' && c <= ':') // & ' ( ) * + , - . / 0-9 :
                || c == '!'
                || c == '$'
                || c == '='
                || c == '@'
                || c == '_'
                || c == '~';
    }

    private static String decode(String raw) throws CharacterCodingException {
        int percent = raw.indexOf('%');
        if (percent < 0) {
            return raw;
        }
        ByteBuffer bytes = ByteBuffer.allocate(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '%') {
                bytes.put((byte) c);
            } else if (i + 2 < raw.length()) {
                byte decoded = (byte) (hex(raw.charAt(i + 1)) << 4 | hex(raw.charAt(i + 2)));
                if (decoded == '/' || decoded == '%') {
                    throw new IllegalArgumentException("an encoded '/' or '%'");
                }
                bytes.put(decoded);
                i += 2;
            } else {
                throw new IllegalArgumentException("a '%' without two digits");
            }
        }
        // A fresh decoder reports what is not UTF-8 instead of replacing it.
        return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    }

    private static int hex(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        char lower = (char) (c | 0x20);
        if (lower >= 'a' && lower <= 'f') {
            return lower - 'a' + 10;
        }
        throw new IllegalArgumentException("a '%' without two digits");
    }

    private static @Nullable String decodedProblem(String path) {
        int segmentStart = 1;
        for (int i = 1; i <= path.length(); i++) {
            if (i == path.length() || path.charAt(i) == '/') {
                if (isDots(path, segmentStart, i)) {
                    return "the path holds a '.' or '..' segment";
                }
                segmentStart = i + 1;
            } else {
                char c = path.charAt(i);
                if (c == ';' || c == '\\') {
                    return "the path holds an encoded ';' or '\\'";
                }
                if (Character.isISOControl(c)) {
                    return "the path holds a control character";
                }
            }
        }
        return null;
    }

    private static boolean isDots(String path, int start, int end) {
        int length = end - start;
        return (length == 1 || length == 2) && path.charAt(start) == '.' && path.charAt(end - 1) == '.';
    }
}
