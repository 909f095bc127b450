package dev.keystile.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditPage;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyFormat;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStatus;
import dev.keystile.key.KeyStore;
import dev.keystile.key.KeyVerifier;
import dev.keystile.key.NewKey;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.UsageCount;
import dev.keystile.key.Verification;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What operations take over many keys. With {@code -Dkeystile.figures.keys=100000} it takes its time, and prints a table;
 * {@code docs/databases.md} has the whole command and the figures.
 */
@Timeout(1800)
final class FiguresTest {

    private static final int KEYS = Integer.getInteger("keystile.figures.keys", 1_000);
    private static final boolean PRINTING = System.getProperty("keystile.figures.keys") != null;

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final KeyPrefix PREFIX = KeyPrefix.secret("tk_live_", KeyEnvironment.LIVE);
    private static final String DIGEST =
            "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHRmb3J0ZXN0cw$YSBoYXNoIG9mIDMyIGJ5dGVzLCBhcyBsb25nIGFzIG9uZQ";

    /** Half of all keys. */
    private static final String LARGEST = "largest";
    /** A tenth. */
    private static final String TO_BE_REVOKED = "revoked";

    private static final int PROVEN_KEYS = Math.min(200, KEYS / 10);
    private static final int ROUNDS = PRINTING ? 40 : 2;

    @ParameterizedTest
    @EnumSource(DatabaseKind.class)
    void operations_overManyKeys_answerRight(DatabaseKind kind) throws Exception {
        try (TestDatabase database = kind.fresh();
                KeyStore store = new JdbcKeyStoreProvider().open(database.settings());
                KeyVerifier<String> verifier = verifier(store)) {
            Table table = new Table(kind);
            KeyManager manager = manager(verifier);
            fill(store, table);
            List<IssuedKey> proven = IntStream.range(0, PROVEN_KEYS)
                    .mapToObj(n -> manager.issue(
                            NewKey.of("proven", "a key", KeyEnvironment.LIVE).build(), OPERATOR))
                    .toList();
            analyze(database);
            sizes(database, table);

            lists(store, table);
            trails(store, table);
            uses(store, table);
            coldKeys(store, proven, table);
            revocation(manager, store, proven, table);
            table.print();
        }
    }

    private static void fill(KeyStore store, Table table) {
        int portion = 1000;
        table.once("issuing 1,000 keys in one change", KEYS / portion, n -> {
            List<KeyChange> changes = IntStream.range(n * portion, (n + 1) * portion)
                    .mapToObj(FiguresTest::key)
                    .map(key -> new KeyChange(KeyAction.ISSUE, key, "operator:test", NOW))
                    .toList();
            assertThat(store.apply(changes)).hasSize(portion);
        });
    }

    private static ApiKey key(int n) {
        KeySecret secret = new KeySecret(
                1, DIGEST, n, String.format(Locale.ROOT, "%04d", n % 10_000), NOW.plusSeconds(n), Optional.empty());
        ApiKey.Builder key = ApiKey.builder(id(n), account(n), "Checkout server " + n, PREFIX, secret)
                .createdBy("member:" + n % 50)
                .member("member " + n % 50)
                .attributes(Map.of("region", "eu"));
        if (n % 10 == 1) {
            key.expiresAt(NOW.plus(Duration.ofDays(n % 365)));
        }
        return key.build();
    }

    private static String account(int n) {
        return switch (n % 10) {
            case 0 -> TO_BE_REVOKED;
            case 1, 2, 3, 4, 5 -> LARGEST;
            default -> "account " + n / 10 % Math.max(1, KEYS / 250);
        };
    }

    private static KeyId id(int n) {
        // Spread over the alphabet, as drawn ids are.
        return new KeyId(String.format(Locale.ROOT, "%04x%08d", n * 40_503 & 0xFFFF, n));
    }

    private static void analyze(TestDatabase database) throws SQLException {
        if (database.kind() == DatabaseKind.MARIADB) {
            database.rows("ANALYZE TABLE keystile_key, keystile_secret, keystile_change");
        } else {
            database.sql("ANALYZE");
        }
    }

