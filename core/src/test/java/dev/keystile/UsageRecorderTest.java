package dev.keystile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.Outcome;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyKind;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.UsageCount;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is counted in memory, and how it comes into the store. The thread that writes sleeps, unless a test wakes it. */
@Timeout(30)
final class UsageRecorderTest {

    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration RETENTION = Duration.ofDays(90);
    private static final Instant HOUR = ManualTime.START;
    private static final Instant NEXT_HOUR = HOUR.plus(Duration.ofHours(1));
    private static final KeyId KEY = id(1);

    private final ManualTime time = new ManualTime();
    private final FaultyUsage store = new FaultyUsage();
    private final List<UsageRecorder> opened = new ArrayList<>();
    private final UsageRecorder recorder = open(UsageRecorder.Bounds.USUAL);
    private final Log log = Log.listen();

    private UsageRecorder open(UsageRecorder.Bounds bounds) {
        UsageRecorder made = new UsageRecorder(store, time, NEVER, RETENTION, bounds);
        opened.add(made);
        return made;
    }

    @AfterEach
    void close() {
        store.comeBack();
        opened.forEach(UsageRecorder::close);
        log.close();
    }

    private List<String> logged(String part) {
        return log.lines().stream().filter(it -> it.contains(part)).toList();
    }

    private static KeyId id(int number) {
        return new KeyId(String.format("key%09d", number));
    }

    private static Caller caller(KeyId id) {
        ApiPrincipal principal = new ApiPrincipal(
                id,
                "acme",
                Optional.empty(),
                "a key",
                KeyEnvironment.LIVE,
                KeyKind.SECRET,
                0,
                Set.of(),
                Optional.empty(),
                Map.of());
        return new Caller(principal, List.of(), List.of(), "");
    }

    private static List<Caller> callers(int number) {
        return IntStream.range(0, number).mapToObj(it -> caller(id(it))).toList();
    }

    private void count(Caller caller, Outcome outcome, int times) {
        for (int i = 0; i < times; i++) {
            recorder.count(caller.usage(outcome), time.currentTimeMillis());
        }
    }

    /** As lines such as {@code 12:00 allowed 3}. */
    private List<String> counted(KeyId key) {
        return store.counts(key, Instant.EPOCH, Instant.ofEpochSecond(1L << 32)).stream()
                .map(it -> it.hour().toString().substring(11, 16) + " " + it.outcome() + " " + it.requests())
                .toList();
    }

    private Optional<Instant> lastUsed(KeyId key) {
        return Optional.ofNullable(store.lastUsed(List.of(key)).get(key));
    }

    private long countedInAll(int keys) {
        return IntStream.range(0, keys)
                .mapToObj(it -> store.counts(id(it), Instant.EPOCH, Instant.ofEpochSecond(1L << 32)))
                .flatMap(List::stream)
                .mapToLong(UsageCount::requests)
                .sum();
    }

    // What is counted.

    @Test
    void counts_areWrittenByKeyAndOutcome_andAddUp() {
        Caller caller = caller(KEY);
        count(caller, Outcome.ALLOWED, 3);
        count(caller, Outcome.FORBIDDEN, 1);
        count(caller, Outcome.ALLOWED, 2);
        count(caller(id(2)), Outcome.RATE_LIMITED, 4);
        assertThat(store.batches()).as("before its time").isEmpty();

        assertThat(recorder.write()).isTrue();
        assertThat(counted(KEY)).containsExactly("12:00 allowed 5", "12:00 forbidden 1");
        assertThat(counted(id(2))).containsExactly("12:00 rate-limited 4");
        assertThat(store.batches()).hasSize(1);

        count(caller, Outcome.ALLOWED, 1);
        recorder.write();
        assertThat(counted(KEY)).containsExactly("12:00 allowed 6", "12:00 forbidden 1");
        assertThat(store.batches().get(1)).containsExactly(new UsageCount(KEY, HOUR, "allowed", 1));
    }

