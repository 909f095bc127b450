package dev.keystile.decision;

import dev.keystile.limit.RateLimitResult;
import dev.keystile.scope.Rule;
import java.util.Optional;

/**
 * The request goes through.
 *
 * <p>Immutable.
 *
 * @param rule      the rule that admits it; none only for a dispatch to {@code /WEB-INF}
 * @param principal the proven key; none where the rule asks for none
 * @param limits    how the limits stand, where any apply
 */
public record Allowed(Optional<Rule> rule, Optional<ApiPrincipal> principal, Optional<RateLimitResult> limits)
        implements Decision {

    @Override
    public Outcome outcome() {
        return principal.isPresent() ? Outcome.ALLOWED : Outcome.PUBLIC;
    }
}
