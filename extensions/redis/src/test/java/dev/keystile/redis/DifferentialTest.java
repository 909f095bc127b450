package dev.keystile.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.limit.Charge;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import dev.keystile.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same requests to the limiter in memory and to the one in Redis: both have to say the same. */
final class DifferentialTest {

    private static final int STEPS = 2500;

    private static RedisProcess redis;

    @BeforeAll
    static void start() {
        redis = new RedisProcess();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    /** Windows, buckets and both, of small and odd figures, and of the largest that Redis can count. */
    private static List<RateLimit> limits(Random random) {
        return List.of(
                RateLimit.of(1 + random.nextInt(20), Duration.ofMillis(1 + random.nextInt(3000)))
                        .named("window"),
                RateLimit.of(7 + random.nextInt(20), Duration.ofMillis(700 + random.nextInt(3000)))
                        .burst(1 + random.nextInt(7))
                        .named("both")
                        .per(PartitionKind.ADDRESS),
                RateLimit.of(1 + random.nextInt(9), Duration.ofMillis(700 + random.nextInt(3000)))
                        .burst(11 + random.nextInt(9))
                        .named("bucket")
                        .per(PartitionKind.ACCOUNT),
                RateLimit.of(999_983, Duration.ofDays(1)).burst(52_124).named("finest"),
                RateLimit.of(1_000_000_000, Duration.ofSeconds(2))
                        .burst(1_000_000_000)
                        .named("fastest")
                        .per(PartitionKind.ACCOUNT),
                RateLimit.of(3, Duration.ofDays(366)).burst(140).named("slowest"));
    }

    private static Duration step(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> Duration.ofNanos(1000L * (1 + random.nextInt(3)));
            case 1, 2 -> Duration.ofNanos(1000L * random.nextInt(900_000));
            case 3 -> Duration.ofMillis(random.nextInt(200) == 0 ? 1_000_000L * random.nextInt(80_000) : 1);
            case 4, 5, 6 -> Duration.ofMillis(random.nextInt(5));
            default -> Duration.ZERO;
        };
    }

    private static long cost(RateLimit limit, Random random) {
        long capacity = limit.capacity();
        return switch (random.nextInt(8)) {
            case 0 -> 1 + random.nextLong(capacity);
            case 1 -> capacity - random.nextLong(Math.min(3, capacity));
            case 2 -> capacity + random.nextLong(2);
            case 3 -> 1 + capacity / 3;
            default -> 1;
        };
    }

    /** With what is known of denials, and without: then Redis is asked every time. */
    @ParameterizedTest
    @CsvSource({"1, 0", "2, 0", "3, 0", "4, 100000", "5, 100000", "6, 3"})
    void randomRequests_areAnsweredAsInMemory(long seed, int denials) {
        Random random = new Random(seed);
        ManualTime time = new ManualTime();
        List<RateLimit> limits = limits(random);
        redis.commands().flushall();
        int admitted = 0;
        int asked = 0;
        try (RateLimiter memory = RateLimiter.inMemory(time, 1000);
                RateLimiter shared = new TestClock(time, redis, denials)) {
            assertThat(shared.problems(limits)).isEmpty();
            for (int i = 0; i < STEPS; i++) {
                time.advance(step(random));
                String key = random.nextBoolean() ? "keyOne123456" : "keyTwo123456";
                String address = random.nextBoolean() ? "192.0.2.1" : "20010db800010002/64";
                List<Charge> charges = new ArrayList<>();
                for (RateLimit limit : limits) {
                    if (random.nextInt(3) == 0) {
                        charges.add(Charge.of(limit, key, "live:acme", cost(limit, random))
                                .from(address));
                    }
                }
                if (charges.isEmpty()) {
                    continue;
                }
                Collections.shuffle(charges, random);
                asked++;
                RateLimitResult expected = memory.tryConsume(charges);
                assertSame(shared.tryConsume(charges), expected, "step " + i + ", " + charges);
                admitted += expected.admitted() ? 1 : 0;
            }
        }
        assertThat(admitted).as("admitted, of %s", asked).isBetween(asked / 10, 9 * asked / 10);
    }

    private static void assertSame(RateLimitResult told, RateLimitResult expected, String when) {
        assertThat(told.admitted()).as(when).isEqualTo(expected.admitted());
        assertThat(told.isMakeshift()).as(when).isFalse();
        for (int i = 0; i < expected.statuses().size(); i++) {
            LimitStatus one = told.statuses().get(i);
            LimitStatus other = expected.statuses().get(i);
            assertThat(one.limit()).isEqualTo(other.limit());
            assertThat(one.remaining()).as("remaining, %s", when).isEqualTo(other.remaining());
            assertThat(one.burstSpent()).as("burst spent, %s", when).isEqualTo(other.burstSpent());
            assertThat(one.nanosToRetry()).as("to retry, %s", when).isEqualTo(roundedUp(other.nanosToRetry()));
            assertThat(one.nanosToReset()).as("to reset, %s", when).isEqualTo(roundedUp(other.nanosToReset()));
        }
    }

    /** To microseconds, which is how Redis tells the time. */
    private static long roundedUp(long nanos) {
        return nanos == Long.MAX_VALUE ? nanos : (nanos + 999) / 1000 * 1000;
    }
}
