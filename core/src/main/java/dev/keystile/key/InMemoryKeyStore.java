package dev.keystile.key;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Keys in a map and the change log in a list, under one lock. */
final class InMemoryKeyStore implements KeyStore {

    private static final Comparator<ApiKey> NEWEST_FIRST = Comparator.comparing(ApiKey::createdAt)
            .reversed()
            .thenComparing(key -> key.id().text());
    private static final Comparator<ApiKey> FIRST_TO_EXPIRE = Comparator.<ApiKey, Instant>comparing(
                    key -> key.expiresAt().orElse(Instant.MAX))
            .thenComparing(key -> key.id().text());

    private final Map<KeyId, ApiKey> keys = new HashMap<>();
    private final Map<String, Instant> suspended = new HashMap<>();
    /** The change of revision {@code n} stands at {@code n - 1}. */
    private final List<AuditEntry> log = new ArrayList<>();

    private final UsageStore usage = new InMemoryUsageStore();
    private final HintListeners listeners = new HintListeners();

    @Override
    public synchronized Optional<ApiKey> find(KeyId id) {
        return Optional.ofNullable(keys.get(id)).map(this::read);
    }

    private ApiKey read(ApiKey key) {
        Instant since = suspended.get(key.account());
        return since == null ? key : key.toBuilder().suspendedAt(since).build();
    }

    @Override
    public synchronized KeyPage list(KeyQuery query) {
        List<ApiKey> found = keys.values().stream()
                .filter(key -> key.account().equals(query.account()))
                .map(this::read)
                .filter(key -> isAskedFor(key, query))
                .sorted(NEWEST_FIRST)
                .limit(query.limit() + 1L)
                .toList();
        boolean more = found.size() > query.limit();
        return new KeyPage(more ? found.subList(0, query.limit()) : found, more);
    }

    private static boolean isAskedFor(ApiKey key, KeyQuery query) {
        return query.environment().map(key.environment()::equals).orElse(true)
                && (query.member().isEmpty() || key.member().equals(query.member()))
                && query.status().map(it -> key.status(it.at()) == it.status()).orElse(true)
                && query.text().map(it -> holds(key, it)).orElse(true)
                && query.after().map(it -> isBehind(key, it)).orElse(true);
    }

    private static boolean holds(ApiKey key, String part) {
        return holds(key.name(), part)
                || holds(key.id().text(), part)
                || key.secrets().stream().anyMatch(secret -> holds(secret.lastFour(), part));
    }

    private static boolean holds(String text, String part) {
        return KeyQuery.folded(text).contains(KeyQuery.folded(part));
    }

    private static boolean isBehind(ApiKey key, KeyQuery.Position position) {
        int byTime = key.createdAt().compareTo(position.createdAt());
        return byTime < 0
                || (byTime == 0 && key.id().text().compareTo(position.id().text()) > 0);
    }

    @Override
    public synchronized List<ApiKey> expiring(Instant from, Instant by, int limit) {
        return keys.values().stream()
                .filter(key -> key.expiresAt()
                        .map(end -> !end.isBefore(from) && end.isBefore(by))
                        .orElse(false))
                .filter(key ->
                        key.revokedAt().isEmpty() && key.expiryAnnouncedAt().isEmpty())
                .sorted(FIRST_TO_EXPIRE)
                .limit(limit)
                .map(this::read)
                .toList();
    }

    @Override
    public List<ApiKey> apply(List<KeyChange> changes) {
        List<ApiKey> applied = applyAll(changes);
        listeners.hint();
        return applied;
    }

    private synchronized List<ApiKey> applyAll(List<KeyChange> changes) {
        Set<KeyId> ids = new HashSet<>();
        for (KeyChange change : changes) {
            ApiKey wanted = change.key();
            if (!ids.add(wanted.id())) {
                throw new IllegalArgumentException("key " + wanted.id() + " stands in two changes of one transaction");
            }
            ApiKey present = keys.get(wanted.id());
            long presentRevision = present == null ? 0 : present.revision();
            if (presentRevision != wanted.revision()) {
                throw KeyRefusedException.conflict(wanted.id());
            }
            if (present == null && suspended.containsKey(wanted.account())) {
                throw KeyRefusedException.suspended(wanted.account());
            }
        }
        return changes.stream().map(this::applyOne).toList();
    }

    private ApiKey applyOne(KeyChange change) {
        ApiKey stored = change.key().toBuilder()
                .revision(log.size() + 1L)
                .notSuspended()
                .build();
        log.add(new AuditEntry(
                stored.revision(),
                stored.account(),
                Optional.of(stored.id()),
                change.action(),
                change.actor(),
                change.address(),
                change.detail(),
                change.at()));
        keys.put(stored.id(), stored);
        return read(stored);
    }

    @Override
    public boolean apply(AccountChange change) {
        boolean changed = applyOne(change);
        if (changed) {
            listeners.hint();
        }
        return changed;
    }

    private synchronized boolean applyOne(AccountChange change) {
        if (suspended.containsKey(change.account()) == change.suspended()) {
            return false;
        }
        if (change.suspended()) {
            suspended.put(change.account(), change.at());
        } else {
            suspended.remove(change.account());
        }
        log.add(new AuditEntry(
                log.size() + 1L,
                change.account(),
                Optional.empty(),
                change.action(),
                change.actor(),
                change.address(),
                "",
                change.at()));
        return true;
    }

    @Override
    public synchronized Optional<Instant> suspendedAt(String account) {
        return Optional.ofNullable(suspended.get(account));
    }

    @Override
    public synchronized AuditPage audit(AuditQuery query) {
        List<AuditEntry> found = new ArrayList<>();
        long before = Math.min(query.before().orElse(Long.MAX_VALUE), log.size() + 1L);
        for (int at = (int) Math.max(0, before - 1) - 1; at >= 0 && found.size() <= query.limit(); at--) {
            AuditEntry entry = log.get(at);
            if (entry.account().equals(query.account())
                    && (query.key().isEmpty() || entry.key().equals(query.key()))) {
                found.add(entry);
            }
        }
        boolean more = found.size() > query.limit();
        return new AuditPage(more ? found.subList(0, query.limit()) : found, more);
    }

    @Override
    public synchronized long revision() {
        return log.size();
    }

    @Override
    public synchronized KeyChanges changesSince(long revision, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit + ": expected 1 or more");
        }
        int from = (int) Math.min(Math.max(0, revision), log.size());
        int to = (int) Math.min((long) from + limit, log.size());
        List<KeyId> changed = new ArrayList<>();
        Set<String> accounts = new LinkedHashSet<>();
        for (AuditEntry entry : log.subList(from, to)) {
            entry.key().ifPresentOrElse(changed::add, () -> accounts.add(entry.account()));
        }
        return new KeyChanges(changed, accounts, to, to < log.size());
    }

    @Override
    public Listening listen(Runnable changed) {
        return listeners.add(changed);
    }

    @Override
    public UsageStore usage() {
        return usage;
    }

    @Override
    public void close() {
        // Nothing is held but memory.
    }
}