    @Test
    void nothingNew_isNotWritten() {
        count(caller(KEY), Outcome.ALLOWED, 1);
        recorder.write();
        recorder.write();
        assertThat(store.batches()).hasSize(1);
    }

    @Test
    void keyThatIsReadAnew_countsOn() {
        count(caller(KEY), Outcome.ALLOWED, 2);
        count(caller(KEY), Outcome.ALLOWED, 3);
        recorder.write();
        assertThat(counted(KEY)).containsExactly("12:00 allowed 5");
        assertThat(store.batches().get(0)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "ALLOWED,      true",
        "FORBIDDEN,    true",
        "RATE_LIMITED, true",
        "UNAVAILABLE,  true",
        "UNAUTHORIZED, false",
    })
    void lastUsed_isMovedByRequestsOfAGoodKey(Outcome outcome, boolean moved) {
        Caller caller = caller(KEY);
        count(caller, Outcome.ALLOWED, 1);
        Instant first = time.now();
        time.advance(Duration.ofMinutes(3));
        count(caller, outcome, 1);
        recorder.write();
        assertThat(lastUsed(KEY)).contains(moved ? time.now() : first);
    }

    @Test
    void lastUsed_isTheLatestOfAllHoursAndOutcomes() {
        Caller caller = caller(KEY);
        count(caller, Outcome.FORBIDDEN, 1);
        time.advance(Duration.ofHours(2));
        count(caller, Outcome.ALLOWED, 1);
        Instant latest = time.now();
        recorder.count(caller, latest.minusSeconds(5).toEpochMilli());
        recorder.write();
        assertThat(lastUsed(KEY)).contains(latest);
    }

    // Hours.

    @Test
    void requests_areCountedForTheHourTheyWereOf() {
        Caller caller = caller(KEY);
        count(caller, Outcome.ALLOWED, 2);
        time.advance(Duration.ofHours(1).minusMillis(1));
        count(caller, Outcome.ALLOWED, 3);
        time.advance(Duration.ofMillis(1));
        count(caller, Outcome.ALLOWED, 4);
        // Decided before the hour was over, and counted after.
        recorder.count(caller, NEXT_HOUR.toEpochMilli() - 1);
        count(caller, Outcome.ALLOWED, 1);
        time.advance(Duration.ofHours(30));
        count(caller, Outcome.ALLOWED, 1);
        recorder.write();
        assertThat(counted(KEY)).containsExactly("12:00 allowed 6", "13:00 allowed 5", "19:00 allowed 1");
        assertThat(store.batches()).hasSize(1);
    }

    @Test
    void hourThatEnded_isWrittenThoughNobodyCalls() {
        count(caller(KEY), Outcome.ALLOWED, 2);
        time.advance(Duration.ofHours(5));
        recorder.write();
        assertThat(counted(KEY)).containsExactly("12:00 allowed 2");
        assertThat(lastUsed(KEY)).contains(HOUR);
    }

    // How it is written.

    @Test
    void manyRows_areWrittenInSortedBatches() {
        int keys = 2 * UsageRecorder.ROWS_A_BATCH + 7;
        for (int i = keys - 1; i >= 0; i--) {
            count(caller(id(i)), Outcome.ALLOWED, 1);
        }
        recorder.write();
        assertThat(store.batches())
                .extracting(List::size)
                .containsExactly(UsageRecorder.ROWS_A_BATCH, UsageRecorder.ROWS_A_BATCH, 7);
        assertThat(store.batches().stream().flatMap(List::stream).map(UsageCount::key))
                .containsExactlyElementsOf(
                        IntStream.range(0, keys).mapToObj(UsageRecorderTest::id).toList());
    }