    /** What a key and the change that issued it take on disk, indexes and all. H2 in memory has no such figure. */
    private static void sizes(TestDatabase database, Table table) throws SQLException {
        for (List<String> tables : List.of(List.of("keystile_key", "keystile_secret"), List.of("keystile_change"))) {
            long bytes = 0;
            for (String name : tables) {
                String size = switch (database.kind()) {
                    case H2 -> "SELECT 0";
                    case POSTGRESQL -> "SELECT pg_total_relation_size('" + name + "')";
                    case MARIADB ->
                        "SELECT data_length + index_length FROM information_schema.tables"
                                + " WHERE table_schema = DATABASE() AND table_name = '" + name + "'";
                };
                bytes += Long.parseLong(database.rows(size).get(0));
            }
            table.size(String.join(", ", tables), bytes / KEYS);
        }
    }

    private static void lists(KeyStore store, Table table) {
        KeyQuery all = KeyQuery.ofAccount(LARGEST);
        KeyPage first = table.measure("list: first page", () -> store.list(all));
        assertThat(first.keys()).hasSize(50);
        KeyQuery deep = all.after(key(first(KEYS / 10)));
        assertThat(table.measure("list: a page behind four fifths of them", () -> store.list(deep))
                        .keys())
                .hasSize(50);
        KeyQuery member = all.ofMember("member 3");
        assertThat(table.measure("list: of one member", () -> store.list(member))
                        .keys())
                .isNotEmpty();
        KeyQuery common = all.holding("server");
        assertThat(table.measure("list: a text that all names hold", () -> store.list(common))
                        .keys())
                .hasSize(50);
        KeyQuery rare = all.holding("server " + first(KEYS / 2));
        assertThat(table.measure("list: a text that one name holds", () -> store.list(rare))
                        .keys())
                .hasSize(1);
        KeyQuery none = all.holding("zzzz");
        assertThat(table.measure("list: a text that none holds", () -> store.list(none))
                        .keys())
                .isEmpty();
        KeyQuery expired = all.with(KeyStatus.EXPIRED, NOW.plus(Duration.ofDays(100)));
        assertThat(table.measure("list: expired ones", () -> store.list(expired))
                        .keys())
                .hasSizeGreaterThan(5);
        KeyQuery disabled = all.with(KeyStatus.DISABLED, NOW);
        assertThat(table.measure("list: disabled ones, of which there are none", () -> store.list(disabled))
                        .keys())
                .isEmpty();
        assertThat(table.measure(
                        "the next 100 keys to expire within a week",
                        () -> store.expiring(NOW, NOW.plus(Duration.ofDays(7)), 100)))
                .isNotEmpty();
    }

    /** A key of the largest account. */
    private static int first(int n) {
        return n / 10 * 10 + 2;
    }

    private static void trails(KeyStore store, Table table) {
        AuditQuery all = AuditQuery.ofAccount(LARGEST);
        AuditPage first = table.measure("audit: first page", () -> store.audit(all));
        assertThat(first.entries()).hasSize(50);
        AuditQuery deep = new AuditQuery(LARGEST, Optional.empty(), OptionalLong.of(KEYS / 5), all.limit());
        assertThat(table.measure("audit: a page behind four fifths of them", () -> store.audit(deep))
                        .entries())
                .hasSize(50);
        AuditQuery ofKey = all.ofKey(id(first(KEYS / 2)));
        assertThat(table.measure("audit: of one key", () -> store.audit(ofKey)).entries())
                .hasSize(1);
        assertThat(table.measure("change log: nothing new", () -> store.changesSince(store.revision(), 1000))
                        .changed())
                .isEmpty();
        assertThat(table.measure("change log: 1,000 changes", () -> store.changesSince(KEYS / 2 - 500, 1000))
                        .changed())
                .hasSizeGreaterThan(500);
    }

    private static void uses(KeyStore store, Table table) {
        Instant hour = NOW.truncatedTo(ChronoUnit.HOURS);
        int used = Math.min(10_000, KEYS);
        List<UsageCount> counts = new ArrayList<>();
        Map<KeyId, Instant> lastUsed = new HashMap<>();
        for (int n = 0; n < used; n++) {
            counts.add(new UsageCount(id(n), hour, "allowed", 7));
            lastUsed.put(id(n), NOW);
        }
        String batch = String.format(Locale.ROOT, "usage: a batch of %,d keys", used);
        table.measure(batch + ", new", 1, () -> {
            store.usage().add(counts, lastUsed);
            return used;
        });
        table.measure(batch + ", added to", 2, () -> {
            store.usage().add(counts, lastUsed);
            return used;
        });
        List<KeyId> page = IntStream.range(0, 50).mapToObj(FiguresTest::id).toList();
        assertThat(table.measure(
                        "usage: last use of 50 keys", () -> store.usage().lastUsed(page)))
                .hasSize(50);
        assertThat(table.measure(
                        "usage: a key's 30 days",
                        () -> store.usage().counts(id(7), hour.minus(Duration.ofDays(30)), hour.plusSeconds(1))))
                .hasSize(1);
    }

