package dev.keystile.scope;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
                if (holdsEncodedSlash(rawPath)) {
                    return readSlashed(rawPath, decode(contextPath), servletPath + pathInfo);
                }
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

    private static boolean holdsEncodedSlash(String raw) {
        for (int percent = raw.indexOf('%'); percent >= 0; percent = raw.indexOf('%', percent + 1)) {
            if (isEncodedSlash(raw, percent)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isEncodedSlash(String raw, int percent) {
        return raw.startsWith("2f", percent + 1) || raw.startsWith("2F", percent + 1);
    }

    /** @param seen what the container made of the path behind the context path: it decodes such a slash, or leaves it */
    private static PathReading readSlashed(String rawPath, String contextPath, String seen)
            throws CharacterCodingException {
        List<String> segments = new ArrayList<>();
        StringBuilder kept = new StringBuilder();
        for (String raw : rawPath.substring(1).split("/", -1)) {
            segments.add(decode(raw, true));
            kept.append('/').append(decodeButSlashes(raw));
        }
        String whole = "/" + String.join("/", segments);
        String problem = decodedProblem(whole);
        if (problem != null) {
            return new PathReading.Refused(problem);
        }
        if (whole.contains("//")) {
            return new PathReading.Refused("the path holds an empty segment, once an encoded '/' is decoded");
        }
        // A context path has as many segments as slashes, and none of them was sent with an encoded one.
        int own = (int) contextPath.chars().filter(c -> c == '/').count();
        boolean behind = own < segments.size()
                && contextPath.equals(own == 0 ? "" : "/" + String.join("/", segments.subList(0, own)))
                && kept.indexOf(contextPath + "/") == 0;
        if (!behind
                || !(seen.equals(whole.substring(contextPath.length()))
                        || seen.equals(kept.substring(contextPath.length())))) {
            return new PathReading.Refused("the container read the path otherwise");
        }
        return new PathReading.Slashed(segments.subList(own, segments.size()));
    }

    /** With the encoded slashes as they were sent. */
    private static String decodeButSlashes(String raw) throws CharacterCodingException {
        StringBuilder decoded = new StringBuilder();
        int done = 0;
        for (int percent = raw.indexOf('%'); percent >= 0; percent = raw.indexOf('%', percent + 1)) {
            if (isEncodedSlash(raw, percent)) {
                decoded.append(decode(raw.substring(done, percent))).append(raw, percent, percent + 3);
                done = percent + 3;
            }
        }
        return decoded.append(decode(raw.substring(done))).toString();
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
        return decode(raw, false);
    }

    private static String decode(String raw, boolean slashes) throws CharacterCodingException {
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
                if ((decoded == '/' && !slashes) || decoded == '%') {
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
