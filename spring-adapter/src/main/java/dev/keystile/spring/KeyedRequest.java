package dev.keystile.spring;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpSession;
import java.util.Collections;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.WebUtils;

/**
 * A request of a proven key, as the filters of Spring Security see it that look for somebody else: it has no {@code
 * Authorization}, which would be taken for the token or the password of another, and no session. Past them it is as it was.
 *
 * <p>For one thread at a time, as requests are.
 */
final class KeyedRequest extends HttpServletRequestWrapper {

    private static final String AUTHORIZATION = "Authorization";

    private boolean hiding = true;

    KeyedRequest(HttpServletRequest request) {
        super(request);
    }

    /** Lets whoever comes next see all of a request, if it is one of these. */
    static void reveal(ServletRequest request) {
        KeyedRequest keyed = WebUtils.getNativeRequest(request, KeyedRequest.class);
        if (keyed != null) {
            keyed.hiding = false;
        }
    }

    private boolean hides(String header) {
        return hiding && header.equalsIgnoreCase(AUTHORIZATION);
    }

    @Override
    public @Nullable String getHeader(String name) {
        return hides(name) ? null : super.getHeader(name);
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        return hides(name) ? Collections.emptyEnumeration() : super.getHeaders(name);
    }

    @Override
    public Enumeration<String> getHeaderNames() {
        return hiding
                ? Collections.enumeration(Collections.list(super.getHeaderNames()).stream()
                        .filter(name -> !hides(name))
                        .toList())
                : super.getHeaderNames();
    }

    /** Whoever wants a new one gets that which there is. */
    @Override
    public @Nullable HttpSession getSession(boolean create) {
        return hiding && !create ? null : super.getSession(create);
    }

    @Override
    public @Nullable String getRequestedSessionId() {
        return hiding ? null : super.getRequestedSessionId();
    }

    @Override
    public boolean isRequestedSessionIdValid() {
        return !hiding && super.isRequestedSessionIdValid();
    }
}
