package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.DIGEST;
import static dev.keystile.jdbc.TestKeys.NOW;
import static dev.keystile.jdbc.TestKeys.id;
import static dev.keystile.jdbc.TestKeys.issue;
import static dev.keystile.jdbc.TestKeys.key;
import static dev.keystile.jdbc.TestKeys.revoke;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.keystile.key.AccountChange;
import dev.keystile.key.AddressRange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditEntry;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyChanges;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UsageCount;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables: made, brought up to date from the first version, and by whom. */
@ParameterizedClass
@EnumSource(DatabaseKind.class)
@Timeout(180)
final class SchemaTest {

    private static final String INSERT_KEY_OF_VERSION_1 =
            "INSERT INTO keystile_key (revision, account, member_id, key_name, key_prefix, key_kind, environment,"
                    + " api_version, scopes, roles, plan_name, attributes, created_ms, created_by, expires_ms,"
                    + " disabled_ms, revoked_ms, key_id) VALUES ";
    private static final String INSERT_SECRET_OF_VERSION_1 =
            "INSERT INTO keystile_secret (key_id, secret_number, digest, quick_check, last_four, made_ms, ends_ms) VALUES ";
    private static final String INSERT_CHANGE_OF_VERSION_1 =
            "INSERT INTO keystile_change (revision, key_id, account, change_action, actor, changed_ms) VALUES ";

    private final TestDatabase database;

    SchemaTest(DatabaseKind kind) {
        database = kind.fresh();
    }

    @AfterEach
    void drop() {
        database.close();
    }

    private JdbcKeyStore open() {
        return JdbcKeyStore.open(database.dataSource());
    }

    @Test
    void open_schemaThatExists_leavesItAlone() throws SQLException {
        ApiKey issued = issue(open(), key(1));

        JdbcKeyStore second = open();

        assertThat(second.find(issued.id())).contains(issued);
        assertThat(second.revision()).isEqualTo(1);
        assertThat(versions()).containsExactly("1", "2");
        assertThat(database.rows("SELECT id, revision FROM keystile_revision")).containsExactly("1 1");
    }

    private List<String> versions() throws SQLException {
        return database.rows("SELECT schema_version FROM keystile_schema ORDER BY schema_version");
    }

    /** From no tables, or from those of version 1. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void open_byManyAtOnce_makesOneSchema(int version) throws Exception {
        applyVersions(version);
        int starts = 8;
        ExecutorService threads = Executors.newFixedThreadPool(starts);
        CyclicBarrier start = new CyclicBarrier(starts);
        try {
            List<Future<KeyStore>> opening = IntStream.range(0, starts)
                    .mapToObj(n -> threads.submit(() -> {
                        start.await();
                        return new JdbcKeyStoreProvider().open(database.settings());
                    }))
                    .toList();
            for (int n = 0; n < starts; n++) {
                try (KeyStore store = opening.get(n).get()) {
                    assertThat(issue(store, key(n)).revision()).isEqualTo(n + 1);
                }
            }
        } finally {
            threads.shutdown();
        }
        assertThat(versions()).containsExactly("1", "2");
        assertThat(database.rows("SELECT id FROM keystile_revision")).containsExactly("1");
        assertThat(shape()).isEqualTo(freshShape());
    }

    @ParameterizedTest
    @ValueSource(strings = {"DROP TABLE keystile_schema", "DELETE FROM keystile_schema", "DROP TABLE keystile_change"})
    void open_afterAStartThatWasCutShort_makesWhatIsMissing(String cut) throws SQLException {
        open().close();
        database.sql(cut);
        database.sql(cut.contains("keystile_schema") ? "DROP TABLE keystile_change" : "DROP TABLE keystile_schema");

        assertThat(issue(open(), key(1)).revision()).isEqualTo(1);
        assertThat(shape()).isEqualTo(freshShape());
    }

    @Test
    void open_schemaOfALaterRelease_isRefused() throws SQLException {
        open().close();
        database.sql("INSERT INTO keystile_schema (schema_version) VALUES (3)");

        assertThatIllegalStateException()
                .isThrownBy(this::open)
                .withMessageContaining("schema version 3, this keystile-jdbc knows 2 at most");
    }

    // From version 1

    @Test
    void open_rowsOfVersion1_areKeptAndGoOn() throws SQLException {
        applyVersions(1);
        insertRowsOfVersion1();

        JdbcKeyStore store = open();

        assertRowsOfVersion1(store);
        assertThat(versions()).containsExactly("1", "2");
        assertThat(shape()).isEqualTo(freshShape());
        assertGoesOn(store);
    }

    /** Once for each statement behind which it can end. */
    @Test
    void open_afterAnUpgradeThatWasCutShort_goesOn() throws SQLException {
        List<String> upgrade = Schema.statements(2);
        Set<String> fresh = freshShape();
        for (int done = 1; done < upgrade.size(); done++) {
            try (TestDatabase cut = database.kind().fresh()) {
                cut.sql(Schema.statements(1).toArray(String[]::new));
                cut.sql(rowsOfVersion1());
                cut.sql(upgrade.subList(0, done).toArray(String[]::new));

                JdbcKeyStore store = JdbcKeyStore.open(cut.dataSource());

                assertRowsOfVersion1(store);
                assertThat(shape(cut)).as("after %s statements", done).isEqualTo(fresh);
            }
        }
    }

