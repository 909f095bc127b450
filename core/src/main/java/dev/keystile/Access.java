package dev.keystile;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyScope;
import dev.keystile.scope.Demand;
import dev.keystile.scope.Rule;
import dev.keystile.scope.RuleMatch;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether a proven caller may do what a rule speaks of. */
final class Access {

    private Access() {}

    /**
     * Why not; null if it may.
     *
     * @param scopes those of the caller, of whom most rules ask no more
     */
    static @Nullable Denied check(RuleMatch match, Set<KeyScope> scopes, Optional<ApiPrincipal> caller) {
        if (!(match instanceof RuleMatch.Matched matched)) {
            return Denied.of(
                    match instanceof RuleMatch.MethodNotNamed ? DenialCause.METHOD_NOT_NAMED : DenialCause.NO_RULE, "");
        }
        Rule rule = matched.rule();
        if (rule.demand() instanceof Demand.Internal) {
            return Denied.of(DenialCause.NO_RULE, "the path is for dispatches inside the application");
        }
        if (rule.version() != 0 && rule.version() != caller.orElseThrow().version()) {
            return Denied.of(DenialCause.KEY_VERSION_REFUSED, "");
        }
        if (rule.kind().isPresent() && rule.kind().get() != caller.orElseThrow().kind()) {
            return Denied.of(
                    rule.kind().get() == KeyKind.SECRET
                            ? DenialCause.SECRET_KEY_REQUIRED
                            : DenialCause.PUBLISHABLE_KEY_REQUIRED,
                    "");
        }
        if (!rule.demand().isMetBy(scopes)) {
            return Denied.of(DenialCause.SCOPE_MISSING, rule.demand().toString());
        }
        return rule.bindings().isEmpty() ? null : checkBindings(matched, caller.orElseThrow());
    }

    private static @Nullable Denied checkBindings(RuleMatch.Matched matched, ApiPrincipal caller) {
        for (Map.Entry<String, String> binding : matched.rule().bindings().entrySet()) {
            String wanted = matched.variables().get(binding.getKey());
            String own = caller.attributes().get(binding.getValue());
            if (wanted == null || !wanted.equals(own)) {
                return Denied.of(DenialCause.ATTRIBUTE_MISMATCH, binding.getValue());
            }
        }
        return null;
    }
}
