package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.servlet.DecisionObserver;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What observing leaves behind where nothing was decided, or nobody listens. */
class DecisionObservationsTest {

    private final List<String> stopped = new ArrayList<>();
    private final ObservationRegistry registry = ObservationRegistry.create();

    private final class Recorder implements ObservationHandler<Observation.Context> {

        @Override
        public void onStop(Observation.Context context) {
            context.getLowCardinalityKeyValues().stream()
                    .map(KeyValue::getValue)
                    .forEach(stopped::add);
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }

    @Test
    void decisionThatFails_isOver_andNotCurrentAnyMore() {
        registry.observationConfig().observationHandler(new Recorder());

        try (DecisionObserver.Observed failing = new DecisionObservations(registry, null).begin()) {
            assertThat(failing).isNotNull();
            assertThat(registry.getCurrentObservation()).isNotNull();
        }

        assertThat(registry.getCurrentObservation()).isNull();
        assertThat(stopped).containsExactly("none", "none", "none");
    }

    @Test
    void registryThatNobodyListensTo_costsNothing() {
        DecisionObservations observations = new DecisionObservations(registry, null);

        try (DecisionObserver.Observed first = observations.begin()) {
            assertThat(observations.begin()).isSameAs(first);
            assertThat(registry.getCurrentObservation()).isNull();
        }
    }
}
