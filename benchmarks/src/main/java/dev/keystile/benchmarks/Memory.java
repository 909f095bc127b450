package dev.keystile.benchmarks;

import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.decision.Outcome;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyManager;
import dev.keystile.key.NewKey;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How much heap a key takes that is in use, and each limit that counts it: prints a table in Markdown. */
public final class Memory {

    private static final int KEYS = 20_000;
    private static final KeyEnvironment LIVE = new KeyEnvironment("live");
    private static final Actor OPERATOR = new Actor.Operator("benchmarks");
    private static final List<String> LIMITS =
            List.of("", "minute 600/1m", "minute 600/1m burst 50", "minute 600/1m burst 50, day 100000/1d");

    private Memory() {}

    /** Takes no arguments. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0) {
            throw new IllegalArgumentException("memory takes no options");
        }
        Path folder = Files.createTempDirectory("keystile-memory");
        try {
            // On disk but for two MB, so that what grows is not the database's.
            String url = "jdbc:h2:file:" + folder.resolve("keys") + ";CACHE_SIZE=2048";
            String[] keys = issue(url);
            System.out.println("| limits of a key | bytes of heap a key |\n| --- | ---: |");
            for (String limits : LIMITS) {
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %,d |%n",
                        limits.isEmpty() ? "none" : limits,
                        bytesAKey(url, keys, limits));
            }
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private static Keystile open(String url, String limits) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "key.prefixes", "acme_live_ secret live",
                "key.hash", "hmac-sha256",
                "key.pepper", "0123456789abcdef0123456789abcdef",
                "store.type", "jdbc",
                "store.url", url,
                "scopes", "customers:read, customers:write",
                "rules.customers", "GET /v1/customers/** customers:read"));
        if (!limits.isEmpty()) {
            settings.put("plans.starter", limits);
            settings.put("default-plan", "starter");
        }
        return Settings.of(settings).open();
    }

    private static String[] issue(String url) {
        try (Keystile keystile = open(url, "")) {
            KeyManager manager = keystile.keyManager();
            String[] keys = new String[KEYS];
            for (int i = 0; i < KEYS; i++) {
                keys[i] = manager.issue(
                                NewKey.of("acct_" + i / 10, "key " + i, LIVE)
                                        .scopes("customers:read", "customers:write")
                                        .build(),
                                OPERATOR)
                        .revealOnce();
            }
            return keys;
        }
    }

    private static long bytesAKey(String url, String[] keys, String limits) {
        try (Keystile keystile = open(url, limits)) {
            ask(keystile, keys[0]);
            long before = used();
            for (String key : keys) {
                ask(keystile, key);
            }
            long after = used();
            // In use until here, or what was measured may be gone by then.
            ask(keystile, keys[0]);
            return (after - before) / keys.length;
        }
    }

    private static void ask(Keystile keystile, String key) {
        if (keystile.decide(Call.of("GET", "/v1/customers/1", key)).outcome() != Outcome.ALLOWED) {
            throw new IllegalStateException("a good key was refused");
        }
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
