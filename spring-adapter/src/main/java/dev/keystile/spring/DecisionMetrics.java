package dev.keystile.spring;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.DecisionEvent;
import dev.keystile.decision.DecisionListener;
import dev.keystile.scope.Rule;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * The timer {@code keystile.decisions}, by outcome, rule and environment: as many values as the settings have names, and none
 * that a client wrote.
 *
 * <p>Safe for use by many threads.
 */
final class DecisionMetrics implements DecisionListener, MeterBinder {

    private static final String NONE = "none";

    private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();
    private final Map<Label, List<Timer>> timers = new ConcurrentHashMap<>();

    private record Label(String outcome, String rule, String environment) {}

    @Override
    public void bindTo(MeterRegistry registry) {
        registries.add(registry);
        timers.clear();
    }

    @Override
    public void onDecision(DecisionEvent event) {
        Label label = new Label(
                event.decision().outcome().word(),
                event.decision().rule().map(Rule::name).orElse(NONE),
                event.decision()
                        .principal()
                        .map(ApiPrincipal::environment)
                        .map(Object::toString)
                        .orElse(NONE));
        for (Timer timer : timers.computeIfAbsent(label, this::timers)) {
            timer.record(event.nanos(), TimeUnit.NANOSECONDS);
        }
    }

    private List<Timer> timers(Label label) {
        return registries.stream()
                .map(registry -> Timer.builder("keystile.decisions")
                        .description("Decisions on requests, and how long each took")
                        .tag("outcome", label.outcome())
                        .tag("rule", label.rule())
                        .tag("environment", label.environment())
                        .register(registry))
                .toList();
    }
}
