package dev.keystile.benchmarks.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keystile.limit.Charge;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import dev.keystile.redis.OnFailure;
import dev.keystile.redis.RedisRateLimiter;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntConsumer;
import redis.embedded.RedisServer;

/**
 * Measures how many requests a second are counted in Redis, beside {@code PING}, a script of one line and bucket4j's own way, and
 * prints a table in Markdown. Each contender is used by all threads at once, over one connection, and takes turns with the others.
 */
public final class RedisFigures {

    private static final int KEYS = 10_000;
    private static final int THREADS = 16;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String ONE_LINE = "return redis.call('INCR', KEYS[1])";
    private static final long MANY = 1_000_000_000;

    private final Map<String, IntConsumer> contenders = new LinkedHashMap<>();
    private final List<AutoCloseable> opened = new ArrayList<>();

    private RedisFigures(String url) {
        RedisURI uri = RedisURI.create(url);
        uri.setTimeout(PATIENCE);
        RedisClient client = RedisClient.create(uri);
        opened.add(client);
        RedisCommands<String, String> commands = client.connect().sync();
        commands.flushall();
        String digest = commands.scriptLoad(ONE_LINE);
        contenders.put("PING", key -> commands.ping());
        contenders.put(
                "a script of one line",
                key -> commands.evalsha(digest, ScriptOutputType.INTEGER, new String[] {"line:" + key}));
        RateLimiter limiter = RedisRateLimiter.builder(url)
                .timeout(PATIENCE)
                .onFailure(OnFailure.DENY)
                .open();
        opened.add(limiter);
        RateLimit minute = RateLimit.of(MANY, Duration.ofDays(1)).burst(MANY).named("minute");
        RateLimit day = RateLimit.of(MANY, Duration.ofDays(2)).named("day").per(PartitionKind.ACCOUNT);
        RateLimit bucket = RateLimit.of(MANY / 2, Duration.ofDays(1))
                .burst(MANY)
                .named("bucket")
                .per(PartitionKind.ACCOUNT);
        contenders.put("Keystile, one limit", key -> take(limiter, key, minute));
        contenders.put("Keystile, three limits", key -> take(limiter, key, minute, day, bucket));
        ProxyManager<byte[]> buckets = Bucket4jLettuce.casBasedBuilder(client)
                .requestTimeout(PATIENCE)
                .expirationAfterWrite(
                        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(10)))
                .build();
        BucketConfiguration configuration = BucketConfiguration.builder()
                .addLimit(Bandwidth.builder()
                        .capacity(MANY)
                        .refillGreedy(MANY, Duration.ofDays(1))
                        .build())
                .build();
        contenders.put(
                "bucket4j, one limit",
                key -> buckets.builder()
                        .build(("bucket:" + key).getBytes(UTF_8), () -> configuration)
                        .tryConsumeAndReturnRemaining(1));
    }

    private static void take(RateLimiter limiter, int key, RateLimit... limits) {
        List<Charge> charges = Arrays.stream(limits)
                .map(limit -> Charge.of(limit, "4mVfR2xk" + key, "live:acct_" + key, 1))
                .toList();
        if (!limiter.tryConsume(charges).admitted()) {
            throw new IllegalStateException("denied, of a limit that nobody reaches");
        }
    }

    /**
     * Measures.
     *
     * @param arguments {@code --seconds <n>} for each turn, {@code --turns <n>}, {@code --url <redis://…>} of a Redis that may be
     *                  emptied; by default 2 and 5, and a Redis of its own
     */
    public static void main(String[] arguments) throws Exception {
        int seconds = 2;
        int turns = 5;
        String url = "";
        for (int i = 0; i < arguments.length; i++) {
            String option = arguments[i];
            if (i + 1 == arguments.length
                    || !List.of("--seconds", "--turns", "--url").contains(option)) {
                System.err.println("benchmarks/run redis: '" + option + "': see benchmarks/run --help");
                System.exit(2);
            }
            String value = arguments[++i];
            switch (option) {
                case "--seconds" -> seconds = Integer.parseInt(value);
                case "--turns" -> turns = Integer.parseInt(value);
                default -> url = value;
            }
        }
        if (!url.isEmpty()) {
            new RedisFigures(url).measure(seconds, turns);
            return;
        }
        int port = freePort();
        RedisServer own = RedisServer.newRedisServer()
                .port(port)
                .bind("127.0.0.1")
                .setting("save \"\"")
                .setting("maxmemory-policy noeviction")
                .build();
        own.start();
        try {
            new RedisFigures("redis://127.0.0.1:" + port).measure(seconds, turns);
        } finally {
            own.stop();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void measure(int seconds, int turns) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            Map<String, List<Double>> spread = turns(pool, seconds, turns, KEYS);
            Map<String, List<Double>> hot = turns(pool, seconds, turns, 1);
            System.out.println("| | a second, 10,000 keys | beside `PING` | a second, one key | beside `PING` |");
            System.out.println("| --- | ---: | ---: | ---: | ---: |");
            for (String name : contenders.keySet()) {
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %,.0f | %.2f | %,.0f | %.2f |%n",
                        name,
                        median(spread.getOrDefault(name, List.of())),
                        median(ratios(spread, name)),
                        median(hot.getOrDefault(name, List.of())),
                        median(ratios(hot, name)));
            }
        } finally {
            pool.shutdownNow();
            for (AutoCloseable each : opened) {
                each.close();
            }
        }
    }

    /** Requests a second, by contender and turn; the first turn warms up and is dropped. */
    private Map<String, List<Double>> turns(ExecutorService pool, int seconds, int turns, int keys) throws Exception {
        Map<String, List<Double>> all = new LinkedHashMap<>();
        for (int turn = 0; turn <= turns; turn++) {
            for (Map.Entry<String, IntConsumer> contender : contenders.entrySet()) {
                double each = perSecond(pool, contender.getValue(), seconds, keys);
                if (turn > 0) {
                    all.computeIfAbsent(contender.getKey(), it -> new ArrayList<>())
                            .add(each);
                }
            }
        }
        return all;
    }

    private static double perSecond(ExecutorService pool, IntConsumer contender, int seconds, int keys)
            throws Exception {
        long began = System.nanoTime();
        long end = began + seconds * 1_000_000_000L;
        Callable<Long> caller = () -> {
            long done = 0;
            while (System.nanoTime() - end < 0) {
                contender.accept(ThreadLocalRandom.current().nextInt(keys));
                done++;
            }
            return done;
        };
        List<Future<Long>> callers = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            callers.add(pool.submit(caller));
        }
        long done = 0;
        for (Future<Long> each : callers) {
            done += each.get();
        }
        return done * 1e9 / (System.nanoTime() - began);
    }

    private static List<Double> ratios(Map<String, List<Double>> all, String name) {
        List<Double> own = all.getOrDefault(name, List.of());
        List<Double> pings = all.getOrDefault("PING", List.of());
        List<Double> ratios = new ArrayList<>();
        for (int turn = 0; turn < own.size(); turn++) {
            ratios.add(own.get(turn) / pings.get(turn));
        }
        return ratios;
    }

    private static double median(List<Double> values) {
        return values.isEmpty() ? Double.NaN : values.stream().sorted().toList().get(values.size() / 2);
    }
}