    @Test
    void interval_isWhenTheThreadWrites() throws InterruptedException {
        CountDownLatch written = new CountDownLatch(3);
        store.beforeWrites(written::countDown);
        try (UsageRecorder often =
                new UsageRecorder(store, time, Duration.ofMillis(1), RETENTION, UsageRecorder.Bounds.USUAL)) {
            Caller caller = caller(KEY);
            while (!written.await(1, TimeUnit.MILLISECONDS)) {
                often.count(caller, time.currentTimeMillis());
            }
        }
        assertThat(countedInAll(2))
                .isEqualTo(store.batches().stream()
                        .flatMap(List::stream)
                        .mapToLong(UsageCount::requests)
                        .sum());
    }

    // A store that fails.

    @Test
    void storeThatFails_getsItWithWhatComes() {
        Caller caller = caller(KEY);
        store.goDown();
        for (int hour = 0; hour < 3; hour++) {
            count(caller, Outcome.ALLOWED, 2);
            assertThat(recorder.write()).isFalse();
            time.advance(Duration.ofMinutes(30));
        }
        assertThat(counted(KEY)).isEmpty();
        assertThat(logged("cannot be written")).as("not each time").hasSize(1);

        store.comeBack();
        assertThat(recorder.write()).isTrue();
        assertThat(logged("can be written again")).hasSize(1);
        assertThat(counted(KEY)).containsExactly("12:00 allowed 4", "13:00 allowed 2");
        assertThat(lastUsed(KEY)).contains(HOUR.plus(Duration.ofHours(1)));
    }

    @Test
    void storeThatFailsBetweenBatches_getsEachOnce() {
        AtomicInteger calls = new AtomicInteger();
        store.beforeWrites(() -> {
            if (calls.incrementAndGet() % 2 == 0) {
                throw new UnavailableException("every other time");
            }
        });
        int keys = 3 * UsageRecorder.ROWS_A_BATCH;
        callers(keys).forEach(it -> count(it, Outcome.ALLOWED, 2));
        while (!recorder.write()) {
            assertThat(calls.get()).isLessThan(10);
        }
        assertThat(countedInAll(keys)).isEqualTo(2L * keys);
    }

    @Test
    void manyThreads_storeThatFailsAtTimes_andARestart_loseNothingAndAddNothing() throws Exception {
        int threads = 4;
        int requests = 20_000;
        int keys = 50;
        AtomicInteger calls = new AtomicInteger();
        store.beforeWrites(() -> {
            if (calls.incrementAndGet() % 3 == 0) {
                throw new UnavailableException("at times");
            }
        });
        for (int restart = 0; restart < 2; restart++) {
            // Room for few in the queue, so that those who count take part in emptying it.
            UsageRecorder own = open(new UsageRecorder.Bounds(8, 100_000, UsageRecorder.Bounds.USUAL.longestEnd()));
            List<Caller> callers = callers(keys);
            AtomicBoolean counting = new AtomicBoolean(true);
            CyclicBarrier start = new CyclicBarrier(threads);
            ExecutorService pool = Executors.newFixedThreadPool(threads + 1);
            try {
                Future<?> writes = pool.submit(() -> {
                    while (counting.get()) {
                        own.write();
                    }
                });
                List<Future<?>> counts = new ArrayList<>();
                for (int thread = 0; thread < threads; thread++) {
                    int first = thread;
                    counts.add(pool.submit(() -> {
                        start.await();
                        for (int i = first; i < requests + first; i++) {
                            Outcome outcome = i % 5 == 0 ? Outcome.RATE_LIMITED : Outcome.ALLOWED;
                            // Every thread takes the hours in turns, so that they drive each other out.
                            long millis = (i % 997 < 500 ? HOUR : NEXT_HOUR).toEpochMilli();
                            own.count(callers.get(i % keys).usage(outcome), millis);
                        }
                        return null;
                    }));
                }
                for (Future<?> each : counts) {
                    each.get();
                }
                counting.set(false);
                writes.get();
            } finally {
                counting.set(false);
                pool.shutdownNow();
            }
            own.close();
            assertThat(countedInAll(keys)).isEqualTo((restart + 1L) * threads * requests);
        }
        assertThat(IntStream.range(0, threads)
                        .flatMap(first -> IntStream.range(first, requests + first))
                        .filter(i -> i % keys == 1 && i % 997 < 500)
                        .count())
                .as("of one key in one hour")
                .isEqualTo(store.counts(id(1), HOUR, NEXT_HOUR).stream()
                                .mapToLong(UsageCount::requests)
                                .sum()
                        / 2);
    }

