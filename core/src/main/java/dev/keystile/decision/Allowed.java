package dev.keystile.decision;

import dev.keystile.limit.RateLimitResult;
import dev.keystile.scope.Rule;
import java.util.Optional;

/**
 * The request goes through.
 *
 * <p>Immutable.
 *
 * @param rule      the rule that speaks of its method and path; where none does, it is a preflight, or a dispatch to
 *                  {@code /WEB-INF}
 * @param principal the proven key; none where the rule asks for none
 * @param limits    how the limits stand, where any apply
 * @param keyHeader the header in which the key stood; empty where none was looked for
 * @param millis    when it was decided, in milliseconds since the UNIX epoch
 */
public record Allowed(
        Optional<Rule> rule,
        Optional<ApiPrincipal> principal,
        Optional<RateLimitResult> limits,
        String keyHeader,
        long millis)
        implements Decision {

    @Override
    public Outcome outcome() {
        return principal.isPresent() ? Outcome.ALLOWED : Outcome.PUBLIC;
    }
}
