package dev.keystile.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keystile.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many proofs run and wait, whose turn it is, and what becomes of those for whom there is no room. */
@Timeout(30)
final class ProofPoolTest {

    private static final ProvenSecret PROVEN = new ProvenSecret(1, Long.MAX_VALUE);
    private static final KeyId FLOODED = new KeyId("flooded00000");
    private static final KeyId OTHER = new KeyId("other0000000");

    private final AskingThreads callers = new AskingThreads();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final Queue<String> begun = new ConcurrentLinkedQueue<>();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger mostRunning = new AtomicInteger();
    private final ProofPool pool = new ProofPool(3, 64, Duration.ofSeconds(20));

    @AfterEach
    void close() {
        gate.countDown();
        pool.close();
        callers.close();
    }

    /** A proof that is under way until the gate opens. */
    private Supplier<ProvenSecret> held(String name) {
        return () -> {
            mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
            begun.add(name);
            Await.open("the test to open the gate of the proofs", gate);
            running.decrementAndGet();
            return PROVEN;
        };
    }

    private Future<ProvenSecret> present(KeyId key, String text) {
        return present(pool, key, text);
    }

    private Future<ProvenSecret> present(ProofPool to, KeyId key, String text) {
        return callers.ask(() -> to.prove(key, digest(text), held(text)));
    }

    private static KeyId key(int number) {
        return new KeyId(String.format("key%09d", number));
    }

    private void awaitBegun(int proofs) {
        Await.until(proofs + " proofs to begin", () -> begun.size() >= proofs);
    }

    private static TextDigest digest(String text) {
        return Objects.requireNonNull(TextDigest.of(text.replace(' ', '-'), 0));
    }

