package dev.keystile.scope;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds what a request demands.
 *
 * <p>Guarantee: whatever no rule speaks of is {@link RuleMatch.NoRule refused}; there is no policy that begins at
 * "allowed". Implementations are safe for use by many threads and never block.
 */
public interface ScopePolicy {

    /**
     * The rule of a request. The path is chosen first: of the patterns that cover it the narrowest; then the method
     * among the rules of that very pattern.
     *
     * @param method as sent; {@code HEAD} counts as {@code GET}
     * @param path   a path that was {@link PathReading.Read read in one way only}
     */
    RuleMatch match(String method, String path);

    /**
     * The rule of a request whose path holds encoded slashes; {@link RuleMatch.NoRule none} unless a rule admits them where
     * they stand, and none for policies that do not know of them. What the policy says of the path decoded whole goes with
     * {@link RuleMatch.Matched#decoded the match}.
     *
     * @param method as sent; {@code HEAD} counts as {@code GET}
     */
    default RuleMatch match(String method, PathReading.Slashed path) {
        return new RuleMatch.NoRule();
    }

    /** All rules, in the order given; for reports. */
    List<Rule> rules();

    /** A builder of a policy that refuses everything. */
    static Builder builder() {
        return new Builder();
    }

    /** Puts a {@link ScopePolicy} together. Not safe for use by many threads. */
    final class Builder {

        private final List<Rule> rules = new ArrayList<>();

        private Builder() {}

        /**
         * Adds a rule without options, named by what it says.
         *
         * @param methods {@code ANY}, or methods separated by {@code ,}
         * @param path    a {@link PathPattern}
         * @param demand  a {@link Demand}
         * @throws IllegalArgumentException if a part cannot be read
         */
        public Builder allow(String methods, String path, String demand) {
            return rule(Rule.of(methods + " " + path, methods, path, demand));
        }

        /** Adds a rule. */
        public Builder rule(Rule rule) {
            rules.add(rule);
            return this;
        }

        /** Why these rules make no policy, each reason a sentence that names the rules; empty if they do. */
        public List<String> problems() {
            return RuleTable.problems(rules);
        }

        /**
         * Compiles the rules.
         *
         * @throws IllegalArgumentException with all {@link #problems()}, if there are any
         */
        public ScopePolicy build() {
            List<String> problems = problems();
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("\n", problems));
            }
            return new RuleTable(rules);
        }
    }
}
