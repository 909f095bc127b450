package dev.keystile.servlet;

import dev.keystile.decision.ApiPrincipal;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.security.Principal;
import java.util.Optional;

/** The request as the application sees it: it knows who is calling. */
final class CallerRequest extends HttpServletRequestWrapper {

    private final Optional<ApiPrincipal> caller;

    /** @param caller present */
    CallerRequest(HttpServletRequest request, Optional<ApiPrincipal> caller) {
        super(request);
        this.caller = caller;
    }

    @Override
    public Principal getUserPrincipal() {
        return caller.orElseThrow();
    }

    @Override
    public String getRemoteUser() {
        return caller.orElseThrow().getName();
    }

    @Override
    public String getAuthType() {
        return "API_KEY";
    }

    @Override
    public boolean isUserInRole(String role) {
        // The servlet specification's word for anybody who is known.
        return role.equals("**") || caller.orElseThrow().hasScope(role);
    }
}