    private static void coldKeys(KeyStore store, List<IssuedKey> proven, Table table) {
        List<String> texts = proven.stream().map(IssuedKey::revealOnce).toList();
        // For the class loader and the hasher's first call.
        try (KeyVerifier<String> warm = verifier(store)) {
            assertThat(warm.verify(texts.get(0))).isInstanceOf(Verification.Verified.class);
        }
        try (KeyVerifier<String> cold = verifier(store)) {
            Iterator<String> each = texts.iterator();
            table.measure(
                    "verifying a key that is not in memory: read and proof",
                    texts.size(),
                    () -> assertThat(cold.verify(each.next())).isInstanceOf(Verification.Verified.class));
        }
        int[] next = {0};
        table.measure(
                "reading a key",
                () -> assertThat(store.find(id(first((next[0]++ * 7_919) % KEYS))))
                        .isPresent());
    }

    private static void revocation(KeyManager manager, KeyStore store, List<IssuedKey> one, Table table) {
        table.once(
                "revoking a key",
                one.size(),
                round -> manager.revoke(one.get(round).key().id(), OPERATOR));
        assertThat(store.find(one.get(0).key().id()))
                .hasValueSatisfying(key -> assertThat(key.status(NOW)).isEqualTo(KeyStatus.REVOKED));
        String what = String.format(Locale.ROOT, "revoking an account of %,d keys", KEYS / 10);
        assertThat(table.measure(what, 1, () -> manager.revokeByAccount(TO_BE_REVOKED, OPERATOR)))
                .hasSize(KEYS / 10);
        assertThat(store.list(KeyQuery.ofAccount(TO_BE_REVOKED).with(KeyStatus.ACTIVE, NOW))
                        .keys())
                .isEmpty();
    }

    private static KeyVerifier<String> verifier(KeyStore store) {
        return KeyVerifier.builder(store, new KeyFormat(List.of(PREFIX), List.of(KeyHasher.argon2id())))
                .build(ApiKey::account);
    }

    private static KeyManager manager(KeyVerifier<String> verifier) {
        return verifier.manager(ScopeCatalog.builder().build(), Set.of(), Set.of());
    }

    /** What was measured. */
    private static final class Table {

        private final StringBuilder lines = new StringBuilder();

        Table(DatabaseKind kind) {
            lines.append(String.format(Locale.ROOT, "%n%s, %,d keys; milliseconds%n", kind, KEYS));
            lines.append(String.format("%-60s %10s %10s%n", "", "median", "90 %"));
        }

        <T> T measure(String what, Operation<T> operation) {
            return measure(what, ROUNDS, operation);
        }

        <T> T measure(String what, int rounds, Operation<T> operation) {
            long[] nanos = new long[rounds];
            List<T> results = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                long began = System.nanoTime();
                results.add(operation.run());
                nanos[round] = System.nanoTime() - began;
            }
            tell(what, nanos);
            return results.get(rounds - 1);
        }

        void once(String what, int rounds, IntConsumer operation) {
            int[] round = {0};
            measure(what, rounds, () -> {
                operation.accept(round[0]++);
                return round[0];
            });
        }

        void size(String what, long bytesAKey) {
            lines.append(String.format(Locale.ROOT, "%-60s %10d bytes a key%n", what, bytesAKey));
        }

        private void tell(String what, long[] nanos) {
            Arrays.sort(nanos);
            lines.append(String.format(
                    Locale.ROOT,
                    "%-60s %10.2f %10.2f%n",
                    what,
                    nanos[nanos.length / 2] / 1e6,
                    nanos[nanos.length * 9 / 10] / 1e6));
        }

        void print() {
            if (PRINTING) {
                System.out.println(lines);
            }
        }
    }

    /** What is measured. */
    private interface Operation<T> {
        T run();
    }
}
