package dev.keystile;

import dev.keystile.key.KeyId;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.UsageCount;
import dev.keystile.key.UsageStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Keeps usage in memory, and remembers what it was asked; it fails, or takes its time, when a test says so. */
final class FaultyUsage implements UsageStore {

    private final UsageStore store = KeyStore.inMemory().usage();
    private final List<List<UsageCount>> batches = Collections.synchronizedList(new ArrayList<>());
    private final List<Instant> forgotten = Collections.synchronizedList(new ArrayList<>());
    private volatile Runnable beforeWrites = () -> {};

    /** Does something each time it is written to, before anything is kept. */
    void beforeWrites(Runnable step) {
        beforeWrites = step;
    }

    void goDown() {
        beforeWrites = () -> {
            throw new UnavailableException("the store is down");
        };
    }

    void comeBack() {
        beforeWrites = () -> {};
    }

    /** The counts it was to add, call by call, also where it failed. */
    List<List<UsageCount>> batches() {
        return List.copyOf(batches);
    }

    /** The hours before which it was to forget. */
    List<Instant> forgotten() {
        return List.copyOf(forgotten);
    }

    @Override
    public void add(List<UsageCount> counts, Map<KeyId, Instant> lastUsed) {
        batches.add(List.copyOf(counts));
        beforeWrites.run();
        store.add(counts, lastUsed);
    }

    @Override
    public Map<KeyId, Instant> lastUsed(Collection<KeyId> keys) {
        return store.lastUsed(keys);
    }

    @Override
    public List<UsageCount> counts(KeyId key, Instant from, Instant to) {
        return store.counts(key, from, to);
    }

    @Override
    public void forgetBefore(Instant hour) {
        forgotten.add(hour);
        beforeWrites.run();
        store.forgetBefore(hour);
    }
}
