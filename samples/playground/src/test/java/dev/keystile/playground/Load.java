package dev.keystile.playground;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Somebody who calls the API with one key all the time, as a program does that knows nothing of rotations; two of them stay
 * below 6,000 calls a minute.
 */
final class Load implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(25);

    private final HttpClient client = HttpClient.newHttpClient();
    private final ScheduledExecutorService caller = Executors.newSingleThreadScheduledExecutor();
    private final AtomicLong answered = new AtomicLong();
    private final Semaphore more = new Semaphore(0);
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final ScheduledFuture<?> calling;

    private Load(HttpRequest request) {
        calling = caller.scheduleWithFixedDelay(() -> call(request), 0, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }

    static Load on(Started started, String target, String key) {
        return new Load(HttpRequest.newBuilder(started.uri(target))
                .header("x-revkeen-key", key)
                .timeout(Duration.ofSeconds(30))
                .build());
    }

    private void call(HttpRequest request) {
        try {
            int status =
                    client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            if (status == 200) {
                answered.incrementAndGet();
            } else {
                failures.add("answered " + status);
            }
        } catch (Exception failure) {
            failures.add(failure.toString());
        }
        more.release();
    }

    /** Waits until this many calls more have been answered. */
    void awaitCalls(int calls) throws InterruptedException {
        more.drainPermits();
        assertThat(more.tryAcquire(calls, 60, TimeUnit.SECONDS))
                .as("it goes on calling; failed so far: %s", failures)
                .isTrue();
    }

    /** Ends it, and gives how many calls were answered with 200; none may have failed. */
    long end() throws InterruptedException {
        calling.cancel(false);
        caller.shutdown();
        assertThat(caller.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        assertThat(failures).isEmpty();
        return answered.get();
    }

    @Override
    public void close() {
        caller.shutdownNow();
    }
}
