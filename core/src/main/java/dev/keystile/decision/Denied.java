package dev.keystile.decision;

import dev.keystile.limit.RateLimitResult;
import dev.keystile.scope.Rule;
import java.time.Duration;
import java.util.Optional;

/**
 * The request goes no further.
 *
 * <p>Immutable.
 *
 * @param cause      why exactly, for the listener
 * @param detail     a sentence for the listener, empty where the cause says it all; no key stands in it
 * @param rule       the rule that was found, if one was
 * @param principal  the proven key, if it came that far
 * @param limits     how the limits stand, if the request was counted
 * @param retryAfter when another try is worth it; zero where no wait helps
 */
public record Denied(
        DenialCause cause,
        String detail,
        Optional<Rule> rule,
        Optional<ApiPrincipal> principal,
        Optional<RateLimitResult> limits,
        Duration retryAfter)
        implements Decision {

    /** A denial before any rule or key was known. */
    public static Denied of(DenialCause cause, String detail) {
        return new Denied(cause, detail, Optional.empty(), Optional.empty(), Optional.empty(), Duration.ZERO);
    }

    /** This denial, under a rule. */
    public Denied under(Optional<Rule> found) {
        return new Denied(cause, detail, found, principal, limits, retryAfter);
    }

    /** This denial of a proven and counted caller. */
    public Denied of(ApiPrincipal caller, Optional<RateLimitResult> counted) {
        return new Denied(cause, detail, rule, Optional.of(caller), counted, retryAfter);
    }

    /** This denial, worth another try after a wait. */
    public Denied retryAfter(Duration wait) {
        return new Denied(cause, detail, rule, principal, limits, wait);
    }

    @Override
    public Outcome outcome() {
        return cause.outcome();
    }
}
