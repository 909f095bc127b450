package dev.keystile.key;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** For stores that keep no usage. */
enum NoUsage implements UsageStore {
    INSTANCE;

    @Override
    public void add(List<UsageCount> counts, Map<KeyId, Instant> lastUsed) {
        // Not kept.
    }

    @Override
    public Map<KeyId, Instant> lastUsed(Collection<KeyId> keys) {
        return Map.of();
    }

    @Override
    public List<UsageCount> counts(KeyId key, Instant from, Instant to) {
        return List.of();
    }

    @Override
    public void forgetBefore(Instant hour) {
        // There is none.
    }
}
