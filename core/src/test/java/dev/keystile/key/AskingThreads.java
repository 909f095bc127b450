package dev.keystile.key;

import dev.keystile.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/** Threads that ask for something and are held up: the next one comes when those before it wait. */
final class AskingThreads implements AutoCloseable {

    private final List<Thread> threads = new ArrayList<>();

    /** Asks on a thread of its own; returns once that has an answer, or waits for one. */
    <T> Future<T> ask(Callable<T> question) {
        FutureTask<T> answer = new FutureTask<>(question);
        Thread thread = new Thread(answer);
        threads.add(thread);
        thread.start();
        Await.until("an answer, or a thread that waits for one", () -> isHeldUp(thread) || answer.isDone());
        return answer;
    }

    private static boolean isHeldUp(Thread thread) {
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING -> true;
            default -> false;
        };
    }

    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
    }
}
