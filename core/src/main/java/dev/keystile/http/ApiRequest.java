package dev.keystile.http;

import java.util.List;
import java.util.Optional;

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
}
