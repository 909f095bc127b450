package dev.keystile.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.ManualTime;
import dev.keystile.key.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What it counts beyond the contract: how much it keeps, and what it drops. */
final class InMemoryRateLimiterMemoryTest {

    private final ManualTime time = new ManualTime();
    private final RateLimiter limiter = RateLimiter.inMemory(time, 3);

    private boolean admits(RateLimit limit, String key) {
        return limiter.tryConsume(List.of(Charge.of(limit, key, "acme", 1))).admitted();
    }

    static Stream<Arguments> limits() {
        // How long one request takes to be forgotten.
        return Stream.of(
                argumentSet("window", RateLimit.perMinute(1).named("a"), Duration.ofMinutes(1)),
                argumentSet("bucket and window", RateLimit.perMinute(1).burst(1).named("a"), Duration.ofMinutes(1)),
                argumentSet(
                        "bucket",
                        RateLimit.of(1, Duration.ofMinutes(1)).burst(2).named("a"),
                        Duration.ofMinutes(1)));
    }

    @ParameterizedTest
    @MethodSource("limits")
    void full_ofLivePartitions_cannotTellForNewOnes(RateLimit limit, Duration whole) {
        for (String key : List.of("one", "two", "three")) {
            assertThat(admits(limit, key)).isTrue();
        }
        time.advance(whole.minusNanos(1));
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> admits(limit, "four"))
                .withMessageContaining("3 partitions")
                .withMessageNotContaining("four");
        if (!limit.hasWindow()) {
            assertThat(admits(limit, "one")).as("the second of the burst").isTrue();
        }
        assertThat(admits(limit, "one"))
                .as("dropping it would have been a refund")
                .isFalse();
    }

    @ParameterizedTest
    @MethodSource("limits")
    void full_ofPartitionsThatAreWhole_makesRoom(RateLimit limit, Duration whole) {
        for (String key : List.of("one", "two", "three")) {
            assertThat(admits(limit, key)).isTrue();
        }
        time.advance(whole);
        for (String key : List.of("four", "five", "six")) {
            assertThat(admits(limit, key)).isTrue();
        }
    }

    /** Or memory would be taken until there is room for no more, however few are in use. */
    @Test
    void partitionsThatAreWhole_areDroppedLongBeforeItIsFull() {
        Meters<Integer> meters = new Meters<>(time, 1_000_000, "partitions");
        RateLimit limit = RateLimit.perMinute(1).named("a");
        for (int key = 0; key < 100_000; key++) {
            meters.of(key, limit).consume(1, time.nanoTime());
            time.advance(Duration.ofMillis(60));
        }
        long kept = IntStream.range(0, 100_000)
                .filter(key -> meters.find(key) != null)
                .count();
        assertThat(kept).as("of 1,000 a minute").isBetween(1_000L, 3_000L);
        assertThat(meters.find(99_001)).as("less than a minute ago").isNotNull();
    }

    @Test
    void makingRoom_dropsNoPartitionInUse() {
        RateLimit limit = RateLimit.perMinute(1).named("a");
        admits(limit, "early");
        time.advance(Duration.ofSeconds(30));
        admits(limit, "late");
        admits(limit, "later");
        time.advance(Duration.ofSeconds(30));
        assertThat(admits(limit, "new")).isTrue();
        assertThat(admits(limit, "late")).isFalse();
        assertThat(admits(limit, "later")).isFalse();
    }

    @Test
    void known_isCountedAlsoWhenFull() {
        RateLimit limit = RateLimit.perMinute(2).named("a");
        for (String key : List.of("one", "two", "three")) {
            assertThat(admits(limit, key)).isTrue();
        }
        assertThat(admits(limit, "two")).isTrue();
        assertThat(admits(limit, "two")).isFalse();
    }

    // Of three counts, addresses may take two.

    private static final RateLimit PER_ADDRESS =
            RateLimit.perMinute(1).named("visitor").per(PartitionKind.ADDRESS);

    private boolean admitsFrom(String address) {
        return limiter.tryConsume(
                        List.of(Charge.of(PER_ADDRESS, "key", "acme", 1).from(address)))
                .admitted();
    }

    @Test
    void fullOfAddresses_cannotTellForNewOnes_refundsNone_andHasRoomForKeys() {
        assertThat(admitsFrom("192.0.2.1")).isTrue();
        time.advance(Duration.ofSeconds(30));
        assertThat(admitsFrom("192.0.2.2")).isTrue();

        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> admitsFrom("192.0.2.3"))
                .withMessageContaining("2 addresses")
                .withMessageNotContaining("192");
        assertThat(admitsFrom("192.0.2.1"))
                .as("dropping it would have been a refund")
                .isFalse();
        assertThat(admits(RateLimit.perMinute(1).named("a"), "key")).isTrue();

        time.advance(Duration.ofSeconds(30));
        assertThat(admitsFrom("192.0.2.3"))
                .as("in the place of the one that is whole")
                .isTrue();
        assertThat(admitsFrom("192.0.2.2")).isFalse();
        assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> admitsFrom("192.0.2.1"));
    }

    @Test
    void fullOfKeys_hasNoRoomForAddresses() {
        for (String key : List.of("one", "two", "three")) {
            assertThat(admits(RateLimit.perMinute(1).named("a"), key)).isTrue();
        }
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> admitsFrom("192.0.2.1"))
                .withMessageContaining("3 partitions");
    }

    /** However often they come and go, the number of those that are there is right. */
    @Test
    void addressesThatComeAndGo_leaveTheRoomAsItWas() {
        for (int round = 0; round < 50; round++) {
            assertThat(admitsFrom("192.0.2." + round)).isTrue();
            assertThat(admitsFrom("198.51.100." + round)).isTrue();
            assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> admitsFrom("203.0.113.1"));
            time.advance(Duration.ofMinutes(1));
        }
    }

    @Test
    void roomForOne_hasRoomForAnAddress() {
        RateLimiter small = RateLimiter.inMemory(time, 1);
        assertThat(small.tryConsume(
                                List.of(Charge.of(PER_ADDRESS, "key", "acme", 1).from("192.0.2.1")))
                        .admitted())
                .isTrue();
    }

    @Test
    void costAboveCapacity_neverSucceedsAndSaysSo() {
        for (RateLimit limit : List.of(
                RateLimit.perMinute(5).named("window"),
                RateLimit.perMinute(5).burst(2).named("both"),
                RateLimit.perMinute(5).burst(9).named("bucket"))) {
            RateLimitResult result = limiter.tryConsume(List.of(Charge.of(limit, "key", "acme", limit.capacity() + 1)));
            assertThat(result.admitted()).isFalse();
            assertThat(result.decisive().nanosToRetry()).isEqualTo(Long.MAX_VALUE);
        }
    }

    @Test
    void mayBlock_isFalse() {
        assertThat(limiter.mayBlock()).isFalse();
    }

    @Test
    void noRoomAtAll_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimiter.inMemory(time, 0))
                .withMessageContaining("partitions 0");
    }
}
