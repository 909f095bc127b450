package dev.keystile.redis;

import dev.keystile.limit.Charge;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import dev.keystile.testkit.ManualTime;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * The limiter over a Redis whose script reads a clock that tests advance: it stands in a key, and is set before each request.
 * But for where it
 * reads the time, and that it fails by order, the script is the one that is shipped.
 */
final class TestClock implements RateLimiter {

    private static final String SECONDS = "clock:seconds";
    /** A key: while it is there, Redis fails whatever it is asked. */
    static final String AWAY = "away";

    private static final String MICROS = "clock:micros";
    private static final long FIRST_SECOND = 1_771_234_567;

    private final ManualTime time;
    private final long firstNanos;
    private final RateLimiter limiter;
    private final RedisCommands<String, String> redis;

    TestClock(ManualTime time, RedisProcess server) {
        this(time, server, 100_000);
    }

    /** @param denials of how many counts it keeps in mind that they denied */
    TestClock(ManualTime time, RedisProcess server, int denials) {
        this.time = time;
        this.firstNanos = time.nanoTime();
        this.redis = server.commands();
        this.limiter =
                builder(server, OnFailure.DENY).time(time).denials(denials).open();
        set();
    }

    static RedisRateLimiter.Builder builder(RedisProcess server, OnFailure onFailure) {
        String shipped = Script.take().text();
        String clock = "{redis.call('GET', '" + SECONDS + "'), redis.call('GET', '" + MICROS + "')}";
        String text = shipped.replace("redis.call('TIME')", clock);
        if (text.equals(shipped)) {
            throw new IllegalStateException("the script reads the time otherwise than this class knows");
        }
        String away =
                "if redis.call('EXISTS', '" + AWAY + "') == 1 then return redis.error_reply('AWAY by order') end\n";
        return RedisRateLimiter.builder(server.url())
                .timeout(Duration.ofSeconds(10))
                .onFailure(onFailure)
                // Real time passes while that of the test stands still.
                .script(Script.of(away + text), Duration.ofHours(1));
    }

    /** Lets Redis know what time it is. */
    void set() {
        setMicros((time.nanoTime() - firstNanos) / 1000);
    }

    void setMicros(long micros) {
        redis.set(SECONDS, Long.toString(FIRST_SECOND + Math.floorDiv(micros, 1_000_000L)));
        redis.set(MICROS, Long.toString(Math.floorMod(micros, 1_000_000L)));
    }

    @Override
    public RateLimitResult tryConsume(List<Charge> charges) {
        set();
        return limiter.tryConsume(charges);
    }

    @Override
    public List<String> problems(Collection<RateLimit> limits) {
        return limiter.problems(limits);
    }

    @Override
    public boolean mayBlock() {
        return limiter.mayBlock();
    }

    @Override
    public void close() {
        limiter.close();
    }
}
