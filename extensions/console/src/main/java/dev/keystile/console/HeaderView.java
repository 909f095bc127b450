package dev.keystile.console;

import dev.keystile.http.ApiRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** What the places of a credential look at of a request. */
record HeaderView(HttpServletRequest request) implements ApiRequest {

    @Override
    public String method() {
        return request.getMethod();
    }

    @Override
    public String rawPath() {
        return request.getRequestURI();
    }

    @Override
    public String contextPath() {
        return request.getContextPath();
    }

    @Override
    public String servletPath() {
        return request.getServletPath();
    }

    @Override
    public Optional<String> pathInfo() {
        return Optional.ofNullable(request.getPathInfo());
    }

    @Override
    public String remoteAddress() {
        return request.getRemoteAddr();
    }

    @Override
    public List<String> headers(String name) {
        return Collections.list(request.getHeaders(name));
    }
}
