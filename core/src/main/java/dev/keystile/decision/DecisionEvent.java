package dev.keystile.decision;

/**
 * What a listener hears of one decision. It holds no key and nothing else that the client wrote.
 *
 * <p>Immutable.
 *
 * @param decision what was decided
 * @param nanos    how long it took to decide, in nanoseconds
 */
public record DecisionEvent(Decision decision, long nanos) {}