    @Test
    void manyKeys_runAsManyAsThereAreThreads_andAllEnd() throws Exception {
        List<Future<ProvenSecret>> answers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            answers.add(present(key(i), "text " + i));
        }
        awaitBegun(pool.size());
        assertThat(pool.hasIdleThread()).isFalse();
        gate.countDown();
        for (Future<ProvenSecret> answer : answers) {
            assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(PROVEN);
        }
        assertThat(mostRunning).hasValue(pool.size());
        assertThat(pool.hasIdleThread()).isTrue();
    }

    @Test
    void oneKey_hasOneProofRunning_howeverManyWait() throws Exception {
        List<Future<ProvenSecret>> answers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            answers.add(present(FLOODED, "flood " + i));
        }
        answers.add(present(OTHER, "other"));
        awaitBegun(2);
        assertThat(begun).containsExactlyInAnyOrder("flood 0", "other");
        gate.countDown();
        for (Future<ProvenSecret> answer : answers) {
            assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(PROVEN);
        }
    }

    @Test
    void oneKey_waitsBehindTheOthers_afterEachOfItsTexts() throws Exception {
        ProofPool single = new ProofPool(1, 64, Duration.ofSeconds(20));
        try {
            List<Future<ProvenSecret>> answers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                answers.add(present(single, FLOODED, "flood " + i));
            }
            answers.add(present(single, OTHER, "other"));
            answers.add(present(single, key(1), "third"));
            gate.countDown();
            for (Future<ProvenSecret> answer : answers) {
                assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(PROVEN);
            }
            assertThat(begun).containsExactly("flood 0", "other", "third", "flood 1", "flood 2");
        } finally {
            single.close();
        }
    }

    @Test
    void oneKey_beyondItsTexts_cannotBeTold_andOthersCan() throws Exception {
        List<Future<ProvenSecret>> answers = new ArrayList<>();
        for (int i = 0; i < ProofPool.TEXTS_A_KEY; i++) {
            answers.add(present(FLOODED, "flood " + i));
        }
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> pool.prove(FLOODED, digest("one more"), held("one more")))
                .withMessageContaining(FLOODED.text())
                .withMessageNotContaining("one more")
                .matches(it -> it.retryAfter().equals(Duration.ofSeconds(1)));
        answers.add(callers.ask(() -> pool.prove(FLOODED, digest("flood 7"), held("never"))));
        answers.add(present(OTHER, "other"));
        gate.countDown();
        for (Future<ProvenSecret> answer : answers) {
            assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(PROVEN);
        }
        assertThat(begun).doesNotContain("one more", "never").hasSize(ProofPool.TEXTS_A_KEY + 1);
    }

    @Test
    void allKeys_beyondTheBound_cannotBeTold_untilSomeAreThrough() throws Exception {
        List<Future<ProvenSecret>> answers = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            answers.add(present(key(i), "text " + i));
        }
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> pool.prove(OTHER, digest("other"), held("other")));
        gate.countDown();
        for (Future<ProvenSecret> answer : answers) {
            assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(PROVEN);
        }
        assertThat(pool.prove(OTHER, digest("other"), held("other"))).isEqualTo(PROVEN);
    }

    @Test
    void proofThatTakesTooLong_cannotBeTold_andIsThereForWhoComesLater() {
        ProofPool impatient = new ProofPool(1, 64, Duration.ofMillis(1));
        try {
            AtomicInteger proofs = new AtomicInteger();
            assertThatExceptionOfType(UnavailableException.class)
                    .isThrownBy(() -> impatient.prove(OTHER, digest("slow"), () -> {
                        proofs.incrementAndGet();
                        Await.open("the caller to give up", gate);
                        return PROVEN;
                    }))
                    .withMessageContaining("too long");
            gate.countDown();
            Await.until("the end of the proof that took too long", impatient::hasIdleThread);
            assertThat(proofs).as("it was worked out all the same").hasValue(1);
        } finally {
            impatient.close();
        }
    }

    /** Nothing of a request may stay in the threads that happen to be made for it. */
    @Test
    void threads_arePlatformDaemons_withoutThreadLocalsOfTheCaller() throws Exception {
        InheritableThreadLocal<String> caller = new InheritableThreadLocal<>();
        caller.set("acme");
        AtomicInteger inherited = new AtomicInteger();
        List<Thread> seen = new ArrayList<>();
        pool.prove(OTHER, digest("text"), () -> {
            inherited.set(caller.get() == null ? 0 : 1);
            seen.add(Thread.currentThread());
            return PROVEN;
        });
        assertThat(inherited).hasValue(0);
        assertThat(seen).singleElement().matches(Thread::isDaemon);
        assertThat(seen.get(0).getName()).startsWith("keystile-proof-");
    }

    /** From JDK 21 on, an application may run each request on a virtual thread. */
    @Test
    void callersOnVirtualThreads_areProvenOnPlatformThreads_fewAtOnce() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads came with JDK 21");
        ExecutorService virtual = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        try {
            List<Future<ProvenSecret>> answers = new ArrayList<>();
            AtomicInteger onVirtual = new AtomicInteger();
            AtomicInteger fromVirtual = new AtomicInteger();
            gate.countDown();
            for (int i = 0; i < 60; i++) {
                KeyId key = key(i);
                answers.add(virtual.submit(() -> {
                    fromVirtual.addAndGet(isVirtual(Thread.currentThread()));
                    return pool.prove(key, digest(key.text()), () -> {
                        onVirtual.addAndGet(isVirtual(Thread.currentThread()));
                        return held(key.text()).get();
                    });
                }));
            }
            for (Future<ProvenSecret> answer : answers) {
                assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(PROVEN);
            }
            assertThat(fromVirtual).hasValue(60);
            assertThat(onVirtual).hasValue(0);
            assertThat(mostRunning.get()).isBetween(1, pool.size());
        } finally {
            virtual.shutdownNow();
        }
    }

    private static int isVirtual(Thread thread) {
        try {
            return (Boolean) Thread.class.getMethod("isVirtual").invoke(thread) ? 1 : 0;
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Test
    void close_tellsAllWhoWait_endsTheThreads_andProvesNoMore() throws Exception {
        Thread[] worker = new Thread[1];
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Future<ProvenSecret> running = callers.ask(() -> pool.prove(OTHER, digest("running"), () -> {
            worker[0] = Thread.currentThread();
            started.countDown();
            Await.open("the pool to tell those who wait", closed);
            return PROVEN;
        }));
        Await.open("the proof to begin", started);
        Future<ProvenSecret> waiting = present(OTHER, "waiting");
        Future<Boolean> closing = callers.ask(() -> {
            pool.close();
            return true;
        });
        for (Future<ProvenSecret> each : List.of(running, waiting)) {
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> each.get(20, TimeUnit.SECONDS))
                    .withCauseInstanceOf(UnavailableException.class)
                    .withMessageContaining("shutting down");
        }
        closed.countDown();
        closing.get(20, TimeUnit.SECONDS);
        worker[0].join(20_000);
        assertThat(worker[0].isAlive()).isFalse();
        assertThat(begun).isEmpty();
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> pool.prove(OTHER, digest("late"), held("late")));
    }
}
