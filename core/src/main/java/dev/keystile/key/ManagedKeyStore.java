package dev.keystile.key;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A store as those use it who manage keys: few of their questions and changes at once, first come, first served.
 *
 * <p>However many people search or change keys at the same time, no more than {@link #AT_ONCE} connections are taken by them. With
 * those that {@link KeyReads} takes, a connection pool of usual size (8 to 10) has one left for the change log, without which
 * nothing in memory may be trusted any more.
 *
 * <p>Safe for use by many threads. It does not close the store.
 */
final class ManagedKeyStore implements KeyStore {

    static final int AT_ONCE = 3;
    /** As long as for a connection. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final KeyStore store;
    private final Duration patience;
    private final Semaphore places = new Semaphore(AT_ONCE, true);

    ManagedKeyStore(KeyStore store) {
        this(store, PATIENCE);
    }

    /** As above, with a wait for a place that a test can see the end of. */
    ManagedKeyStore(KeyStore store, Duration patience) {
        this.store = store;
        this.patience = patience;
    }

    private <T> T inTurn(Supplier<T> work) {
        try {
            if (!places.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new UnavailableException("too many questions and changes of those who manage keys wait already");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted while others managed keys", interrupted);
        }
        try {
            return work.get();
        } finally {
            places.release();
        }
    }

    @Override
    public Optional<ApiKey> find(KeyId id) {
        return inTurn(() -> store.find(id));
    }

    @Override
    public KeyPage list(KeyQuery query) {
        return inTurn(() -> store.list(query));
    }

    @Override
    public List<ApiKey> expiring(Instant from, Instant by, int limit) {
        return inTurn(() -> store.expiring(from, by, limit));
    }

    @Override
    public List<ApiKey> apply(List<KeyChange> changes) {
        return inTurn(() -> store.apply(changes));
    }

    @Override
    public ApiKey apply(KeyChange change) {
        return inTurn(() -> store.apply(change));
    }

    @Override
    public boolean apply(KeyRevocation revocation) {
        return inTurn(() -> store.apply(revocation));
    }

    @Override
    public boolean apply(AccountChange change) {
        return inTurn(() -> store.apply(change));
    }

    @Override
    public Optional<Instant> suspendedAt(String account) {
        return inTurn(() -> store.suspendedAt(account));
    }

    @Override
    public AuditPage audit(AuditQuery query) {
        return inTurn(() -> store.audit(query));
    }

    @Override
    public long revision() {
        return inTurn(store::revision);
    }

    @Override
    public KeyChanges changesSince(long revision, int limit) {
        return inTurn(() -> store.changesSince(revision, limit));
    }

    @Override
    public Listening listen(Runnable changed) {
        return store.listen(changed);
    }

    @Override
    public UsageStore usage() {
        return new Usage(store.usage());
    }

    @Override
    public void close() {
        // It belongs to whoever opened it.
    }

    /** The same of the use of keys. */
    private final class Usage implements UsageStore {

        private final UsageStore usage;

        Usage(UsageStore usage) {
            this.usage = usage;
        }

        @Override
        public void add(List<UsageCount> counts, Map<KeyId, Instant> lastUsed) {
            inTurn(() -> {
                usage.add(counts, lastUsed);
                return true;
            });
        }

        @Override
        public Map<KeyId, Instant> lastUsed(Collection<KeyId> keys) {
            return inTurn(() -> usage.lastUsed(keys));
        }

        @Override
        public List<UsageCount> counts(KeyId key, Instant from, Instant to) {
            return inTurn(() -> usage.counts(key, from, to));
        }

        @Override
        public void forgetBefore(Instant hour) {
            inTurn(() -> {
                usage.forgetBefore(hour);
                return true;
            });
        }
    }
}
