package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.NOW;
import static dev.keystile.jdbc.TestKeys.id;
import static dev.keystile.jdbc.TestKeys.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UsageCount;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which index each read goes by, as the servers explain it, over enough rows for them to choose one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
final class IndexesTest {

    private static final int KEYS = 4_000;
    /** One account in twenty keys, so that going through all of them costs more. */
    private static final int KEYS_AN_ACCOUNT = 200;

    private final Map<DatabaseKind, TestDatabase> databases = new EnumMap<>(DatabaseKind.class);

    Stream<Arguments> reads() {
        return Stream.of(DatabaseKind.POSTGRESQL, DatabaseKind.MARIADB).flatMap(kind -> {
            databases.put(kind, filled(kind));
            KeyQuery keys = KeyQuery.ofAccount("account 3").limit(10);
            ApiKey last = keyOf(3 * KEYS_AN_ACCOUNT + 50);
            AuditQuery trail = AuditQuery.ofAccount("account 3").limit(10);
            return Stream.of(
                    read(kind, "find", primary(kind, "keystile_key"), store -> store.find(id(7))),
                    read(kind, "first page", "keystile_key_list", store -> store.list(keys)),
                    read(kind, "a later page", "keystile_key_list", store -> store.list(keys.after(last))),
                    read(kind, "a member's keys", "keystile_key_member", store -> store.list(keys.ofMember("ann"))),
                    read(
                            kind,
                            "keys that expire",
                            "keystile_key_expiry",
                            store -> store.expiring(NOW, NOW.plusSeconds(100), 10)),
                    read(kind, "audit", "keystile_change_account", store -> store.audit(trail)),
                    read(
                            kind,
                            "a later page of audit",
                            "keystile_change_account",
                            store -> store.audit(new AuditQuery(
                                    trail.account(),
                                    Optional.empty(),
                                    OptionalLong.of(3 * KEYS_AN_ACCOUNT + 100),
                                    10))),
                    read(
                            kind,
                            "audit of a key",
                            "keystile_change_key",
                            store -> store.audit(trail.ofKey(id(3 * KEYS_AN_ACCOUNT + 7)))),
                    read(kind, "changes", primary(kind, "keystile_change"), store -> store.changesSince(KEYS - 20, 10)),
                    read(
                            kind,
                            "usage",
                            primary(kind, "keystile_usage"),
                            store -> store.usage().counts(id(7), NOW.minusSeconds(7200), NOW)),
                    read(
                            kind,
                            "last use",
                            primary(kind, "keystile_last_use"),
                            store -> store.usage().lastUsed(List.of(id(7), id(8)))),
                    read(
                            kind,
                            "usage to be forgotten",
                            // MariaDB looks into the index as it plans, and is done.
                            kind == DatabaseKind.MARIADB ? "min/max row" : "keystile_usage_hour",
                            store -> store.usage().forgetBefore(hour(-KEYS + 3))));
        });
    }

    private static String primary(DatabaseKind kind, String table) {
        return kind == DatabaseKind.MARIADB ? "PRIMARY" : table + "_pkey";
    }

    private static Arguments read(DatabaseKind kind, String what, String index, Consumer<KeyStore> read) {
        return argumentSet(what + " on " + kind, kind, index, read);
    }

    @ParameterizedTest
    @MethodSource("reads")
    void read_overManyRows_goesByItsIndex(DatabaseKind kind, String index, Consumer<KeyStore> read)
            throws SQLException {
        String plan = planOf(Objects.requireNonNull(databases.get(kind)), read);

        assertThat(plan).contains(index);
        if (kind == DatabaseKind.POSTGRESQL) {
            assertThat(plan).doesNotContainPattern("Seq Scan on keystile_(key|change|usage|last_use|secret)\\b");
        }
    }

    /** Of the first statement that it runs. */
    private static String planOf(TestDatabase database, Consumer<KeyStore> read) throws SQLException {
        List<WatchedDataSource.Call> calls = new ArrayList<>();
        KeyStore store = JdbcKeyStore.open(WatchedDataSource.over(database.dataSource(), new Recorder(calls)));
        calls.clear();
        read.accept(store);
        WatchedDataSource.Call first = calls.get(0);
        StringBuilder plan = new StringBuilder();
        try (Connection connection = database.connect();
                PreparedStatement explain = connection.prepareStatement("EXPLAIN " + first.sql())) {
            for (Map.Entry<Integer, Object> parameter : first.parameters().entrySet()) {
                explain.setObject(parameter.getKey(), parameter.getValue());
            }
            try (ResultSet rows = explain.executeQuery()) {
                while (rows.next()) {
                    for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
                        plan.append(rows.getString(column)).append(' ');
                    }
                    plan.append('\n');
                }
            }
        }
        return plan.toString();
    }

    private record Recorder(List<WatchedDataSource.Call> calls) implements WatchedDataSource.Watcher {

        @Override
        public void before(WatchedDataSource.Call call) {
            calls.add(call);
        }

        @Override
        public void after(WatchedDataSource.Call call) {}
    }

    private static TestDatabase filled(DatabaseKind kind) {
        TestDatabase database = kind.fresh();
        JdbcKeyStore store = JdbcKeyStore.open(database.dataSource());
        store.apply(IntStream.range(0, KEYS)
                .mapToObj(n -> new KeyChange(KeyAction.ISSUE, keyOf(n), "operator:test", NOW))
                .toList());
        store.usage()
                .add(
                        IntStream.range(0, KEYS)
                                .mapToObj(n -> new UsageCount(id(n), hour(-n), "allowed", 1))
                                .toList(),
                        IntStream.range(0, KEYS).boxed().collect(Collectors.toMap(TestKeys::id, n -> NOW)));
        try {
            if (kind == DatabaseKind.MARIADB) {
                database.rows(
                        "ANALYZE TABLE keystile_key, keystile_secret, keystile_change, keystile_usage, keystile_last_use");
            } else {
                database.sql("ANALYZE");
            }
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
        return database;
    }

    private static Instant hour(int n) {
        return NOW.truncatedTo(ChronoUnit.HOURS).plus(n, ChronoUnit.HOURS);
    }

    private static ApiKey keyOf(int n) {
        KeySecret secret = new KeySecret(1, TestKeys.DIGEST, n, "wxyz", NOW.plusSeconds(n), Optional.empty());
        ApiKey like = key(n);
        return ApiKey.builder(
                        id(n),
                        "account " + n / KEYS_AN_ACCOUNT,
                        "a key",
                        KeyPrefix.secret(like.prefix(), like.environment()),
                        secret)
                .member(n % 20 == 0 ? "ann" : "bob " + n % 20)
                .expiresAt(NOW.plusSeconds(n))
                .build();
    }

    @AfterAll
    void drop() {
        databases.values().forEach(TestDatabase::close);
    }
}
