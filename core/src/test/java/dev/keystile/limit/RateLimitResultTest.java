package dev.keystile.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RateLimitResultTest {

    private static LimitStatus status(RateLimit limit, long remaining, long nanosToRetry) {
        return new LimitStatus(limit, remaining, 60_000_000_000L, nanosToRetry, false);
    }

    @Test
    void admitted_decisiveIsTheOneWithLeastShareLeft() {
        LimitStatus half = status(RateLimit.perMinute(60).named("half"), 30, 0);
        LimitStatus third = status(RateLimit.perDay(3000).named("third"), 1000, 0);
        LimitStatus bucket = status(RateLimit.perMinute(100).burst(200).named("bucket"), 80, 0);
        RateLimitResult result = new RateLimitResult(true, List.of(half, third, bucket));
        assertThat(result.decisive()).isEqualTo(third);
        assertThat(result.retryAfter()).isZero();
    }

    @Test
    void denied_decisiveIsTheOneToWaitForLongest() {
        LimitStatus enough = status(RateLimit.perMinute(60).named("enough"), 1, 0);
        LimitStatus soon = status(RateLimit.perMinute(60).named("soon"), 0, 5);
        LimitStatus late = status(RateLimit.perDay(60).named("late"), 0, 7);
        RateLimitResult result = new RateLimitResult(false, List.of(enough, soon, late));
        assertThat(result.decisive()).isEqualTo(late);
        assertThat(result.retryAfter()).isEqualTo(Duration.ofNanos(7));
    }

    @Test
    void withoutStatus_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RateLimitResult(true, List.of()));
    }
}
