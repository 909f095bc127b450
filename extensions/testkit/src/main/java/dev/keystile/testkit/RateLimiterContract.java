package dev.keystile.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.limit.Charge;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link RateLimiter} promises, as tests: extend it and say how the limiter is opened.
 *
 * <p>The limiter reads the clock it is given and no other. Requests come at whole milliseconds, so that a limiter may
 * keep time in units up to that, see {@link #resolution()}. Each test has a limiter of its own, which is closed after it.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class RateLimiterContract {

    private static final RateLimit STARTER = RateLimit.perMinute(60).burst(10).named("starter");
    private static final RateLimit BURSTY = RateLimit.perMinute(100).burst(200).named("bursty");
    private static final RateLimit PLAIN = RateLimit.perMinute(60).named("plain");
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String ACCOUNT = "acme";
    private static final String KEY = "keyOne123456";
    private static final String ADDRESS = "192.0.2.1";

    private final ManualTime time = new ManualTime();
    private RateLimiter limiter;

    /** For the class that extends this one. */
    @SuppressWarnings("NullAway.Init") // JUnit calls open() first.
    protected RateLimiterContract() {}

    /**
     * A limiter that has counted nothing, which nothing else uses.
     *
     * @param time the clock by which its windows pass
     */
    protected abstract RateLimiter openEmptyLimiter(ManualTime time);

    /**
     * The unit in which the limiter keeps time, a nanosecond to a millisecond. Waits may be told up to so much later
     * than they are, never earlier.
     */
    protected Duration resolution() {
        return Duration.ofNanos(1);
    }

    @BeforeEach
    final void open() {
        limiter = openEmptyLimiter(time);
    }

    @AfterEach
    final void close() {
        limiter.close();
    }

    private static Charge charge(RateLimit limit, long cost) {
        return Charge.of(limit, KEY, ACCOUNT, cost).from(ADDRESS);
    }

    private RateLimitResult request(RateLimit... limits) {
        return limiter.tryConsume(
                Arrays.stream(limits).map(limit -> charge(limit, 1)).toList());
    }

    private LimitStatus status(RateLimit limit, long cost) {
        return limiter.tryConsume(List.of(charge(limit, cost))).decisive();
    }

    private boolean admits(RateLimit limit, long cost) {
        return limiter.tryConsume(List.of(charge(limit, cost))).admitted();
    }

    /** How many requests of cost 1 are admitted until one is not. */
    private int admittedAtOnce(RateLimit limit) {
        int admitted = 0;
        while (admits(limit, 1)) {
            admitted++;
            assertThat(admitted)
                    .as("requests of %s that are admitted at once", limit)
                    .isLessThan(10_000);
        }
        return admitted;
    }

    // What rate and burst mean.

    static Stream<Arguments> atOnce() {
        return Stream.of(
                argumentSet("the burst, where it is below the rate", STARTER, 10),
                argumentSet(
                        "the burst, where it is the rate",
                        RateLimit.perMinute(60).burst(60).named("even"),
                        60),
                argumentSet("the burst, where it is above the rate", BURSTY, 200),
                argumentSet("the rate, where there is no burst", PLAIN, 60),
                argumentSet("one", RateLimit.perSecond(1).named("one"), 1),
                argumentSet("a burst of one", RateLimit.perSecond(5).burst(1).named("single"), 1));
    }

    @ParameterizedTest
    @MethodSource
    public void atOnce(RateLimit limit, int expected) {
        assertThat(admittedAtOnce(limit)).isEqualTo(expected);
    }

    @Test
    public void burstBelowRate_isRefilledEvenly() {
        assertThat(admittedAtOnce(STARTER)).isEqualTo(10);
        for (int second = 1; second <= 20; second++) {
            time.advance(Duration.ofMillis(999));
            assertThat(admits(STARTER, 1)).as("before second %d", second).isFalse();
            time.advance(Duration.ofMillis(1));
            assertThat(admittedAtOnce(STARTER)).as("at second %d", second).isEqualTo(1);
        }
    }

    @Test
    public void burstBelowRate_isNeverExceededAfterRest() {
        assertThat(admittedAtOnce(STARTER)).isEqualTo(10);
        time.advance(Duration.ofHours(5));
        assertThat(admittedAtOnce(STARTER)).isEqualTo(10);
    }

    @Test
    public void burstBelowRate_admitsRateInWindowThatBeginsWithFirstRequest() {
        // The window begins with the first request, not with a minute of the clock.
        time.advance(Duration.ofMillis(31_234));
        int inFirstWindow = 0;
        for (int halfSecond = 0; halfSecond < 120; halfSecond++) {
            inFirstWindow += admittedAtOnce(STARTER);
            time.advance(Duration.ofMillis(500));
        }
        assertThat(inFirstWindow).isEqualTo(60);
        // 10 s without an admission have filled the bucket again.
        assertThat(admittedAtOnce(STARTER)).isEqualTo(10);
    }

    @Test
    public void burstBelowRate_rollingWindowSeesRateAndBurstAtMost() {
        List<Integer> admitted = new ArrayList<>();
        for (int step = 0; step < 4 * 600; step++) {
            admitted.add(admittedAtOnce(STARTER));
            time.advance(Duration.ofMillis(100));
        }
        int most = 0;
        for (int from = 0; from + 600 <= admitted.size(); from++) {
            most = Math.max(
                    most,
                    admitted.subList(from, from + 600).stream()
                            .mapToInt(Integer::intValue)
                            .sum());
        }
        assertThat(most).isLessThanOrEqualTo(70);
        assertThat(admitted.stream().mapToInt(Integer::intValue).sum()).isEqualTo(4 * 60);
    }

    @Test
    public void burstAboveRate_hasNoWindow() {
        assertThat(admittedAtOnce(BURSTY)).isEqualTo(200);
        time.advance(Duration.ofSeconds(6));
        assertThat(admittedAtOnce(BURSTY)).isEqualTo(10);
        time.advance(MINUTE);
        assertThat(admittedAtOnce(BURSTY)).isEqualTo(100);
        time.advance(Duration.ofMinutes(2));
        assertThat(admittedAtOnce(BURSTY)).isEqualTo(200);
        time.advance(Duration.ofDays(3));
        assertThat(admittedAtOnce(BURSTY)).isEqualTo(200);
    }

    @Test
    public void noBurst_isWindowAlone() {
        time.advance(Duration.ofMillis(59_999));
        assertThat(admits(PLAIN, 1)).isTrue();
        time.advance(Duration.ofMillis(59_999));
        assertThat(admittedAtOnce(PLAIN)).isEqualTo(59);
        time.advance(Duration.ofMillis(1));
        assertThat(admittedAtOnce(PLAIN)).isEqualTo(60);
        time.advance(MINUTE.minusMillis(1));
        assertThat(admits(PLAIN, 1)).isFalse();
        time.advance(Duration.ofMillis(1));
        assertThat(admittedAtOnce(PLAIN)).isEqualTo(60);
    }

    @Test
    public void cost_isTakenWhole() {
        assertThat(status(STARTER, 4).remaining()).isEqualTo(56);
        assertThat(admits(STARTER, 7)).isFalse();
        assertThat(status(STARTER, 6).remaining()).isEqualTo(50);
        assertThat(admits(STARTER, 1)).isFalse();
        time.advance(Duration.ofSeconds(7));
        assertThat(admits(STARTER, 7)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 60})
    public void cost_ofWindow_isTakenWhole(long cost) {
        for (long used = 0; used + cost <= 60; used += cost) {
            assertThat(status(PLAIN, cost).remaining()).isEqualTo(60 - used - cost);
        }
        assertThat(admits(PLAIN, cost)).isFalse();
    }

    // Several limits at once.

    private static final RateLimit NARROW = RateLimit.perMinute(3).named("narrow");
    private static final RateLimit DAY = RateLimit.perDay(5).named("day").per(PartitionKind.ACCOUNT);

    @Test
    public void severalLimits_takeAllOrNothing() {
        for (int i = 0; i < 3; i++) {
            assertThat(request(PLAIN, NARROW).admitted()).isTrue();
        }
        for (int i = 0; i < 20; i++) {
            RateLimitResult denied = request(PLAIN, NARROW);
            assertThat(denied.admitted()).isFalse();
            assertThat(denied.statuses()).extracting(LimitStatus::remaining).containsExactly(57L, 0L);
            assertThat(denied.statuses())
                    .extracting(LimitStatus::nanosToRetry)
                    .first()
                    .isEqualTo(0L);
        }
        assertThat(status(PLAIN, 1).remaining()).isEqualTo(56);
    }

    @Test
    public void severalLimits_areToldInOrderOfCharges() {
        RateLimitResult result = request(NARROW, BURSTY, PLAIN);
        assertThat(result.statuses())
                .extracting(it -> it.limit().name(), LimitStatus::remaining)
                .containsExactly(tuple("narrow", 2L), tuple("bursty", 199L), tuple("plain", 59L));
    }

    @Test
    public void severalLimits_denied_retrySucceedsAtLongestWait() {
        assertThat(admittedAtOnce(STARTER)).isEqualTo(10);
        assertThat(admittedAtOnce(NARROW)).isEqualTo(3);
        RateLimitResult denied = request(STARTER, NARROW);
        assertThat(denied.decisive().limit()).isEqualTo(NARROW);
        time.advance(denied.retryAfter());
        assertThat(request(STARTER, NARROW).admitted()).isTrue();
    }

    // Figures.

    static Stream<Arguments> limits() {
        return Stream.of(
                argumentSet("bucket and window", STARTER),
                argumentSet("bucket", BURSTY),
                argumentSet("window", PLAIN),
                argumentSet(
                        "bucket of a rate that divides nothing",
                        RateLimit.perSecond(7).burst(8).named("seven")),
                argumentSet(
                        "bucket and window of a rate that divides nothing",
                        RateLimit.perSecond(7).burst(3).named("third")),
                argumentSet(
                        "slow bucket",
                        RateLimit.of(3, Duration.ofDays(1)).burst(4).named("slow")),
                argumentSet(
                        "long window with a large bucket",
                        RateLimit.perDay(1_000_000).burst(2_000_000).named("large")));
    }

    @ParameterizedTest
    @MethodSource("limits")
    public void denied_retrySucceedsExactlyThen(RateLimit limit) {
        long cost = Math.max(1, limit.capacity() / 3);
        for (int admitted = 0; admits(limit, cost); admitted++) {
            assertThat(admitted)
                    .as("requests of %s that are admitted, a third of it each", limit)
                    .isLessThan(1000);
            time.advance(Duration.ofMillis(1));
        }
        RateLimitResult denied = limiter.tryConsume(List.of(charge(limit, cost)));
        LimitStatus status = denied.decisive();
        assertThat(status.nanosToRetry()).isPositive();
        assertThat(denied.retryAfter()).isEqualTo(Duration.ofNanos(status.nanosToRetry()));
        assertThat(status.remaining()).isBetween(0L, Math.max(limit.count(), limit.burst()));
        time.advance(Duration.ofNanos(status.nanosToRetry()).minus(resolution()));
        assertThat(admits(limit, cost)).as("a moment too early").isFalse();
        time.advance(resolution());
        assertThat(admits(limit, cost)).as("at the moment told").isTrue();
    }

    @Test
    public void figures_ofBucketAndWindow_tellTheWindow() {
        RateLimitResult first = request(STARTER);
        assertThat(first.retryAfter()).isZero();
        assertStatus(first.decisive(), 59, MINUTE, Duration.ZERO, false);
        time.advance(Duration.ofMillis(500));
        for (int i = 0; i < 9; i++) {
            assertThat(request(STARTER).admitted()).isTrue();
        }
        assertStatus(status(STARTER, 1), 50, MINUTE.minusMillis(500), Duration.ofMillis(500), true);
    }

    @Test
    public void figures_whenWindowIsSpent_tellItsEnd() {
        for (int second = 0; second < 50; second++) {
            admittedAtOnce(STARTER);
            time.advance(Duration.ofSeconds(1));
        }
        admittedAtOnce(STARTER);
        assertStatus(status(STARTER, 1), 0, Duration.ofSeconds(10), Duration.ofSeconds(10), false);
    }

    @Test
    public void figures_ofBucketAlone_tellTheBucket() {
        assertStatus(status(BURSTY, 1), 199, Duration.ofMillis(600), Duration.ZERO, false);
        assertStatus(status(BURSTY, 199), 0, Duration.ofMinutes(2), Duration.ZERO, false);
        time.advance(Duration.ofMillis(100));
        assertStatus(status(BURSTY, 2), 0, Duration.ofMinutes(2).minusMillis(100), Duration.ofMillis(1100), false);
    }

    @Test
    public void figures_ofWindowThatHasNotBegun_tellItWhole() {
        assertThat(admittedAtOnce(NARROW)).isEqualTo(3);
        LimitStatus fresh = request(PLAIN, NARROW).statuses().get(0);
        assertStatus(fresh, 60, MINUTE, Duration.ZERO, false);
    }

    private void assertStatus(
            LimitStatus status, long remaining, Duration toReset, Duration toRetry, boolean burstSpent) {
        assertThat(status.remaining()).as("remaining").isEqualTo(remaining);
        assertTold("to reset", status.nanosToReset(), toReset.toNanos());
        assertTold("to retry", status.nanosToRetry(), toRetry.toNanos());
        assertThat(status.burstSpent()).as("burst spent").isEqualTo(burstSpent);
    }

    /** What is told is exact, or later by less than the limiter can tell apart. */
    private void assertTold(String what, long told, long exact) {
        if (exact == 0) {
            assertThat(told).as(what).isZero();
        } else {
            assertThat(told).as(what).isBetween(exact, exact + resolution().toNanos() - 1);
        }
    }

    // Readings of its clock that a caller has made already.

    static Stream<RateLimit> shapes() {
        return Stream.of(STARTER, BURSTY, PLAIN);
    }

    private boolean admitsAt(long nanoTime, RateLimit limit, long cost) {
        return limiter.tryConsume(List.of(charge(limit, cost)), nanoTime).admitted();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    public void givenReading_countsAsIfItHadNotBeenGiven(RateLimit limit) {
        assertThat(admitsAt(time.nanoTime(), limit, limit.capacity() - 1)).isTrue();
        assertThat(admits(limit, 1)).isTrue();
        assertThat(admitsAt(time.nanoTime(), limit, 1)).isFalse();
        time.advance(limit.window());
        assertThat(admitsAt(time.nanoTime(), limit, 1)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    public void givenReading_whichOthersHavePassed_isGivenWhatTheyLeft(RateLimit limit) {
        long before = time.nanoTime();
        time.advance(Duration.ofSeconds(1));
        assertThat(admits(limit, limit.capacity() - 1)).isTrue();
        RateLimitResult last = limiter.tryConsume(List.of(charge(limit, 1), charge(DAY, 1)), before);
        assertThat(last.admitted()).isTrue();
        assertThat(last.statuses().get(0).nanosToReset())
                .isLessThanOrEqualTo(
                        limit.hasWindow()
                                ? limit.window().toNanos()
                                : limit.bucketRefillTime().toNanos());
        assertThat(admitsAt(before, limit, 1)).isFalse();
        assertThat(admits(limit, 1)).isFalse();
    }

    @Test
    public void givenReading_ofAWindowThatOthersHaveSeenEnd_beginsNoneBeforeTheirs() {
        assertThat(admits(PLAIN, 60)).isTrue();
        time.advance(Duration.ofSeconds(59));
        long before = time.nanoTime();
        time.advance(Duration.ofSeconds(2));
        assertThat(admits(PLAIN, 61)).as("more than it ever takes").isFalse();

        assertThat(admitsAt(before, PLAIN, 60)).isTrue();
        time.advance(Duration.ofSeconds(59));
        assertThat(admits(PLAIN, 1)).as("before a minute has passed").isFalse();
        time.advance(Duration.ofSeconds(1));
        assertThat(admits(PLAIN, 1)).isTrue();
    }

    // Partitions.

    @Test
    public void partitions_countApart() {
        RateLimit perAccount = PLAIN.per(PartitionKind.ACCOUNT);
        RateLimit otherName = PLAIN.named("other");
        assertThat(admittedAtOnce(PLAIN)).isEqualTo(60);
        assertThat(limiter.tryConsume(List.of(Charge.of(PLAIN, "keyTwo123456", ACCOUNT, 60)))
                        .admitted())
                .isTrue();
        assertThat(admittedAtOnce(perAccount)).isEqualTo(60);
        assertThat(admittedAtOnce(otherName)).isEqualTo(60);
    }

    @Test
    public void partitionOfAccount_isSharedByItsKeys() {
        List<Charge> one = List.of(Charge.of(DAY, "keyOne123456", ACCOUNT, 3));
        List<Charge> two = List.of(Charge.of(DAY, "keyTwo123456", ACCOUNT, 3));
        List<Charge> foreign = List.of(Charge.of(DAY, "keySix123456", "other", 3));
        assertThat(limiter.tryConsume(one).admitted()).isTrue();
        assertThat(limiter.tryConsume(two).admitted()).isFalse();
        assertThat(limiter.tryConsume(foreign).admitted()).isTrue();
    }

    private static final RateLimit VISITOR =
            RateLimit.perMinute(5).named("visitor").per(PartitionKind.ADDRESS);

    private boolean admitsFrom(String address, String key, String account, long cost) {
        return limiter.tryConsume(List.of(Charge.of(VISITOR, key, account, cost).from(address)))
                .admitted();
    }

    @Test
    public void partitionOfAddress_isSharedByTheKeysOfAnAccount() {
        assertThat(admitsFrom(ADDRESS, "keyOne123456", ACCOUNT, 3)).isTrue();
        assertThat(admitsFrom(ADDRESS, "keyTwo123456", ACCOUNT, 3)).isFalse();
        assertThat(admitsFrom(ADDRESS, "keyTwo123456", ACCOUNT, 2)).isTrue();
        assertThat(admitsFrom("192.0.2.2", "keyOne123456", ACCOUNT, 5)).isTrue();
        assertThat(admitsFrom("20010db800010002/64", "keyOne123456", ACCOUNT, 5))
                .isTrue();
        assertThat(admitsFrom(ADDRESS, "keySix123456", "other", 5)).isTrue();
        assertThat(admitsFrom(ADDRESS, "keySix123456", "other", 1)).isFalse();
        time.advance(MINUTE);
        assertThat(admitsFrom(ADDRESS, "keyTwo123456", ACCOUNT, 5)).isTrue();
    }

    /** An account may end like an address begins. */
    @Test
    public void partitionsOfAddresses_areNoneOfOtherAccounts() {
        for (String account : List.of("", "a", "a:", "a:1", "1", "2:a", "a:b")) {
            for (String address : List.of("", "1", ":1", "1:1", "b:1", ":b:1")) {
                assertThat(admitsFrom(address, KEY, account, 5))
                        .as("'%s' of '%s'", address, account)
                        .isTrue();
            }
        }
    }

    private static final RateLimit APP = RateLimit.perMinute(5).named("app").perAttribute("app");

    private boolean admitsApp(String key, String account, Map<String, String> attributes, long cost) {
        return limiter.tryConsume(List.of(Charge.of(APP, key, account, attributes, cost)))
                .admitted();
    }

    @Test
    public void partitionOfAttribute_isSharedByTheKeysOfAnAccountThatHaveItsValue() {
        assertThat(admitsApp("keyOne123456", ACCOUNT, Map.of("app", "a"), 3)).isTrue();
        assertThat(admitsApp("keyTwo123456", ACCOUNT, Map.of("app", "a", "x", "y"), 3))
                .isFalse();
        assertThat(admitsApp("keyOne123456", ACCOUNT, Map.of("app", "b"), 5)).isTrue();
        assertThat(admitsApp("keyOne123456", ACCOUNT, Map.of("app", ""), 5)).isTrue();
        assertThat(admitsApp("keySix123456", "other", Map.of("app", "a"), 5)).isTrue();
        assertThat(admitsApp("keyOne123456", ACCOUNT, Map.of(), 5)).isTrue();
        assertThat(admitsApp("keyTwo123456", ACCOUNT, Map.of("x", "a"), 1))
                .as("keys without the attribute count together")
                .isFalse();
        time.advance(MINUTE);
        assertThat(admitsApp("keyTwo123456", ACCOUNT, Map.of("app", "a"), 5)).isTrue();
    }

    /** A key id and an account that read the same are not the same. */
    @Test
    public void partitionsOfKinds_countApart() {
        RateLimit perAccount = PLAIN.per(PartitionKind.ACCOUNT);
        RateLimit perAddress = PLAIN.per(PartitionKind.ADDRESS);
        assertThat(limiter.tryConsume(List.of(
                                Charge.of(perAddress, "same", "same", 60).from("same")))
                        .admitted())
                .isTrue();
        assertThat(limiter.tryConsume(List.of(Charge.of(PLAIN, "same", "same", 60)))
                        .admitted())
                .isTrue();
        assertThat(limiter.tryConsume(List.of(Charge.of(perAccount, "same", "same", 60)))
                        .admitted())
                .isTrue();
    }

    // Limits of one name and other figures: the plans of two keys of one account, or a plan before and after a change.

    @Test
    public void limitsOfOneName_countByThemselves_andRefundNothing() {
        RateLimit hourly = RateLimit.perHour(10).named("quota");
        RateLimit everySecond = RateLimit.perSecond(3).named("quota");
        RateLimit bucket = RateLimit.perMinute(10).burst(20).named("quota");
        assertThat(admittedAtOnce(hourly)).isEqualTo(10);
        for (int second = 0; second < 10; second++) {
            assertThat(admits(everySecond, 1)).isTrue();
            assertThat(admits(bucket, 1)).isTrue();
            assertThat(admits(hourly, 1)).as("after %s s", second).isFalse();
            time.advance(Duration.ofMillis(1_100));
        }
    }

    // Many threads.

    static Stream<Arguments> underConcurrency() {
        return Stream.of(
                argumentSet(
                        "bucket and window",
                        List.of(RateLimit.perMinute(600).burst(500).named("a")),
                        500),
                argumentSet(
                        "bucket", List.of(RateLimit.perMinute(100).burst(700).named("a")), 700),
                argumentSet("window", List.of(RateLimit.perMinute(333).named("a")), 333),
                argumentSet(
                        "three at once",
                        List.of(
                                RateLimit.perMinute(600).named("a"),
                                RateLimit.perMinute(600).burst(401).named("b").per(PartitionKind.ACCOUNT),
                                RateLimit.perMinute(402).named("c").per(PartitionKind.ADDRESS)),
                        401));
    }

    @ParameterizedTest
    @MethodSource
    public void underConcurrency(List<RateLimit> limits, int expected) throws Exception {
        assertThat(admittedToManyThreads(limits, 200)).isEqualTo(expected);
    }

    /**
     * What a window has taken when another limit turns out to be spent comes back, to the last request. Of a bucket a limiter
     * over several nodes may keep it, for a moment later time has refilled it anyway.
     */
    @Test
    public void severalLimits_underConcurrency_takeAllOrNothing() throws Exception {
        RateLimit spent = RateLimit.perMinute(60).burst(50).named("spent");
        RateLimit window = RateLimit.perMinute(1000).named("window").per(PartitionKind.ACCOUNT);
        RateLimit daily = RateLimit.perDay(100_000).named("daily").per(PartitionKind.ADDRESS);
        RateLimit both = RateLimit.perMinute(900).burst(800).named("both").per(PartitionKind.ACCOUNT);

        assertThat(admittedToManyThreads(List.of(window, spent, daily, both), 25))
                .isEqualTo(50);

        assertThat(status(window, 1).remaining()).isEqualTo(1000 - 50 - 1);
        assertThat(status(daily, 1).remaining()).isEqualTo(100_000 - 50 - 1);
        assertThat(status(both, 1).remaining()).isEqualTo(900 - 50 - 1);
        assertThat(admittedAtOnce(both)).isLessThanOrEqualTo(800 - 50 - 1);
    }

    private int admittedToManyThreads(List<RateLimit> limits, int requestsEach) throws Exception {
        int threads = 8;
        CyclicBarrier start = new CyclicBarrier(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Integer>> counts = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                List<Charge> charges = new ArrayList<>(
                        limits.stream().map(limit -> charge(limit, 1)).toList());
                // In every order, so that a limiter which locks in that of the charges would not come back.
                Collections.rotate(charges, thread);
                counts.add(pool.submit(() -> {
                    start.await();
                    int admitted = 0;
                    for (int i = 0; i < requestsEach; i++) {
                        if (limiter.tryConsume(charges).admitted()) {
                            admitted++;
                        }
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

    // Random requests, counted with exact fractions beside.

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    public void randomRequests_areCountedAsByExactFractions(long seed) {
        Random random = new Random(seed);
        List<RateLimit> limits = List.of(
                RateLimit.of(1 + random.nextInt(20), Duration.ofMillis(1 + random.nextInt(3000)))
                        .named("window"),
                RateLimit.of(7 + random.nextInt(20), Duration.ofMillis(700 + random.nextInt(3000)))
                        .burst(1 + random.nextInt(7))
                        .named("both")
                        .per(PartitionKind.ADDRESS),
                RateLimit.of(1 + random.nextInt(9), Duration.ofMillis(700 + random.nextInt(3000)))
                        .burst(11 + random.nextInt(9))
                        .named("bucket")
                        .per(PartitionKind.ACCOUNT));
        Map<Charge, Exact> exact = new HashMap<>();
        int admitted = 0;
        for (int i = 0; i < 3000; i++) {
            time.advance(Duration.ofMillis(random.nextInt(4) == 0 ? random.nextInt(900) : random.nextInt(3)));
            String key = random.nextBoolean() ? "keyOne123456" : "keyTwo123456";
            String address = random.nextBoolean() ? ADDRESS : "20010db800010002/64";
            int costAtMost =
                    (int) limits.stream().mapToLong(RateLimit::capacity).min().orElse(1);
            int cost = random.nextInt(3) == 0 ? 1 + random.nextInt(costAtMost) : 1;
            List<Charge> charges = new ArrayList<>();
            for (RateLimit limit : limits) {
                if (random.nextInt(3) > 0) {
                    charges.add(Charge.of(limit, key, ACCOUNT, cost).from(address));
                }
            }
            if (charges.isEmpty()) {
                continue;
            }
            Collections.shuffle(charges, random);
            List<Exact> counts = charges.stream()
                    .map(charge -> exact.computeIfAbsent(
                            Charge.of(charge.limit(), key, ACCOUNT, 1).from(address), it -> new Exact(it.limit())))
                    .toList();
            if (assertCounted(limiter.tryConsume(charges), counts, cost)) {
                admitted++;
            }
        }
        assertThat(admitted)
                .as("requests admitted, for the test to mean something")
                .isBetween(100, 2900);
    }

    private boolean assertCounted(RateLimitResult told, List<Exact> counts, int cost) {
        long now = time.nanoTime();
        List<Long> waits = counts.stream().map(it -> it.nanosToWait(cost, now)).toList();
        boolean admitted = waits.stream().allMatch(it -> it == 0);
        assertThat(told.admitted()).as("admitted").isEqualTo(admitted);
        for (int i = 0; i < counts.size(); i++) {
            Exact count = counts.get(i);
            if (admitted) {
                count.take(cost, now);
            }
            LimitStatus status = told.statuses().get(i);
            assertThat(status.limit()).isEqualTo(count.limit);
            assertThat(status.remaining()).as("remaining of %s", count.limit).isEqualTo(count.remaining());
            assertTold("to retry", status.nanosToRetry(), waits.get(i));
            assertTold("to reset", status.nanosToReset(), count.nanosToReset(now));
        }
        return admitted;
    }

    /** One count, in fractions of a request: {@code window} of them are one. */
    private static final class Exact {

        private final RateLimit limit;
        private final BigInteger window;
        private BigInteger held;
        private long heldAt;
        private long begun;
        private long used;

        Exact(RateLimit limit) {
            this.limit = limit;
            this.window = BigInteger.valueOf(limit.window().toNanos());
            this.held = full();
        }

        private BigInteger full() {
            return window.multiply(BigInteger.valueOf(limit.burst()));
        }

        private BigInteger missing(BigInteger wanted) {
            return wanted.subtract(held).max(BigInteger.ZERO);
        }

        private long nanosToRefill(BigInteger missing) {
            BigInteger[] parts = missing.divideAndRemainder(BigInteger.valueOf(limit.count()));
            return parts[0].longValueExact() + parts[1].signum();
        }

        long nanosToWait(long cost, long now) {
            BigInteger refilled =
                    BigInteger.valueOf(limit.count()).multiply(BigInteger.valueOf(heldAt == 0 ? 0 : now - heldAt));
            held = held.add(refilled).min(full());
            heldAt = now;
            if (now - begun >= window.longValueExact()) {
                used = 0;
            }
            long wait = 0;
            if (limit.burst() <= limit.count() && used + cost > limit.count()) {
                wait = begun + window.longValueExact() - now;
            }
            if (limit.burst() > 0) {
                wait = Math.max(wait, nanosToRefill(missing(window.multiply(BigInteger.valueOf(cost)))));
            }
            return wait;
        }

        void take(long cost, long now) {
            if (used == 0) {
                begun = now;
            }
            used += cost;
            held = held.subtract(window.multiply(BigInteger.valueOf(cost)));
        }

        long remaining() {
            return limit.burst() > limit.count() ? held.divide(window).longValueExact() : limit.count() - used;
        }

        long nanosToReset(long now) {
            if (limit.burst() > limit.count()) {
                return nanosToRefill(missing(full()));
            }
            return used == 0 ? window.longValueExact() : begun + window.longValueExact() - now;
        }
    }
}
