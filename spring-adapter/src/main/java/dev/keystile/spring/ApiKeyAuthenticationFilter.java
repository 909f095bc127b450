package dev.keystile.spring;

import dev.keystile.decision.ApiPrincipal;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * Tells a chain of Spring Security who was proven by Keystile's filter, for as long as it takes, whoever may be logged in to
 * the session that the request names. Where nobody was proven it does nothing.
 *
 * <p>Safe for use by many threads.
 */
final class ApiKeyAuthenticationFilter implements Filter {

    /**
     * What {@link org.springframework.security.web.session.SessionManagementFilter} knows by that it has seen a request: it
     * takes whoever is no caller of the session's for somebody who has just logged in, and makes or changes a session.
     */
    private static final String SESSION_MANAGED = "__spring_security_session_mgmt_filter_applied";

    private final SecurityContextHolderStrategy holder;

    ApiKeyAuthenticationFilter(SecurityContextHolderStrategy holder) {
        this.holder = holder;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Optional<ApiPrincipal> caller = SpringKeystileFilter.caller(request);
        if (caller.isEmpty()) {
            chain.doFilter(request, response);
            return;
        }
        request.setAttribute(SESSION_MANAGED, true);
        SecurityContext context = holder.createEmptyContext();
        context.setAuthentication(ApiKeyAuthentication.ofNoAuthority(caller.get()));
        // Not read: whose session it is does not matter, and that of no request is.
        Supplier<SecurityContext> before = holder.getDeferredContext();
        holder.setContext(context);
        try {
            chain.doFilter(new KeyedRequest((HttpServletRequest) request), response);
        } finally {
            // A filter that keeps contexts in sessions keeps what it brought.
            holder.setDeferredContext(before);
        }
    }
}
