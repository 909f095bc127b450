package dev.keystile.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.keystile.Await;
import dev.keystile.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many keys are read at once, and who may wait for whose read. */
@Timeout(30)
final class KeyReadsTest {

    private static final KeyId ONE = new KeyId("one000000000");

    private final ManualTime time = new ManualTime();
    private final AtomicLong generation = new AtomicLong();
    private final KeyReads<Integer> reads = new KeyReads<>(time, generation, 16_384, Duration.ofSeconds(20));
    private final AskingThreads callers = new AskingThreads();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger mostRunning = new AtomicInteger();

    @AfterEach
    void close() {
        gate.countDown();
        callers.close();
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
        return callers.ask(() -> asked.read(id, this::held));
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
        assertThat(reads.read(ONE, this::held)).isEqualTo(2);
    }

    /** Whoever asks after this node has revoked the key must not be told what was read before. */
    @Test
    void readThatBeganBeforeAChange_isNotWaitedFor() throws Exception {
        Future<Integer> early = ask(reads, ONE);
        generation.incrementAndGet();
        Future<Integer> late = ask(reads, ONE);
        Future<Integer> withLate = ask(reads, ONE);
        gate.countDown();
        assertThat(early.get(20, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(late.get(20, TimeUnit.SECONDS)).isEqualTo(2);
        assertThat(withLate.get(20, TimeUnit.SECONDS)).isEqualTo(2);
        assertThat(reads.read(ONE, this::held)).as("none is left over").isEqualTo(3);
    }

    /** What was read a lease ago may not be told any more, however slow the store. */
    @Test
    void readThatBeganALeaseAgo_isNotWaitedFor() throws Exception {
        Future<Integer> early = ask(reads, ONE);
        time.advance(KeyDirectory.LEASE.minusNanos(1));
        Future<Integer> inTime = ask(reads, ONE);
        time.advance(Duration.ofNanos(1));
        Future<Integer> late = ask(reads, ONE);
        gate.countDown();
        assertThat(early.get(20, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(inTime.get(20, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(late.get(20, TimeUnit.SECONDS)).isEqualTo(2);
    }

    @Test
    void readThatHasNotBegun_isWaitedForWhateverChanged() throws Exception {
        List<Future<Integer>> ahead = new ArrayList<>();
        for (int i = 0; i < KeyReads.AT_ONCE; i++) {
            ahead.add(ask(reads, key(i)));
        }
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
    void beyondTheBounds_cannotBeTold() throws Exception {
        KeyReads<Integer> impatient = new KeyReads<>(time, generation, 6, Duration.ofMillis(20));
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < KeyReads.AT_ONCE; i++) {
            answers.add(ask(impatient, key(i)));
        }
        assertThatExceptionOfType(UnavailableException.class)
                .as("no place in time")
                .isThrownBy(() -> impatient.read(ONE, this::held));
        assertThatExceptionOfType(UnavailableException.class)
                .as("no result in time")
                .isThrownBy(() -> impatient.read(key(0), this::held));
        KeyReads<Integer> narrow = new KeyReads<>(time, generation, 2, Duration.ofSeconds(20));
        answers.add(ask(narrow, key(0)));
        answers.add(ask(narrow, key(1)));
        assertThatExceptionOfType(UnavailableException.class)
                .as("too many wait")
                .isThrownBy(() -> narrow.read(ONE, this::held))
                .matches(it -> it.retryAfter().equals(Duration.ofSeconds(1)));
        gate.countDown();
        for (Future<Integer> answer : answers) {
            answer.get(20, TimeUnit.SECONDS);
        }
        assertThat(impatient.read(ONE, this::held)).isPositive();
        assertThat(narrow.read(ONE, this::held)).isPositive();
    }

    @Test
    void wait_goesOnWhileOthersSucceed_forTenTimes() throws Exception {
        gate.countDown();
        AtomicInteger waits = new AtomicInteger();
        reads.awaitWhileOthersSucceed(() -> {
            reads.read(ONE, this::held);
            return waits.incrementAndGet() == 3;
        });
        assertThat(waits).hasValue(3);
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> reads.awaitWhileOthersSucceed(() -> {
                    reads.read(ONE, this::held);
                    waits.incrementAndGet();
                    return false;
                }));
        assertThat(waits).hasValue(3 + KeyReads.LONGEST_WAIT);
        assertThatExceptionOfType(UnavailableException.class)
                .as("a read that fails is none that succeeds")
                .isThrownBy(() -> reads.awaitWhileOthersSucceed(() -> {
                    waits.incrementAndGet();
                    assertThatIllegalStateException()
                            .isThrownBy(() -> reads.read(ONE, before -> {
                                throw new IllegalStateException("down");
                            }));
                    return false;
                }));
        assertThat(waits).hasValue(3 + KeyReads.LONGEST_WAIT + 1);
    }

    @Test
    void failure_isTheFailureOfAllWhoWait_andLeavesNothing() throws Exception {
        CountDownLatch failing = new CountDownLatch(1);
        Future<Integer> first = callers.ask(() -> reads.read(ONE, before -> {
            begun.incrementAndGet();
            Await.open("the test to have the read fail", failing);
            throw new IllegalStateException("defect");
        }));
        Future<Integer> second = ask(reads, ONE);
        failing.countDown();
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> first.get(20, TimeUnit.SECONDS))
                .withCauseInstanceOf(IllegalStateException.class);
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> second.get(20, TimeUnit.SECONDS))
                .withCauseInstanceOf(UnavailableException.class);
        gate.countDown();
        assertThat(reads.read(ONE, this::held)).isEqualTo(2);
        assertThatIllegalStateException()
                .isThrownBy(() -> reads.read(ONE, before -> {
                    throw new IllegalStateException("again");
                }));
    }
}
