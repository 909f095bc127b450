package dev.keystile.bucket4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.UnavailableException;
import dev.keystile.limit.Charge;
import dev.keystile.limit.RateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Many threads that go on asking, whatever the answer. */
final class Callers implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    final AtomicInteger answered = new AtomicInteger();
    final AtomicInteger unavailable = new AtomicInteger();
    final AtomicLong longestNanos = new AtomicLong();
    private final AtomicBoolean done = new AtomicBoolean();
    private final ExecutorService pool;
    private final List<Future<Void>> callers;

    Callers(int threads, RateLimiter limiter, List<Charge> charges) {
        Callable<Void> caller = () -> {
            while (!done.get()) {
                long began = System.nanoTime();
                try {
                    limiter.tryConsume(charges);
                    answered.incrementAndGet();
                } catch (UnavailableException gone) {
                    unavailable.incrementAndGet();
                }
                longestNanos.accumulateAndGet(System.nanoTime() - began, Math::max);
            }
            return null;
        };
        pool = Executors.newFixedThreadPool(threads);
        callers = IntStream.range(0, threads).mapToObj(n -> pool.submit(caller)).toList();
    }

    /** Waits for what comes by itself. */
    static void until(String what, BooleanSupplier condition) {
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as("time to wait for %s", what)
                    .isLessThan(PATIENCE);
            LockSupport.parkNanos(100_000);
        }
    }

    /** Ends them; throws what else they ran into. */
    @Override
    public void close() throws Exception {
        done.set(true);
        for (Future<Void> caller : callers) {
            caller.get();
        }
        pool.shutdown();
    }
}
