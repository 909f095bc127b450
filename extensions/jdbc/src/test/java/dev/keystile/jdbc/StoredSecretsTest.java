package dev.keystile.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.decision.Allowed;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.NewKey;
import dev.keystile.testkit.GetRequest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An application whose settings of how secrets are stored change from one start to the next. */
@Timeout(60)
class StoredSecretsTest {

    private static final String PEPPER = "a pepper of at least 32 bytes, for tests";

    @TempDir
    private Path folder;

    private String url() {
        return "jdbc:h2:file:" + folder.resolve("keys");
    }

    private Keystile start(String hash, String cost, String pepper) {
        Map<String, String> settings = new LinkedHashMap<>(Map.of(
                "key.prefixes",
                "tk_live_ secret live",
                "key.hash",
                hash,
                "key.argon2-cost",
                cost,
                "store.type",
                "jdbc",
                "store.url",
                url(),
                "rules.items",
                "GET /items items:read"));
        if (!pepper.isEmpty()) {
            settings.put("key.pepper", pepper);
        }
        return Settings.of(settings).open();
    }

    private static String issue(Keystile keystile) {
        return keystile.keyManager()
                .issue(
                        NewKey.of("acme", "a key", KeyEnvironment.LIVE)
                                .scopes("items:read")
                                .build(),
                        new Actor.Operator("test"))
                .revealOnce();
    }

    private static boolean opens(Keystile keystile, String key) {
        return keystile.decide(new GetRequest("/items", key)) instanceof Allowed;
    }

    private List<String> rows(String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                rows.add(result.getString(1));
            }
        }
        return rows;
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "argon2id,    `m=64,t=1,p=1`, argon2id,    `m=128,t=2,p=1`, $argon2id$v=19$m=128,t=2,p=1$",
                "argon2id,    `m=128,t=2,p=1`, argon2id,   `m=64,t=1,p=1`,  $argon2id$v=19$m=64,t=1,p=1$",
                "hmac-sha256, `m=64,t=1,p=1`, argon2id,    `m=64,t=1,p=1`,  $argon2id$v=19$m=64,t=1,p=1$",
                "argon2id,    `m=64,t=1,p=1`, hmac-sha256, `m=64,t=1,p=1`,  $hmac-sha256$k=",
            })
    void changedSetting_reachesStoredSecrets_asTheyAreUsed(
            String hashBefore, String costBefore, String hash, String cost, String expected) throws Exception {
        String used;
        try (Keystile before = start(hashBefore, costBefore, PEPPER)) {
            used = issue(before);
            issue(before);
        }
        try (Keystile after = start(hash, cost, PEPPER)) {
            assertThat(opens(after, used)).isTrue();
            Changes.awaitRevision(url(), 3);
            assertThat(opens(after, used)).isTrue();
        }
        assertThat(rows("SELECT digest FROM keystile_secret ORDER BY digest LIKE '" + expected + "%'"))
                .satisfiesExactly(
                        unused -> assertThat(unused).doesNotStartWith(expected),
                        upgraded -> assertThat(upgraded).startsWith(expected));
        assertThat(rows("SELECT change_action || ' ' || actor FROM keystile_change ORDER BY revision"))
                .containsExactly("issue operator:test", "issue operator:test", "upgrade keystile");
        try (Keystile again = start(hash, cost, PEPPER)) {
            assertThat(opens(again, used)).isTrue();
        }
        assertThat(rows("SELECT revision FROM keystile_revision")).containsExactly("3");
    }

    @Test
    void anotherPepper_stopsTheStart_andTheRightOneStillStarts() {
        String key;
        try (Keystile before = start("hmac-sha256", "m=64,t=1,p=1", PEPPER)) {
            key = issue(before);
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> start("hmac-sha256", "m=64,t=1,p=1", "another" + PEPPER))
                .withMessageContaining("none of the 1 stored secrets")
                .withMessageContaining("made with another pepper")
                .withMessageContaining("expected key.hash and key.pepper to be what the stored secrets were made with")
                .withMessageNotContaining(PEPPER);
        assertThatIllegalStateException()
                .isThrownBy(() -> start("argon2id", "m=64,t=1,p=1", ""))
                .withMessageContaining("is hmac-sha256 and needs key.pepper");
        try (Keystile after = start("hmac-sha256", "m=64,t=1,p=1", PEPPER)) {
            assertThat(opens(after, key)).isTrue();
        }
    }

    @Test
    void pepper_isChangedByWayOfArgon2id() throws Exception {
        String key;
        try (Keystile before = start("hmac-sha256", "m=64,t=1,p=1", PEPPER)) {
            key = issue(before);
        }
        try (Keystile between = start("argon2id", "m=64,t=1,p=1", PEPPER)) {
            assertThat(opens(between, key)).isTrue();
            Changes.awaitRevision(url(), 2);
        }
        try (Keystile after = start("hmac-sha256", "m=64,t=1,p=1", "another" + PEPPER)) {
            assertThat(opens(after, key)).isTrue();
            Changes.awaitRevision(url(), 3);
            assertThat(opens(after, key)).isTrue();
        }
        assertThat(rows("SELECT digest FROM keystile_secret"))
                .singleElement()
                .asString()
                .startsWith("$hmac-sha256$");
    }
}
