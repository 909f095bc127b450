package dev.keystile.decision;

import dev.keystile.limit.RateLimitResult;
import dev.keystile.scope.Rule;
import java.util.Optional;

/** The answer to a request: allowed or denied, nothing else, for ever. Immutable. */
public sealed interface Decision permits Allowed, Denied {

    /** The rule that was found, if one was. */
    Optional<Rule> rule();

    /** The key whose secret was presented, if it came that far; of a denial it may be one that is not good now. */
    Optional<ApiPrincipal> principal();

    /** How the limits stand, if the request was counted. */
    Optional<RateLimitResult> limits();

    /** A label for metrics and reports. */
    Outcome outcome();
}
