package dev.keystile.bucket4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.limit.Charge;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import dev.keystile.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens between any two commands of a request. */
final class RacesTest {

    private static final RateLimit WINDOW =
            RateLimit.perMinute(5).named("window").per(PartitionKind.ACCOUNT);
    private static final RateLimit HOUR = RateLimit.perHour(7).named("hour");
    private static final RateLimit BOTH = RateLimit.perMinute(6).burst(4).named("both");
    private static final RateLimit BUCKET = RateLimit.perMinute(2).burst(3).named("bucket");

    private final ManualTime time = new ManualTime();
    private final Grid grid = new Grid();
    private final RateLimiter other = ProxyManagerRateLimiter.over(grid.node(time));

    private static List<Charge> charges(long cost, RateLimit... limits) {
        return Stream.of(limits)
                .map(limit -> Charge.of(limit, "keyOne123456", "acme", cost))
                .toList();
    }

    /** A limiter over a grid that has something happen before its command of a number, counted from 0. */
    private RateLimiter interrupted(Grid store, int command, Runnable happening) {
        return interrupted(store, Map.of(command, happening));
    }

    private RateLimiter interrupted(Grid store, Map<Integer, Runnable> happenings) {
        AtomicInteger commands = new AtomicInteger();
        return ProxyManagerRateLimiter.over(store.node(
                time,
                () -> happenings
                        .getOrDefault(commands.getAndIncrement(), () -> {})
                        .run()));
    }

    /** How a limit stands, found out by asking for more than it ever gives. */
    private static LimitStatus standing(RateLimiter limiter, RateLimit limit) {
        return limiter.tryConsume(charges(limit.capacity() + 1, limit)).decisive();
    }

    // Another request

    static Stream<Arguments> pairs() {
        RateLimit[] none = {};
        RateLimit[] all = {BUCKET, HOUR, BOTH, WINDOW};
        RateLimit[] oneBucket = {HOUR, WINDOW, BUCKET};
        return Stream.of(
                argumentSet("nothing used yet", none, 0, Duration.ZERO, all, all),
                argumentSet("all windows over", all, 2, Duration.ofHours(2), all, all),
                argumentSet("the short windows over", all, 2, Duration.ofMinutes(2), all, all),
                argumentSet("one of them over, two limits", all, 2, Duration.ofMinutes(2), oneBucket, oneBucket),
                argumentSet("one left of the bucket taken from last", all, 2, Duration.ZERO, oneBucket, oneBucket),
                argumentSet("one left, and others want that alone", all, 2, Duration.ZERO, oneBucket, new RateLimit[] {
                    BUCKET
                }),
                argumentSet("one left of a window", new RateLimit[] {WINDOW}, 4, Duration.ZERO, oneBucket, oneBucket),
                argumentSet(
                        "one left of window and bucket",
                        new RateLimit[] {BOTH},
                        3,
                        Duration.ZERO,
                        new RateLimit[] {HOUR, WINDOW, BOTH},
                        new RateLimit[] {BOTH}),
                argumentSet(
                        "a bucket by itself", all, 2, Duration.ZERO, new RateLimit[] {BUCKET}, new RateLimit[] {BUCKET
                        }),
                argumentSet(
                        "a window by itself", none, 0, Duration.ZERO, new RateLimit[] {WINDOW}, new RateLimit[] {WINDOW
                        }));
    }

