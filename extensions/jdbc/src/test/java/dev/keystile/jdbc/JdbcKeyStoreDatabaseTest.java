package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.DIGEST;
import static dev.keystile.jdbc.TestKeys.NOW;
import static dev.keystile.jdbc.TestKeys.id;
import static dev.keystile.jdbc.TestKeys.issue;
import static dev.keystile.jdbc.TestKeys.key;
import static dev.keystile.jdbc.TestKeys.revoke;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.key.AccountChange;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyChanges;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyFormat;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.KeyRevocation;
import dev.keystile.key.KeyVerifier;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.UsageCount;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the store does with its tables and connections, beyond the contract. */
@ParameterizedClass
@EnumSource(DatabaseKind.class)
@Timeout(120)
final class JdbcKeyStoreDatabaseTest {

    /** One of each kind, until a test changes its tables. */
    private static final Map<DatabaseKind, TestDatabase> SHARED = new EnumMap<>(DatabaseKind.class);

    private final TestDatabase database;
    private final DataSource dataSource;

    JdbcKeyStoreDatabaseTest(DatabaseKind kind) {
        database = SHARED.computeIfAbsent(kind, DatabaseKind::fresh);
        dataSource = database.dataSource();
    }

    @BeforeEach
    void empty() throws SQLException {
        JdbcKeyStore.open(dataSource).close();
        database.empty();
    }

    /** Changes the tables, which no other test is given then. */
    private void alter(String statement) throws SQLException {
        SHARED.remove(database.kind());
        database.sql(statement);
    }

    @AfterEach
    void dropAltered() {
        if (!SHARED.containsKey(database.kind())) {
            database.close();
        }
    }

    @AfterAll
    static void dropShared() {
        SHARED.values().forEach(TestDatabase::close);
        SHARED.clear();
    }

    // Many stores

    @Test
    void changesSince_changeOfAnotherStore_isSeen() {
        JdbcKeyStore one = JdbcKeyStore.open(dataSource);
        JdbcKeyStore other = JdbcKeyStore.open(dataSource);

        ApiKey issued = issue(one, key(1));
        assertThat(other.changesSince(0, 10)).isEqualTo(new KeyChanges(List.of(id(1)), 1, false));

        ApiKey revoked = revoke(other, issued);
        assertThat(one.changesSince(1, 10)).isEqualTo(new KeyChanges(List.of(id(1)), 2, false));
        assertThat(one.find(id(1))).contains(revoked);
    }

    @Test
    void changesSince_logThatLacksARow_saysThatAnythingMayHaveChanged() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        IntStream.range(0, 5).forEach(n -> issue(store, key(n)));
        database.sql("DELETE FROM keystile_change WHERE revision IN (2, 5)");

