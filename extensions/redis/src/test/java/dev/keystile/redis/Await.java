package dev.keystile.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what comes by itself. */
final class Await {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Await() {}

    /** How long it took until it was so. */
    static Duration until(String what, BooleanSupplier condition) {
        return until(what, PATIENCE, condition);
    }

    /** How long it took until it was so; fails if that is longer than the bound. */
    static Duration until(String what, Duration bound, BooleanSupplier condition) {
        long began = System.nanoTime();
        long asked = began;
        while (!condition.getAsBoolean()) {
            // What was asked in time may be answered later.
            assertThat(Duration.ofNanos(asked - began))
                    .as("how long until %s", what)
                    .isLessThan(bound);
            LockSupport.parkNanos(100_000);
            asked = System.nanoTime();
        }
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** Until what one tells is heard; also what is told again and again while connections are made. */
    static void untilTold(RedisChangeHints telling, AtomicInteger heard) {
        until("it listens", () -> heard.get() > 0);
        int before = heard.get();
        until("what is told is heard", () -> {
            telling.tell();
            return heard.get() > before + 10;
        });
    }
}
