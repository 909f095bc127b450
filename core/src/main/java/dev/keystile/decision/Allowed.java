package dev.keystile.decision;

import dev.keystile.limit.RateLimitResult;
import dev.keystile.scope.Rule;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The request goes through.
 *
 * <p>Immutable.
 */
public final class Allowed implements Decision {

    private final @Nullable Rule rule;
    private final @Nullable ApiPrincipal principal;
    private final @Nullable RateLimitResult limits;
    private final @Nullable String keyHeader;
    private final long millis;

    /**
     * A request that goes through.
     *
     * @param rule      the rule that admits it; none only for a dispatch to {@code /WEB-INF}
     * @param principal the proven key; none where the rule asks for none
     * @param limits    how the limits stand, where any apply
     * @param keyHeader the header in which the key stood; none where none was looked for
     * @param millis    when it was decided, in milliseconds since the UNIX epoch
     */
    public Allowed(
            Optional<Rule> rule,
            Optional<ApiPrincipal> principal,
            Optional<RateLimitResult> limits,
            Optional<String> keyHeader,
            long millis) {
        this.rule = rule.orElse(null);
        this.principal = principal.orElse(null);
        this.limits = limits.orElse(null);
        this.keyHeader = keyHeader.orElse(null);
        this.millis = millis;
    }

    /** The rule that admits it; none only for a dispatch to {@code /WEB-INF}. */
    @Override
    public Optional<Rule> rule() {
        return Optional.ofNullable(rule);
    }

    /** The proven key; none where the rule asks for none. */
    @Override
    public Optional<ApiPrincipal> principal() {
        return Optional.ofNullable(principal);
    }

    /** How the limits stand, where any apply. */
    @Override
    public Optional<RateLimitResult> limits() {
        return Optional.ofNullable(limits);
    }

    /** The header in which the key stood; none where none was looked for. */
    public Optional<String> keyHeader() {
        return Optional.ofNullable(keyHeader);
    }

    /** When it was decided, in milliseconds since the UNIX epoch. */
    public long millis() {
        return millis;
    }

    @Override
    public Outcome outcome() {
        return principal == null ? Outcome.PUBLIC : Outcome.ALLOWED;
    }

    @Override
    public String toString() {
        return "Allowed[rule=" + rule + ", principal=" + principal + ", limits=" + limits + "]";
    }
}
