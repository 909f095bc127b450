package dev.keystile.decision;

import dev.keystile.limit.RateLimitResult;
import dev.keystile.scope.Rule;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The request goes no further.
 *
 * <p>Immutable.
 *
 * @param cause      why exactly, for the listener
 * @param detail     a sentence for the listener, empty where the cause says it all; no key stands in it
 * @param rule       the rule that was found, if one was
 * @param principal  the key whose secret was presented, if it came that far; it may be one that is not good now
 * @param limits     how the limits stand, if the request was counted
 * @param requestId  what the error body calls this request; {@code req_} and 32 hexadecimal digits
 * @param retryAfter when another try is worth it; zero where no wait helps
 */
public record Denied(
        DenialCause cause,
        String detail,
        Optional<Rule> rule,
        Optional<ApiPrincipal> principal,
        Optional<RateLimitResult> limits,
        String requestId,
        Duration retryAfter)
        implements Decision {

    /** @throws IllegalArgumentException if the request id is no such id */
    public Denied {
        if (requestId.length() != 36 || !requestId.startsWith("req_")) {
            throw new IllegalArgumentException("request id: expected req_ and 32 hexadecimal digits");
        }
    }

    /** A denial before any rule or key was known. */
    public static Denied of(DenialCause cause, String detail) {
        return new Denied(
                cause, detail, Optional.empty(), Optional.empty(), Optional.empty(), drawRequestId(), Duration.ZERO);
    }

    /** This denial, under a rule. */
    public Denied under(Optional<Rule> found) {
        return new Denied(cause, detail, found, principal, limits, requestId, retryAfter);
    }

    /** This denial of a proven caller, and how the limits stand if it was counted. */
    public Denied of(Optional<ApiPrincipal> caller, Optional<RateLimitResult> counted) {
        return new Denied(cause, detail, rule, caller, counted, requestId, retryAfter);
    }

    /** This denial, worth another try after a wait. */
    public Denied retryAfter(Duration wait) {
        return new Denied(cause, detail, rule, principal, limits, requestId, wait);
    }

    /** Unique, and no secret: any generator will do. */
    private static String drawRequestId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        HexFormat hex = HexFormat.of();
        return "req_" + hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
    }

    @Override
    public Outcome outcome() {
        return cause.outcome();
    }
}
