package dev.keystile.key;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes platform threads that do not keep a process alive, also where a virtual thread asks for them. They inherit no
 * thread-locals: the request that happens to ask for the first one may have put its caller into one.
 */
final class DaemonThreads implements ThreadFactory {

    private static final long LONGEST_END_SECONDS = 1;
    private static final long LONGEST_IDLE_SECONDS = 30;

    private final String name;
    private final AtomicInteger number = new AtomicInteger();

    /** Threads named {@code <name>-1} and so on. */
    DaemonThreads(String name) {
        this.name = name;
    }

    @Override
    public Thread newThread(Runnable task) {
        Thread thread = new Thread(null, task, name + "-" + number.incrementAndGet(), 0, false);
        thread.setDaemon(true);
        return thread;
    }

    /** One thread, there while it has something to do; at the end it drops what it has not begun. */
    static ScheduledExecutorService one(String name) {
        ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, new DaemonThreads(name));
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        thread.setKeepAliveTime(LONGEST_IDLE_SECONDS, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
        return thread;
    }

    /** Has a task begin after a wait; whether it will, for a thread that was ended or cannot be had begins none. */
    static boolean later(ScheduledExecutorService thread, Runnable task, Duration wait) {
        try {
            ScheduledFuture<?> begun = thread.schedule(task, wait.toMillis(), TimeUnit.MILLISECONDS);
            return !begun.isCancelled();
        } catch (RejectedExecutionException | OutOfMemoryError none) {
            return false;
        }
    }

    /**
     * Lets the threads finish what they are at, for a second, so that they are gone before the classes they run. Only then
     * they are interrupted: some embedded databases close their file under a thread that is.
     *
     * @param threads with nothing in their queue that takes long
     */
    static void end(ExecutorService threads) {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(LONGEST_END_SECONDS, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
