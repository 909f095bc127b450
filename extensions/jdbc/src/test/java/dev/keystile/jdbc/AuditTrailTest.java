package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.NOW;
import static dev.keystile.jdbc.TestKeys.id;
import static dev.keystile.jdbc.TestKeys.issue;
import static dev.keystile.jdbc.TestKeys.key;
import static dev.keystile.jdbc.TestKeys.revoke;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.key.AccountChange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStatus;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UsageCount;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The audit trail grows and changes in no other way: no statement of the jar says so, and a database can hold it to that. */
@Timeout(120)
final class AuditTrailTest {

    private static final Path PAGE = Path.of("../../docs/databases.md");
    private static final Pattern ANY_STATEMENT = Pattern.compile(
            "(?i)(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|REPLACE INTO|TRUNCATE( TABLE)?|DROP TABLE|ALTER TABLE"
                    + "|CREATE TABLE IF NOT EXISTS|FROM|JOIN| ON)\\s+keystile_change\\b");

    @Test
    void jar_itsStatements_onlyAddToTheTrailAndReadIt() throws Exception {
        List<String> found = new ArrayList<>();
        for (Path file : filesOfTheJar()) {
            // As class files keep texts of ASCII characters.
            Matcher statement = ANY_STATEMENT.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            while (statement.find()) {
                found.add(file.getFileName() + ": " + statement.group(1).strip());
            }
        }

        assertThat(found)
                .contains("ChangeLog.class: INSERT INTO", "ChangeLog.class: FROM")
                .allMatch(it -> it.matches("ChangeLog\\.class: (INSERT INTO|FROM)")
                        || it.equals("V1__keystile.sql: CREATE TABLE IF NOT EXISTS")
                        || it.matches("V2__life_of_a_key\\.sql: (ALTER TABLE|ON)"));
    }

    private static List<Path> filesOfTheJar() throws IOException, URISyntaxException {
        Path root = Path.of(JdbcKeyStore.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Stream<Path> files = Files.walk(root.resolve("dev/keystile/jdbc"))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains("Test"))
                    .toList();
        }
    }

    /** With the rights that the page on databases names, everything works but changing the trail. */
    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void rights_ofThePageOnDatabases_areEnoughAndDoNotReachTheTrail(DatabaseKind kind) throws Exception {
        try (TestDatabase database = kind.fresh()) {
            JdbcKeyStore.open(database.dataSource()).close();
            String user = "u" + UUID.randomUUID().toString().replace("-", "").substring(0, 20);
            TestDatabase limited =
                    new TestDatabase(kind, database.url(), user, "for tests", database.server(), database.drop());
            grant(database, user);
            try (KeyStore store = new JdbcKeyStoreProvider().open(limited.settings())) {
                useAll(store);
                for (String change : List.of(
                        "UPDATE keystile_change SET actor = 'somebody else'",
                        "DELETE FROM keystile_change",
                        "TRUNCATE TABLE keystile_change",
                        "DROP TABLE keystile_change")) {
                    assertThatExceptionOfType(SQLException.class)
                            .as(change)
                            .isThrownBy(() -> limited.sql(change))
                            .matches(it -> it.getSQLState().equals("42501")
                                    || it.getSQLState().equals("42000"));
                }
                assertThat(store.audit(AuditQuery.ofAccount("acme")).entries()).hasSize(6);
            } finally {
                ungrant(database, user);
            }
        }
    }

    private static void grant(TestDatabase database, String user) throws Exception {
        boolean isPostgres = database.kind() == DatabaseKind.POSTGRESQL;
        database.sql(
                isPostgres
                        ? "CREATE ROLE " + user + " LOGIN PASSWORD 'for tests'"
                        : "CREATE USER " + user + " IDENTIFIED BY 'for tests'");
        if (isPostgres) {
            database.sql("GRANT USAGE ON SCHEMA " + database.drop().split(" ", -1)[2] + " TO " + user);
        }
        List<String> grants = grants();
        assertThat(grants).hasSizeGreaterThan(5);
        for (String grant : grants) {
            database.sql(grant.replace("TO keystile", "TO " + user));
        }
    }

    private static void ungrant(TestDatabase database, String user) throws SQLException {
        if (database.kind() == DatabaseKind.POSTGRESQL) {
            database.sql("DROP OWNED BY " + user, "DROP ROLE " + user);
        } else {
            database.sql("DROP USER " + user);
        }
    }

    private static List<String> grants() throws IOException {
        return Files.readString(PAGE)
                .lines()
                .filter(line -> line.startsWith("GRANT ") && line.contains("keystile_"))
                .map(line -> line.replace(";", ""))
                .toList();
    }

    private static void useAll(KeyStore store) {
        ApiKey issued = issue(store, key(1));
        ApiKey rotated = store.apply(new KeyChange(
                KeyAction.ROTATE,
                issued.toBuilder()
                        .secrets(List.of(
                                issued.newestSecret().endingAt(NOW),
                                new KeySecret(2, "d", 1, "next", NOW, Optional.empty())))
                        .build(),
                "operator:test",
                NOW));
        store.apply(new AccountChange("acme", true, "operator:test", Optional.empty(), NOW));
        store.apply(new AccountChange("acme", false, "operator:test", Optional.empty(), NOW));
        revoke(store, rotated);
        issue(store, key(2));
        UsageCount count = new UsageCount(id(1), NOW.truncatedTo(ChronoUnit.HOURS), "allowed", 1);
        store.usage().add(List.of(count), Map.of(id(1), NOW));
        store.usage().add(List.of(count), Map.of(id(1), NOW.plusSeconds(1)));
        assertThat(store.usage().counts(id(1), Instant.MIN, Instant.MAX)).hasSize(1);
        assertThat(store.usage().lastUsed(List.of(id(1)))).hasSize(1);
        store.usage().forgetBefore(Instant.MAX);
        KeyQuery query = KeyQuery.ofAccount("acme").with(KeyStatus.ACTIVE, NOW).holding("k");
        assertThat(store.list(query).keys()).hasSize(1);
        assertThat(store.expiring(Instant.MIN, Instant.MAX, 10)).isEmpty();
        assertThat(store.changesSince(0, 10).revision()).isEqualTo(6);
    }
}
