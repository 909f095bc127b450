package dev.keystile.spring;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.key.KeyScope;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.Transient;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/**
 * A proven key, as Spring Security knows who is calling: {@code @PreAuthorize("hasAuthority('SCOPE_invoices:read')")},
 * {@code @PreAuthorize("authentication.environment == 'live'")}, {@code @AuthenticationPrincipal ApiPrincipal caller}.
 *
 * <p>The principal is the {@link ApiPrincipal}, the name the id of the key, which is safe to log. There is an authority
 * {@code SCOPE_…} for each scope that the key may make use of. It holds no key and no secret, is kept in no session and cannot
 * be serialised: each request proves its key anew. Immutable but for the details and what {@link #setAuthenticated} says.
 */
@Transient
public final class ApiKeyAuthentication extends AbstractAuthenticationToken {

    /** What the authority of a scope begins with, as with OAuth 2. */
    public static final String AUTHORITY_PREFIX = "SCOPE_";

    private static final long serialVersionUID = 1;

    private final transient ApiPrincipal principal;

    private ApiKeyAuthentication(ApiPrincipal principal, List<GrantedAuthority> authorities) {
        super(authorities);
        this.principal = principal;
        super.setAuthenticated(true);
    }

    private static List<GrantedAuthority> authorities(ApiPrincipal principal) {
        // With each request.
        List<GrantedAuthority> authorities = new ArrayList<>(principal.scopes().size());
        for (KeyScope scope : principal.scopes()) {
            authorities.add(new SimpleGrantedAuthority(AUTHORITY_PREFIX + scope.value()));
        }
        return authorities;
    }

    /** That of a key which was proven; in tests, of one that was made up. */
    public static ApiKeyAuthentication of(ApiPrincipal principal) {
        return new ApiKeyAuthentication(principal, authorities(principal));
    }

    /**
     * One without authorities, for the filters that log people in: those of Spring Security 7 may add the authorities of who
     * is there to those of who logs in, and keep both in a session, where no revocation reaches them.
     */
    static ApiKeyAuthentication ofNoAuthority(ApiPrincipal principal) {
        return new ApiKeyAuthentication(principal, List.of());
    }

    @Override
    public ApiPrincipal getPrincipal() {
        return principal;
    }

    /** Always null: what was presented is kept nowhere. */
    @Override
    public @Nullable Object getCredentials() {
        return null;
    }

    /** The account that the key belongs to. */
    public String getAccount() {
        return principal.account();
    }

    /** The environment that the key opens, such as {@code live}. */
    public String getEnvironment() {
        return principal.environment().name();
    }

    /** {@code secret} or {@code publishable}. */
    public String getKind() {
        return principal.kind().word();
    }

    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException(ApiKeyAuthentication.class.getName());
    }
}
