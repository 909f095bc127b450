package dev.keystile.key;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads of single keys on behalf of requests: few at once, and one for all who want the same key at the same time.
 *
 * <p>The reads have threads of their own, and requests wait for them: a fifth of a second for a store that does not answer,
 * whatever it takes to tell that it does not, and however many reads they need, so that an outage does not take all threads
 * that serve requests. Whoever has not had their turn by then waits on while others are answered in time, for ten seconds at
 * most: so a restarted node serves all keys that come to it at once. Once a read was given up by somebody who waited, and
 * until it ends, whoever needs it or its place is told at once.
 *
 * <p>A read that has begun goes on when nobody waits for it any more, for the next who asks will find what it led to. One
 * that has not is forgotten, so that a store that comes back is asked for what is wanted by then.
 *
 * <p>However many requests name keys that are not in memory, no more than {@link #AT_ONCE} connections are taken by them. A
 * connection pool of usual size (8 to 10) has the rest left for what must not wait: reading the change log, without which
 * nothing in memory may be trusted any more, and changing keys.
 *
 * <p>Safe for use by many threads. {@code docs/adr/0031-reads-have-threads-of-their-own.md} tells why.
 *
 * @param <T> what is made of a key that was read
 */
final class KeyReads<T> implements AutoCloseable {

    static final int AT_ONCE = 4;
    /** As many as wait for proofs. */
    private static final int MOST = 16_384;

    /** The promise is an answer within 250 ms: what is left is for threads that have to wait for their turn. */
    static final Duration PATIENCE = Duration.ofMillis(180);
    /** Of so many {@link #PATIENCE}s, if reads succeed in all of them: 10 seconds. */
    static final int LONGEST_WAIT = 55;

    private final TimeSource time;
    private final AtomicLong generation;
    private final int most;
    private final Duration patience;
    private final Supplier<CompletableFuture<T>> results;
    private final ThreadPoolExecutor threads;
    /** Successes of reads that nobody had given up. */
    private final AtomicLong successes = new AtomicLong();

    /** For each key the read that whoever comes now may wait for. */
    private final Map<KeyId, Read<T>> underWay = new HashMap<>();
    /** Those that have not begun; first come, first served. */
    private final Set<Read<T>> queue = new LinkedHashSet<>();

    private final Set<Read<T>> running = new HashSet<>();
    private int readers;
    private int present;
    private boolean closed;
    /** Of the last read that ended, if it failed. */
    private @Nullable Throwable lastFailure;

    /**
     * Reads with a patience of so much, {@link #PATIENCE} but for tests.
     *
     * @param generation counts the changes heard of
     */
    KeyReads(TimeSource time, AtomicLong generation, Duration patience) {
        this(time, generation, MOST, patience, CompletableFuture::new);
    }

    /** As above, with a bound that a test can reach, and results that it can have fail. */
    KeyReads(
            TimeSource time,
            AtomicLong generation,
            int most,
            Duration patience,
            Supplier<CompletableFuture<T>> results) {
        this.time = time;
        this.generation = generation;
        this.most = most;
        this.patience = patience;
        this.results = results;
        this.threads = new ThreadPoolExecutor(
                AT_ONCE,
                AT_ONCE,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new DaemonThreads("keystile-reads"));
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Has a key read, or waits for a read of it that tells what is true now. What was read a lease ago by the time it would
     * be told, as in a process that was frozen meanwhile, is told to nobody: then the key is read once more.
     *
     * @param left what is left of the patience of the request
     * @param work reads the key, on another thread; it is given the generation as of before it began
     * @throws UnavailableException if too many wait already, it takes too long, or the store cannot tell
     */
    T read(KeyId id, Patience left, LongFunction<T> work) {
        while (true) {
            Read<T> read = enter(id, work);
            try {
                T result = await(read, left);
                if (isOfThisLease(read.began)) {
                    return result;
                }
                // It counts as a step, so that this ends.
                if (left.isOver()) {
                    throw tooLong();
                }
            } finally {
                leave(read);
            }
        }
    }

    private synchronized Read<T> enter(KeyId id, LongFunction<T> work) {
        if (closed) {
            throw closing();
        }
        if (present >= most) {
            throw new UnavailableException("too many requests wait for a key to be read");
        }
        Read<T> read = underWay.get(id);
        if (read == null || !mayJoin(read)) {
            read = queued(id, work);
        } else if (read.givenUp) {
            throw tooLong();
        }
        read.waiting++;
        present++;
        return read;
    }

    /**
     * Whether a read tells enough to whoever asks now. One that has not begun does. One that has may have missed a change:
     * none that was heard of since, or this node would go on admitting what it has revoked itself; nor one of a lease ago.
     */
    private boolean mayJoin(Read<T> read) {
        Began began = read.began;
        return began == null || (began.generation == generation.get() && isOfThisLease(began));
    }

    /** It is as of when it began that a read tells, whenever the answer came and whoever was awake to take it. */
    private boolean isOfThisLease(@Nullable Began began) {
        return began != null && time.nanoTime() - began.nanos < KeyDirectory.LEASE.toNanos();
    }

    private Read<T> queued(KeyId id, LongFunction<T> work) {
        if (running.size() == AT_ONCE && running.stream().allMatch(each -> each.givenUp)) {
            throw tooLong();
        }
        if (readers < AT_ONCE) {
            addReader();
        }
        Read<T> read = new Read<>(id, work, results.get());
        // Who waits for an earlier one goes on doing so; who comes from now on may wait for this one.
        underWay.put(id, read);
        queue.add(read);
        return read;
    }

    private void addReader() {
        try {
            threads.execute(this::readAll);
            readers++;
        } catch (RuntimeException | Error failure) {
            // No thread could be made. Those that are there see to this read too.
            if (readers == 0) {
                throw new UnavailableException("there is no thread to read a key", failure);
            }
        }
    }

    /** What a reading thread does, until nothing is left to read. */
    private void readAll() {
        boolean done = false;
        try {
            readUntilNoneIsLeft();
            done = true;
        } finally {
            if (!done) {
                // Without memory even telling that there is none can fail. Whoever comes next has another thread made.
                retire();
            }
        }
    }

    private synchronized void retire() {
        readers--;
    }

    private void readUntilNoneIsLeft() {
        Read<T> read = next();
        while (read != null) {
            // What a store has left behind is not for the next read.
            Thread.interrupted();
            try {
                Began began = new Began(generation.get(), time.nanoTime());
                read.began = began;
                T result = read.work.apply(began.generation);
                end(read, null);
                read.result.complete(result);
            } catch (Throwable failure) {
                // Errors too: who waits is told now, and the thread goes on.
                end(read, failure);
                read.result.completeExceptionally(failure);
            }
            read = next();
        }
    }

    private synchronized @Nullable Read<T> next() {
        Iterator<Read<T>> first = queue.iterator();
        if (!first.hasNext()) {
            readers--;
            return null;
        }
        Read<T> read = first.next();
        // It needs memory: where there is none, the read stays in the queue.
        running.add(read);
        first.remove();
        return read;
    }

    /** Before anybody is told: whoever comes from now on finds what the read led to, or has another one. */
    private synchronized void end(Read<T> read, @Nullable Throwable failure) {
        running.remove(read);
        underWay.remove(read.id, read);
        lastFailure = failure;
        if (failure == null && !read.givenUp) {
            successes.incrementAndGet();
        }
    }

    private T await(Read<T> read, Patience left) {
        left.begin(successes.get(), read.began != null);
        try {
            while (!isDone(read.result)) {
                if (left.isOver(successes.get(), read.began != null)) {
                    giveUp(read);
                    throw tooLong();
                }
            }
            return read.result.get();
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof UnavailableException unavailable) {
                throw unavailable;
            }
            throw new UnavailableException("a key could not be read", failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted while a key was read", interrupted);
        }
    }

    private boolean isDone(CompletableFuture<T> result) throws InterruptedException {
        try {
            result.get(patience.toNanos() / Patience.STEPS, TimeUnit.NANOSECONDS);
        } catch (TimeoutException notYet) {
            return false;
        } catch (ExecutionException failed) {
            return true;
        }
        return true;
    }

    private synchronized void giveUp(Read<T> read) {
        read.givenUp = running.contains(read);
    }

    private synchronized void leave(Read<T> read) {
        present--;
        read.waiting--;
        if (read.waiting == 0 && queue.remove(read)) {
            underWay.remove(read.id, read);
        }
    }

    /** How many requests wait. */
    synchronized int waiting() {
        return present;
    }

    /** What failed before may tell why: whoever waited for that was perhaps gone by then. */
    private synchronized UnavailableException tooLong() {
        String message = "reads of the key store take too long";
        return lastFailure == null ? new UnavailableException(message) : new UnavailableException(message, lastFailure);
    }

    private static UnavailableException closing() {
        return new UnavailableException("this node is shutting down");
    }

    /** Tells all who wait, and gives the threads a second to end. */
    @Override
    public void close() {
        letGo().forEach(read -> read.result.completeExceptionally(closing()));
        DaemonThreads.end(threads);
    }

    private synchronized List<Read<T>> letGo() {
        closed = true;
        List<Read<T>> all = new ArrayList<>(queue);
        all.addAll(running);
        queue.clear();
        return all;
    }

    /**
     * What is left of the patience of a request, for all the reads that it waits for, one after the other. It is counted in
     * waits and not by a clock: a process that was paused has spent one of them, and not all, when it goes on. Nothing but
     * a success, while the request's own read has not begun, gives patience anew.
     *
     * <p>Not safe for use by many threads.
     */
    static final class Patience {

        static final int STEPS = 4;

        private long seen;
        private boolean begun;
        private int steps;
        private int stepsWithout;

        /** Before the first step of waiting for a read: successes of before are none of its. */
        void begin(long successes, boolean hasBegun) {
            seen = successes;
            begun = hasBegun;
        }

        /** Whether it is over, after a step that led to nothing. */
        boolean isOver() {
            return isOver(seen, begun);
        }

        /** Whether it is over, after another step, at whose end there were so many successes and the read had begun or not. */
        boolean isOver(long successes, boolean hasBegun) {
            steps++;
            stepsWithout = begun || successes == seen ? stepsWithout + 1 : 1;
            begin(successes, hasBegun);
            return stepsWithout >= STEPS || steps >= STEPS * LONGEST_WAIT;
        }
    }

    /** As of when a read tells what is stored. */
    private record Began(long generation, long nanos) {}

    /** The fields that change do so under the lock of the reads, but for the first. */
    private static final class Read<T> {
        private final KeyId id;
        private final LongFunction<T> work;
        private final CompletableFuture<T> result;
        /** Set before the store is asked. */
        private volatile @Nullable Began began;

        private int waiting;
        /** Whether somebody who waited has given up since it runs. */
        private boolean givenUp;

        Read(KeyId id, LongFunction<T> work, CompletableFuture<T> result) {
            this.id = id;
            this.work = work;
            this.result = result;
        }
    }
}
