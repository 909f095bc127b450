package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import dev.keystile.scope.Rule;
import dev.keystile.scope.RuleMatch;
import dev.keystile.scope.ScopePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The settings of rules: {@code rules.*}. */
record RuleSettings(SettingValues values) {

    /** Adds all of them. */
    void addTo(KeystileBuilder builder) {
        if (values.isGiven(builder, "rules", "rules.")) {
            return;
        }
        Map<String, String> rules = values.under("rules.");
        if (rules.isEmpty() && values.unresolved().stream().noneMatch(name -> name.startsWith("rules."))) {
            return;
        }
        rules.keySet().forEach(name -> values.requireName("rules", name));
        ScopePolicy.Builder policy = ScopePolicy.builder();
        List<Rule> read = new ArrayList<>();
        rules.forEach((name, value) ->
                values.attempt("rules." + name, () -> Rule.parse(name, value)).ifPresent(read::add));
        read.forEach(policy::rule);
        if (read.isEmpty()) {
            // Every rule has a mistake of its own, told above; there is no need to say that there is none.
            policy.rule(Rule.of("unread", "GET", "/", "authenticated"));
        }
        List<String> contradictions = policy.problems();
        contradictions.forEach(it -> values.problem("rules: " + it));
        builder.rules(contradictions.isEmpty() ? policy.build() : firstOf(read));
    }

    /** A policy that stands in for one that contradicts itself, so that its rules are looked at one by one all the same. */
    private static ScopePolicy firstOf(List<Rule> rules) {
        return new ScopePolicy() {
            @Override
            public RuleMatch match(String method, String path) {
                return new RuleMatch.NoRule();
            }

            @Override
            public List<Rule> rules() {
                return List.copyOf(rules);
            }
        };
    }
}
