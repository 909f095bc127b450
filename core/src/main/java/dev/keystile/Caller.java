package dev.keystile;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.Outcome;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyScope;
import dev.keystile.limit.Charge;
import dev.keystile.scope.Rule;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is worked out once for each key as it is read. It counts its own allowed requests, so that counting one touches no
 * other object. Safe for use by many threads.
 */
final class Caller extends UsageCell {

    private static final int MAX_KEPT = 32;

    private final Optional<ApiPrincipal> principal;
    private final Set<KeyScope> scopes;
    private final List<Charge> charges;
    private final String problem;
    /** What rules with a cost or a limit of their own take: those that were met, the last one first. */
    private volatile @Nullable OfRule kept;
    /** Where requests of other outcomes are counted: those there were, the last one first. */
    private volatile @Nullable OfOutcome others;

    private record OfRule(
            Rule rule,
            List<Charge> charges,
            int depth,
            @Nullable OfRule next) {}

    private static final class OfOutcome extends UsageCell {
        private final KeyId key;
        private final Outcome outcome;
        private final @Nullable OfOutcome next;

        OfOutcome(KeyId key, Outcome outcome, @Nullable OfOutcome next) {
            this.key = key;
            this.outcome = outcome;
            this.next = next;
        }

        @Override
        KeyId key() {
            return key;
        }

        @Override
        Outcome outcome() {
            return outcome;
        }
    }

    /**
     * A caller.
     *
     * @param principal who the application will see
     * @param charges   what a request of cost 1 takes from the plan's limits
     * @param problem   why the key cannot be counted; empty if it can
     */
    Caller(ApiPrincipal principal, List<Charge> charges, String problem) {
        this.principal = Optional.of(principal);
        this.scopes = principal.scopes();
        this.charges = List.copyOf(charges);
        this.problem = problem;
    }

    /** Who the application will see: present, and as decisions have it. */
    Optional<ApiPrincipal> principal() {
        return principal;
    }

    @Override
    KeyId key() {
        return principal.orElseThrow().keyId();
    }

    @Override
    Outcome outcome() {
        return Outcome.ALLOWED;
    }

    /** Where the caller's requests of an outcome are counted. Two threads may be given two, and both count. */
    UsageCell usage(Outcome outcome) {
        if (outcome == Outcome.ALLOWED) {
            return this;
        }
        OfOutcome newest = others;
        for (OfOutcome each = newest; each != null; each = each.next) {
            if (each.outcome == outcome) {
                return each;
            }
        }
        OfOutcome made = new OfOutcome(key(), outcome, newest);
        others = made;
        return made;
    }

    /** The principal's, at hand: what is not looked at need not be fetched from memory. */
    Set<KeyScope> scopes() {
        return scopes;
    }

    /** What a request of cost 1 takes from the plan's limits. */
    List<Charge> charges() {
        return charges;
    }

    /** What a request takes under a rule that says more of it, worked out the first time. */
    @SuppressWarnings(
            "ReferenceEquality") // A policy has one object of each rule, and comparing all its parts takes long.
    List<Charge> charges(Rule rule, Supplier<List<Charge>> first) {
        OfRule newest = kept;
        for (OfRule each = newest; each != null; each = each.next) {
            if (each.rule == rule) {
                return each.charges;
            }
        }
        List<Charge> worked = List.copyOf(first.get());
        int depth = newest == null ? 1 : newest.depth + 1;
        if (depth <= MAX_KEPT) {
            kept = new OfRule(rule, worked, depth, newest);
        }
        return worked;
    }

    /** Why the key cannot be counted; empty if it can. */
    String problem() {
        return problem;
    }
}
