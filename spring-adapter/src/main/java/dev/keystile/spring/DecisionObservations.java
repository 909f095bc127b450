package dev.keystile.spring;

import dev.keystile.decision.Decision;
import dev.keystile.servlet.DecisionObserver;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * An observation of each decision, below that of the request, and around what the store is asked for it. What the application
 * does with the request is not within it.
 *
 * <p>Safe for use by many threads.
 */
final class DecisionObservations implements DecisionObserver {

    private static final DecisionObservationConvention USUAL = new DecisionObservationConvention() {};
    private static final Observed NOTHING = new Nothing();

    private final ObservationRegistry registry;
    private final @Nullable DecisionObservationConvention own;

    /** @param own null for the usual one */
    DecisionObservations(ObservationRegistry registry, @Nullable DecisionObservationConvention own) {
        this.registry = registry;
        this.own = own;
    }

    @Override
    public Observed begin() {
        if (registry.isNoop()) {
            return NOTHING;
        }
        DecisionObservationContext context = new DecisionObservationContext();
        Observation observation = Observation.createNotStarted(own, USUAL, () -> context, registry)
                .start();
        return new UnderWay(context, observation, observation.openScope());
    }

    private record UnderWay(DecisionObservationContext context, Observation observation, Observation.Scope scope)
            implements Observed {

        @Override
        public void decided(Decision decision) {
            context.decided(decision);
        }

        @Override
        public void close() {
            try {
                scope.close();
            } finally {
                observation.stop();
            }
        }
    }

    /** For a registry that nobody listens to. */
    private static final class Nothing implements Observed {

        @Override
        public void decided(Decision decision) {}

        @Override
        public void close() {}
    }
}
