package dev.keystile;

import java.util.List;

/** Says all that keeps a configuration from being used, at once, so that an application with one does not start. */
public final class InvalidConfigurationException extends IllegalArgumentException {

    private final List<String> problems;

    /** @param problems one or more sentences, each with what is wrong and what would be right */
    public InvalidConfigurationException(List<String> problems) {
        super((problems.size() == 1 ? "1 problem" : problems.size() + " problems")
                + " in the Keystile configuration:\n - " + String.join("\n - ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Each problem, as a sentence. */
    public List<String> problems() {
        return problems;
    }
}
