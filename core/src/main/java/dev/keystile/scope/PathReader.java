package dev.keystile.scope;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads paths, most of which hold no {@code %} and are looked through once. */
final class PathReader {

    private static final String DOTS = "the path holds a '.' or '..' segment";

    /** RFC 3986's {@code pchar}, without {@code ;}, by number; {@code %} among them, for it is looked at apart. */
    private static final boolean[] ADMITTED = new boolean[128];

    static {
        for (char c = 0; c < ADMITTED.length; c++) {
            ADMITTED[c] = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || "-._~!$&'()*+,=:@%".indexOf(c) >= 0;
        }
    }

    private PathReader() {}

    static PathReading read(String rawPath, String contextPath, String servletPath, String pathInfo) {
        if (rawPath.isEmpty() || rawPath.charAt(0) != '/') {
            return new PathReading.Refused("the target is not an absolute path");
        }
        String problem = rawProblem(rawPath);
        if (problem != null) {
            return new PathReading.Refused(problem);
        }
        boolean plain = rawPath.indexOf('%') < 0;
        if (plain && contextPath.isEmpty() && pathInfo.isEmpty() && rawPath.equals(servletPath)) {
            // As most are: read by the container as it was sent.
            return new PathReading.Read(rawPath);
        }
        try {
            String whole = rawPath;
            if (!plain) {
                whole = decode(rawPath);
                problem = decodedProblem(whole);
                if (problem != null) {
                    return new PathReading.Refused(problem);
                }
            }
            return behindContext(whole, decode(contextPath), servletPath, pathInfo);
        } catch (CharacterCodingException broken) {
            return new PathReading.Refused("the path is broken UTF-8");
        } catch (IllegalArgumentException broken) {
            return new PathReading.Refused("the path holds " + broken.getMessage());
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
            return new PathReading.Refused("the container read the path otherwise");
        }
        if (whole.length() == start) {
            return new PathReading.Read("/");
        }
        return whole.charAt(start) == '/'
                ? new PathReading.Read(start == 0 ? whole : whole.substring(start))
                : new PathReading.Refused("the path does not begin with '/' behind the context path");
    }

    /** Of a path without {@code %} this is all there is to object to. */
    private static @Nullable String rawProblem(String raw) {
        int segmentStart = 1;
        for (int i = 1; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '/') {
                if (i == segmentStart) {
                    return "the path holds an empty segment";
                }
                if (isDots(raw, segmentStart, i)) {
                    return DOTS;
                }
                segmentStart = i + 1;
            } else if (c >= ADMITTED.length || !ADMITTED[c]) {
                return c == ';' ? "the path holds ';'" : "the path holds a character that must be encoded";
            }
        }
        return isDots(raw, segmentStart, raw.length()) ? DOTS : null;
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
                    return DOTS;
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
