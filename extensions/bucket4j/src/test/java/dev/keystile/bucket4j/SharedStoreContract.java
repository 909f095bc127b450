package dev.keystile.bucket4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.key.TimeSource;
import dev.keystile.limit.Charge;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import dev.keystile.testkit.ManualTime;
import dev.keystile.testkit.RateLimiterContract;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract, and that two nodes over one store are as one. */
abstract class SharedStoreContract extends RateLimiterContract {

    private static final RateLimit WINDOW = RateLimit.perMinute(300).named("window");
    private static final RateLimit BOTH =
            RateLimit.perMinute(400).burst(200).named("both").per(PartitionKind.ACCOUNT);
    private static final RateLimit VISITOR =
            RateLimit.perMinute(280).named("visitor").per(PartitionKind.ADDRESS);
    private static final RateLimit BUCKET = RateLimit.perMinute(100).burst(250).named("bucket");
    private static final int THREADS = 8;

    /** A way to the store of this test, as a node has it. */
    abstract ProxyManager<String> node(TimeSource time);

    /** Forgets all counts. */
    abstract void clear();

    @Override
    protected final RateLimiter openEmptyLimiter(ManualTime time) {
        clear();
        return ProxyManagerRateLimiter.over(node(time));
    }

    private List<RateLimiter> twoNodes(TimeSource time) {
        return List.of(ProxyManagerRateLimiter.over(node(time)), ProxyManagerRateLimiter.over(node(time)));
    }

    private static List<Charge> charges(List<RateLimit> limits) {
        return limits.stream()
                .map(limit -> Charge.of(limit, "keyOne123456", "acme", 1).from("192.0.2.1"))
                .toList();
    }

    @Test
    void twoNodes_oneAfterTheOther_countTogether() {
        List<RateLimiter> nodes = twoNodes(new ManualTime());

        assertThat(nodes).allMatch(RateLimiter::mayBlock);
        for (int left = 299; left >= 0; left--) {
            assertThat(nodes.get(left % 2)
                            .tryConsume(charges(List.of(WINDOW)))
                            .decisive()
                            .remaining())
                    .isEqualTo(left);
        }

        assertThat(nodes.get(0).tryConsume(charges(List.of(WINDOW))).admitted()).isFalse();
        assertThat(nodes.get(1).tryConsume(charges(List.of(WINDOW))).admitted()).isFalse();
    }

    static Stream<Arguments> limitsOfTwoNodes() {
        return Stream.of(
                argumentSet("window", List.of(WINDOW), 300),
                argumentSet("window and bucket", List.of(BOTH), 200),
                argumentSet("bucket", List.of(BUCKET), 250),
                argumentSet("of an address", List.of(VISITOR), 280),
                argumentSet("several", List.of(BUCKET, WINDOW, VISITOR, BOTH), 200));
    }

    @ParameterizedTest
    @MethodSource("limitsOfTwoNodes")
    void twoNodes_underConcurrency_admitWhatOneDoes(List<RateLimit> limits, int expected) throws Exception {
        ManualTime time = new ManualTime();

        assertThat(admittedToManyThreads(twoNodes(time), limits, 60, () -> {})).isEqualTo(expected);

        if (limits.contains(WINDOW)) {
            int left = 300 - expected;
            RateLimiter later = ProxyManagerRateLimiter.over(node(time));
            assertThat(later.tryConsume(charges(List.of(WINDOW))).decisive().remaining())
                    .isEqualTo(Math.max(0, left - 1));
        }
    }

    /** Windows end and begin all the while. */
    @Test
    void twoNodes_asTimePasses_admitNoMoreThanWindowsTake() throws Exception {
        RateLimit fast = RateLimit.of(7, Duration.ofMillis(50)).named("fast");
        RateLimit both = RateLimit.of(8, Duration.ofMillis(70)).burst(6).named("both");
        ManualTime time = new ManualTime();
        int requests = 60;

        int admitted = admittedToManyThreads(
                twoNodes(time), List.of(fast, both), requests, () -> time.advance(Duration.ofMillis(1)));

        long millis = (long) THREADS * requests;
        assertThat(admitted)
                .isLessThanOrEqualTo((int) (7 * (millis / 50 + 1)))
                .isLessThanOrEqualTo((int) (6 + 8 * millis / 70))
                .as("in more than two windows")
                .isGreaterThan(2 * 8);
    }

    private static int admittedToManyThreads(
            List<RateLimiter> nodes, List<RateLimit> limits, int requestsEach, Runnable afterEach) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Integer>> counts = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                RateLimiter node = nodes.get(thread % nodes.size());
                counts.add(pool.submit(() -> {
                    start.await();
                    int admitted = 0;
                    for (int i = 0; i < requestsEach; i++) {
                        if (node.tryConsume(charges(limits)).admitted()) {
                            admitted++;
                        }
                        afterEach.run();
                    }
                    return admitted;
                }));
            }
            int admitted = 0;
            for (Future<Integer> count : counts) {
                admitted += count.get();
            }
            return admitted;
        } finally {
            pool.shutdownNow();
        }
    }
}
