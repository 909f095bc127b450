package dev.keystile.spring;

import dev.keystile.decision.Decision;
import io.micrometer.observation.Observation;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is known of a decision that is observed: nothing as it begins, and then what was decided. Used by one thread. */
public final class DecisionObservationContext extends Observation.Context {

    private @Nullable Decision decision;

    DecisionObservationContext() {}

    void decided(Decision made) {
        this.decision = made;
    }

    /** What was decided; empty before that, and where deciding failed. */
    public Optional<Decision> decision() {
        return Optional.ofNullable(decision);
    }
}
