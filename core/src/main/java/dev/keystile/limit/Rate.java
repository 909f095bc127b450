package dev.keystile.limit;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketState;
import io.github.bucket4j.MathType;
import org.jspecify.annotations.Nullable;

/** A limit laid out for counting: what all meters of it share, so that each holds no more than its own count. */
final class Rate {

    private final RateLimit limit;
    private final boolean hasWindow;
    private final long windowNanos;
    private final Refill refill;
    private final @Nullable BucketConfiguration bucket;

    Rate(RateLimit limit) {
        this.limit = limit;
        this.hasWindow = limit.hasWindow();
        this.windowNanos = limit.window().toNanos();
        this.refill = Refill.of(limit);
        this.bucket = limit.hasBucket() ? bucket() : null;
    }

    private BucketConfiguration bucket() {
        Bandwidth bandwidth = Bandwidth.builder()
                .capacity(limit.burst())
                .refillGreedy(refill.tokens(), refill.period())
                .build();
        return BucketConfiguration.builder().addLimit(bandwidth).build();
    }

    /** A full bucket; null if the limit has none. */
    @Nullable BucketState newBucket(long now) {
        return bucket == null ? null : BucketState.createInitialState(bucket, MathType.INTEGER_64_BITS, now);
    }

    RateLimit limit() {
        return limit;
    }

    boolean hasWindow() {
        return hasWindow;
    }

    long windowNanos() {
        return windowNanos;
    }

    /** How long a bucket takes to gain so many tokens. */
    long nanosToRefill(BucketState held, long missing) {
        return refill.nanosUntil(missing, held.getRoundingError(0));
    }
}
