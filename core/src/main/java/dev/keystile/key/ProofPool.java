package dev.keystile.key;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The few platform threads on which proofs are worked out, so that however many requests wait, no more than these
 * spend CPU and memory on Argon2. The same text is worked out once for all who present it at the same time.
 */
final class ProofPool implements AutoCloseable {

    private static final int QUEUE_CAPACITY = 4096;
    private static final long LONGEST_WAIT_SECONDS = 10;

    private final ConcurrentHashMap<TextDigest, CompletableFuture<ProvenSecret>> inFlight = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor threads;

    ProofPool() {
        int size = Math.max(1, Runtime.getRuntime().availableProcessors());
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                size, size, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(QUEUE_CAPACITY), task -> {
                    Thread thread = new Thread(task, "keystile-proof-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Works out a proof, or waits for the same one under way.
     *
     * @param work runs on a thread of the pool; what it leaves behind is there for all who come later
     * @throws UnavailableException if too many wait already, it takes too long, or it cannot be told
     */
    ProvenSecret prove(TextDigest text, Supplier<ProvenSecret> work) {
        CompletableFuture<ProvenSecret> mine = new CompletableFuture<>();
        CompletableFuture<ProvenSecret> earlier = inFlight.putIfAbsent(text, mine);
        if (earlier != null) {
            return await(earlier);
        }
        try {
            threads.execute(() -> complete(text, mine, work));
        } catch (RejectedExecutionException full) {
            inFlight.remove(text);
            UnavailableException busy = new UnavailableException("too many keys wait for their first proof", full);
            mine.completeExceptionally(busy);
            throw busy;
        }
        return await(mine);
    }

    /** Whoever comes when it is no longer in flight finds what it led to, or may try again: so it goes out first. */
    private void complete(TextDigest text, CompletableFuture<ProvenSecret> result, Supplier<ProvenSecret> work) {
        try {
            ProvenSecret proven = work.get();
            inFlight.remove(text);
            result.complete(proven);
        } catch (Throwable failure) {
            // Errors too: who waits is told now, not when the longest wait is over.
            inFlight.remove(text);
            result.completeExceptionally(failure);
        }
    }

    private static ProvenSecret await(CompletableFuture<ProvenSecret> result) {
        try {
            return result.get(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof UnavailableException unavailable) {
                throw unavailable;
            }
            throw new UnavailableException("the proof of a key failed", failure);
        } catch (TimeoutException late) {
            throw new UnavailableException("the proof of a key took too long", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted while a key was proven", interrupted);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        UnavailableException closed = new UnavailableException("this node is shutting down");
        inFlight.values().forEach(result -> result.completeExceptionally(closed));
    }
}
