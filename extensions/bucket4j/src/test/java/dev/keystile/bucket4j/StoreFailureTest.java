package dev.keystile.bucket4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.key.TimeSource;
import dev.keystile.key.UnavailableException;
import dev.keystile.limit.Charge;
import dev.keystile.limit.LimiterHealth;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import dev.keystile.testkit.ManualTime;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A store that is gone, that hangs, and that comes back. */
@Timeout(120)
final class StoreFailureTest {

    private static final String ADDRESS = "203.0.113.77";
    private static final List<Charge> CHARGE = List.of(
            Charge.of(RateLimit.perDay(1_000_000).named("day").per(PartitionKind.ADDRESS), "keyOne123456", "acme", 1)
                    .from(ADDRESS));

    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(1);
    /** For a look and a taking, and what a busy machine adds. */
    private static final Duration BOUND = REQUEST_TIMEOUT.multipliedBy(2).plusSeconds(3);

    /** Many threads that go on asking, whatever the answer. */
    private static final class Callers implements AutoCloseable {

        final AtomicInteger answered = new AtomicInteger();
        final AtomicInteger unavailable = new AtomicInteger();
        final AtomicLong longestNanos = new AtomicLong();
        private final AtomicBoolean done = new AtomicBoolean();
        private final ExecutorService pool = Executors.newFixedThreadPool(4);
        private final List<Future<Void>> callers;

        Callers(RateLimiter limiter) {
            Callable<Void> caller = () -> {
                while (!done.get()) {
                    long began = System.nanoTime();
                    try {
                        limiter.tryConsume(CHARGE);
                        answered.incrementAndGet();
                    } catch (UnavailableException gone) {
                        unavailable.incrementAndGet();
                    }
                    longestNanos.accumulateAndGet(System.nanoTime() - began, Math::max);
                }
                return null;
            };
            callers = IntStream.range(0, 4).mapToObj(n -> pool.submit(caller)).toList();
        }

        /** Ends them; throws what else they ran into. */
        @Override
        public void close() throws Exception {
            done.set(true);
            for (Future<Void> caller : callers) {
                caller.get();
            }
            pool.shutdown();
        }
    }

    private static void until(String what, BooleanSupplier condition) {
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as("time to wait for %s", what)
                    .isLessThan(Duration.ofSeconds(60));
            Thread.onSpinWait();
        }
    }

    @Test
    void redisKilledMidRun_isUnavailableSoon_andAnswersAgainWhenItIsBack() throws Exception {
        try (RedisStore redis = new RedisStore();
                Callers callers = new Callers(ProxyManagerRateLimiter.over(redis.node(REQUEST_TIMEOUT)))) {
            until("answers", () -> callers.answered.get() > 100);

            redis.kill();
            int unavailable = callers.unavailable.get();
            until("failures", () -> callers.unavailable.get() > unavailable + 100);
            int answered = callers.answered.get();
            redis.restart();
            until("answers after the restart", () -> callers.answered.get() > answered + 100);

            assertThat(Duration.ofNanos(callers.longestNanos.get())).isLessThan(BOUND);
        }
    }

    @Test
    void redisThatHangs_isUnavailableAfterTheTimeout() {
        try (RedisStore redis = new RedisStore()) {
            RateLimiter limiter = ProxyManagerRateLimiter.over(redis.node(REQUEST_TIMEOUT));
            RedisCommands<String, String> commands = redis.commands();
            assertThat(limiter.tryConsume(CHARGE).admitted()).isTrue();

            commands.clientPause(BOUND.plusSeconds(1).toMillis());
            long began = System.nanoTime();

            assertThatExceptionOfType(UnavailableException.class)
                    .isThrownBy(() -> limiter.tryConsume(CHARGE))
                    .withMessage("the store of the limiter could not be asked")
                    .satisfies(StoreFailureTest::assertNamesNoAddress);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(BOUND);
            until("an answer after the pause", () -> answers(limiter));
        }
    }

    @Test
    void postgresGone_isUnavailable() {
        try (PostgresStore postgres = new PostgresStore()) {
            RateLimiter limiter = ProxyManagerRateLimiter.over(postgres.node(TimeSource.system()));
            assertThat(limiter.tryConsume(CHARGE).admitted()).isTrue();

            postgres.kill();
            long began = System.nanoTime();

            assertThatExceptionOfType(UnavailableException.class)
                    .isThrownBy(() -> limiter.tryConsume(CHARGE))
                    .satisfies(StoreFailureTest::assertNamesNoAddress);
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isLessThan(PostgresStore.CONNECTION_TIMEOUT.multipliedBy(2).plusSeconds(3));
        }
    }

    @Test
    void storeThatFails_isTold_untilItAnswersOrNobodyAsks() {
        ManualTime time = new ManualTime();
        AtomicBoolean gone = new AtomicBoolean();
        RateLimiter limiter = ProxyManagerRateLimiter.over(
                new Grid().node(time, () -> {
                    if (gone.get()) {
                        throw new IllegalStateException("gone");
                    }
                }),
                time);
        assertThat(answers(limiter)).isTrue();
        assertThat(limiter.health()).isEqualTo(LimiterHealth.overNodes());

        gone.set(true);
        Instant since = Instant.ofEpochMilli(time.currentTimeMillis());
        assertThat(answers(limiter)).isFalse();
        time.advance(Duration.ofSeconds(9));
        assertThat(answers(limiter)).isFalse();
        LimiterHealth refusing = new LimiterHealth(true, LimiterHealth.State.REFUSING, Optional.of(since));
        assertThat(limiter.health()).isEqualTo(refusing);

        gone.set(false);
        assertThat(answers(limiter)).isTrue();
        assertThat(limiter.health()).isEqualTo(LimiterHealth.overNodes());

        gone.set(true);
        assertThat(answers(limiter)).isFalse();
        time.advance(Duration.ofSeconds(10));
        assertThat(limiter.health()).as("nobody has asked for a while").isEqualTo(LimiterHealth.overNodes());
    }

    /** It is logged, with all that caused it. */
    private static void assertNamesNoAddress(Throwable failure) {
        assertThat(Throwables.getStackTrace(failure)).contains("Caused by").doesNotContain(ADDRESS);
    }

    private static boolean answers(RateLimiter limiter) {
        try {
            return limiter.tryConsume(CHARGE).admitted();
        } catch (UnavailableException stillGone) {
            return false;
        }
    }
}
