package dev.keystile.spring;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.Decision;
import dev.keystile.scope.Rule;

/**
 * What a decision is counted and timed by: as many values as the settings have names, and none that a client wrote.
 *
 * <p>Immutable.
 *
 * @param outcome     the word of its outcome
 * @param rule        the name of the rule that was found, or {@code none}
 * @param environment that of the key, or {@code none}
 */
record DecisionLabels(String outcome, String rule, String environment) {

    static final String NONE = "none";

    static DecisionLabels of(Decision decision) {
        return new DecisionLabels(
                decision.outcome().word(),
                decision.rule().map(Rule::name).orElse(NONE),
                decision.principal()
                        .map(ApiPrincipal::environment)
                        .map(Object::toString)
                        .orElse(NONE));
    }
}
