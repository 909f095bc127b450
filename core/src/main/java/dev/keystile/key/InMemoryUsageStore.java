package dev.keystile.key;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts in a map, under one lock. */
final class InMemoryUsageStore implements UsageStore {

    private record Slot(KeyId key, Instant hour, String outcome) {}

    private final Map<Slot, Long> counts = new HashMap<>();
    private final Map<KeyId, Instant> lastUsed = new HashMap<>();

    @Override
    public synchronized void add(List<UsageCount> more, Map<KeyId, Instant> used) {
        more.forEach(it -> counts.merge(new Slot(it.key(), it.hour(), it.outcome()), it.requests(), Long::sum));
        used.forEach((key, at) -> lastUsed.merge(key, at, (one, other) -> one.isAfter(other) ? one : other));
    }

    @Override
    public synchronized Map<KeyId, Instant> lastUsed(Collection<KeyId> keys) {
        Map<KeyId, Instant> found = new HashMap<>();
        for (KeyId key : keys) {
            Instant at = lastUsed.get(key);
            if (at != null) {
                found.put(key, at);
            }
        }
        return found;
    }

    @Override
    public synchronized List<UsageCount> counts(KeyId key, Instant from, Instant to) {
        return counts.entrySet().stream()
                .filter(it -> it.getKey().key().equals(key))
                .filter(it ->
                        !it.getKey().hour().isBefore(from) && it.getKey().hour().isBefore(to))
                .map(it -> new UsageCount(key, it.getKey().hour(), it.getKey().outcome(), it.getValue()))
                .sorted(Comparator.comparing(UsageCount::hour).thenComparing(UsageCount::outcome))
                .toList();
    }

    @Override
    public synchronized void forgetBefore(Instant hour) {
        counts.keySet().removeIf(it -> it.hour().isBefore(hour));
    }
}
