package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.DIGEST;
import static dev.keystile.jdbc.TestKeys.NOW;
import static dev.keystile.jdbc.TestKeys.id;
import static dev.keystile.jdbc.TestKeys.issue;
import static dev.keystile.jdbc.TestKeys.key;
import static dev.keystile.jdbc.TestKeys.revoke;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyChanges;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the store does with its tables and connections, beyond the contract. */
@Timeout(60)
final class JdbcKeyStoreDatabaseTest {

    private final JdbcDataSource dataSource = new JdbcDataSource();

    JdbcKeyStoreDatabaseTest() {
        dataSource.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    }

    @AfterEach
    void dropDatabase() throws SQLException {
        sql("SHUTDOWN");
    }

    // The schema

    @Test
    void open_schemaThatExists_leavesItAlone() throws SQLException {
        ApiKey issued = issue(JdbcKeyStore.open(dataSource), key(1));

        JdbcKeyStore second = JdbcKeyStore.open(dataSource);

        assertThat(second.find(issued.id())).contains(issued);
        assertThat(second.revision()).isEqualTo(1);
        assertThat(rows("SELECT schema_version FROM keystile_schema")).containsExactly("1");
        assertThat(rows("SELECT id, revision FROM keystile_revision")).containsExactly("1 1");
    }

    @Test
    void open_byManyAtOnce_makesOneSchema() throws Exception {
        int starts = 8;
        ExecutorService threads = Executors.newFixedThreadPool(starts);
        CyclicBarrier start = new CyclicBarrier(starts);
        try {
            List<Future<KeyStore>> opening = IntStream.range(0, starts)
                    .mapToObj(n -> threads.submit(() -> {
                        start.await();
                        return (KeyStore) JdbcKeyStore.open(dataSource);
                    }))
                    .toList();
            for (int n = 0; n < starts; n++) {
                assertThat(issue(opening.get(n).get(), key(n)).revision()).isEqualTo(n + 1);
            }
        } finally {
            threads.shutdown();
        }
        assertThat(rows("SELECT schema_version FROM keystile_schema")).containsExactly("1");
        assertThat(rows("SELECT id FROM keystile_revision")).containsExactly("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DROP TABLE keystile_schema", "DELETE FROM keystile_schema", "DROP TABLE keystile_change"})
    void open_afterAStartThatWasCutShort_makesWhatIsMissing(String cut) throws SQLException {
        JdbcKeyStore.open(dataSource).close();
        sql(cut);
        sql(cut.contains("keystile_schema") ? "DROP TABLE keystile_change" : "DROP TABLE keystile_schema");

        assertThat(issue(JdbcKeyStore.open(dataSource), key(1)).revision()).isEqualTo(1);
    }

    @Test
    void open_schemaOfALaterRelease_isRefused() throws SQLException {
        JdbcKeyStore.open(dataSource).close();
        sql("INSERT INTO keystile_schema (schema_version) VALUES (2)");

        assertThatIllegalStateException()
                .isThrownBy(() -> JdbcKeyStore.open(dataSource))
                .withMessageContaining("schema version 2, this keystile-jdbc knows 1 at most");
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
    void changesSince_logThatLacksARow_isUnavailable() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        IntStream.range(0, 5).forEach(n -> issue(store, key(n)));
        sql("DELETE FROM keystile_change WHERE revision IN (2, 5)");

        assertThat(store.changesSince(0, 1)).isEqualTo(new KeyChanges(List.of(id(0)), 1, true));
        assertThat(store.changesSince(2, 2)).isEqualTo(new KeyChanges(List.of(id(2), id(3)), 4, true));
        assertUnavailable(() -> store.changesSince(0, 10), "keystile_change lacks revision 2");
        assertUnavailable(() -> store.changesSince(1, 10), "keystile_change lacks revision 2");
        assertUnavailable(() -> store.changesSince(2, 10), "keystile_change lacks revision 5");
        assertUnavailable(() -> store.changesSince(4, 10), "keystile_change lacks revision 5");
    }