    /** A process of the release before that was not stopped, and began when the tables were its own, writes as it always did. */
    @Test
    void rowsThatAnEarlierReleaseWrites_areRead() throws SQLException {
        applyVersions(1);
        JdbcKeyStore store = open();

        insertRowsOfVersion1();

        assertRowsOfVersion1(store);
        assertGoesOn(store);
    }

    /** H2 adds a column by copying the table, which must not lose what others write meanwhile. */
    @Test
    void open_whileAnEarlierReleaseWrites_losesNothing() throws Exception {
        applyVersions(1);
        AtomicBoolean upgraded = new AtomicBoolean();
        CountDownLatch writing = new CountDownLatch(20);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<Set<String>>> written = IntStream.of(1, 2)
                    .mapToObj(writer -> threads.submit(() -> writeAsVersion1(writer, upgraded, writing)))
                    .toList();
            assertThat(writing.await(60, TimeUnit.SECONDS)).isTrue();
            open().close();
            upgraded.set(true);

            Set<String> acknowledged = new TreeSet<>();
            for (Future<Set<String>> each : written) {
                acknowledged.addAll(each.get());
            }
            assertThat(database.rows("SELECT key_id FROM keystile_key")).containsAll(acknowledged);
            assertThat(database.rows("SELECT key_id FROM keystile_secret")).containsAll(acknowledged);
            assertThat(database.rows("SELECT key_id FROM keystile_change")).containsAll(acknowledged);
            assertThat(open().changesSince(0, 1_000_000).changed()).hasSizeGreaterThanOrEqualTo(acknowledged.size());
        } finally {
            threads.shutdown();
        }
    }

    /** The keys whose commit was acknowledged; a statement that fails is a change that was not made. */
    private Set<String> writeAsVersion1(int writer, AtomicBoolean upgraded, CountDownLatch writing)
            throws SQLException {
        Set<String> acknowledged = new TreeSet<>();
        try (Connection connection = database.connect()) {
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            connection.setAutoCommit(false);
            for (int n = 0; !upgraded.get() || n % 10 != 0; n++) {
                String id = String.format(Locale.ROOT, "%dW%010d", writer, n);
                try (Statement statement = connection.createStatement()) {
                    statement.execute("UPDATE keystile_revision SET revision = revision + 1 WHERE id = 1");
                    statement.execute(
                            INSERT_KEY_OF_VERSION_1 + "((SELECT revision FROM keystile_revision), 'acme', NULL, 'x',"
                                    + " 'acme_live_', 'secret', 'live', 0, '', '', NULL, '{}', 1, 'x', NULL, NULL, NULL, '"
                                    + id + "')");
                    statement.execute(INSERT_SECRET_OF_VERSION_1 + "('" + id + "', 1, 'd', 1, 'aaaa', 1, NULL)");
                    statement.execute(INSERT_CHANGE_OF_VERSION_1 + "((SELECT revision FROM keystile_revision), '" + id
                            + "', 'acme', 'issue', 'x', 1)");
                    connection.commit();
                    acknowledged.add(id);
                    writing.countDown();
                } catch (SQLException notWritten) {
                    connection.rollback();
                }
            }
        }
        return acknowledged;
    }

    private void applyVersions(int last) throws SQLException {
        for (int version = 1; version <= last; version++) {
            database.sql(Schema.statements(version).toArray(String[]::new));
        }
    }

    private void insertRowsOfVersion1() throws SQLException {
        database.sql(rowsOfVersion1());
    }

    /** As the first release wrote them: a key, rotated, and one that was revoked. */
    private static String[] rowsOfVersion1() {
        String columns = INSERT_KEY_OF_VERSION_1;
        String secret = INSERT_SECRET_OF_VERSION_1;
        String change = INSERT_CHANGE_OF_VERSION_1;
        long now = NOW.toEpochMilli();
        return new String[] {
            columns + "(2, 'acme', 'ann', 'Zoë''s key', 'acme_live_', 'secret', 'live', 2, 'a:read b:write', 'support',"
                    + " 'growth', '{\"app\":\"1\"}', " + now + ", 'member:ann', " + (now + 5000) + ", NULL, NULL,"
                    + " 'K00000000001')",
            secret + "('K00000000001', 1, '" + DIGEST + "', 7, 'aaaa', " + now + ", " + (now + 60_000) + ")",
            secret + "('K00000000001', 2, '" + DIGEST + "', -1, 'bbbb', " + (now + 1) + ", NULL)",
            columns + "(3, 'acme', NULL, 'old', 'acme_test_', 'publishable', 'test', 0, '', '', NULL, '{}', "
                    + (now - 1) + ", 'operator:x', NULL, " + now + ", " + (now + 9) + ", 'K00000000002')",
            secret + "('K00000000002', 1, '" + DIGEST + "', 4294967295, '', " + (now - 1) + ", NULL)",
            change + "(1, 'K00000000001', 'acme', 'issue', 'member:ann', " + now + ")",
            change + "(2, 'K00000000001', 'acme', 'rotate', 'member:ann', " + (now + 1) + ")",
            change + "(3, 'K00000000002', 'acme', 'revoke', 'operator:x', " + (now + 9) + ")",
            "UPDATE keystile_revision SET revision = 3 WHERE id = 1"
        };
    }

    private static void assertRowsOfVersion1(JdbcKeyStore store) {
        ApiKey rotated = store.find(id(1)).orElseThrow();
        assertThat(rotated.name()).isEqualTo("Zoë's key");
        assertThat(rotated.secrets())
                .containsExactly(
                        new KeySecret(1, DIGEST, 7, "aaaa", NOW, Optional.of(NOW.plusSeconds(60))),
                        new KeySecret(2, DIGEST, -1, "bbbb", NOW.plusMillis(1), Optional.empty()));
        assertThat(rotated.addresses()).isEmpty();
        assertThat(rotated.expiryAnnouncedAt()).isEmpty();
        assertThat(rotated.suspendedAt()).isEmpty();
        ApiKey revoked = store.find(id(2)).orElseThrow();
        assertThat(revoked.revokedAt()).contains(NOW.plusMillis(9));
        assertThat(store.list(KeyQuery.ofAccount("acme")).keys()).containsExactly(rotated, revoked);
        assertThat(store.list(KeyQuery.ofAccount("acme").holding("ZO")).keys()).containsExactly(rotated);
        assertThat(store.expiring(Instant.MIN, Instant.MAX, 10)).containsExactly(rotated);
        assertThat(store.changesSince(0, 10)).isEqualTo(new KeyChanges(List.of(id(1), id(1), id(2)), 3, false));
        assertThat(store.audit(AuditQuery.ofAccount("acme").limit(1)).entries())
                .containsExactly(new AuditEntry(
                        3,
                        "acme",
                        Optional.of(id(2)),
                        KeyAction.REVOKE,
                        "operator:x",
                        Optional.empty(),
                        "",
                        NOW.plusMillis(9)));
    }

    /** Whatever is new works on what was there before. */
    private static void assertGoesOn(JdbcKeyStore store) {
        ApiKey before = store.find(id(1)).orElseThrow();
        ApiKey after = before.toBuilder()
                .addresses(List.of(AddressRange.parse("10.0.0.0/8")))
                .expiryAnnouncedAt(NOW)
                .secrets(List.of(
                        before.newestSecret().endingAfterFirstUse(Duration.ofHours(1)),
                        new KeySecret(3, DIGEST, 1, "cccc", NOW, Optional.empty())))
                .build();
        ApiKey changed = store.apply(new KeyChange(
                KeyAction.ROTATE, after, "member:ann", Optional.of("10.1.2.3"), "overlap PT1H from first use", NOW));
        assertThat(changed).isEqualTo(after.toBuilder().revision(4).build());
        assertThat(store.find(id(1))).contains(changed);
        assertThat(store.apply(new AccountChange("acme", true, "operator:x", Optional.empty(), NOW)))
                .isTrue();
        assertThat(store.find(id(2)).orElseThrow().suspendedAt()).contains(NOW);
        assertThat(store.changesSince(3, 10)).isEqualTo(new KeyChanges(List.of(id(1)), Set.of("acme"), 5, false));
        UsageCount count = new UsageCount(id(1), NOW.truncatedTo(ChronoUnit.HOURS), "allowed", 1);
        store.usage().add(List.of(count), Map.of(id(1), NOW));
        assertThat(store.usage().counts(id(1), Instant.MIN, Instant.MAX)).containsExactly(count);
        assertThat(store.apply(new AccountChange("acme", false, "operator:x", Optional.empty(), NOW)))
                .isTrue();
        assertThat(issue(store, key(9)).revision()).isEqualTo(7);
    }

    // Flyway

    @Test
    void flyway_scriptsOfTheJar_makeTheSameTables() throws SQLException {
        Flyway flyway = flyway();

        flyway.migrate();

        assertThat(flyway.info().applied())
                .extracting(MigrationInfo::getScript)
                .containsExactly("V1__keystile.sql", "V2__life_of_a_key.sql");
        assertThat(flyway.info().pending()).isEmpty();
        assertThat(shape()).isEqualTo(freshShape());
        JdbcKeyStore store = open();
        assertThat(revoke(store, issue(store, key(1))).revision()).isEqualTo(2);
    }

    @Test
    void flyway_afterTheStoreMadeTheTables_takesThemOver() throws SQLException {
        issue(open(), key(1));

        Flyway flyway = flyway();
        flyway.migrate();

        assertThat(flyway.info().pending()).isEmpty();
        assertThat(open().find(id(1))).isPresent();
        assertThat(shape()).isEqualTo(freshShape());
    }

    private Flyway flyway() {
        return Flyway.configure()
                .dataSource(database.url(), database.user(), database.password())
                .locations("classpath:dev/keystile/jdbc")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load();
    }

    // Shapes

    private Set<String> freshShape() throws SQLException {
        try (TestDatabase fresh = database.kind().fresh()) {
            JdbcKeyStore.open(fresh.dataSource()).close();
            return shape(fresh);
        }
    }

    private Set<String> shape() throws SQLException {
        return shape(database);
    }

    /** Every column and every index of the tables, as the database tells them. */
    private static Set<String> shape(TestDatabase database) throws SQLException {
        Set<String> shape = new TreeSet<>();
        try (Connection connection = database.connect()) {
            DatabaseMetaData meta = connection.getMetaData();
            for (String table :
                    List.of("revision", "key", "secret", "change", "schema", "suspension", "usage", "last_use")) {
                String name = database.kind() == DatabaseKind.H2
                        ? ("keystile_" + table).toUpperCase(Locale.ROOT)
                        : "keystile_" + table;
                try (ResultSet columns = meta.getColumns(connection.getCatalog(), connection.getSchema(), name, null)) {
                    while (columns.next()) {
                        shape.add(table + "." + columns.getString("COLUMN_NAME") + " " + columns.getString("TYPE_NAME")
                                + "(" + columns.getInt("COLUMN_SIZE") + ") " + columns.getString("IS_NULLABLE"));
                    }
                }
                try (ResultSet indexes =
                        meta.getIndexInfo(connection.getCatalog(), connection.getSchema(), name, false, true)) {
                    while (indexes.next()) {
                        String index = indexes.getString("INDEX_NAME");
                        if (index != null && index.toLowerCase(Locale.ROOT).startsWith("keystile")) {
                            shape.add(table + " " + indexes.getString("INDEX_NAME") + " "
                                    + indexes.getInt("ORDINAL_POSITION") + " " + indexes.getString("COLUMN_NAME") + " "
                                    + indexes.getString("ASC_OR_DESC"));
                        }
                    }
                }
            }
        }
        if (database.kind() == DatabaseKind.MARIADB) {
            shape.addAll(database.rows("SELECT table_name, column_name, collation_name FROM information_schema.columns"
                    + " WHERE table_schema = DATABASE() AND collation_name IS NOT NULL"
                    + " AND table_name LIKE 'keystile%'"));
            assertThat(shape)
                    .filteredOn(it -> it.contains("keystile_key account "))
                    .containsExactly("keystile_key account utf8mb4_nopad_bin");
        }
        assertThat(shape).hasSizeGreaterThan(50);
        return shape;
    }
}
