package dev.keystile.key;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads of single keys on behalf of requests: few at once, and one for all who want the same key at the same time.
 *
 * <p>Nobody waits for more than a second for a store that answers nothing, so that an outage does not take all threads that
 * serve requests; nor for more than ten for one that answers others.
 *
 * <p>However many requests name keys that are not in memory, no more than {@link #AT_ONCE} connections are taken by them. A
 * connection pool of usual size (8 to 10) has the rest left for what must not wait: reading the change log, without which
 * nothing in memory may be trusted any more, and changing keys.
 *
 * <p>Safe for use by many threads.
 *
 * @param <T> what is made of a key that was read
 */
final class KeyReads<T> {

    static final int AT_ONCE = 4;
    /** As many as wait for proofs. */
    private static final int MOST = 16_384;

    private static final Duration PATIENCE = Duration.ofSeconds(1);
    /** Of so many {@link #PATIENCE}s, if in each of them a read succeeds. */
    static final int LONGEST_WAIT = 10;

    private final TimeSource time;
    private final AtomicLong generation;
    private final int most;
    private final Duration patience;
    private final ConcurrentHashMap<KeyId, Read<T>> underWay = new ConcurrentHashMap<>();
    /** First come, first served. */
    private final Semaphore places = new Semaphore(AT_ONCE, true);

    private final AtomicInteger present = new AtomicInteger();
    private final AtomicLong successes = new AtomicLong();

    /** @param generation counts the changes heard of */
    KeyReads(TimeSource time, AtomicLong generation) {
        this(time, generation, MOST, PATIENCE);
    }

    /** As above, with bounds that a test can reach. */
    KeyReads(TimeSource time, AtomicLong generation, int most, Duration patience) {
        this.time = time;
        this.generation = generation;
        this.most = most;
        this.patience = patience;
    }

    /**
     * Reads a key, or waits for a read of it that tells what is true now.
     *
     * @param work reads the key on this thread; it is given the generation as of before it began
     * @throws UnavailableException if too many wait already, it takes too long, or the store cannot tell
     */
    T read(KeyId id, LongFunction<T> work) {
        if (present.incrementAndGet() > most) {
            present.decrementAndGet();
            throw new UnavailableException("too many requests wait for a key to be read");
        }
        try {
            Read<T> mine = new Read<>();
            Read<T> joined = join(id, mine);
            return joined == mine ? lead(id, mine, work) : await(joined);
        } finally {
            present.decrementAndGet();
        }
    }

    private Read<T> join(KeyId id, Read<T> mine) {
        Read<T> earlier = underWay.putIfAbsent(id, mine);
        if (earlier == null) {
            return mine;
        }
        if (mayJoin(earlier)) {
            return earlier;
        }
        // Who waits for the earlier one goes on doing so; who comes from now on may wait for this one.
        underWay.put(id, mine);
        return mine;
    }

    /**
     * Whether a read tells enough to whoever asks now. One that has not begun does. One that has may have missed a change:
     * none that was heard of since, or this node would go on admitting what it has revoked itself; nor one of a lease ago.
     */
    private boolean mayJoin(Read<T> read) {
        Began began = read.began;
        return began == null
                || (began.generation == generation.get()
                        && time.nanoTime() - began.nanos < KeyDirectory.LEASE.toNanos());
    }

    private T lead(KeyId id, Read<T> read, LongFunction<T> work) {
        try {
            T result = inPlace(read, work);
            underWay.remove(id, read);
            read.result.complete(result);
            return result;
        } catch (RuntimeException | Error failure) {
            underWay.remove(id, read);
            read.result.completeExceptionally(failure);
            throw failure;
        }
    }

    private T inPlace(Read<T> read, LongFunction<T> work) {
        try {
            awaitWhileOthersSucceed(() -> places.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException interrupted) {
            throw interrupted(interrupted);
        }
        try {
            Began began = new Began(generation.get(), time.nanoTime());
            read.began = began;
            T result = work.apply(began.generation);
            successes.incrementAndGet();
            return result;
        } finally {
            places.release();
        }
    }

    private T await(Read<T> read) {
        try {
            awaitWhileOthersSucceed(() -> isDone(read));
            return read.result.get();
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof UnavailableException unavailable) {
                throw unavailable;
            }
            throw new UnavailableException("a key could not be read", failure);
        } catch (InterruptedException interrupted) {
            throw interrupted(interrupted);
        }
    }

    private boolean isDone(Read<T> read) throws InterruptedException {
        try {
            read.result.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException notYet) {
            return false;
        } catch (ExecutionException failed) {
            return true;
        }
        return true;
    }

    void awaitWhileOthersSucceed(Wait wait) throws InterruptedException {
        for (int i = 0; i < LONGEST_WAIT; i++) {
            long before = successes.get();
            if (wait.isOver()) {
                return;
            }
            if (successes.get() == before) {
                break;
            }
        }
        throw new UnavailableException("reads of the key store take too long");
    }

    /** A wait of one {@link #patience}. */
    @FunctionalInterface
    interface Wait {

        /** Whether it ended with what was waited for. */
        boolean isOver() throws InterruptedException;
    }

    private static UnavailableException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new UnavailableException("interrupted while a key was read", cause);
    }

    /** As of when a read tells what is stored. */
    private record Began(long generation, long nanos) {}

    private static final class Read<T> {
        private final CompletableFuture<T> result = new CompletableFuture<>();
        /** Set before the store is asked. */
        private volatile @Nullable Began began;
    }
}
