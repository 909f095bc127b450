package dev.keystile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.TimeSource;
import org.junit.jupiter.api.Test;

final class WallClockTest {

    /** Two clocks that are set apart from each other. */
    private static final class Clocks implements TimeSource {
        private long nanos = Long.MAX_VALUE - 10_000_000;
        private long millis = 1_000_000;

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public long currentTimeMillis() {
            return millis;
        }

        void advance(long byMillis) {
            nanos += 1_000_000 * byMillis;
            millis += byMillis;
        }
    }

    private final Clocks clocks = new Clocks();
    private final WallClock clock = new WallClock(clocks);

    private long told() {
        return clock.millisAt(clocks.nanos);
    }

    @Test
    void whatIsTold_isWhatTheClockShows_alsoPastTheEndOfItsNumbers() {
        for (int i = 0; i < 200; i++) {
            assertThat(told()).isEqualTo(clocks.millis);
            clocks.advance(1);
        }
    }

    @Test
    void clockThatIsSet_isTold_50MillisecondsLater() {
        for (long shift : new long[] {3_600_000, -7_200_000}) {
            assertThat(told()).isEqualTo(clocks.millis);
            long before = clocks.millis;
            clocks.millis += shift;
            clocks.advance(49);
            assertThat(told()).isEqualTo(before + 49);
            clocks.advance(1);
            assertThat(told()).isEqualTo(clocks.millis);
        }
    }

    @Test
    void readingFromBefore_isToldByTheClockAsItIs() {
        long before = clocks.nanos;
        clocks.advance(100);
        assertThat(told()).isEqualTo(clocks.millis);
        assertThat(clock.millisAt(before)).isEqualTo(clocks.millis);
    }
}
