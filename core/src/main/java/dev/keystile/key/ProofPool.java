package dev.keystile.key;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The few platform threads on which proofs are worked out, so that however many requests wait, no more than these
 * spend CPU and memory on Argon2.
 *
 * <p>The same text is worked out once for all who present it at the same time. Of one key only one text at a time is worked
 * out, and then its next waits behind the other keys: whoever floods one key with texts takes a thread from nobody for
 * longer than one proof.
 *
 * <p>Safe for use by many threads.
 */
final class ProofPool implements AutoCloseable {

    /** Room for ten thousand keys that arrive at a restarted node at the same moment. */
    private static final int TEXTS_AT_ONCE = 16_384;
    /** A key has two texts, unless it signs tokens, or is one whose wrong texts nothing but a proof can tell. */
    static final int TEXTS_A_KEY = 32;

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final int textsAtOnce;
    private final Duration longestWait;

    private final int size;
    private final ThreadPoolExecutor threads;
    /** The texts of each key that has any, in the order they came; the first is worked out, or is the key's next. */
    private final Map<KeyId, Queue<Work>> waiting = new HashMap<>();

    private int texts;
    private boolean closed;

    ProofPool() {
        // Two at the least: a proof that hangs must not hold up all the others.
        this(Math.max(2, Runtime.getRuntime().availableProcessors()), TEXTS_AT_ONCE, LONGEST_WAIT);
    }

    /** As above, with bounds that a test can reach. */
    ProofPool(int size, int textsAtOnce, Duration longestWait) {
        this.textsAtOnce = textsAtOnce;
        this.longestWait = longestWait;
        this.size = size;
        // Its queue holds each key once, so what bounds the texts bounds it too.
        this.threads = new ThreadPoolExecutor(
                size, size, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DaemonThreads("keystile-proof"));
        threads.allowCoreThreadTimeOut(true);
    }

    private record Work(TextDigest text, Supplier<ProvenSecret> proof, CompletableFuture<ProvenSecret> result) {}

    /** How many proofs are worked out at once, at most. */
    int size() {
        return size;
    }

    /**
     * Works out a proof, or waits for the same one under way.
     *
     * @param key   whose secret the text claims to be
     * @param proof runs on a thread of the pool; what it leaves behind is there for all who come later
     * @throws UnavailableException if too many wait already, it takes too long, or it cannot be told
     */
    ProvenSecret prove(KeyId key, TextDigest text, Supplier<ProvenSecret> proof) {
        return prove(key, text, TEXTS_A_KEY, proof);
    }

    /**
     * As above.
     *
     * @param textsAKey how many texts of the key may wait at once
     */
    ProvenSecret prove(KeyId key, TextDigest text, int textsAKey, Supplier<ProvenSecret> proof) {
        return await(enter(key, text, textsAKey, proof));
    }

    private synchronized CompletableFuture<ProvenSecret> enter(
            KeyId key, TextDigest text, int textsAKey, Supplier<ProvenSecret> proof) {
        if (closed) {
            throw closing();
        }
        Queue<Work> ofKey = waiting.getOrDefault(key, new ArrayDeque<>(2));
        for (Work earlier : ofKey) {
            if (earlier.text.equals(text)) {
                return earlier.result;
            }
        }
        if (ofKey.size() >= textsAKey) {
            throw new UnavailableException("too many texts of key " + key + " wait for their proof");
        }
        if (texts >= textsAtOnce) {
            throw new UnavailableException("too many keys wait for their first proof");
        }
        Work work = new Work(text, proof, new CompletableFuture<>());
        ofKey.add(work);
        texts++;
        if (waiting.putIfAbsent(key, ofKey) == null) {
            goOn(key);
        }
        return work.result;
    }

    /** Has the key's next text worked out, behind those of the keys that wait already. */
    private synchronized void goOn(KeyId key) {
        try {
            threads.execute(() -> workOutNext(key));
        } catch (RuntimeException | Error failure) {
            // No thread could be made: who waits is told now, and whoever comes later tries again.
            Queue<Work> ofKey = waiting.remove(key);
            if (ofKey != null) {
                texts -= ofKey.size();
                ofKey.forEach(work -> work.result.completeExceptionally(failure));
            }
        }
    }

    private void workOutNext(KeyId key) {
        Work work = next(key);
        if (work == null) {
            return;
        }
        try {
            ProvenSecret proven = work.proof.get();
            leave(key);
            work.result.complete(proven);
        } catch (Throwable failure) {
            // Errors too: who waits is told now, not when the longest wait is over.
            leave(key);
            work.result.completeExceptionally(failure);
        }
    }

    private synchronized @Nullable Work next(KeyId key) {
        Queue<Work> ofKey = waiting.get(key);
        return ofKey == null ? null : ofKey.peek();
    }

    /** Before anybody is told: whoever comes from now on finds what the proof led to, or may try again. */
    private synchronized void leave(KeyId key) {
        Queue<Work> ofKey = waiting.get(key);
        if (ofKey == null) {
            return;
        }
        ofKey.remove();
        texts--;
        if (ofKey.isEmpty()) {
            waiting.remove(key);
        } else {
            goOn(key);
        }
    }

    /** How many texts wait for their proof or have it worked out. */
    synchronized int waiting() {
        return texts;
    }

    /** Whether fewer keys than threads have a proof to work out, so that other work holds up none. */
    synchronized boolean hasIdleThread() {
        return waiting.size() < size;
    }

    private ProvenSecret await(CompletableFuture<ProvenSecret> result) {
        try {
            return result.get(longestWait.toNanos(), TimeUnit.NANOSECONDS);
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

    private static UnavailableException closing() {
        return new UnavailableException("this node is shutting down");
    }

    /** Tells all who wait, and gives the threads a second to end. */
    @Override
    public void close() {
        letGo().forEach(work -> work.result.completeExceptionally(closing()));
        DaemonThreads.end(threads);
    }

    private synchronized List<Work> letGo() {
        closed = true;
        List<Work> all = new ArrayList<>();
        waiting.values().forEach(all::addAll);
        waiting.clear();
        texts = 0;
        return all;
    }
}
