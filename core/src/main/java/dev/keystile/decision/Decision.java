package dev.keystile.decision;

import dev.keystile.limit.RateLimitResult;
import dev.keystile.scope.Rule;
import java.util.Optional;

/** The answer to a request: allowed or denied, nothing else, for ever. Immutable. */
public sealed interface Decision permits Allowed, Denied {

    /** The rule that was found, if one was. */
    Optional<Rule> rule();

    /** The proven key, if it came that far. */
    Optional<ApiPrincipal> principal();

    /** How the limits stand, if the request was counted. */
    Optional<RateLimitResult> limits();

    /** A label for metrics and reports. */
    Outcome outcome();
}
