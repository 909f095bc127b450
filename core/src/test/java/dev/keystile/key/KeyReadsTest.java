package dev.keystile.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.Await;
import dev.keystile.ManualTime;
import dev.keystile.key.KeyReads.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How many keys are read at once, and who may wait for whose read. */
@Timeout(30)
final class KeyReadsTest {

    private static final KeyId ONE = new KeyId("one000000000");

    private final ManualTime time = new ManualTime();
    private final AtomicLong generation = new AtomicLong();
    private final KeyReads<Integer> reads = new KeyReads<>(time, generation, Duration.ofSeconds(20));
    private final KeyReads<Integer> impatient = new KeyReads<>(time, generation, Duration.ofMillis(40));
    private final AskingThreads callers = new AskingThreads();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger mostRunning = new AtomicInteger();

    @AfterEach
    void close() {
        gate.countDown();
        callers.close();
        reads.close();
        impatient.close();
    }

    /** Reads what the number of the read is, once the gate is open. */
    private int held(long generationBefore) {
        int number = begun.incrementAndGet();
        mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
        Await.open("the test to open the gate of the reads", gate);
        running.decrementAndGet();
        return number;
    }

    private static KeyId key(int number) {
        return new KeyId(String.format("key%09d", number));
    }

    private Future<Integer> ask(KeyReads<Integer> asked, KeyId id) {
        return callers.ask(() -> asked.read(id, new Patience(), this::held));
    }

    /** Asks, and returns once the read runs. */
    private Future<Integer> begin(KeyReads<Integer> asked, KeyId id) {
        int before = begun.get();
        Future<Integer> answer = ask(asked, id);
        Await.until("the read to begin", () -> begun.get() > before);
        return answer;
    }

