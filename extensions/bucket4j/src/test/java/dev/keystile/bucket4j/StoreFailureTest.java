package dev.keystile.bucket4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
import java.util.concurrent.atomic.AtomicBoolean;
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

    @Test
    void redisKilledMidRun_isUnavailableSoon_andAnswersAgainWhenItIsBack() throws Exception {
        try (RedisStore redis = new RedisStore();
                Callers callers = new Callers(4, ProxyManagerRateLimiter.over(redis.node(REQUEST_TIMEOUT)), CHARGE)) {
            Callers.until("answers", () -> callers.answered.get() > 100);

            redis.kill();
            int unavailable = callers.unavailable.get();
            Callers.until("failures", () -> callers.unavailable.get() > unavailable + 100);
            int answered = callers.answered.get();
            redis.restart();
            Callers.until("answers after the restart", () -> callers.answered.get() > answered + 100);

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
            Callers.until("an answer after the pause", () -> answers(limiter));
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
