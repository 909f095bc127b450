package dev.keystile.bucket4j;

import dev.keystile.limit.RateLimit;
import dev.keystile.limit.Refill;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a limit lies in a bucket of bucket4j: its window first, if it has one, then its bucket, if it has one.
 *
 * <p>A window that begins with its first request is none of bucket4j's: its intervals follow one another from the moment
 * the bucket was made. So the interval here is longer than the window and never comes to an end while anybody looks: each
 * window is a bandwidth of another id, put in the place of the last one. What is left of it never grows by itself, and a
 * bucket beside it, whose id stays, goes on as it was.
 *
 * <p>The capacity of a window is one more than it ever holds. So a window that was filled up by bucket4j, long after its
 * end, is told from one that is in use.
 */
record Layout(RateLimit limit) {

    /**
     * How much longer a store keeps a window than it lasts. A request that looked at a window must have taken its part, or
     * have been given up, before bucket4j fills that window up or the store drops it.
     */
    static final Duration KEPT_AFTER_END = Duration.ofHours(1);

    private static final String BUCKET = "bucket";

    /** With a window that begins. */
    BucketConfiguration beginning(Version version) {
        return configuration(
                limit.hasWindow()
                        ? Optional.of(window("window " + version.window(), limit.count() + 1))
                        : Optional.empty());
    }

    /**
     * With a window that is so much larger: to what is left of it bucket4j adds the difference.
     *
     * @param window the window there is
     */
    BucketConfiguration larger(Bandwidth window, long by) {
        return configuration(Optional.of(window(window.getId(), window.getCapacity() + by)));
    }

    private BucketConfiguration configuration(Optional<Bandwidth> window) {
        List<Bandwidth> bandwidths = new ArrayList<>(2);
        window.ifPresent(bandwidths::add);
        if (limit.hasBucket()) {
            Refill refill = Refill.of(limit);
            bandwidths.add(Bandwidth.builder()
                    .capacity(limit.burst())
                    .refillGreedy(refill.tokens(), refill.period())
                    .id(BUCKET)
                    .build());
        }
        return new BucketConfiguration(bandwidths);
    }

    private Bandwidth window(String id, long capacity) {
        return Bandwidth.builder()
                .capacity(capacity)
                .refillIntervally(capacity, limit.window().plus(KEPT_AFTER_END))
                .initialTokens(limit.count())
                .id(id)
                .build();
    }
}
