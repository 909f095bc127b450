package dev.keystile.key;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A store, and hints besides those that it gives itself. One is given after each change, also after one that failed: of a commit
 * that was not answered nobody knows whether it was made.
 */
final class HintedKeyStore implements KeyStore {

    private final ChangeHints hints;
    private final KeyStore store;

    HintedKeyStore(ChangeHints hints, KeyStore store) {
        this.hints = hints;
        this.store = store;
    }

    @Override
    public Optional<ApiKey> find(KeyId id) {
        return store.find(id);
    }

    @Override
    public KeyPage list(KeyQuery query) {
        return store.list(query);
    }

    @Override
    public List<ApiKey> expiring(Instant from, Instant by, int limit) {
        return store.expiring(from, by, limit);
    }

    @Override
    public List<ApiKey> apply(List<KeyChange> changes) {
        try {
            return store.apply(changes);
        } finally {
            hints.tell();
        }
    }

    @Override
    public boolean apply(KeyRevocation revocation) {
        try {
            return store.apply(revocation);
        } finally {
            hints.tell();
        }
    }

    @Override
    public boolean apply(AccountChange change) {
        try {
            return store.apply(change);
        } finally {
            hints.tell();
        }
    }

    @Override
    public Optional<Instant> suspendedAt(String account) {
        return store.suspendedAt(account);
    }

    @Override
    public AuditPage audit(AuditQuery query) {
        return store.audit(query);
    }

    @Override
    public long revision() {
        return store.revision();
    }

    @Override
    public KeyChanges changesSince(long revision, int limit) {
        return store.changesSince(revision, limit);
    }

    @Override
    public Listening listen(Runnable changed) {
        Listening toStore = store.listen(changed);
        Listening toOthers = hints.listen(changed);
        return () -> {
            try (toStore) {
                toOthers.close();
            }
        };
    }

    @Override
    public UsageStore usage() {
        return store.usage();
    }

    @Override
    public void close() {
        try (store) {
            hints.close();
        }
    }
}
