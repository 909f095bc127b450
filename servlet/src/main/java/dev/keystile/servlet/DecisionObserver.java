package dev.keystile.servlet;

import dev.keystile.decision.Decision;

/**
 * Stands around each decision of a filter, such as to make a span of it: unlike a listener, it knows when a decision begins.
 *
 * <p>It cannot change the decision. It is called on the thread of the request, and what it throws fails the request.
 * Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface DecisionObserver {

    /** Hears that a decision begins. */
    Observed begin();

    /** One decision that has begun; used by one thread. */
    interface Observed extends AutoCloseable {

        /** Hears what was decided; not if deciding failed. */
        void decided(Decision decision);

        /** Hears that it is over, before the answer is written or the request goes on; once. */
        @Override
        void close();
    }
}
