package dev.keystile.scope;

import java.util.Map;
import java.util.Optional;

/** What a policy says of a request. Immutable. */
public sealed interface RuleMatch {

    /** The rule, if one speaks of the request. */
    default Optional<Rule> found() {
        return Optional.empty();
    }

    /** A rule speaks of this method on this path. */
    final class Matched implements RuleMatch {

        private final Rule rule;
        private final Map<String, String> variables;
        private final Optional<Rule> found;

        /**
         * A match.
         *
         * @param rule      the rule
         * @param variables the path's value of each variable that the rule binds
         */
        public Matched(Rule rule, Map<String, String> variables) {
            this.rule = rule;
            this.variables = Map.copyOf(variables);
            this.found = Optional.of(rule);
        }

        /** The rule. */
        public Rule rule() {
            return rule;
        }

        /** The path's value of each variable that the rule binds. */
        public Map<String, String> variables() {
            return variables;
        }

        @Override
        public Optional<Rule> found() {
            return found;
        }

        @Override
        public String toString() {
            return "Matched[" + rule.name() + "]";
        }
    }

    /** No rule speaks of this path: refused. */
    record NoRule() implements RuleMatch {}

    /** Rules speak of this path, none of this method: refused. */
    record MethodNotNamed() implements RuleMatch {}
}