    /** As if the requests that were admitted had come one after the other, and the others not at all. */
    @ParameterizedTest
    @MethodSource("pairs")
    void requestBetweenTwoCommands_isCountedAsOneBeforeOrAfter(
            RateLimit[] usedLimits, int used, Duration passed, RateLimit[] first, RateLimit[] second) {
        int interleavings = 0;
        for (boolean reached = true; reached; interleavings++) {
            Grid store = new Grid();
            RateLimiter plain = ProxyManagerRateLimiter.over(store.node(time));
            RateLimiter exact = RateLimiter.inMemory(time, 100);
            for (int i = 0; i < used; i++) {
                for (RateLimit limit : usedLimits) {
                    plain.tryConsume(charges(1, limit));
                    exact.tryConsume(charges(1, limit));
                }
            }
            time.advance(passed);
            List<RateLimitResult> between = new ArrayList<>();
            RateLimiter limiter =
                    interrupted(store, interleavings, () -> between.add(plain.tryConsume(charges(1, second))));

            boolean firstAdmitted = limiter.tryConsume(charges(1, first)).admitted();

            reached = !between.isEmpty();
            boolean secondAdmitted = reached && between.get(0).admitted();
            assertThat(firstAdmitted || secondAdmitted)
                    .as("one of both, before command %d", interleavings)
                    .isTrue();
            if (firstAdmitted) {
                assertThat(exact.tryConsume(charges(1, first)).admitted()).isTrue();
            }
            if (secondAdmitted) {
                assertThat(exact.tryConsume(charges(1, second)).admitted()).isTrue();
            }
            for (RateLimit limit : List.of(WINDOW, HOUR, BOTH, BUCKET)) {
                assertThat(standing(plain, limit))
                        .as("before command %d", interleavings)
                        .isEqualTo(standing(exact, limit));
            }
        }
        assertThat(interleavings).isGreaterThan(first.length);
    }

    @Test
    void twoGiveBackAtOnce_bothGetItBack() {
        other.tryConsume(charges(1, WINDOW));
        List<RateLimitResult> between = new ArrayList<>();
        RateLimiter second = interrupted(grid, 3, () -> between.add(other.tryConsume(charges(3, BUCKET))));
        RateLimiter first = interrupted(grid, 3, () -> between.add(second.tryConsume(charges(1, WINDOW, BUCKET))));

        assertThat(first.tryConsume(charges(1, WINDOW, BUCKET)).admitted()).isFalse();

        assertThat(between).extracting(RateLimitResult::admitted).containsExactly(true, false);
        assertThat(standing(other, WINDOW).remaining()).isEqualTo(4);
    }

    /** By the time it came back it might have been refilled. */
    @Test
    void bucketThatWasTakenFrom_whenAnotherIsFoundSpent_keepsIt() {
        RateLimit slower = RateLimit.perHour(2).burst(3).named("slower");
        RateLimiter limiter = interrupted(grid, 3, () -> other.tryConsume(charges(3, slower)));

        assertThat(limiter.tryConsume(charges(1, slower, BUCKET)).admitted()).isFalse();

        assertThat(standing(other, BUCKET).remaining()).isEqualTo(2);
    }

    // The end of a window

    /** What was taken from a window comes back to that one, not to the next, and a bucket is refilled by time alone. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void windowEndsBetweenTwoCommands_refundsNothing(int command) {
        RateLimit last = BUCKET.named("taken-last");
        other.tryConsume(charges(2, last));
        other.tryConsume(charges(1, WINDOW, BOTH));
        // Windows to which something was given back already are larger in the store than those that follow.
        RateLimit slower = RateLimit.perHour(1).burst(2).named("slower");
        RateLimiter loser = interrupted(grid, 5, () -> other.tryConsume(charges(2, slower)));
        assertThat(loser.tryConsume(charges(1, WINDOW, BOTH, slower)).admitted())
                .isFalse();
        List<RateLimitResult> after = new ArrayList<>();
        RateLimiter limiter = interrupted(grid, command, () -> {
            time.advance(Duration.ofMinutes(1));
            // All that the next windows and the buckets hold.
            after.add(other.tryConsume(charges(5, WINDOW)));
            after.add(other.tryConsume(charges(4, BOTH)));
            after.add(other.tryConsume(charges(3, last)));
        });

        boolean admitted = limiter.tryConsume(charges(1, WINDOW, BOTH, last)).admitted();

        if (after.isEmpty()) {
            assertThat(admitted).isTrue();
            return;
        }
        // What the request took before belongs to the windows before.
        assertThat(after).extracting(RateLimitResult::admitted).containsExactly(true, true, !admitted);
        for (RateLimit limit : List.of(WINDOW, BOTH, last)) {
            assertThat(other.tryConsume(charges(1, limit)).admitted())
                    .as("more of %s than it takes", limit)
                    .isFalse();
        }
    }

    @Test
    void windowThatIsSpentEndsBetweenLookAndTaking_nextOneAdmits() {
        List<RateLimitResult> between = new ArrayList<>();
        other.tryConsume(charges(1, WINDOW));
        RateLimiter limiter = interrupted(grid, 1, () -> {
            between.add(other.tryConsume(charges(4, WINDOW)));
            time.advance(Duration.ofMinutes(1));
        });

        RateLimitResult result = limiter.tryConsume(charges(1, WINDOW));

        assertThat(between).extracting(RateLimitResult::admitted).containsExactly(true);
        assertThat(result.admitted()).isTrue();
        assertThat(result.decisive()).isEqualTo(new LimitStatus(WINDOW, 4, 60_000_000_000L, 0, false));
    }

    /** The next window begins with the request after. */
    @Test
    void windowEndsBetweenLookAndTaking_countsInThatWindow() {
        other.tryConsume(charges(1, WINDOW));
        RateLimiter limiter = interrupted(grid, 1, () -> time.advance(Duration.ofMinutes(1)));

        assertThat(limiter.tryConsume(charges(4, WINDOW)).admitted()).isTrue();

        assertThat(other.tryConsume(charges(5, WINDOW)).admitted()).isTrue();
        assertThat(other.tryConsume(charges(1, WINDOW)).admitted()).isFalse();
    }

