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
        private final Optional<RuleMatch> decoded;
        private final boolean looksAtRequest;

        /**
         * A match.
         *
         * @param rule      the rule
         * @param variables the path's value of each variable that the rule binds
         */
        public Matched(Rule rule, Map<String, String> variables) {
            this(rule, variables, Optional.empty());
        }

        /**
         * A match of a path with an encoded slash.
         *
         * @param rule      the rule
         * @param variables the path's value of each variable that the rule binds
         * @param decoded   what the policy says of the path decoded whole, which must allow the request as well; empty if that
         *                  is nothing to decide
         */
        public Matched(Rule rule, Map<String, String> variables, Optional<RuleMatch> decoded) {
            this.rule = rule;
            this.variables = Map.copyOf(variables);
            this.found = Optional.of(rule);
            this.decoded = decoded;
            this.looksAtRequest = !rule.bindings().isEmpty()
                    || !rule.queryScopes().isEmpty()
                    || !rule.contentTypes().isEmpty()
                    || decoded.isPresent();
        }

        /** The rule. */
        public Rule rule() {
            return rule;
        }

        /** The path's value of each variable that the rule binds. */
        public Map<String, String> variables() {
            return variables;
        }

        /**
         * What the policy says of the path decoded whole, of a request that must be allowed by that too; empty for most paths,
         * which can be read in one way only.
         */
        public Optional<RuleMatch> decoded() {
            return decoded;
        }

        /** Whether more of the request is looked at than its method and path. */
        public boolean looksAtRequest() {
            return looksAtRequest;
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
