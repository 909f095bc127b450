package dev.keystile;

import dev.keystile.key.TimeSource;
import dev.keystile.key.UsageStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the requests of each key in memory, and writes the counts to a store from time to time, on a thread of its own.
 *
 * <p>A cell that counts something waits in a queue, once; it is taken from there, and what it counted goes into a backlog of
 * rows, which are written in batches. What could not be written stays in the backlog and is written with what comes. Queue
 * and backlog are bounded, and neither waits for the store.
 *
 * <p>Safe for use by many threads.
 */
final class UsageRecorder implements AutoCloseable {

    /** Rows that are written in one transaction. */
    static final int ROWS_A_BATCH = 500;

    /**
     * What it takes at most.
     *
     * @param queued     cells in the queue; beyond it, whoever puts one in takes two out
     * @param rows       rows in the backlog
     * @param longestEnd how long {@link #close} waits for the store
     */
    record Bounds(int queued, int rows, Duration longestEnd) {

        /** About 20 MB. */
        static final Bounds USUAL = new Bounds(16_384, 100_000, Duration.ofSeconds(10));
    }

    private static final long MILLIS_A_SECOND = 1000;
    private static final int ATTEMPTS_AT_THE_END = 3;
    private static final Duration PAUSE_AT_THE_END = Duration.ofMillis(200);
    private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);
    private static final Duration FORGETTING_INTERVAL = Duration.ofDays(1);
    private static final Duration NEXT_TRY_TO_FORGET = Duration.ofHours(1);

    private static final Logger LOG = LoggerFactory.getLogger(UsageRecorder.class);

    private final UsageStore store;
    private final TimeSource time;
    private final Duration interval;
    private final Duration retention;
    private final Bounds bounds;
    private final ConcurrentLinkedQueue<UsageCell> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private final UsageBacklog backlog;
    private final AtomicLong nextWarningNanos;
    private final Thread writer;
    private final Semaphore wakeUps = new Semaphore(0);
    private long nextForgettingNanos;
    private volatile boolean storeFails;
    private volatile boolean closing;

    /**
     * Begins to write to a store.
     *
     * @param interval  how often
     * @param retention how long counts are kept
     */
    UsageRecorder(UsageStore store, TimeSource time, Duration interval, Duration retention, Bounds bounds) {
        this.store = store;
        this.time = time;
        this.interval = interval;
        this.retention = retention;
        this.bounds = bounds;
        this.backlog = new UsageBacklog(bounds.rows());
        this.nextWarningNanos = new AtomicLong(time.nanoTime());
        this.nextForgettingNanos = time.nanoTime();
        // Without the thread-locals of whoever happens to build this.
        this.writer = new Thread(null, this::run, "keystile-usage", 0, false);
        writer.setDaemon(true);
        writer.start();
    }

    /**
     * Counts a request.
     *
     * @param cell   that of its key and of what became of it
     * @param millis when it was decided, in milliseconds since the UNIX epoch
     */
    void count(UsageCell cell, long millis) {
        long second = millis / MILLIS_A_SECOND;
        if (!cell.countOneMore(second)) {
            countFirst(cell, second);
        }
    }

    private void countFirst(UsageCell cell, long second) {
        long before = cell.countFirst(second);
        if (before != 0) {
            // Of another hour; the cell is in the queue already, or on its way there.
            keep(cell, before);
            return;
        }
        queue.add(cell);
        if (queued.incrementAndGet() > bounds.queued()) {
            takeNext();
            takeNext();
        }
    }

    /** Whether there was a cell in the queue. */
    private boolean takeNext() {
        UsageCell cell = queue.poll();
        if (cell == null) {
            return false;
        }
        queued.decrementAndGet();
        // Out of the queue first: what is counted from here on puts the cell into it again.
        keep(cell, cell.take());
        return true;
    }

    /** No more than there are now, for those in use come again at once. */
    private void takeAll() {
        int left = queued.get();
        while (left > 0 && takeNext()) {
            left--;
        }
    }

    private void keep(UsageCell cell, long word) {
        backlog.add(
                new UsageBacklog.Row(UsageCell.hourOf(word), cell.key(), cell.outcome()),
                new UsageBacklog.Use(UsageCell.requestsIn(word), UsageCell.secondOf(word)));
        if (!storeFails && backlog.isCrowded()) {
            wake();
        }
        warnOfLoss();
    }

    private void warnOfLoss() {
        if (!backlog.hasDropped()) {
            return;
        }
        long now = time.nanoTime();
        long due = nextWarningNanos.get();
        if (now - due >= 0 && nextWarningNanos.compareAndSet(due, now + WARNING_INTERVAL.toNanos())) {
            LOG.warn(
                    "the usage of {} requests was dropped, for it could not be written in time", backlog.takeDropped());
        }
    }

    private void run() {
        while (!closing) {
            pause(interval);
            if (!closing) {
                write();
            }
            if (!closing) {
                forget();
            }
        }
        for (int attempt = 1; !write() && attempt < ATTEMPTS_AT_THE_END; attempt++) {
            pause(PAUSE_AT_THE_END);
        }
    }

    private void pause(Duration longest) {
        try {
            boolean woken = wakeUps.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS);
            if (woken) {
                wakeUps.drainPermits();
            }
        } catch (InterruptedException asked) {
            // Whoever interrupts this thread wakes it, and does not keep it awake.
        }
    }

    private void wake() {
        if (wakeUps.availablePermits() == 0) {
            wakeUps.release();
        }
    }

    /** Writes what was counted so far; whether the store took all of it. */
    synchronized boolean write() {
        takeAll();
        for (UsageBacklog.Batch batch = backlog.take(ROWS_A_BATCH);
                !batch.isEmpty();
                batch = backlog.take(ROWS_A_BATCH)) {
            try {
                store.add(batch.counts(), batch.lastUsed());
            } catch (RuntimeException | Error failure) {
                // An error too: the thread goes on, for the next time may be better.
                backlog.putBack();
                tellFailure(failure);
                return false;
            }
            backlog.written();
            tellSuccess();
        }
        return true;
    }

    private void tellFailure(Throwable failure) {
        if (!storeFails) {
            LOG.warn("usage cannot be written; it is kept in memory until it can, up to a bound", failure);
        }
        storeFails = true;
    }

    private void tellSuccess() {
        if (storeFails) {
            LOG.info("usage can be written again");
        }
        storeFails = false;
    }

    /** Forgets old counts, once a day. Every process does, so that none has to: what is forgotten already costs little. */
    synchronized void forget() {
        long now = time.nanoTime();
        if (now - nextForgettingNanos < 0) {
            return;
        }
        Instant before =
                Instant.ofEpochMilli(time.currentTimeMillis()).minus(retention).truncatedTo(ChronoUnit.HOURS);
        try {
            store.forgetBefore(before);
            nextForgettingNanos = now + FORGETTING_INTERVAL.toNanos();
        } catch (RuntimeException | Error failure) {
            LOG.warn("usage before {} could not be forgotten; it is tried again in an hour", before, failure);
            nextForgettingNanos = now + NEXT_TRY_TO_FORGET.toNanos();
        }
    }

    /** Writes what is left, unless the store takes too long or fails; then what is or may be lost is told. */
    @Override
    public void close() {
        closing = true;
        wake();
        awaitWriter();
        takeAll();
        UsageBacklog.Loss loss = backlog.giveUp();
        if (loss.lost() > 0) {
            LOG.warn("the usage of {} requests is lost, for it could not be written before the end", loss.lost());
        }
        if (loss.underWay() > 0) {
            // The thread ends with the store's answer, and is not interrupted: some embedded databases close their file
            // under a thread that is.
            LOG.warn(
                    "the usage of {} requests may be lost, for the store did not say before the end that it has it",
                    loss.underWay());
        }
    }

    /** Also on a thread that was interrupted, for it does not take long, and would otherwise lose what was counted. */
    private void awaitWriter() {
        boolean interrupted = false;
        long longest = bounds.longestEnd().toNanos();
        long end = System.nanoTime() + longest;
        for (long left = longest; writer.isAlive() && left > 0; left = end - System.nanoTime()) {
            try {
                TimeUnit.NANOSECONDS.timedJoin(writer, left);
            } catch (InterruptedException asked) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
