package dev.keystile.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.ManualTime;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class FailureLimiterTest {

    private static final RateLimit THREE_A_MINUTE = RateLimit.perMinute(3);

    /** So many counts that two addresses do not share one. */
    private static final int MANY = 1_000_000_000;

    private final ManualTime time = new ManualTime();

    private static void fail(FailureLimiter limiter, String address, int times) {
        for (int i = 0; i < times; i++) {
            limiter.count(address);
        }
    }

    @Test
    void address_mayFailAsOftenAsTheLimitSays_andThenWaits() {
        FailureLimiter limiter = new FailureLimiter(THREE_A_MINUTE, time, MANY);
        fail(limiter, "192.0.2.1", 2);
        assertThat(limiter.waitOf("192.0.2.1")).isZero();

        time.advance(Duration.ofSeconds(20));
        fail(limiter, "192.0.2.1", 1);

        assertThat(limiter.waitOf("192.0.2.1")).isEqualTo(Duration.ofSeconds(40));
        assertThat(limiter.waitOf("192.0.2.2")).isZero();
        time.advance(Duration.ofSeconds(40));
        assertThat(limiter.waitOf("192.0.2.1")).isZero();
    }

    @Test
    void asking_takesNothing() {
        FailureLimiter limiter = new FailureLimiter(THREE_A_MINUTE, time, MANY);
        fail(limiter, "192.0.2.1", 1);
        for (int i = 0; i < 100; i++) {
            limiter.waitOf("192.0.2.1");
        }
        fail(limiter, "192.0.2.1", 1);

        assertThat(limiter.waitOf("192.0.2.1")).isZero();
    }

    @Test
    void failuresOverTheLimit_doNotLengthenTheWait() {
        FailureLimiter limiter = new FailureLimiter(RateLimit.perMinute(60).burst(2), time, MANY);
        fail(limiter, "192.0.2.1", 50);

        assertThat(limiter.waitOf("192.0.2.1")).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void addresses_shareCounts_whereThereAreFew_andNoneIsForgotten() {
        FailureLimiter limiter = new FailureLimiter(THREE_A_MINUTE, time, 1);
        fail(limiter, "192.0.2.1", 2);
        assertThat(limiter.waitOf("192.0.2.2")).isZero();
        fail(limiter, "192.0.2.2", 1);

        assertThat(limiter.waitOf("192.0.2.1")).isPositive();
        assertThat(limiter.waitOf("192.0.2.3")).isPositive();
    }

    @Test
    void manyAddresses_thatFailOnceEach_lockNobodyElseOut() {
        FailureLimiter limiter = new FailureLimiter(RateLimit.perMinute(100), time, 1000);
        fail(limiter, "192.0.2.1", 100);
        for (int i = 0; i < 10_000; i++) {
            limiter.count("2001:db8:" + i);
        }
        long locked = IntStream.range(0, 1000)
                .filter(i -> !limiter.waitOf("198.51.100." + i).isZero())
                .count();

        assertThat(limiter.waitOf("192.0.2.1")).isPositive();
        assertThat(locked).isLessThan(20);
    }
}