    /** As many reads as there may be at once, of keys with the numbers from 0 on. */
    private List<Future<Integer>> takeAllPlaces(KeyReads<Integer> asked) {
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < KeyReads.AT_ONCE; i++) {
            answers.add(begin(asked, key(i)));
        }
        return answers;
    }

    private static <T> T told(Future<T> answer) throws Exception {
        return answer.get(20, TimeUnit.SECONDS);
    }

    private static void assertCouldNotTell(Future<?> answer) {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> told(answer))
                .withCauseInstanceOf(UnavailableException.class);
    }

    private static void assertCouldNotTell(KeyReads<Integer> asked, KeyId id) {
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> asked.read(id, new Patience(), before -> 0))
                .matches(it -> it.retryAfter().equals(Duration.ofSeconds(1)));
    }

    @Test
    void manyKeys_areReadFewAtOnce() throws Exception {
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            answers.add(ask(reads, key(i)));
        }
        gate.countDown();
        for (Future<Integer> answer : answers) {
            answer.get(20, TimeUnit.SECONDS);
        }
        assertThat(begun).hasValue(50);
        assertThat(mostRunning).hasValue(KeyReads.AT_ONCE);
    }

    @Test
    void oneKey_isReadOnceForAllWhoWait_andAgainAfterwards() throws Exception {
        List<Future<Integer>> answers = new ArrayList<>();
        answers.add(ask(reads, ONE));
        for (int i = 0; i < 20; i++) {
            answers.add(ask(reads, ONE));
        }
        gate.countDown();
        for (Future<Integer> answer : answers) {
            assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(1);
        }
        assertThat(reads.read(ONE, new Patience(), this::held)).isEqualTo(2);
    }

    /** Whoever asks after this node has revoked the key must not be told what was read before. */
    @Test
    void readThatBeganBeforeAChange_isNotWaitedFor() throws Exception {
        Future<Integer> early = begin(reads, ONE);
        generation.incrementAndGet();
        Future<Integer> late = ask(reads, ONE);
        Future<Integer> withLate = ask(reads, ONE);
        gate.countDown();
        assertThat(early.get(20, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(late.get(20, TimeUnit.SECONDS)).isEqualTo(2);
        assertThat(withLate.get(20, TimeUnit.SECONDS)).isEqualTo(2);
        assertThat(reads.read(ONE, new Patience(), this::held))
                .as("none is left over")
                .isEqualTo(3);
    }

    /** What was read a lease ago may not be told any more, however slow the store: whoever waited has it read again. */
    @Test
    void readThatBeganALeaseAgo_isToldToNobody() throws Exception {
        Future<Integer> early = begin(reads, ONE);
        time.advance(KeyDirectory.LEASE.minusNanos(1));
        Future<Integer> inTime = ask(reads, ONE);
        time.advance(Duration.ofNanos(1));
        Future<Integer> late = begin(reads, ONE);
        gate.countDown();
        assertThat(told(late)).isEqualTo(2);
        assertThat(told(early)).isGreaterThanOrEqualTo(2);
        assertThat(told(inTime)).isGreaterThanOrEqualTo(2);
    }

    @Test
    void readThatBeganLessThanALeaseAgo_isTold() {
        assertThat(reads.read(ONE, new Patience(), before -> {
                    time.advance(KeyDirectory.LEASE.minusNanos(1));
                    return begun.incrementAndGet();
                }))
                .isEqualTo(1);
    }

    /** A clock that leaps with each read must not keep a request here for ever. */
    @Test
    void readsThatTakeALeaseEach_endWithThePatience() {
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> reads.read(ONE, new Patience(), before -> {
                    time.advance(KeyDirectory.LEASE);
                    return begun.incrementAndGet();
                }));
        assertThat(begun).hasValue(Patience.STEPS);
        assertThat(reads.waiting()).isZero();
    }

    @Test
    void readThatHasNotBegun_isWaitedForWhateverChanged() throws Exception {
        List<Future<Integer>> ahead = takeAllPlaces(reads);
        Future<Integer> first = ask(reads, ONE);
        generation.incrementAndGet();
        Future<Integer> second = ask(reads, ONE);
        gate.countDown();
        assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo(first.get(20, TimeUnit.SECONDS));
        for (Future<Integer> each : ahead) {
            each.get(20, TimeUnit.SECONDS);
        }
        assertThat(begun).hasValue(KeyReads.AT_ONCE + 1);
    }

    @Test
    void requestsBeyondTheBound_cannotBeTold() throws Exception {
        KeyReads<Integer> narrow = new KeyReads<>(time, generation, 2, Duration.ofSeconds(20), CompletableFuture::new);
        List<Future<Integer>> answers = List.of(ask(narrow, ONE), ask(narrow, ONE));
        assertCouldNotTell(narrow, ONE);
        gate.countDown();
        for (Future<Integer> answer : answers) {
            told(answer);
        }
        assertThat(narrow.read(ONE, new Patience(), this::held)).isPositive();
        narrow.close();
    }

    /** What was begun for one who is gone is there for the next. */
    @Test
    void readThatTakesTooLong_isGivenUpByWhoWaits_andGoesOn() {
        Future<Integer> early = begin(impatient, ONE);
        assertCouldNotTell(early);
        assertThat(running).hasValue(1);

        gate.countDown();

        Await.until("the end of the read", () -> running.get() == 0);
        Await.until("another read to be possible", () -> {
            try {
                return impatient.read(ONE, new Patience(), this::held) == begun.get();
            } catch (UnavailableException notYet) {
                return false;
            }
        });
    }

    /** If each of them waited, it would take longer than this test may. */
    @Test
    void storeThatHangs_isToldAtOnce() {
        takeAllPlaces(impatient).forEach(KeyReadsTest::assertCouldNotTell);
        for (int i = 0; i < 1000; i++) {
            assertCouldNotTell(impatient, key(i));
        }
        assertThat(begun).hasValue(KeyReads.AT_ONCE);
    }

    /** Or it would stand in no log: who waits is gone when a store that is down says so. */
    @Test
    void storeThatFailedBefore_isToldWithItsFailure() throws Exception {
        IllegalStateException down = new IllegalStateException("down");
        Future<Integer> failed = callers.ask(() -> impatient.read(ONE, new Patience(), before -> {
            throw down;
        }));
        assertCouldNotTell(failed);
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> impatient.read(ONE, new Patience(), this::held))
                .withCause(down);
        assertThat(told(callers.ask(() -> impatient.read(key(1), new Patience(), before -> 1))))
                .isEqualTo(1);
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> impatient.read(key(2), new Patience(), this::held))
                .withNoCause();
    }

    /** One place is left, so it is not known that the store hangs. */
    @Test
    void readThatHangs_holdsUpNoOther() throws Exception {
        for (int i = 1; i < KeyReads.AT_ONCE; i++) {
            assertCouldNotTell(begin(impatient, key(i)));
        }
        for (int i = 0; i < 100; i++) {
            int number = i;
            Future<Integer> answer = callers.ask(() -> impatient.read(ONE, new Patience(), before -> number));
            assertThat(told(answer)).isEqualTo(i);
        }
    }

    @Test
    void readThatHasNotBegun_isForgottenOnceNobodyWaits() throws Exception {
        List<Future<Integer>> ahead = takeAllPlaces(reads);
        AtomicInteger read = new AtomicInteger();
        List<Thread> waiting = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Thread each = new Thread(() -> assertCouldNotTell(reads, ONE));
            waiting.add(each);
            each.start();
            Await.until("the thread to wait", () -> each.getState() == Thread.State.TIMED_WAITING);
        }
        interrupt(waiting.get(0));
        Future<Integer> joined = callers.ask(() -> reads.read(ONE, new Patience(), before -> read.incrementAndGet()));
        interrupt(waiting.get(1));

        Future<Integer> forgotten =
                callers.ask(() -> reads.read(key(99), new Patience(), before -> read.addAndGet(1000)));
        forgotten.cancel(true);
        Future<Integer> behind = ask(reads, key(100));
        Await.until("the read to be forgotten", () -> reads.waiting() == KeyReads.AT_ONCE + 2);
        gate.countDown();

        assertThat(told(joined)).as("the read of the first, who has gone").isZero();
        told(behind);
        for (Future<Integer> each : ahead) {
            told(each);
        }
        assertThat(read).hasValue(0);
    }

    private static void interrupt(Thread thread) throws InterruptedException {
        thread.interrupt();
        thread.join(20_000);
        assertThat(thread.isAlive()).isFalse();
    }

    static Stream<Runnable> failures() {
        return Stream.of(
                () -> {
                    throw new UnavailableException("down");
                },
                () -> {
                    throw new IllegalStateException("defect");
                },
                () -> {
                    throw new OutOfMemoryError("none left");
                });
    }

    /** More often than there are threads. */
    @ParameterizedTest
    @MethodSource("failures")
    void failure_isToldToAllWhoWait_andNothingIsLost(Runnable failure) throws Exception {
        for (int i = 0; i < 2 * KeyReads.AT_ONCE; i++) {
            CountDownLatch failing = new CountDownLatch(1);
            Future<Integer> first = callers.ask(() -> reads.read(ONE, new Patience(), before -> {
                Await.open("the test to have the read fail", failing);
                Thread.currentThread().interrupt();
                failure.run();
                return 0;
            }));
            Future<Integer> second = callers.ask(() -> reads.read(ONE, new Patience(), before -> 0));
            failing.countDown();
            assertCouldNotTell(first);
            assertCouldNotTell(second);
        }
        assertThat(reads.read(
                        ONE, new Patience(), before -> Thread.currentThread().isInterrupted() ? 1 : 7))
                .as("read on a thread that nobody has interrupted")
                .isEqualTo(7);
    }

    /** Nobody can be told anything. */
    private static final class Untellable extends CompletableFuture<Integer> {

        @Override
        public boolean complete(Integer value) {
            throw new OutOfMemoryError("none left");
        }

        @Override
        public boolean completeExceptionally(Throwable failure) {
            throw new OutOfMemoryError("none left");
        }
    }

    /** Of each thread there is, and more often. */
    @Test
    void failureThatCannotBeTold_leavesThePlaceToOthers() throws Exception {
        AtomicBoolean untellable = new AtomicBoolean(true);
        KeyReads<Integer> asked = new KeyReads<>(
                time,
                generation,
                100,
                Duration.ofMillis(40),
                () -> untellable.get() ? new Untellable() : new CompletableFuture<>());
        for (int i = 0; i < 2 * KeyReads.AT_ONCE; i++) {
            assertCouldNotTell(asked, key(i));
        }
        untellable.set(false);
        Await.until("keys to be read again", () -> {
            try {
                return asked.read(ONE, new Patience(), before -> 7) == 7;
            } catch (UnavailableException notYet) {
                return false;
            }
        });
        asked.close();
    }

    @Test
    void close_tellsAllWhoWait_andEndsTheThreads() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        Set<Thread> readers = ConcurrentHashMap.newKeySet();
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 2 * KeyReads.AT_ONCE; i++) {
            KeyId id = key(i);
            answers.add(callers.ask(() -> reads.read(id, new Patience(), before -> {
                readers.add(Thread.currentThread());
                Await.open("the reads to be closed", closed);
                return 1;
            })));
        }
        Await.until("all places to be taken", () -> readers.size() == KeyReads.AT_ONCE);
        Future<?> closing = callers.ask(() -> {
            reads.close();
            return true;
        });
        answers.forEach(KeyReadsTest::assertCouldNotTell);
        closed.countDown();
        told(closing);
        for (Thread reader : readers) {
            reader.join(20_000);
            assertThat(reader.isAlive()).isFalse();
        }
        assertThat(readers).as("nothing is begun any more").hasSize(KeyReads.AT_ONCE);
        assertCouldNotTell(reads, ONE);
    }

    /** What a request sees at the end of each step, and whether its patience is over then. */
    private static void assertStep(Patience left, long successes, boolean begun, boolean over) {
        assertThat(left.isOver(successes, begun))
                .as("%d successes, %s", successes, begun ? "begun" : "in the queue")
                .isEqualTo(over);
    }

    @Test
    void patience_isGivenAnewByASuccessInTheQueue() {
        Patience left = new Patience();
        assertStep(left, 0, false, false);
        assertStep(left, 0, false, false);
        assertStep(left, 0, false, false);
        assertStep(left, 1, false, false);
        assertStep(left, 1, false, false);
        assertStep(left, 1, false, false);
        assertStep(left, 1, false, true);
    }

    /** Or a place that a failure left would be as much waiting again. */
    @Test
    void patience_isNotGivenAnewByTheBeginOfARead() {
        Patience left = new Patience();
        assertStep(left, 0, false, false);
        assertStep(left, 0, false, false);
        assertStep(left, 0, false, false);
        assertStep(left, 0, true, true);
    }

    @Test
    void patience_withAReadThatHasBegun_isNotGivenAnewByOthers() {
        Patience left = new Patience();
        assertStep(left, 1, true, false);
        assertStep(left, 2, true, false);
        assertStep(left, 3, true, false);
        assertStep(left, 4, true, true);
    }

    /** What succeeded between two reads of a request says nothing of the second. */
    @Test
    void patience_isOneForAllReadsOfARequest() {
        Patience left = new Patience();
        assertStep(left, 0, false, false);
        assertStep(left, 0, false, false);
        left.begin(7, false);
        assertStep(left, 7, false, false);
        assertStep(left, 7, true, true);
        left.begin(7, false);
        assertStep(left, 7, false, true);
    }

    @Test
    void patience_ends_howeverManySucceed() {
        Patience left = new Patience();
        int steps = 1;
        while (!left.isOver(steps, false)) {
            steps++;
        }
        assertThat(steps).isEqualTo(KeyReads.LONGEST_WAIT * Patience.STEPS);
    }

    /** Reads of others in time keep nobody waiting whose own read takes too long. */
    @Test
    void readThatHangs_isGivenUp_whileOthersSucceed() throws Exception {
        Future<Integer> hanging = begin(impatient, ONE);
        Await.until("the hanging read to be given up", () -> {
            impatient.read(key(1), new Patience(), before -> 1);
            return hanging.isDone();
        });
        assertCouldNotTell(hanging);
    }
}
