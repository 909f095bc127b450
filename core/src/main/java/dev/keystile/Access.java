package dev.keystile;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.http.ApiRequest;
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
     * Why not, under the rule that says so; null if it may.
     *
     * @param scopes those of the caller, of whom most rules ask no more
     */
    static @Nullable Denied check(
            RuleMatch match, Set<KeyScope> scopes, Optional<ApiPrincipal> caller, ApiRequest request) {
        if (!(match instanceof RuleMatch.Matched matched)) {
            return Denied.of(
                    match instanceof RuleMatch.MethodNotNamed ? DenialCause.METHOD_NOT_NAMED : DenialCause.NO_RULE, "");
        }
        Denied denied = checkRule(matched.rule(), scopes, caller);
        if (denied == null && matched.looksAtRequest()) {
            denied = checkRequest(matched, scopes, caller.orElseThrow(), request);
        }
        if (denied != null) {
            return denied.under(matched.found());
        }
        // What a part of the stack would make of the path that decodes it first must be allowed as well.
        return matched.decoded().isEmpty() ? null : check(matched.decoded().get(), scopes, caller, request);
    }

    private static @Nullable Denied checkRule(Rule rule, Set<KeyScope> scopes, Optional<ApiPrincipal> caller) {
        if (rule.demand() instanceof Demand.Internal) {
            return Denied.of(DenialCause.NO_RULE, "the path is for dispatches inside the application");
        }
        if (rule.demand() instanceof Demand.Decoded) {
            return Denied.of(DenialCause.NO_RULE, "the path is only what one with an encoded '/' reads like decoded");
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
        return rule.demand().isMetBy(scopes)
                ? null
                : Denied.of(DenialCause.SCOPE_MISSING, rule.demand().toString());
    }

    private static @Nullable Denied checkRequest(
            RuleMatch.Matched matched, Set<KeyScope> scopes, ApiPrincipal caller, ApiRequest request) {
        Rule rule = matched.rule();
        if (!rule.queryScopes().isEmpty()) {
            for (KeyScope asked : rule.scopesFor(request.rawQuery(), request.mayHoldForm())) {
                if (!scopes.contains(asked)) {
                    return Denied.of(DenialCause.SCOPE_MISSING, asked.value());
                }
            }
        }
        for (Map.Entry<String, String> binding : rule.bindings().entrySet()) {
            String wanted = matched.variables().get(binding.getKey());
            String own = caller.attributes().get(binding.getValue());
            if (wanted == null || !wanted.equals(own)) {
                return Denied.of(DenialCause.ATTRIBUTE_MISMATCH, binding.getValue());
            }
        }
        return rule.takesContent(request.method(), request.headers("Content-Type"))
                ? null
                : Denied.of(DenialCause.CONTENT_TYPE_REFUSED, "expected one of " + rule.contentTypes());
    }
}
