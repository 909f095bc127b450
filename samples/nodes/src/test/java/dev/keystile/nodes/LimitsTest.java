package dev.keystile.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.IssuedKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What one limit admits over several nodes: with Redis, what it admits on one; without, what docs/redis.md says.
 */
final class LimitsTest {

    private static final int THREADS_OF_NODE = 2;

    /** As docs/redis.md has it, and a second for asking. */
    private static final Duration RECOVERY = Duration.ofSeconds(6);

    static Stream<Arguments> loads() {
        return Stream.of(1, 2, 3, 4, 5)
                .flatMap(nodes -> Stream.of(90, 100, 300).map(requests -> Arguments.of(nodes, requests)));
    }

    /** A request that times out is refused by this limit, and may have been counted: it is no reason to admit more. */
    @ParameterizedTest
    @MethodSource("loads")
    void limit_overNodes_admitsWhatOneNodeAdmits(int nodes, int requests) throws Exception {
        Cluster cluster = Cluster.of(nodes);
        IssuedKey key = cluster.issue("exact");

        assertExact(cluster.members(nodes), key.revealOnce(), requests);
    }

    /** Holds of a key with the plan {@code exact}. */
    static void assertExact(List<Member> members, String key, int requests) throws Exception {
        Map<Integer, Integer> statuses = send(members, key, requests);

        int expected = Math.min(requests, Cluster.LIMIT);
        int admitted = statuses.getOrDefault(200, 0);
        int timedOut = statuses.getOrDefault(503, 0);
        assertThat(statuses.keySet()).isSubsetOf(200, 429, 503);
        assertThat(admitted).as("%s", statuses).isBetween(expected - timedOut, expected);
        assertThat(timedOut).as("a few at most, where the machine is busy").isLessThan(requests / 5);
    }

    private static Map<Integer, Integer> send(List<Member> members, String key, int requests) throws Exception {
        AtomicInteger left = new AtomicInteger(requests);
        ExecutorService threads = Executors.newFixedThreadPool(members.size() * THREADS_OF_NODE);
        try {
            List<Future<Map<Integer, Integer>>> counts = new ArrayList<>();
            for (int i = 0; i < members.size() * THREADS_OF_NODE; i++) {
                Member member = members.get(i % members.size());
                counts.add(threads.submit(() -> {
                    Map<Integer, Integer> own = new TreeMap<>();
                    while (left.getAndDecrement() > 0) {
                        own.merge(member.ask(key).status(), 1, Integer::sum);
                    }
                    return own;
                }));
            }
            Map<Integer, Integer> all = new TreeMap<>();
            for (Future<Map<Integer, Integer>> each : counts) {
                each.get().forEach((status, count) -> all.merge(status, count, Integer::sum));
            }
            return all;
        } finally {
            threads.shutdownNow();
        }
    }

    /** It keeps what it counted, so the bound is one limit, and its shares. */
    @Test
    void limit_whileRedisIsFrozen_admitsItsSharesBesides() throws Exception {
        Cluster cluster = Cluster.of(Cluster.NODES);
        String key = cluster.issue("shared").revealOnce();
        int share = (Cluster.LIMIT + Cluster.NODES - 1) / Cluster.NODES;

        int before = admitted(cluster, key, 60);
        Signal.send("STOP", cluster.redis().pid());
        int meanwhile;
        try {
            meanwhile = admitted(cluster, key, 3 * Cluster.LIMIT);
        } finally {
            Signal.send("CONT", cluster.redis().pid());
        }
        int after = awaitRefusal(cluster, key);

        assertThat(before).isEqualTo(60);
        assertShares(meanwhile, share);
        assertThat(before + meanwhile + after).isBetween(Cluster.LIMIT, Cluster.LIMIT + Cluster.NODES * share);
    }

    /** It forgets what it counted, which is another limit. */
    @Test
    void limit_whoseCountsAreLost_admitsAnotherLimitAndItsShares() throws Exception {
        Cluster cluster = Cluster.of(Cluster.NODES);
        String key = cluster.issue("shared").revealOnce();
        int share = (Cluster.LIMIT + Cluster.NODES - 1) / Cluster.NODES;

        int before = admitted(cluster, key, 60);
        cluster.redis().close();
        int meanwhile;
        try {
            meanwhile = admitted(cluster, key, 3 * Cluster.LIMIT);
        } finally {
            cluster.redis().start();
        }
        int after = awaitRefusal(cluster, key);

        assertShares(meanwhile, share);
        assertThat(before + meanwhile + after).isBetween(Cluster.LIMIT, 2 * Cluster.LIMIT + Cluster.NODES * share);
    }

    /** Where the machine is so busy that Redis answered too late before, a part of a share was used then. */
    private static void assertShares(int admitted, int share) {
        assertThat(admitted).as("each node's share").isBetween(Cluster.NODES * share / 2, Cluster.NODES * share);
    }

    private static int admitted(Cluster cluster, String key, int requests) throws Exception {
        return send(cluster.members(Cluster.NODES), key, requests).getOrDefault(200, 0);
    }

    /** Sends until the limit is used up, once it is shared again; gives how many were admitted. */
    private static int awaitRefusal(Cluster cluster, String key) throws Exception {
        // It is refused with 503 as long as it cannot be counted in Redis.
        String probe = cluster.issue("exact").revealOnce();
        long began = System.nanoTime();
        for (Member member : cluster.members(Cluster.NODES)) {
            Await.until("shared limits", () -> member.ask(probe).status() != 503);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(RECOVERY);
        int admitted = admitted(cluster, key, 2 * Cluster.LIMIT);
        assertThat(admitted(cluster, key, 30)).isZero();
        return admitted;
    }
}
