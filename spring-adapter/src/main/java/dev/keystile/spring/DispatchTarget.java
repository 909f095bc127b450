package dev.keystile.spring;

import dev.keystile.http.ApiRequest;
import dev.keystile.scope.PathReading;
import dev.keystile.scope.RuleMatch;
import dev.keystile.scope.ScopePolicy;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a request, or a dispatch inside the application, is for.
 *
 * <p>Immutable.
 *
 * @param method  the method of HTTP
 * @param path    the path as the container has it, decoded and below the context path, without a slash at its end
 * @param slashed the path in its segments, where some of them hold slashes that were sent encoded
 */
record DispatchTarget(String method, String path, Optional<PathReading.Slashed> slashed) {

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
                path.isEmpty() ? "/" : last > 0 && path.charAt(last) == '/' ? path.substring(0, last) : path,
                slashed(KeystileFilter.view(request)));
    }

    private static Optional<PathReading.Slashed> slashed(ApiRequest request) {
        String raw = request.rawPath();
        // Of most paths this is all that is looked at.
        if (!raw.contains("%2F") && !raw.contains("%2f")) {
            return Optional.empty();
        }
        return PathReading.read(raw, request.contextPath(), request.servletPath(), request.pathInfo())
                        instanceof PathReading.Slashed read
                ? Optional.of(read)
                : Optional.empty();
    }

    /** What a policy says of this. */
    RuleMatch match(ScopePolicy policy) {
        return slashed.map(segments -> policy.match(method, segments)).orElseGet(() -> policy.match(method, path));
    }

    private static String joined(@Nullable String servletPath, @Nullable String pathInfo) {
        String first = servletPath == null ? "" : servletPath;
        return pathInfo == null ? first : first + pathInfo;
    }
}
