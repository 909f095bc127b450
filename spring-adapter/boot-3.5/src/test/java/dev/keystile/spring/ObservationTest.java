package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.keystile.decision.DecisionListener;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.search.Search;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What is observed of decisions, and where in the trace of a request that stands. */
@Timeout(120)
class ObservationTest {

    /** What was observed, in the order of its end: name, span, values of few and of many, and the name of what is around. */
    private record Seen(String name, String span, List<String> low, List<String> high, String parent) {}

    private static final Queue<Seen> SEEN = new ConcurrentLinkedQueue<>();
    private static final Queue<String> CURRENT = new ConcurrentLinkedQueue<>();

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Things.class)
    static class Observed {

        @Bean
        ObservationHandler<DecisionObservationContext> recorder() {
            return new ObservationHandler<>() {
                @Override
                public void onStop(DecisionObservationContext context) {
                    ObservationView parent = context.getParentObservation();
                    SEEN.add(new Seen(
                            String.valueOf(context.getName()),
                            String.valueOf(context.getContextualName()),
                            texts(context.getLowCardinalityKeyValues()),
                            texts(context.getHighCardinalityKeyValues()),
                            parent == null
                                    ? ""
                                    : String.valueOf(parent.getContextView().getName())));
                }

                @Override
                public boolean supportsContext(Observation.Context context) {
                    return context instanceof DecisionObservationContext;
                }
            };
        }

        @Bean
        DecisionListener listener(ObservationRegistry registry) {
            return event -> CURRENT.add("decision in " + current(registry));
        }
    }

    private static List<String> texts(KeyValues values) {
        return values.stream().map(it -> it.getKey() + "=" + it.getValue()).toList();
    }

    private static String current(ObservationRegistry registry) {
        Observation current = registry.getCurrentObservation();
        return current == null ? "none" : String.valueOf(current.getContext().getName());
    }

    @RestController
    static class Things {

        private final ObservationRegistry registry;

        Things(ObservationRegistry registry) {
            this.registry = registry;
        }

        @GetMapping("/things")
        @RequireScope("things:read")
        String things() {
            CURRENT.add("controller in " + current(registry));
            return "things";
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Renamed extends Observed {

        @Bean
        DecisionObservationConvention convention() {
            return new DecisionObservationConvention() {
                @Override
                public String getName() {
                    return "my.keys";
                }
            };
        }
    }

    @BeforeEach
    void forget() {
        SEEN.clear();
        CURRENT.clear();
    }

    private static Application start(Class<?> source, String... more) {
        return Application.start(source, more);
    }

    @Test
    void decisions_areObservedBelowTheirRequests() {
        try (Application application = start(Observed.class)) {
            application.get("/things", application.key("things:read"));
            application.get("/things", application.key());
            application.get("/things", "");
            application.get("/nothing", "");

            assertThat(SEEN)
                    .allSatisfy(seen -> {
                        assertThat(seen.name()).isEqualTo("keystile.decision");
                        assertThat(seen.span()).isEqualTo("keystile decision");
                        assertThat(seen.parent()).isEqualTo("http.server.requests");
                    })
                    .extracting(Seen::low, Seen::high)
                    .containsExactly(
                            tuple(
                                    List.of(
                                            "environment=live",
                                            "outcome=allowed",
                                            "rule=ObservationTest-Things-things"),
                                    List.of()),
                            tuple(
                                    List.of(
                                            "environment=live",
                                            "outcome=forbidden",
                                            "rule=ObservationTest-Things-things"),
                                    List.of("cause=scope-missing")),
                            tuple(
                                    List.of(
                                            "environment=none",
                                            "outcome=unauthorized",
                                            "rule=ObservationTest-Things-things"),
                                    List.of("cause=credential-missing")),
                            tuple(
                                    List.of("environment=none", "outcome=unauthorized", "rule=none"),
                                    List.of("cause=credential-missing")));
            assertThat(CURRENT)
                    .startsWith("decision in keystile.decision", "controller in http.server.requests")
                    .hasSize(5);
        }
    }

    @Test
    void decisions_areCountedOnce_andTimedOnce() {
        try (Application application = start(Observed.class)) {
            application.get("/things", application.key("things:read"));
            application.get("/things", application.key("things:read"));

            MeterRegistry meters = application.context().getBean(MeterRegistry.class);
            assertThat(meters.get("keystile.decisions")
                            .tags("outcome", "allowed", "environment", "live")
                            .counter()
                            .count())
                    .isEqualTo(2);
            assertThat(meters.get("keystile.decision")
                            .tags("outcome", "allowed", "environment", "live")
                            .timer()
                            .count())
                    .isEqualTo(2);
        }
    }

    @Test
    void refusedRequests_areCountedAsRequestsToo_ofNoHandler() {
        try (Application application = start(Observed.class)) {
            application.get("/things", "");

            Search requests = application
                    .context()
                    .getBean(MeterRegistry.class)
                    .find("http.server.requests")
                    .tags("status", "401", "uri", "UNKNOWN");
            // It is over after the client has its answer.
            while (requests.timer() == null) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void ownConvention_takesThePlaceOfTheUsual() {
        try (Application application = start(Renamed.class)) {
            application.get("/things", "");

            assertThat(SEEN).extracting(Seen::name).containsExactly("my.keys");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "management.observations.enable.keystile=false",
                "management.observations.enable.keystile.decision=false"
            })
    void observations_canBeSwitchedOff_andCountsStay(String property) {
        try (Application application = start(Observed.class, property)) {
            application.get("/things", "");

            MeterRegistry meters = application.context().getBean(MeterRegistry.class);
            assertThat(SEEN).isEmpty();
            assertThat(meters.find("keystile.decision").timer()).isNull();
            assertThat(meters.get("keystile.decisions").counter().count()).isEqualTo(1);
        }
    }
}
