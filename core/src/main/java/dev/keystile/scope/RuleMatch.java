package dev.keystile.scope;

import java.util.Map;

/** What a policy says of a request. Immutable. */
public sealed interface RuleMatch {

    /**
     * A rule speaks of this method on this path.
     *
     * @param rule      the rule
     * @param variables the path's value of each variable that the rule binds
     */
    record Matched(Rule rule, Map<String, String> variables) implements RuleMatch {

        public Matched {
            variables = Map.copyOf(variables);
        }
    }

    /** No rule speaks of this path: refused. */
    record NoRule() implements RuleMatch {}

    /** Rules speak of this path, none of this method: refused. */
    record MethodNotNamed() implements RuleMatch {}
}
