package dev.keystile.http;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What a decision looks at of a request; each web framework adapts its own to it.
 *
 * <p>It is used on the thread that asks for the decision, and not afterwards.
 */
public interface ApiRequest {

    /** The method, as sent. */
    String method();

    /** The path of the request target, as sent: with the context path, without the query. */
    String rawPath();

    /** The path of the application, as sent or decoded; empty for the root. */
    String contextPath();

    /** What the framework made of the path behind the context path, decoded: its first part. */
    String servletPath();

    /** The rest of it, if the framework parts it. */
    Optional<String> pathInfo();

    /** The address of whom the request was received from, a client or a proxy; empty if there is none to tell. */
    String remoteAddress();

    /** The values of a header, one for each field line, in order; empty if there is none. */
    List<String> headers(String name);

    /**
     * The query, as sent and without {@code ?}; empty if there is none. Of a dispatch inside the application, all queries
     * whose parameters it sees, joined by {@code &}. What else a framework may take for a parameter, as Spring MVC does
     * headers, stands behind it in the same way. It is looked at under rules with a {@code query} alone, and never for a key.
     *
     * @throws UnsupportedOperationException if an adapter does not tell it; such a rule then refuses every request
     */
    default String rawQuery() {
        throw new UnsupportedOperationException(getClass().getName() + " does not tell the query");
    }

    /**
     * Whether the body may be a form, whose fields many frameworks show among the parameters of the query; or is said to be in
     * another character set than UTF-8, ISO 8859-1 and ASCII, by which containers can be set to read the query too.
     */
    default boolean mayHoldForm() {
        for (String type : headers("Content-Type")) {
            String lower = type.toLowerCase(Locale.ROOT);
            if (lower.contains("urlencoded") || lower.contains("multipart") || isInOtherCharset(lower)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isInOtherCharset(String contentType) {
        int named = contentType.indexOf("charset");
        if (named < 0) {
            return false;
        }
        String set = contentType
                .substring(named + "charset".length())
                .replace("=", "")
                .replace("\"", "")
                .strip();
        return !Set.of("utf-8", "utf8", "iso-8859-1", "us-ascii").contains(set);
    }
}