    /** A late return to a window that is over must not keep the next one from beginning. */
    @Test
    void windowThatIsOver_givenBackToBetweenLookAndTaking_isFollowedAllTheSame() throws Exception {
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch windowIsOver = new CountDownLatch(1);
        RateLimiter late = interrupted(grid, Map.of(3, () -> other.tryConsume(charges(3, BUCKET)), 4, () -> {
            taken.countDown();
            await("the window is over", windowIsOver);
        }));
        CompletableFuture<RateLimitResult> refused =
                CompletableFuture.supplyAsync(() -> late.tryConsume(charges(1, WINDOW, BUCKET)));
        await("the late request has taken its part", taken);
        time.advance(Duration.ofMinutes(1));
        RateLimiter next = interrupted(grid, 1, () -> {
            windowIsOver.countDown();
            assertThat(answerOf(refused).admitted()).isFalse();
        });

        assertThat(next.tryConsume(charges(1, WINDOW)).decisive())
                .isEqualTo(new LimitStatus(WINDOW, 4, 60_000_000_000L, 0, false));

        assertThat(other.tryConsume(charges(4, WINDOW)).admitted()).isTrue();
        assertThat(other.tryConsume(charges(1, WINDOW)).admitted()).isFalse();
    }

    private static void await(String what, CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).as(what).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static RateLimitResult answerOf(CompletableFuture<RateLimitResult> request) {
        try {
            return request.get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException failure) {
            throw new AssertionError("the other request has no answer", failure);
        }
    }

    /** A window that was begun for a request which its bucket then refused has begun all the same. */
    @Test
    void windowBegunByARequestThatItsBucketRefused_hasBegun() {
        CountDownLatch looked = new CountDownLatch(1);
        CountDownLatch windowIsOver = new CountDownLatch(1);
        other.tryConsume(charges(1, BOTH));
        RateLimiter slow = interrupted(grid, 1, () -> {
            looked.countDown();
            await("the window is over", windowIsOver);
        });
        CompletableFuture<RateLimitResult> takesAllOfTheBucket =
                CompletableFuture.supplyAsync(() -> slow.tryConsume(charges(3, BOTH)));
        await("the slow request has looked", looked);
        time.advance(Duration.ofMinutes(1));
        RateLimiter refused = interrupted(grid, 1, () -> {
            windowIsOver.countDown();
            assertThat(answerOf(takesAllOfTheBucket).admitted()).isTrue();
        });

        assertThat(refused.tryConsume(charges(4, BOTH)).admitted()).isFalse();

        time.advance(Duration.ofSeconds(10));
        assertThat(standing(other, BOTH))
                .extracting(LimitStatus::remaining, LimitStatus::nanosToReset)
                .containsExactly(6L, 50_000_000_000L);
    }

    // Looking

    @Test
    void denied_makesNoBuckets() {
        other.tryConsume(charges(3, BUCKET));
        assertThat(grid.size()).isEqualTo(1);

        assertThat(other.tryConsume(charges(1, WINDOW, BUCKET, BOTH)).admitted())
                .isFalse();

        assertThat(grid.size()).isEqualTo(1);
    }
}