    /** What counts and what takes away meet at one word as often as can be. */
    @Test
    void cell_countedAndTakenAtTheSameTime_losesNothing() throws Exception {
        Caller cell = caller(KEY);
        int threads = 3;
        int requests = 3_000_000;
        AtomicInteger counting = new AtomicInteger(threads);
        CyclicBarrier start = new CyclicBarrier(threads + 1);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        long taken = 0;
        try {
            List<Future<Long>> movedOut = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                movedOut.add(pool.submit(() -> {
                    start.await();
                    long moved = 0;
                    for (int i = 0; i < requests; i++) {
                        if (!cell.countOneMore(i)) {
                            moved += UsageCell.requestsIn(cell.countFirst(i));
                        }
                    }
                    counting.decrementAndGet();
                    return moved;
                }));
            }
            start.await();
            while (counting.get() > 0) {
                taken += UsageCell.requestsIn(cell.take());
            }
            for (Future<Long> each : movedOut) {
                taken += each.get();
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(taken + UsageCell.requestsIn(cell.take())).isEqualTo((long) threads * requests);
    }

    // Bounds.

    @Test
    void storeThatHangs_holdsUpNobody_andWhatWaitsIsBounded() throws Exception {
        UsageRecorder own = open(new UsageRecorder.Bounds(10, 100, Duration.ofSeconds(10)));
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch reached = new CountDownLatch(1);
        store.beforeWrites(() -> {
            reached.countDown();
            await(gate);
        });
        own.count(caller(id(0)), HOUR.toEpochMilli());
        Thread writing = new Thread(own::write);
        writing.start();
        await(reached);
        for (int i = 1; i < 1000; i++) {
            long hour = HOUR.plus(Duration.ofHours(i % 10)).toEpochMilli();
            own.count(caller(id(i)), hour);
        }
        assertThat(logged("dropped"))
                .singleElement()
                .asString()
                .as("at the first one")
                .contains("the usage of 1 requests was dropped");
        gate.countDown();
        writing.join();
        own.close();

        long kept = countedInAll(1000);
        assertThat(kept).isBetween(101L, 111L);
        assertThat(logged("is lost"))
                .singleElement()
                .asString()
                .as("all the others")
                .contains("the usage of " + (999 - kept) + " requests is lost");
        assertThat(IntStream.range(1, 1000)
                        .mapToObj(i -> store.counts(id(i), Instant.EPOCH, HOUR.plus(Duration.ofHours(8))))
                        .flatMap(List::stream))
                .as("older hours went first")
                .hasSizeLessThanOrEqualTo(10);
    }

    @Test
    void droppedRequests_areToldOnceAMinute_eachOnce() {
        UsageRecorder own = open(new UsageRecorder.Bounds(0, 10, Duration.ofSeconds(10)));
        store.goDown();
        own.count(caller(id(0)), HOUR.toEpochMilli());
        assertThat(own.write()).isFalse();
        assertThat(told(own, 1, 10)).containsExactly("1");
        assertThat(told(own, 11, 20)).isEmpty();
        time.advance(Duration.ofMinutes(1));
        assertThat(told(own, 31, 2)).containsExactly("21");
        time.advance(Duration.ofMinutes(1));
        own.close();
        assertThat(logged("is lost")).singleElement().asString().contains("the usage of 11 requests");
    }

    /** How many requests warnings tell of, while so many keys are counted. */
    private List<String> told(UsageRecorder recorder, int first, int keys) {
        int before = logged("dropped").size();
        for (int i = first; i < first + keys; i++) {
            recorder.count(caller(id(i)), HOUR.toEpochMilli());
        }
        return logged("dropped").stream()
                .skip(before)
                .map(it -> it.replaceAll(".*usage of (\\d+) requests.*", "$1"))
                .toList();
    }

    @Test
    void manyRows_wakeTheThread() throws InterruptedException {
        CountDownLatch written = new CountDownLatch(1);
        store.beforeWrites(written::countDown);
        UsageRecorder own = open(new UsageRecorder.Bounds(0, 100, Duration.ofSeconds(10)));
        callers(52).forEach(it -> own.count(it, HOUR.toEpochMilli()));
        assertThat(written.await(20, TimeUnit.SECONDS)).isTrue();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    // The end.

    @Test
    void close_writesWhatIsLeft_onceAndAlsoWhenInterrupted() {
        count(caller(KEY), Outcome.ALLOWED, 7);
        Thread.currentThread().interrupt();
        recorder.close();
        assertThat(Thread.interrupted()).as("still interrupted").isTrue();
        assertThat(counted(KEY)).containsExactly("12:00 allowed 7");
        recorder.close();
        assertThat(counted(KEY)).containsExactly("12:00 allowed 7");
    }

    @Test
    void close_storeFailsTwice_triesAgain() {
        AtomicInteger calls = new AtomicInteger();
        store.beforeWrites(() -> {
            if (calls.incrementAndGet() <= 2) {
                throw new UnavailableException("twice");
            }
        });
        count(caller(KEY), Outcome.ALLOWED, 7);
        recorder.close();
        assertThat(counted(KEY)).containsExactly("12:00 allowed 7");
    }

    @Test
    void close_storeIsDown_tellsWhatIsLost() {
        store.goDown();
        count(caller(KEY), Outcome.ALLOWED, 7);
        count(caller(id(2)), Outcome.FORBIDDEN, 2);
        recorder.close();
        recorder.close();
        assertThat(logged("WARN")).hasSize(2).last().asString().contains("the usage of 9 requests is lost");
    }

    @Test
    void close_storeHangs_endsAllTheSame_andTakesNothingForLostThatMayBeWritten() {
        UsageRecorder own = new UsageRecorder(
                store, time, Duration.ofMillis(1), RETENTION, new UsageRecorder.Bounds(10, 10, Duration.ofMillis(1)));
        opened.add(own);
        // So that the thread has nothing to do but to write.
        own.forget();
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        store.beforeWrites(() -> {
            reached.countDown();
            await(gate);
        });
        own.count(caller(KEY), HOUR.toEpochMilli());
        await(reached);
        own.count(caller(id(2)), HOUR.toEpochMilli());
        own.count(caller(id(3)), HOUR.toEpochMilli());

        own.close();
        own.close();

        assertThat(logged("is lost")).singleElement().asString().contains("the usage of 2 requests");
        assertThat(logged("may be lost")).singleElement().asString().contains("the usage of 1 requests");
        gate.countDown();
        Await.until("what was under way", () -> !counted(KEY).isEmpty());
        assertThat(counted(KEY)).containsExactly("12:00 allowed 1");
        assertThat(store.batches()).hasSize(1);
    }

    // What is forgotten.

    @Test
    void oldCounts_areForgottenOnceADay_orAnHourAfterAFailure() {
        Instant hour = HOUR.minus(RETENTION);
        time.advance(Duration.ofMinutes(59));
        recorder.forget();
        recorder.forget();
        time.advance(Duration.ofDays(1).minusNanos(1));
        recorder.forget();
        assertThat(store.forgotten()).containsExactly(hour);

        time.advance(Duration.ofNanos(1));
        store.goDown();
        recorder.forget();
        recorder.forget();
        assertThat(store.forgotten()).hasSize(2);

        store.comeBack();
        time.advance(Duration.ofHours(1));
        recorder.forget();
        assertThat(store.forgotten())
                .containsExactly(
                        hour,
                        hour.plus(1, ChronoUnit.DAYS),
                        hour.plus(1, ChronoUnit.DAYS).plus(1, ChronoUnit.HOURS));
    }
}
