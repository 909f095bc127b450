package dev.keystile.containers;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A filter as applications have it that wrote their own: it knows good keys from bad ones, compares the beginning of the
 * request's path, and asks no key of {@code OPTIONS}. The table has to find out what is wrong with that.
 */
public final class NaiveFilter implements Filter {

    private static final String KEYS = "table.keys";

    static void knowKeys(ServletContext context, Map<String, Caller> callers) {
        context.setAttribute(KEYS, callers);
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        Optional<Caller> caller = caller(http);
        String path = http.getRequestURI().substring(http.getContextPath().length());
        String scope = path.startsWith("/items/")
                ? "items:read"
                : http.getMethod().equals("GET") ? "admin:read" : "admin:write";
        boolean isPublic = path.startsWith("/public/")
                || path.equals("/")
                || path.equals("/items/login")
                || http.getMethod().equals("OPTIONS");
        if (isPublic || caller.filter(known -> known.scopes().contains(scope)).isPresent()) {
            chain.doFilter(caller.isPresent() ? new Known(http, caller.get()) : http, response);
        } else {
            ((HttpServletResponse) response).setStatus(HttpServletResponse.SC_UNAUTHORIZED);
        }
    }

    @SuppressWarnings("unchecked")
    private static Optional<Caller> caller(HttpServletRequest request) {
        Map<String, Caller> callers =
                (Map<String, Caller>) request.getServletContext().getAttribute(KEYS);
        return Optional.ofNullable(request.getHeader("X-Api-Key")).map(callers::get);
    }

    private static final class Known extends HttpServletRequestWrapper {

        private final Caller caller;

        Known(HttpServletRequest request, Caller caller) {
            super(request);
            this.caller = caller;
        }

        @Override
        public @Nullable String getRemoteUser() {
            return caller.name();
        }

        @Override
        public Principal getUserPrincipal() {
            return caller::name;
        }
    }
}
