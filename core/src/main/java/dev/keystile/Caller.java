package dev.keystile;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.key.AddressRange;
import dev.keystile.key.KeyScope;
import dev.keystile.limit.Charge;
import dev.keystile.scope.Rule;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is worked out once for each key as it is read. Safe for use by many threads. */
final class Caller {

    private static final int MAX_KEPT = 32;

    private final Optional<ApiPrincipal> principal;
    private final Set<KeyScope> scopes;
    private final List<Charge> charges;
    private final List<AddressRange> addresses;
    private final String problem;
    /** What rules with a cost or a limit of their own take: those that were met, the last one first. */
    private volatile @Nullable OfRule kept;

    private record OfRule(
            Rule rule,
            List<Charge> charges,
            int depth,
            @Nullable OfRule next) {}

    /**
     * A caller.
     *
     * @param principal who the application will see
     * @param charges   what a request of cost 1 takes from the plan's limits
     * @param addresses where requests may come from; from everywhere if none is given
     * @param problem   why the key cannot be counted; empty if it can
     */
    Caller(ApiPrincipal principal, List<Charge> charges, List<AddressRange> addresses, String problem) {
        this.principal = Optional.of(principal);
        this.scopes = principal.scopes();
        this.charges = List.copyOf(charges);
        this.addresses = List.copyOf(addresses);
        this.problem = problem;
    }

    /** Who the application will see: present, and as decisions have it. */
    Optional<ApiPrincipal> principal() {
        return principal;
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
