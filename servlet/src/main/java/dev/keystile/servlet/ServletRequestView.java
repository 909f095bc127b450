package dev.keystile.servlet;

import dev.keystile.http.ApiRequest;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the decision looks at of a servlet request. An included resource has its path in attributes, where the request
 * itself goes on naming the outer one.
 */
final class ServletRequestView implements ApiRequest {

    private final HttpServletRequest request;
    private final boolean included;

    ServletRequestView(HttpServletRequest request) {
        this.request = request;
        this.included = request.getDispatcherType() == DispatcherType.INCLUDE
                && request.getAttribute(RequestDispatcher.INCLUDE_REQUEST_URI) != null;
    }

    @Override
    public String method() {
        return request.getMethod();
    }

    @Override
    public String rawPath() {
        return included ? attribute(RequestDispatcher.INCLUDE_REQUEST_URI) : orEmpty(request.getRequestURI());
    }

    @Override
    public String contextPath() {
        return included ? attribute(RequestDispatcher.INCLUDE_CONTEXT_PATH) : orEmpty(request.getContextPath());
    }

    @Override
    public String servletPath() {
        return included ? attribute(RequestDispatcher.INCLUDE_SERVLET_PATH) : orEmpty(request.getServletPath());
    }

    @Override
    public Optional<String> pathInfo() {
        return included
                ? Optional.of(attribute(RequestDispatcher.INCLUDE_PATH_INFO))
                : Optional.ofNullable(request.getPathInfo());
    }

    @Override
    public String remoteAddress() {
        return orEmpty(request.getRemoteAddr());
    }

    /** A dispatched resource sees the parameters of the request and of the dispatch. */
    @Override
    public String rawQuery() {
        StringBuilder all = new StringBuilder(orEmpty(request.getQueryString()));
        if (request.getDispatcherType() != DispatcherType.REQUEST) {
            for (String name : List.of(
                    RequestDispatcher.FORWARD_QUERY_STRING,
                    RequestDispatcher.INCLUDE_QUERY_STRING,
                    AsyncContext.ASYNC_QUERY_STRING)) {
                all.append('&').append(attribute(name));
            }
        }
        appendHeaders(all);
        return all.toString();
    }

    /** From 6.2 on, Spring MVC gives a field that no parameter has the header of its name, in any case and without dashes. */
    private void appendHeaders(StringBuilder all) {
        Enumeration<String> names = request.getHeaderNames();
        while (names != null && names.hasMoreElements()) {
            String name = names.nextElement();
            for (String value : headers(name)) {
                all.append('&')
                        .append(encoded(name.replace("-", "")))
                        .append('=')
                        .append(encoded(value));
            }
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private String attribute(String name) {
        return orEmpty((String) request.getAttribute(name));
    }

    /** Also where the specification promises a value: a container that gives none is not to be let through. */
    private static String orEmpty(@Nullable String value) {
        return value == null ? "" : value;
    }

    @Override
    public List<String> headers(String name) {
        Enumeration<String> values = request.getHeaders(name);
        if (values == null || !values.hasMoreElements()) {
            return List.of();
        }
        String first = values.nextElement();
        if (!values.hasMoreElements()) {
            return List.of(first);
        }
        List<String> all = new ArrayList<>(List.of(first));
        values.asIterator().forEachRemaining(all::add);
        return all;
    }
}