    @Test
    void apply_twoChanges_leaveAnAuditTrail() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);

        revoke(store, issue(store, key(1)));

        assertThat(rows("SELECT revision, key_id, account, change_action, actor, changed_ms FROM keystile_change"
                        + " ORDER BY revision"))
                .containsExactly(
                        "1 K00000000001 acme issue operator:test " + NOW.toEpochMilli(),
                        "2 K00000000001 acme revoke member:ann " + (NOW.toEpochMilli() + 1000));
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
                "keystile_key | key_name | CHAR(7) | name",
                "keystile_key | key_prefix | '?' | key_prefix",
                "keystile_key | key_prefix | '' | key_prefix",
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
                "keystile_secret | secret_number | 0 | secret_number",
                "keystile_secret | quick_check | -2 | quick_check",
                "keystile_secret | quick_check | 4294967296 | quick check",
            })
    void find_damagedValue_isUnavailableAndNamed(String table, String column, String value, String named)
            throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        issue(store, key(1));
        ApiKey sound = issue(store, key(2));

        assertThat(sql("UPDATE " + table + " SET " + column + " = " + value + " WHERE key_id = '" + id(1) + "'"))
                .isEqualTo(1);

        assertUnavailable(() -> store.find(id(1)), "key K00000000001 is damaged: ", named);
        assertThat(store.find(id(2))).contains(sound);
        if (!column.equals("account")) {
            assertUnavailable(() -> store.list(KeyQuery.ofAccount("acme")), "key K00000000001 is damaged: ", named);
        }
    }

    @Test
    void find_secretsMissingOrTooMany_isUnavailable() throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        issue(store, key(1));
        issue(store, key(2));
        sql("DELETE FROM keystile_secret WHERE key_id = '" + id(1) + "'");
        for (int number = 2; number <= 3; number++) {
            sql("INSERT INTO keystile_secret SELECT key_id, " + number
                    + ", digest, quick_check, last_four, made_ms, ends_ms FROM keystile_secret WHERE key_id = '" + id(2)
                    + "' AND secret_number = 1");
        }

        assertUnavailable(() -> store.find(id(1)), "key K00000000001 is damaged: ", "secret_number");
        assertUnavailable(() -> store.find(id(2)), "key K00000000002 is damaged: ", "keystile_secret");
    }

    @ParameterizedTest
    @CsvSource({"account, acme, ann, ACME, ann", "member_id, acme, ann, acme, ANN"})
    void list_databaseThatComparesWithoutCase_isUnavailable(
            String column, String account, String member, String otherAccount, String otherMember) throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.open(dataSource);
        ApiKey issued = issue(store, key(1).toBuilder().member(member).build());
        sql("ALTER TABLE keystile_key ALTER COLUMN " + column + " VARCHAR_IGNORECASE(100)");

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
        sql("ALTER TABLE keystile_secret ADD CONSTRAINT no_end CHECK (ends_ms IS NULL OR digest <> '" + DIGEST + "')");
        ApiKey ending = issued.toBuilder()
                .disabledAt(NOW)
                .secrets(List.of(issued.newestSecret().endingAt(NOW)))
                .build();

        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> store.apply(new KeyChange(KeyAction.ROTATE, ending, "operator:test", NOW)))
                .withMessageContainingAll("change key K00000000001", "SQL state 23513")
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
        sql("ALTER TABLE keystile_change ADD CONSTRAINT no_key CHECK (key_id <> '" + id(1) + "')");

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
            JdbcKeyStore store = JdbcKeyStore.open(new OneConnection(connection));
            List<Runnable> uses = List.of(
                    () -> store.find(id(1)),
                    () -> store.list(KeyQuery.ofAccount("acme")),
                    store::revision,
                    () -> store.changesSince(0, 10),
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
            assertThat(other.revision()).as("seen by others").isEqualTo(2);
            revoke(other, issue(other, key(2)));
            assertThat(store.revision()).as("sees others").isEqualTo(4);
        }
    }

    private static void assertUnavailable(Runnable call, String... message) {
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(call::run)
                .withMessageContainingAll(message)
                .satisfies(it -> assertThat(Failures.text(it)).doesNotContain(DIGEST));
    }

    private int sql(String statement) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement each = connection.createStatement()) {
            return each.executeUpdate(statement);
        }
    }

    /** Each row as its values with spaces between. */
    private List<String> rows(String query) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement each = connection.createStatement();
                ResultSet rows = each.executeQuery(query)) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                List<String> values = new ArrayList<>();
                for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
                    values.add(rows.getString(column));
                }
                found.add(String.join(" ", values));
            }
            return found;
        }
    }
}
