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
 * A request that answers what filters ask, so small that what is measured is theirs. Each call has one of its own: kept
 * for longer, it would have the garbage collector look at all that is put into it.
 */
final class StubRequest extends HttpServletRequestWrapper {

    private static final HttpServletRequest NOTHING = Stub.refusing(HttpServletRequest.class);
    private static final HttpServletMapping MAPPING = new DefaultMapping();

    private final Call call;
    private @Nullable Attribute attributes;

    private static final class Attribute {
        private final String name;
        private final @Nullable Attribute next;
        private @Nullable Object value;

        Attribute(String name, @Nullable Object value, @Nullable Attribute next) {
            this.name = name;
            this.value = value;
            this.next = next;
        }
    }

    StubRequest(Call call) {
        super(NOTHING);
        this.call = call;
    }

    Call call() {
        return call;
    }

    @Override
    public String getMethod() {
        return call.method();
    }

    @Override
    public String getProtocol() {
        return "HTTP/1.1";
    }

    /** There is no body. */
    @Override
    public long getContentLengthLong() {
        return -1;
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
        return new FieldLines(call.headers(name));
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
        Attribute found = find(name);
        return found == null ? null : found.value;
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        Attribute found = find(name);
        if (found == null) {
            attributes = new Attribute(name, value, attributes);
        } else {
            found.value = value;
        }
    }

    private @Nullable Attribute find(String name) {
        Attribute found = attributes;
        while (found != null && !found.name.equals(name)) {
            found = found.next;
        }
        return found;
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

    @SuppressWarnings("JdkObsolete") // What the servlet API asks for.
    private static final class FieldLines implements Enumeration<String> {

        private final List<String> lines;
        private int next;

        FieldLines(List<String> lines) {
            this.lines = lines;
        }

        @Override
        public boolean hasMoreElements() {
            return next < lines.size();
        }

        @Override
        public String nextElement() {
            return lines.get(next++);
        }
    }
}
