package dev.keystile.decision;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyScope;
import java.security.Principal;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who is calling: the proven key, as far as an application needs to know it. It holds no secret and no digest.
 *
 * <p>Immutable.
 *
 * @param keyId       the key
 * @param account     the account it belongs to: whose data it may see
 * @param member      the member it goes with; none for a key owned by a service
 * @param keyName     what people call the key
 * @param environment which of the separate worlds it opens: which data it may see
 * @param kind        secret or publishable
 * @param version     the version of the API the key was made for; 0 for none
 * @param scopes      all that it may do: its own scopes, those of its roles, and what they imply
 * @param plan        the plan that limits it, if any
 * @param attributes  what rules can bind path variables to
 */
public record ApiPrincipal(
        KeyId keyId,
        String account,
        Optional<String> member,
        String keyName,
        KeyEnvironment environment,
        KeyKind kind,
        int version,
        Set<KeyScope> scopes,
        Optional<String> plan,
        Map<String, String> attributes)
        implements Principal {

    public ApiPrincipal {
        scopes = Set.copyOf(scopes);
        attributes = Map.copyOf(attributes);
    }

    /** The principal of a key with these effective scopes and this effective plan. */
    public static ApiPrincipal of(ApiKey key, Set<KeyScope> effective, Optional<String> plan) {
        return new ApiPrincipal(
                key.id(),
                key.account(),
                key.member(),
                key.name(),
                key.environment(),
                key.kind(),
                key.version(),
                effective,
                plan,
                key.attributes());
    }

    /** The key id, which is safe to log. */
    @Override
    public String getName() {
        return keyId.text();
    }

    /** Whether the key may do this; false also for what is no scope. */
    public boolean hasScope(String scope) {
        for (KeyScope own : scopes) {
            if (own.value().equals(scope)) {
                return true;
            }
        }
        return false;
    }
}
