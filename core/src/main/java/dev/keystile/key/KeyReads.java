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
    /** As many as wait for proofs; what bounds the threads that are held up is the time. */
    private static final int MOST = 16_384;

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    private final TimeSource time;
    private final AtomicLong generation;
    private final int most;
    private final Duration longestWait;
    private final ConcurrentHashMap<KeyId, Read<T>> underWay = new ConcurrentHashMap<>();
    /** First come, first served. */
    private final Semaphore places = new Semaphore(AT_ONCE, true);

    private final AtomicInteger present = new AtomicInteger();

    /** @param generation counts the changes heard of */
    KeyReads(TimeSource time, AtomicLong generation) {
        this(time, generation, MOST, LONGEST_WAIT);
    }

    /** As above, with bounds that a test can reach. */
    KeyReads(TimeSource time, AtomicLong generation, int most, Duration longestWait) {
        this.time = time;
        this.generation = generation;
        this.most = most;
        this.longestWait = longestWait;
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
            if (!places.tryAcquire(longestWait.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new UnavailableException("other reads of the key store take too long");
            }
        } catch (InterruptedException interrupted) {
            throw interrupted(interrupted);
        }
        try {
            Began began = new Began(generation.get(), time.nanoTime());
            read.began = began;
            return work.apply(began.generation);
        } finally {
            places.release();
        }
    }

    private T await(Read<T> read) {
        try {
            return read.result.get(longestWait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof UnavailableException unavailable) {
                throw unavailable;
            }
            throw new UnavailableException("a key could not be read", failure);
        } catch (TimeoutException late) {
            throw new UnavailableException("a key takes too long to be read", late);
        } catch (InterruptedException interrupted) {
            throw interrupted(interrupted);
        }
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
