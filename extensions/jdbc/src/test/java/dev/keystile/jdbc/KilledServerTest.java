package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.NOW;
import static dev.keystile.jdbc.TestKeys.id;
import static dev.keystile.jdbc.TestKeys.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keystile.key.AccountChange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditEntry;
import dev.keystile.key.AuditPage;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyChanges;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.UsageCount;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server that is killed amid a stream of changes, and started again over what it left: nothing acknowledged is lost. */
@Timeout(180)
final class KilledServerTest {

    private static final int WRITERS = 4;

    @ParameterizedTest
    @CsvSource({"POSTGRESQL, 60", "POSTGRESQL, 401", "MARIADB, 60", "MARIADB, 401"})
    void server_killedAmidChanges_hasAllThatItAcknowledged(DatabaseKind kind, int changesBefore) throws Exception {
        assumeThat(kind.ownServer()).as("a server that may be killed").isPresent();
        DatabaseServer server = kind.ownServer().orElseThrow();
        try (TestDatabase database = kind.fresh()) {
            List<Writer> writers = new ArrayList<>();
            ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
            try (KeyStore store = new JdbcKeyStoreProvider().open(database.settings())) {
                Semaphore acknowledged = new Semaphore(0);
                for (int n = 0; n < WRITERS; n++) {
                    writers.add(new Writer(n, store, acknowledged));
                }
                List<? extends Future<?>> running =
                        writers.stream().map(threads::submit).toList();
                assertThat(acknowledged.tryAcquire(changesBefore, 120, TimeUnit.SECONDS))
                        .isTrue();

                server.kill();

                for (Future<?> each : running) {
                    each.get();
                }
            } finally {
                threads.shutdown();
                server.start();
            }
            try (KeyStore store = new JdbcKeyStoreProvider().open(database.settings())) {
                writers.forEach(writer -> writer.assertKept(store));
                assertThat(changes(store)).hasSizeGreaterThanOrEqualTo(changesBefore / 2);
                ApiKey next = TestKeys.issue(store, key(99_999_999));
                assertThat(store.revision()).isEqualTo(next.revision());
            }
        }
    }

    /** The whole log; reading it tells of every revision that is missing. */
    private static List<KeyId> changes(KeyStore store) {
        KeyChanges changes = store.changesSince(0, 1_000_000);
        assertThat(changes.revision()).isEqualTo(store.revision());
        return changes.changed();
    }

    /** Issues, rotates, suspends and revokes keys of its own account, and counts their use, until the store fails it. */
    private static final class Writer implements Runnable {

        private final int number;
        private final String account;
        private final KeyStore store;
        private final Semaphore acknowledged;
        private final Map<KeyId, ApiKey> keys = new HashMap<>();
        private final List<Long> revisions = new ArrayList<>();
        private boolean suspended;
        private long used;
        /** What was asked for and not answered; it may have been done or not. */
        private List<KeyChange> open = List.of();

        private boolean openSuspension;
        private boolean openUse;

        Writer(int number, KeyStore store, Semaphore acknowledged) {
            this.number = number;
            this.account = "account " + number;
            this.store = store;
            this.acknowledged = acknowledged;
        }

        @Override
        public void run() {
            try {
                for (int n = 0; ; n++) {
                    KeyId first = id(number * 1_000_000 + 2 * n);
                    KeyId second = id(number * 1_000_000 + 2 * n + 1);
                    apply(KeyAction.ISSUE, newKey(first), newKey(second));
                    apply(KeyAction.ROTATE, rotated(first));
                    count(first);
                    apply(KeyAction.REVOKE, revoked(first), revoked(second));
                    suspend(true);
                    suspend(false);
                }
            } catch (UnavailableException killed) {
                // What this writer waits for.
            }
        }

        private ApiKey newKey(KeyId id) {
            ApiKey like = key(1);
            return ApiKey.builder(
                            id,
                            account,
                            "a key",
                            KeyPrefix.secret(like.prefix(), like.environment()),
                            like.newestSecret())
                    .build();
        }

        private ApiKey rotated(KeyId id) {
            ApiKey key = Objects.requireNonNull(keys.get(id));
            KeySecret old = key.newestSecret();
            return key.toBuilder()
                    .secrets(List.of(
                            old.endingAt(NOW.plusSeconds(60)),
                            new KeySecret(old.number() + 1, TestKeys.DIGEST, 7, "next", NOW, Optional.empty())))
                    .build();
        }

        private ApiKey revoked(KeyId id) {
            return Objects.requireNonNull(keys.get(id)).toBuilder()
                    .revokedAt(NOW)
                    .build();
        }

        private void apply(KeyAction action, ApiKey... wanted) {
            open = Arrays.stream(wanted)
                    .map(key -> new KeyChange(action, key, "operator:test", NOW))
                    .toList();
            for (ApiKey stored : store.apply(open)) {
                keys.put(stored.id(), stored);
                revisions.add(stored.revision());
            }
            open = List.of();
            acknowledged.release();
        }

        private void suspend(boolean wanted) {
            openSuspension = true;
            assertThat(store.apply(new AccountChange(account, wanted, "operator:test", Optional.empty(), NOW)))
                    .isTrue();
            suspended = wanted;
            openSuspension = false;
            acknowledged.release();
        }

        private void count(KeyId key) {
            openUse = true;
            store.usage()
                    .add(
                            List.of(new UsageCount(id(number), NOW.truncatedTo(ChronoUnit.HOURS), "allowed", 1)),
                            Map.of(key, NOW));
            used++;
            openUse = false;
            acknowledged.release();
        }

        void assertKept(KeyStore after) {
            Map<KeyId, ApiKey> expected = new HashMap<>(keys);
            boolean openWasDone = !open.isEmpty()
                    && after.find(open.get(0).key().id())
                            .map(key -> key.revision() != open.get(0).key().revision())
                            .orElse(false);
            if (openWasDone) {
                open.forEach(change -> {
                    ApiKey done = change.key();
                    long revision = after.find(done.id()).orElseThrow().revision();
                    expected.put(done.id(), done.toBuilder().revision(revision).build());
                });
            }
            expected.forEach((id, key) ->
                    assertThat(withoutSuspension(after.find(id).orElseThrow())).isEqualTo(withoutSuspension(key)));
            assertThat(trail(after)).containsAll(revisions);
            if (!openSuspension) {
                assertThat(after.suspendedAt(account).isPresent()).isEqualTo(suspended);
            }
            long counted = after.usage().counts(id(number), Instant.MIN, Instant.MAX).stream()
                    .mapToLong(UsageCount::requests)
                    .sum();
            assertThat(counted).isBetween(used, openUse ? used + 1 : used);
        }

        private List<Long> trail(KeyStore after) {
            List<Long> trail = new ArrayList<>();
            AuditQuery query = AuditQuery.ofAccount(account).limit(AuditQuery.MAX_LIMIT);
            AuditPage page = after.audit(query);
            while (page.more()) {
                page.entries().forEach(entry -> trail.add(entry.revision()));
                page = after.audit(
                        query.before(page.entries().get(page.entries().size() - 1)));
            }
            page.entries().stream().map(AuditEntry::revision).forEach(trail::add);
            return trail;
        }

        private static ApiKey withoutSuspension(ApiKey key) {
            return key.toBuilder().notSuspended().build();
        }
    }
}
