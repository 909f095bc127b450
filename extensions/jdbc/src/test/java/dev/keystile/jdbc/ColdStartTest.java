package dev.keystile.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.decision.Allowed;
import dev.keystile.decision.Decision;
import dev.keystile.decision.Denied;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.NewKey;
import dev.keystile.testkit.GetRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A restarted node to which all its callers come at once. With {@code -Dkeystile.cold.keys=10000} it takes its time, and prints
 * it; {@code docs/security-model.md} has the whole command.
 */
@Timeout(600)
class ColdStartTest {

    private static final int KEYS = Integer.getInteger("keystile.cold.keys", 300);
    private static final int REQUEST_THREADS = 64;

    @TempDir
    private Path folder;

    private String url() {
        return "jdbc:h2:file:" + folder.resolve("keys");
    }

    private Keystile start(String cost) {
        return Settings.of(Map.of(
                        "key.prefixes", "tk_live_ secret live",
                        "key.argon2-cost", cost,
                        "store.type", "jdbc",
                        "store.url", url(),
                        "rules.items", "GET /items items:read"))
                .open();
    }

    private List<String> issue() {
        List<String> texts = new ArrayList<>();
        try (Keystile keystile = start("m=1024,t=1,p=1")) {
            for (int i = 0; i < KEYS; i++) {
                texts.add(keystile.keyManager()
                        .issue(
                                NewKey.of("account-" + i % 100, "a key", KeyEnvironment.LIVE)
                                        .scopes("items:read")
                                        .build(),
                                new Actor.Operator("test"))
                        .revealOnce());
            }
        }
        return texts;
    }

    /** What each key is answered, in the order of the keys; all come at once, on so many threads. */
    private static List<String> presentAll(Keystile keystile, List<String> texts) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(REQUEST_THREADS);
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger next = new AtomicInteger();
        String[] answers = new String[texts.size()];
        try {
            List<Future<?>> ends = new ArrayList<>();
            for (int t = 0; t < REQUEST_THREADS; t++) {
                ends.add(threads.submit(() -> {
                    gate.await();
                    for (int i = next.getAndIncrement(); i < answers.length; i = next.getAndIncrement()) {
                        answers[i] = shown(keystile.decide(new GetRequest("/items", texts.get(i))));
                    }
                    return null;
                }));
            }
            gate.countDown();
            for (Future<?> end : ends) {
                end.get();
            }
        } finally {
            threads.shutdownNow();
        }
        return List.of(answers);
    }

    private static String shown(Decision decision) {
        return decision instanceof Denied denied
                ? denied.cause().word() + " " + denied.detail()
                : decision instanceof Allowed ? "allowed" : "";
    }

    private static void serveAll(Keystile keystile, List<String> texts, String what) throws Exception {
        long began = System.nanoTime();
        List<String> answers = presentAll(keystile, texts);
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertThat(answers).hasSize(texts.size()).containsOnly("allowed");
        tell(what, took);
    }

    private static void tell(String what, Duration took) {
        if (System.getProperty("keystile.cold.keys") != null) {
            System.out.printf(
                    Locale.ROOT,
                    "%,d keys %s, %d request threads: %.2f s%n",
                    KEYS,
                    what,
                    REQUEST_THREADS,
                    took.toMillis() / 1e3);
        }
    }

    @Test
    void everyKeyAtOnce_isServed() throws Exception {
        List<String> texts = issue();
        try (Keystile keystile = start("m=1024,t=1,p=1")) {
            serveAll(keystile, texts, "after a restart");
            serveAll(keystile, texts, "a second time");
        }
        try (Keystile keystile = start("m=1024,t=2,p=1")) {
            serveAll(keystile, texts, "after a restart with another cost");
            long began = System.nanoTime();
            serveAll(keystile, texts, "while they are stored anew");
            // Every upgrade is a change, and so was every issue.
            Changes.awaitRevision(url(), 2L * KEYS);
            tell("until all are stored anew", Duration.ofNanos(System.nanoTime() - began));
        }
        try (Keystile keystile = start("m=1024,t=2,p=1")) {
            serveAll(keystile, texts, "after a restart, stored anew");
        }
    }
}
