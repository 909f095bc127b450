package dev.keystile;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.Outcome;
import dev.keystile.key.AddressRange;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyScope;
import dev.keystile.limit.Charge;
import dev.keystile.limit.PartitionKind;
import dev.keystile.scope.Rule;
import java.net.InetAddress;
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
    private final List<AddressRange> addresses;
    private final boolean perAddress;
    private final String problem;
    /** What rules with a cost or a limit of their own take: those that were met, the last one first. */
    private volatile @Nullable OfRule kept;
    /** Where requests of other outcomes are counted: those there were, the last one first. */
    private volatile @Nullable OfOutcome others;

    /**
     * What requests take under one rule.
     *
     * @param perAddress whether one of the charges depends on the address
     */
    record OfRule(
            Rule rule,
            List<Charge> charges,
            boolean perAddress,
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
     * @param charges   what a request of cost 1 takes from the plan's limits, wherever it comes from
     * @param addresses where requests may come from; from everywhere if none is given
     * @param problem   why the key cannot be counted; empty if it can
     */
    Caller(ApiPrincipal principal, List<Charge> charges, List<AddressRange> addresses, String problem) {
        this.principal = Optional.of(principal);
        this.scopes = principal.scopes();
        this.charges = List.copyOf(charges);
        this.addresses = List.copyOf(addresses);
        this.perAddress = isPerAddress(charges);
        this.problem = problem;
    }

    /** Whether one of these depends on the address. */
    static boolean isPerAddress(List<Charge> charges) {
        return charges.stream().anyMatch(charge -> charge.limit().per() == PartitionKind.ADDRESS);
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

    /** Whether requests may come from everywhere, as those of most keys may. */
    boolean isFree() {
        return addresses.isEmpty();
    }

    /** Whether requests may come from an address. */
    boolean mayComeFrom(InetAddress address) {
        return isFree() || addresses.stream().anyMatch(range -> range.contains(address));
    }

    /** What a request of cost 1 takes from the plan's limits, wherever it comes from. */
    List<Charge> charges() {
        return charges;
    }

    /** Whether one of {@link #charges} depends on the address. */
    boolean perAddress() {
        return perAddress;
    }

    /** What a request takes under a rule that says more of it, worked out the first time. */
    @SuppressWarnings(
            "ReferenceEquality") // A policy has one object of each rule, and comparing all its parts takes long.
    OfRule under(Rule rule, Supplier<List<Charge>> first) {
        OfRule newest = kept;
        for (OfRule each = newest; each != null; each = each.next) {
            if (each.rule == rule) {
                return each;
            }
        }
        List<Charge> worked = List.copyOf(first.get());
        OfRule made = new OfRule(rule, worked, isPerAddress(worked), newest == null ? 1 : newest.depth + 1, newest);
        if (made.depth <= MAX_KEPT) {
            kept = made;
        }
        return made;
    }

    /** Why the key cannot be counted; empty if it can. */
    String problem() {
        return problem;
    }
}
