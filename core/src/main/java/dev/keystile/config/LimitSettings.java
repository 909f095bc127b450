package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import dev.keystile.http.TrustedProxies;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The settings of limits: {@code plans.*}, {@code default-plan}, {@code limits.*}, {@code limiter.*}, {@code failures.*},
 * {@code proxies.*}.
 */
record LimitSettings(SettingValues values, LimiterSettings limiters) {

    /** Adds all of them. */
    void addTo(KeystileBuilder builder) {
        Map<String, String> plans = values.under("plans.");
        Set<String> unread = new LinkedHashSet<>();
        List<Plan> readPlans = new ArrayList<>();
        plans.forEach((name, value) -> values.attempt("plans." + name, () -> Plan.parse(name, value))
                .ifPresentOrElse(readPlans::add, () -> unread.add(name)));
        builder.plans(readPlans.toArray(Plan[]::new));
        values.set("default-plan", () -> {
            String name = values.text("default-plan");
            boolean told = unread.contains(name) || values.isUnresolved("plans." + name);
            boolean known = readPlans.stream().anyMatch(plan -> plan.name().equals(name));
            if (!told && !known && !unread.isEmpty()) {
                // Those that cannot be read are plans too: the builder does not know of them.
                Set<String> all = new TreeSet<>(plans.keySet());
                throw new IllegalArgumentException("'" + name + "' is not among the plans " + all);
            }
            if (!told) {
                builder.defaultPlan(name);
            }
        });
        Map<String, RateLimit> limits = new LinkedHashMap<>();
        // What cannot be read is replaced, so that a rule that names it does not count as a further mistake.
        values.unresolved().stream()
                .filter(name -> name.startsWith("limits."))
                .map(name -> name.substring("limits.".length()))
                .forEach(name -> standIn(name).ifPresent(limit -> limits.put(name, limit)));
        values.under("limits.")
                .forEach((name, value) -> values.attempt("limits." + name, () -> ruleLimit(name, value))
                        .or(() -> standIn(name))
                        .ifPresent(limit -> limits.put(name, limit)));
        builder.limits(limits.values().toArray(RateLimit[]::new));
        List<RateLimit> counted = new ArrayList<>(limits.values());
        readPlans.forEach(plan -> counted.addAll(plan.limits()));
        limiters.addTo(builder, values, counted);
        addFailures(builder);
        addProxies(builder);
    }

    private void addFailures(KeystileBuilder builder) {
        values.set("failures.limit", () -> {
            String text = values.text("failures.limit");
            if (text.equals("none")) {
                builder.noFailureLimit();
            } else {
                builder.failureLimit(failureLimit(text));
            }
        });
        values.set(
                "failures.addresses",
                () -> builder.failureAddresses(SettingValues.number(values.text("failures.addresses"))));
    }

    /** Its own words: of what limits can have, this one has no name and no partition, and it can be none. */
    private static RateLimit failureLimit(String text) {
        try {
            return RateLimit.parse(text);
        } catch (IllegalArgumentException unreadable) {
            throw new IllegalArgumentException(
                    "'" + text + "': expected <count>/<window> [burst <count>], such as 100/1m, or none", unreadable);
        }
    }

    private void addProxies(KeystileBuilder builder) {
        if (values.isSet("proxies.header")
                && !values.isSet("proxies.trusted")
                && !values.isUnresolved("proxies.trusted")) {
            values.problem("proxies.header is set, and proxies.trusted names no proxy that would write it");
        }
        Optional<TrustedProxies.Header> header = values.isSet("proxies.header")
                ? values.attempt("proxies.header", () -> proxyHeader(values.text("proxies.header")))
                : Optional.of(TrustedProxies.Header.X_FORWARDED_FOR);
        values.set("proxies.trusted", () -> {
            TrustedProxies proxies = TrustedProxies.of(
                    header.orElse(TrustedProxies.Header.X_FORWARDED_FOR),
                    values.list("proxies.trusted").toArray(String[]::new));
            builder.trustedProxies(proxies);
        });
    }

    private static TrustedProxies.Header proxyHeader(String text) {
        return TrustedProxies.Header.ofWord(text)
                .orElseThrow(
                        () -> new IllegalArgumentException("'" + text + "': expected x-forwarded-for or forwarded"));
    }

    private static Optional<RateLimit> standIn(String name) {
        try {
            return Optional.of(RateLimit.perSecond(1_000_000).named(name));
        } catch (IllegalArgumentException noName) {
            return Optional.empty();
        }
    }

    private static RateLimit ruleLimit(String name, String text) {
        RateLimit limit = RateLimit.parse(text);
        if (!limit.name().isEmpty()) {
            throw new IllegalArgumentException("'" + text + "': the name stands in the setting already");
        }
        return limit.named(name);
    }
}
