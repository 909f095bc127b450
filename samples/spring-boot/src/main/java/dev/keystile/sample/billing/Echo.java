package dev.keystile.sample.billing;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.keystile.decision.ApiPrincipal;
import dev.keystile.key.KeyScope;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the application sees of a request. */
@JsonPropertyOrder({"path", "method", "environment", "keyId", "account", "scopes"})
record Echo(
        String path,
        String method,
        @Nullable String environment,
        @Nullable String keyId,
        @Nullable String account,
        @Nullable List<String> scopes) {

    /** @param caller nobody, where a rule is public */
    static Echo of(HttpServletRequest request, Optional<ApiPrincipal> caller) {
        return new Echo(
                request.getServletPath(),
                request.getMethod(),
                caller.map(it -> it.environment().name()).orElse(null),
                caller.map(it -> it.keyId().text()).orElse(null),
                caller.map(ApiPrincipal::account).orElse(null),
                caller.map(Echo::scopes).orElse(null));
    }

    private static List<String> scopes(ApiPrincipal caller) {
        return caller.scopes().stream().map(KeyScope::value).sorted().toList();
    }
}
