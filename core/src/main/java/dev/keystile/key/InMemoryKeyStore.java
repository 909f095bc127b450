package dev.keystile.key;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keys in a map and the change log in a list, under one lock. */
final class InMemoryKeyStore implements KeyStore {

    private static final Comparator<ApiKey> NEWEST_FIRST = Comparator.comparing(ApiKey::createdAt)
            .reversed()
            .thenComparing(key -> key.id().text());

    private final Map<KeyId, ApiKey> keys = new HashMap<>();
    /** The change of revision {@code n} stands at {@code n - 1}. */
    private final List<KeyId> log = new ArrayList<>();

    @Override
    public synchronized Optional<ApiKey> find(KeyId id) {
        return Optional.ofNullable(keys.get(id));
    }

    @Override
    public synchronized KeyPage list(KeyQuery query) {
        List<ApiKey> found = keys.values().stream()
                .filter(key -> key.account().equals(query.account()))
                .filter(key ->
                        query.environment().map(key.environment()::equals).orElse(true))
                .filter(key -> query.member().isEmpty() || key.member().equals(query.member()))
                .filter(key -> query.after().map(it -> isBehind(key, it)).orElse(true))
                .sorted(NEWEST_FIRST)
                .limit(query.limit() + 1L)
                .toList();
        boolean more = found.size() > query.limit();
        return new KeyPage(more ? found.subList(0, query.limit()) : found, more);
    }

    private static boolean isBehind(ApiKey key, KeyQuery.Position position) {
        int byTime = key.createdAt().compareTo(position.createdAt());
        return byTime < 0
                || (byTime == 0 && key.id().text().compareTo(position.id().text()) > 0);
    }

    @Override
    public synchronized ApiKey apply(KeyChange change) {
        ApiKey wanted = change.key();
        ApiKey present = keys.get(wanted.id());
        long presentRevision = present == null ? 0 : present.revision();
        if (presentRevision != wanted.revision()) {
            throw KeyRefusedException.conflict(wanted.id());
        }
        ApiKey stored = wanted.toBuilder().revision(log.size() + 1L).build();
        log.add(wanted.id());
        keys.put(stored.id(), stored);
        return stored;
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
        List<KeyId> changed = List.copyOf(log.subList(from, to));
        return new KeyChanges(changed, to, to < log.size());
    }

    @Override
    public void close() {
        // Nothing is held but memory.
    }
}
