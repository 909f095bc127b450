package dev.keystile.benchmarks.flood;

import dev.keystile.key.AccountChange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditPage;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyChanges;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyRevocation;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UsageStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** A store that counts how often it is read, by requests and by the poll of its log. */
final class CountingStore implements KeyStore {

    private final KeyStore store;
    private final LongAdder reads = new LongAdder();

    CountingStore(KeyStore store) {
        this.store = store;
    }

    long reads() {
        return reads.sum();
    }

    @Override
    public Optional<ApiKey> find(KeyId id) {
        reads.increment();
        return store.find(id);
    }

    @Override
    public KeyPage list(KeyQuery query) {
        reads.increment();
        return store.list(query);
    }

    @Override
    public List<ApiKey> expiring(Instant from, Instant by, int limit) {
        reads.increment();
        return store.expiring(from, by, limit);
    }

    @Override
    public List<ApiKey> apply(List<KeyChange> changes) {
        return store.apply(changes);
    }

    @Override
    public boolean apply(KeyRevocation revocation) {
        return store.apply(revocation);
    }

    @Override
    public boolean apply(AccountChange change) {
        return store.apply(change);
    }

    @Override
    public Optional<Instant> suspendedAt(String account) {
        reads.increment();
        return store.suspendedAt(account);
    }

    @Override
    public AuditPage audit(AuditQuery query) {
        reads.increment();
        return store.audit(query);
    }

    @Override
    public long revision() {
        reads.increment();
        return store.revision();
    }

    @Override
    public KeyChanges changesSince(long revision, int limit) {
        reads.increment();
        return store.changesSince(revision, limit);
    }

    @Override
    public UsageStore usage() {
        return store.usage();
    }

    @Override
    public void close() {
        store.close();
    }
}
