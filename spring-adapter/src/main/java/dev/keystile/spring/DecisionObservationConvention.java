package dev.keystile.spring;

import dev.keystile.decision.Denied;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * What the observation of a decision is called and which values it has. A bean of this type takes the place of the usual one, and
 * overrides what it wants otherwise.
 *
 * <p>Implementations are safe for use by many threads.
 */
public interface DecisionObservationConvention extends ObservationConvention<DecisionObservationContext> {

    @Override
    default boolean supportsContext(Observation.Context context) {
        return context instanceof DecisionObservationContext;
    }

    /** The name of the timer: {@code keystile.decision}. */
    @Override
    default String getName() {
        return "keystile.decision";
    }

    /** The name of the span: {@code keystile decision}. */
    @Override
    default String getContextualName(DecisionObservationContext context) {
        return "keystile decision";
    }

    /** {@code outcome}, {@code rule} and {@code environment}, each {@code none} where there is none; of few values each. */
    @Override
    default KeyValues getLowCardinalityKeyValues(DecisionObservationContext context) {
        DecisionLabels labels = context.decision()
                .map(DecisionLabels::of)
                .orElseGet(() -> new DecisionLabels(DecisionLabels.NONE, DecisionLabels.NONE, DecisionLabels.NONE));
        return KeyValues.of("outcome", labels.outcome(), "rule", labels.rule(), "environment", labels.environment());
    }

    /** {@code cause} of a denial, the precise one that its answer does not tell; for spans alone. */
    @Override
    default KeyValues getHighCardinalityKeyValues(DecisionObservationContext context) {
        return context.decision()
                .filter(Denied.class::isInstance)
                .map(denied -> KeyValues.of("cause", ((Denied) denied).cause().word()))
                .orElseGet(KeyValues::empty);
    }
}
