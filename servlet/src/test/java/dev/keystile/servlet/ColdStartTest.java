package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.Keystile;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.scope.ScopePolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A restarted application to which all its callers come at once, over HTTP. With {@code -Dkeystile.cold.keys=10000} it takes its
 * time, and prints it.
 */
@Timeout(600)
class ColdStartTest {

    private static final int KEYS = Integer.getInteger("keystile.cold.keys", 200);
    private static final int CALLERS = 64;

    @TempDir
    Path folder;

    private static Keystile open(KeyStore store) {
        return Keystile.builder(store)
                .prefixes(KeyPrefix.secret("tk_live_", KeyEnvironment.LIVE))
                .rules(ScopePolicy.builder()
                        .allow("GET", "/items", "items:read")
                        .build())
                .build();
    }

    @Test
    void everyKeyAtOnce_isServed() throws Exception {
        KeyStore store = KeyStore.inMemory();
        List<String> texts = new ArrayList<>();
        try (Keystile before = open(store)) {
            for (int i = 0; i < KEYS; i++) {
                texts.add(before.keyManager()
                        .issue(
                                NewKey.of("acct_1", "a key", KeyEnvironment.LIVE)
                                        .scopes("items:read")
                                        .build(),
                                TestApplication.OPERATOR)
                        .revealOnce());
            }
        }
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try (Keystile after = open(store);
                TestApplication application = TestApplication.start(folder, after, Map.of("/items", new Empty()))) {
            long began = System.nanoTime();
            List<Future<Integer>> answers = new ArrayList<>();
            for (String text : texts) {
                answers.add(callers.submit(() -> application
                        .get("/items", "Authorization", "Bearer " + text)
                        .statusCode()));
            }
            List<Integer> statuses = new ArrayList<>();
            for (Future<Integer> answer : answers) {
                statuses.add(answer.get());
            }
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            assertThat(statuses).isEqualTo(Collections.nCopies(KEYS, 200));
            if (System.getProperty("keystile.cold.keys") != null) {
                System.out.printf(
                        Locale.ROOT, "%,d keys over HTTP, %d callers: %.2f s%n", KEYS, CALLERS, took.toMillis() / 1e3);
            }
        } finally {
            callers.shutdownNow();
        }
    }
}
