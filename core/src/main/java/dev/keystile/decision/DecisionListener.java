package dev.keystile.decision;

/**
 * Hears every decision, and cannot change it: for logs, metrics and audit.
 *
 * <p>It is called on the thread of the request, before the answer is written; what it throws is logged and dropped.
 * Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface DecisionListener {

    /** Takes one decision; must not keep the request waiting. */
    void onDecision(DecisionEvent event);
}