        assertThat(store.changesSince(0, 1)).isEqualTo(new KeyChanges(List.of(id(0)), 1, true));
        assertThat(store.changesSince(2, 2)).isEqualTo(new KeyChanges(List.of(id(2), id(3)), 4, true));
        assertThat(store.changesSince(0, 10)).isEqualTo(KeyChanges.anything(5));
        assertThat(store.changesSince(1, 10)).isEqualTo(KeyChanges.anything(5));
        assertThat(store.changesSince(2, 10)).isEqualTo(KeyChanges.anything(5));
        assertThat(store.changesSince(4, 10)).isEqualTo(KeyChanges.anything(5));
    }

    @Test
    void apply_changes_leaveAnAuditTrail() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);

        revoke(store, issue(store, key(1)));
        store.apply(new AccountChange("acme", true, "operator:test", Optional.of("10.1.2.3"), NOW));

        assertThat(database.rows("SELECT revision, key_id, account, change_action, actor, COALESCE(address, '-'),"
                        + " changed_ms FROM keystile_change ORDER BY revision"))
                .containsExactly(
                        "1 K00000000001 acme issue operator:test - " + NOW.toEpochMilli(),
                        "2 K00000000001 acme revoke member:ann - " + (NOW.toEpochMilli() + 1000),
                        "3  acme suspend-account operator:test 10.1.2.3 " + NOW.toEpochMilli());
    }

    @Test
    void audit_actionOfALaterRelease_isUnavailable() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        issue(store, key(1));
        database.sql("UPDATE keystile_change SET change_action = 'teleport' WHERE revision = 1");

        assertUnavailable(
                () -> store.audit(AuditQuery.ofAccount("acme")), "revision 1 in keystile_change", "'teleport'");
        assertThat(store.changesSince(0, 10).changed()).containsExactly(id(1));
    }

    // Values

    @Test
    void apply_attributesThatNoTextColumnHolds_comeBack() {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        Map<String, String> odd = Map.of("nul", "a\0b", "half", "\ud83d", "bell", "\u0007\u007f\u0085");

        ApiKey issued = issue(store, key(1).toBuilder().attributes(odd).build());

        assertThat(issued.attributes()).isEqualTo(odd);
        assertThat(store.find(id(1))).contains(issued);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "keystile_key | revision | 0 | revision",
                "keystile_key | account | ' ' | account",
                "keystile_key | member_id | '' | member",
                "keystile_key | key_name | '\u0007' | name",
                "keystile_key | key_prefix | '?' | key_prefix",
                "keystile_key | key_kind | 'SECRET' | key_kind",
                "keystile_key | environment | 'Live' | environment",
                "keystile_key | api_version | -1 | api_version",
                "keystile_key | scopes | 'a  b' | scopes",
                "keystile_key | scopes | 'a a' | scopes",
                "keystile_key | scopes | 'a*' | scopes",
                "keystile_key | roles | ' support' | roles",
                "keystile_key | attributes | '' | attributes",
                "keystile_key | attributes | 'null' | attributes",
                "keystile_key | attributes | '[]' | attributes",
                "keystile_key | attributes | '{\"a\":1}' | attributes",
                "keystile_key | attributes | '{\"a\":{}}' | attributes",
                "keystile_key | attributes | '{\"a\":\"b\"' | attributes",
                "keystile_key | attributes | '{\"a\":\"b\"} x' | attributes",
                "keystile_key | attributes | '{} {}' | attributes",
                "keystile_key | attributes | '{\"a\":\"b\",\"a\":\"c\"}' | attributes",
                "keystile_key | addresses | '' | addresses",
                "keystile_key | addresses | '10.0.0.0/8 ' | addresses",
                "keystile_key | addresses | '10.0.0.1/8' | addresses",
                "keystile_key | addresses | 'everywhere' | addresses",
                "keystile_secret | overlap_ms | -1 | overlap_ms",
                "keystile_secret | secret_number | 0 | secret_number",
                "keystile_secret | quick_check | -2 | quick_check",
                "keystile_secret | quick_check | 4294967296 | quick check",
            })
    void find_damagedValue_isUnavailableAndNamed(String table, String column, String value, String named)
            throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        issue(store, key(1));
        ApiKey sound = issue(store, key(2));

        assertThat(database.sql(
                        "UPDATE " + table + " SET " + column + " = " + value + " WHERE key_id = '" + id(1) + "'"))
                .isEqualTo(1);

        assertUnavailable(() -> store.find(id(1)), "key K00000000001 is damaged: ", named);
        assertThat(store.find(id(2))).contains(sound);
        assertThat(store.list(KeyQuery.ofAccount("acme")))
                .isEqualTo(new KeyPage(List.of(sound), column.equals("account") ? List.of() : List.of(id(1)), false));
    }

    // Keys that are damaged

    /** Issues keys that expire one after the other, and damages some of them. */
    private List<ApiKey> issueAndDamage(JdbcKeyStore store, int keys, Integer... damaged) throws SQLException {
        List<ApiKey> sound = new ArrayList<>();
        for (int n = 0; n < keys; n++) {
            ApiKey issued = issue(
                    store, key(n).toBuilder().expiresAt(NOW.plusSeconds(60)).build());
            if (List.of(damaged).contains(n)) {
                database.sql("UPDATE keystile_key SET scopes = 'a  b' WHERE key_id = '" + id(n) + "'");
            } else {
                sound.add(issued);
            }
        }
        return sound;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 9, 10})
    void list_inPagesWithDamagedKeys_showsEachOtherOnce_andNamesThem(int limit) throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        List<ApiKey> sound = issueAndDamage(store, 9, 0, 1, 2, 4, 7, 8);

        List<ApiKey> shown = new ArrayList<>();
        List<KeyId> damaged = new ArrayList<>();
        KeyQuery query = KeyQuery.ofAccount("acme").limit(limit);
        KeyPage page;
        do {
            page = store.list(query);
            assertThat(page.keys()).hasSizeBetween(1, limit);
            shown.addAll(page.keys());
            damaged.addAll(page.damaged());
            query = query.after(shown.get(shown.size() - 1));
        } while (page.more());

        assertThat(shown).isEqualTo(sound);
        assertThat(damaged).containsExactly(id(0), id(1), id(2), id(4), id(7), id(8));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 9})
    void expiring_withDamagedKeys_leavesThemOut_andHasAsManyAsAskedFor(int limit) throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        List<ApiKey> sound = issueAndDamage(store, 9, 0, 1, 2, 4, 7, 8);

        assertThat(store.expiring(NOW, NOW.plusSeconds(61), limit))
                .isEqualTo(sound.subList(0, Math.min(limit, sound.size())));
    }

    @Test
    void list_damagedKey_isToldOfOnce_withoutItsDigest() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        issueAndDamage(store, 2, 0);
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            store.list(KeyQuery.ofAccount("acme"));
            store.expiring(NOW, NOW.plusSeconds(61), 10);
        } finally {
            System.setErr(before);
        }

        assertThat(log.toString(StandardCharsets.UTF_8).lines())
                .filteredOn(line -> line.contains("WARN"))
                .singleElement()
                .asString()
                .contains("key K00000000000 is damaged: column scopes")
                .doesNotContain(DIGEST);
    }

    @Test
    void damagedKey_whoseAccountLeaves_isRevokedWithTheOthers() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        issueAndDamage(store, 3, 1);
        database.sql("DELETE FROM keystile_secret WHERE key_id = '" + id(1) + "'");
        KeyManager manager = KeyVerifier.builder(
                        store,
                        new KeyFormat(
                                List.of(KeyPrefix.secret("acme_live_", KeyEnvironment.LIVE)),
                                List.of(KeyHasher.hmacSha256(new byte[32]))))
                .inspector()
                .manager(ScopeCatalog.builder().build(), Set.of(), Set.of());
        Actor operator = new Actor.Operator("test");

        assertThat(manager.revokeByAccount("acme", operator)).containsExactly(id(0), id(2), id(1));
        assertThat(manager.revokeByAccount("acme", operator)).isEmpty();

        assertThat(database.rows("SELECT key_id FROM keystile_key WHERE revoked_ms IS NULL"))
                .isEmpty();
        assertThat(store.changesSince(5, 10)).isEqualTo(new KeyChanges(List.of(id(1)), 6, false));
        assertThat(store.audit(AuditQuery.ofAccount("acme")).entries().get(0))
                .satisfies(it -> assertThat(it.action()).isEqualTo(KeyAction.REVOKE))
                .satisfies(it -> assertThat(it.key()).contains(id(1)))
                .satisfies(it -> assertThat(it.detail()).isEqualTo("with all keys of the account"));
    }

    @Test
    void damagedKey_thatWasRevoked_staysSo_whenItIsMended() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        issueAndDamage(store, 1, 0);
        KeyRevocation revocation =
                new KeyRevocation(id(0), "acme", "operator:test", Optional.of("10.1.2.3"), "", NOW.plusSeconds(5));

        assertThat(store.apply(new KeyRevocation(id(0), "other", "operator:test", Optional.empty(), "", NOW)))
                .isFalse();
        assertThat(store.apply(revocation)).isTrue();
        assertThat(store.apply(revocation)).isFalse();
        database.sql("UPDATE keystile_key SET scopes = ''");

        ApiKey mended = store.find(id(0)).orElseThrow();
        assertThat(mended.revokedAt()).contains(NOW.plusSeconds(5));
        assertThat(mended.revision()).isEqualTo(2);
        assertThat(store.revision()).isEqualTo(2);
    }

    @Test
    void find_secretsMissingOrTooMany_isUnavailable() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        issue(store, key(1));
        issue(store, key(2));
        database.sql("DELETE FROM keystile_secret WHERE key_id = '" + id(1) + "'");
        for (int number = 2; number <= 3; number++) {
            database.sql("INSERT INTO keystile_secret SELECT key_id, " + number
                    + ", digest, quick_check, last_four, made_ms, ends_ms, overlap_ms FROM keystile_secret WHERE key_id = '"
                    + id(2)
                    + "' AND secret_number = 1");
        }

        assertUnavailable(() -> store.find(id(1)), "key K00000000001 is damaged: ", "secret_number");
        assertUnavailable(() -> store.find(id(2)), "key K00000000002 is damaged: ", "keystile_secret");
    }

    @ParameterizedTest
    @CsvSource({"account, acme, ann, ACME, ann", "member_id, acme, ann, acme, ANN"})
    void list_databaseThatComparesWithoutCase_isUnavailable(
            String column, String account, String member, String otherAccount, String otherMember) throws SQLException {
        String withoutCase = switch (database.kind()) {
            case H2 -> "ALTER COLUMN " + column + " VARCHAR_IGNORECASE(100)";
            case POSTGRESQL -> "ALTER COLUMN " + column + " TYPE VARCHAR(100) COLLATE without_case";
            case MARIADB -> "MODIFY COLUMN " + column + " VARCHAR(100) COLLATE utf8mb4_general_ci";
        };
        if (database.kind() == DatabaseKind.POSTGRESQL) {
            alter("CREATE COLLATION without_case"
                    + " (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
        }
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        ApiKey issued = issue(store, key(1).toBuilder().member(member).build());
        alter("ALTER TABLE keystile_key " + withoutCase);

        assertThat(store.list(KeyQuery.ofAccount(account).ofMember(member)).keys())
                .containsExactly(issued);
        assertUnavailable(
                () -> store.list(KeyQuery.ofAccount(otherAccount).ofMember(otherMember)), "for another", column);
    }

    // Failures

    @Test
    void apply_databaseRefusesARow_changesNothingAndShowsNoDigest() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        ApiKey issued = issue(store, key(1));
        alter("ALTER TABLE keystile_secret ADD CONSTRAINT no_end" + " CHECK (ends_ms IS NULL OR digest <> '" + DIGEST
                + "')");
        ApiKey ending = issued.toBuilder()
                .disabledAt(NOW)
                .secrets(List.of(issued.newestSecret().endingAt(NOW)))
                .build();

        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> store.apply(new KeyChange(KeyAction.ROTATE, ending, "operator:test", NOW)))
                .withMessageContainingAll("change key K00000000001", "SQL state 23")
                .satisfies(it ->
                        assertThat(Failures.text(it)).doesNotContain(DIGEST).contains("its text is left out"));

        assertThat(store.find(id(1))).contains(issued);
        assertThat(store.revision()).isEqualTo(1);
        assertThat(store.changesSince(0, 10).changed()).hasSize(1);
        assertThat(revoke(store, issued).revision()).isEqualTo(2);
    }

    @Test
    void apply_changeLogRefusesTheLine_undoesAnIssuedKey() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        alter("ALTER TABLE keystile_change ADD CONSTRAINT no_key CHECK (key_id <> '" + id(1) + "')");

        assertUnavailable(() -> issue(store, key(1)), "change key K00000000001");

        assertThat(store.find(id(1))).isEmpty();
        assertThat(store.revision()).isZero();
        assertThat(issue(store, key(2)).revision()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"true, 2", "false, 2", "true, 8", "false, 8"})
    void connection_afterEachUse_isAsItWas(boolean autoCommit, int isolation) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            connection.setTransactionIsolation(isolation);
            connection.setAutoCommit(autoCommit);
            JdbcKeyStore store = JdbcKeyStore.open(OneConnection.lending(connection));
            AccountChange suspension = new AccountChange("other", true, "operator:test", Optional.empty(), NOW);
            List<Runnable> uses = List.of(
                    () -> store.find(id(1)),
                    () -> store.list(KeyQuery.ofAccount("acme")),
                    () -> store.expiring(NOW, NOW, 10),
                    () -> store.audit(AuditQuery.ofAccount("acme")),
                    () -> store.suspendedAt("acme"),
                    store::revision,
                    () -> store.changesSince(0, 10),
                    () -> assertThat(store.apply(suspension)).isTrue(),
                    () -> assertThat(store.apply(suspension)).isFalse(),
                    () -> store.usage().add(List.of(), Map.of(id(1), NOW)),
                    () -> store.usage().lastUsed(List.of(id(1))),
                    () -> store.usage().counts(id(1), NOW, NOW),
                    () -> store.usage().forgetBefore(NOW),
                    () -> issue(store, key(1)),
                    () -> assertThatExceptionOfType(KeyRefusedException.class).isThrownBy(() -> issue(store, key(1))),
                    () -> revoke(store, store.find(id(1)).orElseThrow()),
                    store::close);
            for (Runnable use : uses) {
                use.run();
                assertThat(connection.isClosed()).isFalse();
                assertThat(connection.getAutoCommit()).isEqualTo(autoCommit);
                assertThat(connection.getTransactionIsolation()).isEqualTo(isolation);
            }
            JdbcKeyStore other = JdbcKeyStore.open(dataSource);
            assertThat(other.revision()).as("seen by others").isEqualTo(3);
            revoke(other, issue(other, key(2)));
            assertThat(store.revision()).as("sees others").isEqualTo(5);
        }
    }

    /** As many as an hour has on a busy day could not be deleted in the time that one statement has. */
    @Test
    void forgetBefore_hourOfManyRows_deletesSomeAtATime_andAgainWhereSomebodyIsInTheWay() throws SQLException {
        List<UsageCount> counts = new ArrayList<>();
        Instant hour = Instant.parse("2026-03-01T12:00:00Z");
        for (int n = 0; n < 2_500; n++) {
            counts.add(new UsageCount(id(n), hour, "allowed", 1));
            counts.add(new UsageCount(id(n), hour.plusSeconds(3600), "allowed", 1));
        }
        AtomicInteger collisions = new AtomicInteger();
        List<Integer> left = new ArrayList<>();
        JdbcKeyStore store = JdbcKeyStore.open(WatchedDataSource.over(dataSource, new WatchedDataSource.Watcher() {
            @Override
            public void before(WatchedDataSource.Call call) throws SQLException {
                if (call.sql().startsWith("DELETE FROM keystile_usage") && collisions.getAndIncrement() % 2 == 0) {
                    throw new SQLException("on purpose", "40001");
                }
            }

            @Override
            public void after(WatchedDataSource.Call call) throws SQLException {
                if (call.sql().equals("COMMIT")) {
                    left.add(database.rows("SELECT key_id FROM keystile_usage").size());
                }
            }
        }));
        store.usage().add(counts, Map.of());
        left.clear();

        store.usage().forgetBefore(hour.plusSeconds(3600));

        assertThat(left).containsExactly(4_000, 3_000, 2_500, 2_500);
        assertThat(collisions).hasValue(6);
    }

    private static void assertUnavailable(Runnable call, String... message) {
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(call::run)
                .withMessageContainingAll(message)
                .satisfies(it -> assertThat(Failures.text(it)).doesNotContain(DIGEST));
    }
}
