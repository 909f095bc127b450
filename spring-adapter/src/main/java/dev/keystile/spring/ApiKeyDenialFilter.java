package dev.keystile.spring;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * Answers what Spring Security denies to a key as Keystile's filter answers a scope that is missing. It stands where a chain
 * is about to ask its rules, behind the filters that log people in, and ends what is hidden from them: what {@link KeyedRequest}
 * hides, and the authorities of the key.
 *
 * <p>Safe for use by many threads.
 */
final class ApiKeyDenialFilter implements Filter {

    private final SecurityContextHolderStrategy holder;

    ApiKeyDenialFilter(SecurityContextHolderStrategy holder) {
        this.holder = holder;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        KeyedRequest.reveal(request);
        giveAuthorities();
        try {
            chain.doFilter(request, response);
        } catch (RuntimeException | ServletException failure) {
            Optional<AccessDeniedException> denied = denialIn(failure);
            if (denied.isEmpty()
                    || !(holder.getContext().getAuthentication() instanceof ApiKeyAuthentication)
                    || !SpringKeystileFilter.refuse(
                            (HttpServletRequest) request,
                            (HttpServletResponse) response,
                            "Spring Security: " + denied.get().getMessage())) {
                throw failure;
            }
        }
    }

    /** Whoever put somebody else in the key's place is left alone. */
    private void giveAuthorities() {
        if (holder.getContext().getAuthentication() instanceof ApiKeyAuthentication key
                && key.getAuthorities().isEmpty()) {
            SecurityContext context = holder.createEmptyContext();
            ApiKeyAuthentication whole = ApiKeyAuthentication.of(key.getPrincipal());
            whole.setDetails(key.getDetails());
            context.setAuthentication(whole);
            holder.setContext(context);
        }
    }

    /** As Spring Security looks for it: whatever handled the request may have wrapped it. */
    private static Optional<AccessDeniedException> denialIn(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AuthenticationException) {
                return Optional.empty();
            }
            if (cause instanceof AccessDeniedException denied) {
                return Optional.of(denied);
            }
        }
        return Optional.empty();
    }
}
