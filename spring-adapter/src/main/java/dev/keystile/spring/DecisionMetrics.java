package dev.keystile.spring;

import dev.keystile.decision.DecisionEvent;
import dev.keystile.decision.DecisionListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The counter {@code keystile.decisions}, by {@linkplain DecisionLabels outcome, rule and environment}. How long they took the
 * observation tells.
 *
 * <p>Safe for use by many threads.
 */
final class DecisionMetrics implements DecisionListener, MeterBinder {

    private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();
    private final Map<DecisionLabels, List<Counter>> counters = new ConcurrentHashMap<>();

    @Override
    public void bindTo(MeterRegistry registry) {
        registries.add(registry);
        counters.clear();
    }

    @Override
    public void onDecision(DecisionEvent event) {
        DecisionLabels labels = DecisionLabels.of(event.decision());
        // Looked for first, for to compute may take a lock, also where there is nothing to compute.
        List<Counter> known = counters.get(labels);
        for (Counter counter : known != null ? known : counters.computeIfAbsent(labels, this::counters)) {
            counter.increment();
        }
    }

    private List<Counter> counters(DecisionLabels labels) {
        return registries.stream()
                .map(registry -> Counter.builder("keystile.decisions")
                        .description("Decisions on requests")
                        .tag("outcome", labels.outcome())
                        .tag("rule", labels.rule())
                        .tag("environment", labels.environment())
                        .register(registry))
                .toList();
    }
}
