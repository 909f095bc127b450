package dev.keystile;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.http.ApiRequest;
import dev.keystile.http.TrustedProxies;
import dev.keystile.key.ApiKey;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.UnavailableException;
import dev.keystile.limit.Charge;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.scope.Rule;
import dev.keystile.scope.RuleMatch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes callers of keys, and counts what they do against their plans and the limits of rules.
 *
 * @param catalog     scopes and roles
 * @param plansByName the plans there are
 * @param ruleLimits  the limits that rules name
 * @param defaultPlan the plan of keys that name none
 * @param proxies     who is believed where a request comes from
 * @param lostPlans   the plans that keys name and that are not set, as far as they were told
 */
record Callers(
        ScopeCatalog catalog,
        Map<String, Plan> plansByName,
        Map<String, RateLimit> ruleLimits,
        Optional<Plan> defaultPlan,
        TrustedProxies proxies,
        Set<String> lostPlans) {

    private static final int MAX_LOST_PLANS = 100;
    private static final Logger LOG = LoggerFactory.getLogger(Keystile.class);

    Set<String> plans() {
        return plansByName.keySet();
    }

    Caller callerOf(ApiKey key) {
        Optional<Plan> plan = planOf(key.plan());
        ApiPrincipal principal = ApiPrincipal.of(key, catalog.effective(key), plan.map(Plan::name));
        List<Charge> charges = plan.map(Plan::limits).orElse(List.of()).stream()
                .map(limit -> charge(limit, principal, 1))
                .toList();
        boolean lost = key.plan().isPresent() && plan.isEmpty();
        key.plan().filter(name -> !plansByName.containsKey(name)).ifPresent(this::tellLost);
        return new Caller(
                principal,
                charges,
                key.addresses(),
                lost
                        ? "key " + key.id() + " has the plan '" + key.plan().get()
                                + "', which is not set, and there is no default-plan"
                        : "");
    }

    /** Once for each name, for a key may be read with every request; and not without bound. */
    private void tellLost(String plan) {
        if (lostPlans.size() < MAX_LOST_PLANS && lostPlans.add(plan)) {
            LOG.warn("keys have the plan '{}', which is not set; they count against the default-plan", plan);
        }
    }

    /** The plan of a name; the default one where there is no name, or no plan of it any more. */
    private Optional<Plan> planOf(Optional<String> name) {
        return name.map(plansByName::get).or(() -> defaultPlan);
    }

    List<RateLimit> limitsOf(Rule rule, ApiKey key) {
        List<RateLimit> limits =
                new ArrayList<>(planOf(key.plan()).map(Plan::limits).orElse(List.of()));
        rule.limit().map(ruleLimits::get).ifPresent(limits::add);
        return limits.stream().map(limit -> limit.in(key.environment())).toList();
    }

    /** All that a request takes from the limits that apply; empty if none does. */
    List<Charge> charges(Caller caller, RuleMatch match, ApiRequest request) {
        if (!caller.problem().isEmpty()) {
            throw new UnavailableException(caller.problem());
        }
        List<Charge> charges = caller.charges();
        boolean perAddress = caller.perAddress();
        if (match instanceof RuleMatch.Matched matched) {
            if (matched.decoded().isPresent()) {
                charges = chargesOfBoth(matched, caller);
                perAddress = Caller.isPerAddress(charges);
            } else if (saysMore(matched.rule())) {
                Caller.OfRule ofRule = caller.under(matched.rule(), () -> chargesUnder(matched.rule(), caller));
                charges = ofRule.charges();
                perAddress = ofRule.perAddress();
            }
        }
        return perAddress ? from(proxies.clientOf(request), charges) : charges;
    }

    /** Whether requests under a rule take something else than the plan says. */
    private static boolean saysMore(Rule rule) {
        return rule.cost() != 1 || rule.limit().isPresent();
    }

    private static List<Charge> from(String address, List<Charge> charges) {
        Charge[] all = new Charge[charges.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = charges.get(i).from(address);
        }
        return List.of(all);
    }

    private List<Charge> chargesUnder(Rule rule, Caller caller) {
        return charges(rule.cost(), rule.limit().stream().toList(), caller);
    }

    /** A path with encoded slashes takes what either reading of it would: writing it so must not make it cheaper. */
    private List<Charge> chargesOfBoth(RuleMatch.Matched match, Caller caller) {
        int cost = match.rule().cost();
        Set<String> limits = new LinkedHashSet<>(match.rule().limit().stream().toList());
        if (match.decoded().orElseThrow() instanceof RuleMatch.Matched decoded) {
            cost = Math.max(cost, decoded.rule().cost());
            decoded.rule().limit().ifPresent(limits::add);
        }
        return charges(cost, limits, caller);
    }

    private List<Charge> charges(int cost, Collection<String> limits, Caller caller) {
        List<Charge> charges = new ArrayList<>();
        for (Charge charge : caller.charges()) {
            charges.add(charge.costing(cost));
        }
        limits.stream()
                .map(ruleLimits::get)
                .filter(Objects::nonNull)
                .forEach(limit -> charges.add(charge(limit, caller.principal().orElseThrow(), cost)));
        return charges;
    }

    private static Charge charge(RateLimit limit, ApiPrincipal caller, int cost) {
        // What an account's test keys do takes nothing from its live keys.
        String account = caller.environment() + ":" + caller.account();
        return Charge.of(limit.in(caller.environment()), caller.keyId().text(), account, caller.attributes(), cost);
    }
}
