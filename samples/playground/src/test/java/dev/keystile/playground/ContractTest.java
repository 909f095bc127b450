package dev.keystile.playground;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.config.Settings;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContractTest {

    @TempDir
    private Path folder;

    private Contract contract(String text) throws Exception {
        Path file = Files.writeString(folder.resolve("a.properties"), text);
        return Contract.find(file.toString(), Path.of("..", "contracts"), folder);
    }

    private static Map<String, String> values(String text) throws Exception {
        return Settings.read(new StringReader(text)).values();
    }

    @Test
    void textWithStoreIn_storeOverLines_replacesItAndNothingElse() throws Exception {
        Contract contract = contract("""
                # store.type = memory \\
                a = 1
                store.type = \\
                    jdbc
                  store.url: one\\
                store.two
                restore.b = store.c \\
                store.d = 4
                c = \\\\
                store.user u
                e = end\\""");

        assertThat(contract.namesStore()).isTrue();
        assertThat(values(contract.textWithStoreIn(Path.of("/some where"))))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "a", "1",
                        "restore.b", "store.c store.d = 4",
                        "c", "\\",
                        "e", "end",
                        "store.type", "jdbc",
                        "store.url", "jdbc:h2:file:/some where/keys;AUTO_SERVER=TRUE"));
    }

    @Test
    void textWithNodes_replacesStoreAndLimiter_andHoldsNoPassword() throws Exception {
        Contract contract = contract("""
                a = 1
                store.type = memory
                limiter.type = memory
                limiter.on-failure = deny
                redis.timeout = 1s
                redis.cluster = true
                redis.url = redis://one""");
        Map<String, String> environment = Map.of(
                "PLAYGROUND_NODES", "8080,8081",
                "KEYSTILE_STORE_URL", "jdbc:postgresql://db/keys",
                "KEYSTILE_STORE_PASSWORD", "secret",
                "KEYSTILE_REDIS_URL", "redis://redis",
                "KEYSTILE_REDIS_USER", "");

        assertThat(values(contract.textWith(Nodes.read(environment).orElseThrow())))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "a", "1",
                        "store.type", "jdbc",
                        "store.url", "${KEYSTILE_STORE_URL}",
                        "store.password", "${KEYSTILE_STORE_PASSWORD}",
                        "limiter.type", "redis",
                        "limiter.on-failure", "deny",
                        "limiter.nodes", "2",
                        "redis.timeout", "1s",
                        "redis.url", "${KEYSTILE_REDIS_URL}"));
    }

    @Test
    void namesStore_ofNone_isFalse() throws Exception {
        assertThat(contract("restore.a = 1\n# store.type = jdbc\n").namesStore())
                .isFalse();
    }

    @Test
    void find_relativePath_isBelowTheFolderOfTheCaller() throws Exception {
        Files.writeString(folder.resolve("b.properties"), "x = y\n");

        assertThat(Contract.find("b.properties", Path.of("..", "contracts"), folder)
                        .values())
                .containsEntry("x", "y");
        assertThat(Contract.find("revkeen", Path.of("..", "contracts"), folder).values())
                .containsEntry("realm", "revkeen-api");
    }
}
