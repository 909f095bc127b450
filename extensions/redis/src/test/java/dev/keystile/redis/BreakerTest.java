package dev.keystile.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When it opens, whom it lets through, and when it closes. */
final class BreakerTest {

    private final Breaker breaker = new Breaker();
    private long nowNanos = -50_000_000;

    private void pass(int millis) {
        nowNanos += Duration.ofMillis(millis).toNanos();
    }

    private boolean fail(int times) {
        boolean opened = false;
        for (int i = 0; i < times; i++) {
            opened |= breaker.failed(nowNanos);
        }
        return opened;
    }

    @Test
    void failuresAtOnce_doNotOpenIt_andOneMoreALittleLaterDoes() {
        assertThat(fail(1000)).isFalse();
        assertThat(breaker.permits(nowNanos)).isTrue();
        pass(100);
        assertThat(fail(1)).isTrue();
        assertThat(breaker.isClosed()).isFalse();
        assertThat(fail(1)).as("opened before").isFalse();
    }

    @Test
    void failuresWithAnAnswerBetween_doNotOpenIt() {
        for (int i = 0; i < 10; i++) {
            assertThat(fail(4)).isFalse();
            pass(100);
            assertThat(breaker.succeeded()).isFalse();
        }
        assertThat(breaker.isClosed()).isTrue();
    }

    @Test
    void open_letsOneThroughInAWhile_untilOneIsAnswered() {
        fail(4);
        pass(100);
        assertThat(fail(1)).isTrue();
        for (int i = 0; i < 5; i++) {
            pass(199);
            assertThat(breaker.permits(nowNanos)).isFalse();
            pass(1);
            assertThat(breaker.permits(nowNanos)).isTrue();
            assertThat(breaker.permits(nowNanos)).isFalse();
            fail(1);
        }
        assertThat(breaker.succeeded()).isTrue();
        assertThat(breaker.permits(nowNanos)).isTrue();
        assertThat(fail(4)).as("counted anew").isFalse();
    }
}
