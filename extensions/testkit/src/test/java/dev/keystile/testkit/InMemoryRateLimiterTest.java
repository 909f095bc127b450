package dev.keystile.testkit;

import dev.keystile.limit.RateLimiter;

final class InMemoryRateLimiterTest extends RateLimiterContract {

    @Override
    protected RateLimiter openEmptyLimiter(ManualTime time) {
        return RateLimiter.inMemory(time, 10_000);
    }
}
