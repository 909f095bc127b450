package dev.keystile.benchmarks;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.MappingMatch;
import java.security.Principal;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that answers what filters ask and allocates next to nothing, so that what is measured is theirs. It is used
 * again and again, as containers do.
 */
final class StubRequest extends HttpServletRequestWrapper {

    private static final int MOST_ATTRIBUTES = 32;

    private static final HttpServletMapping MAPPING = new DefaultMapping();

    private final String[] attributeNames = new String[MOST_ATTRIBUTES];
    private final @Nullable Object[] attributes = new @Nullable Object[MOST_ATTRIBUTES];
    private int attributeCount;
    private Call call = new Call("GET", "/", List.of());

    StubRequest() {
        super(Stub.refusing(HttpServletRequest.class));
    }

    /** Becomes a new request. */
    void begin(Call next) {
        call = next;
        for (int i = 0; i < attributeCount; i++) {
            attributes[i] = null;
        }
        attributeCount = 0;
    }

    Call call() {
        return call;
    }

    @Override
    public String getMethod() {
        return call.method();
    }

    @Override
    public String getRequestURI() {
        return call.path();
    }

    @Override
    public String getContextPath() {
        return "";
    }

    @Override
    public String getServletPath() {
        return call.path();
    }

    @Override
    public @Nullable String getPathInfo() {
        return null;
    }

    /** That of a servlet mapped to {@code /}. */
    @Override
    public HttpServletMapping getHttpServletMapping() {
        return MAPPING;
    }

    @Override
    public @Nullable String getQueryString() {
        return null;
    }

    @Override
    public DispatcherType getDispatcherType() {
        return DispatcherType.REQUEST;
    }

    @Override
    public @Nullable String getHeader(String name) {
        List<String> values = call.headers(name);
        return values.isEmpty() ? null : values.get(0);
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        return Collections.enumeration(call.headers(name));
    }

    @Override
    public Enumeration<String> getHeaderNames() {
        return Collections.enumeration(call.authorizations().isEmpty() ? List.of() : List.of("Authorization"));
    }

    @Override
    public boolean isSecure() {
        return true;
    }

    @Override
    public String getScheme() {
        return "https";
    }

    @Override
    public String getServerName() {
        return "localhost";
    }

    @Override
    public int getServerPort() {
        return 443;
    }

    @Override
    public String getRemoteAddr() {
        return "127.0.0.1";
    }

    @Override
    public String getRemoteHost() {
        return "127.0.0.1";
    }

    @Override
    public @Nullable HttpSession getSession(boolean create) {
        if (create) {
            throw new UnsupportedOperationException("an API has no sessions");
        }
        return null;
    }

    @Override
    public @Nullable String getRequestedSessionId() {
        return null;
    }

    @Override
    public boolean isAsyncStarted() {
        return false;
    }

    @Override
    public @Nullable Principal getUserPrincipal() {
        return null;
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        for (int i = 0; i < attributeCount; i++) {
            if (attributeNames[i].equals(name)) {
                return attributes[i];
            }
        }
        return null;
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        for (int i = 0; i < attributeCount; i++) {
            if (attributeNames[i].equals(name)) {
                attributes[i] = value;
                return;
            }
        }
        attributeNames[attributeCount] = name;
        attributes[attributeCount++] = value;
    }

    @Override
    public void removeAttribute(String name) {
        setAttribute(name, null);
    }

    private static final class DefaultMapping implements HttpServletMapping {

        @Override
        public String getMatchValue() {
            return "";
        }

        @Override
        public String getPattern() {
            return "/";
        }

        @Override
        public String getServletName() {
            return "application";
        }

        @Override
        public MappingMatch getMappingMatch() {
            return MappingMatch.DEFAULT;
        }
    }
}
