package dev.keystile.scope;

import java.util.List;
import java.util.Optional;

/**
 * What a request target says, read so that no other part of the stack can read it otherwise; or that it cannot be.
 *
 * <p>The raw path is decoded segment by segment and compared with what the container made of it. Refused are: {@code ;},
 * {@code \}, {@code //}, {@code .} and {@code ..} segments in any spelling, encoded {@code \} and {@code %}, controls,
 * characters that RFC 3986 does not allow, broken percent-encoding and broken UTF-8. A path with an encoded {@code /} is
 * {@link Slashed told apart}: whoever has no use for it refuses it too.
 */
public sealed interface PathReading {

    /**
     * A path that is read in one way only. Immutable.
     *
     * @param path decoded, below the context path, beginning with {@code /}
     */
    record Read(String path) implements PathReading {}

    /**
     * A path that would be read in one way only but for slashes that were sent encoded: it has these segments to whoever parts
     * it first, and is the {@link #path} to whoever decodes it first. Immutable.
     *
     * @param segments decoded, below the context path; one or more of them hold {@code /}
     */
    record Slashed(List<String> segments) implements PathReading {

        public Slashed {
            segments = List.copyOf(segments);
        }

        /** The path decoded whole, beginning with {@code /}; it would be a {@link Read path to read} by itself. */
        public String path() {
            return "/" + String.join("/", segments);
        }
    }

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
        return PathReader.read(rawPath, contextPath, servletPath, pathInfo.orElse(""));
    }
}
