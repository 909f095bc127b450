package dev.keystile.decision;

/**
 * What a listener hears of one decision. It holds no key, and of the request only what is safe to log.
 *
 * <p>Immutable.
 *
 * @param decision  what was decided
 * @param requestId what an error body calls the request
 * @param method    as sent; at most 20 characters of it
 * @param nanos     how long it took to decide, in nanoseconds
 */
public record DecisionEvent(Decision decision, String requestId, String method, long nanos) {}
