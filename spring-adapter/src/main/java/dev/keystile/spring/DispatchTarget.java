package dev.keystile.spring;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * What a request, or a dispatch inside the application, is for.
 *
 * <p>Immutable.
 *
 * @param method the method of HTTP
 * @param path   the path as the container has it, decoded and below the context path, without a slash at its end
 */
record DispatchTarget(String method, String path) {

    static DispatchTarget of(HttpServletRequest request) {
        boolean included = request.getDispatcherType() == DispatcherType.INCLUDE
                && request.getAttribute(RequestDispatcher.INCLUDE_REQUEST_URI) != null;
        String path = included
                ? joined((String) request.getAttribute(RequestDispatcher.INCLUDE_SERVLET_PATH), (String)
                        request.getAttribute(RequestDispatcher.INCLUDE_PATH_INFO))
                : joined(request.getServletPath(), request.getPathInfo());
        int last = path.length() - 1;
        return new DispatchTarget(
                request.getMethod(),
                path.isEmpty() ? "/" : last > 0 && path.charAt(last) == '/' ? path.substring(0, last) : path);
    }

    private static String joined(@Nullable String servletPath, @Nullable String pathInfo) {
        String first = servletPath == null ? "" : servletPath;
        return pathInfo == null ? first : first + pathInfo;
    }
}
