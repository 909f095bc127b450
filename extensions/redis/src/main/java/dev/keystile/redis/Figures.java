package dev.keystile.redis;

import dev.keystile.limit.RateLimit;
import java.math.BigInteger;
import java.util.Optional;

/**
 * The figures of a limit as Redis counts by them, in microseconds and whole numbers.
 *
 * <p>A bucket is counted in the largest unit in which both a request and what a microsecond refills are whole. Lua has doubles
 * only, so that all of it has to stay below 2^52; the bit that is left is for a sum of two.
 *
 * @param limit        the limit
 * @param most         what a window takes; 0 for no window
 * @param windowMicros how long it lasts; 0 for no window
 * @param capacity     what the bucket holds, in its unit; 0 for no bucket
 * @param refill       what a microsecond refills, in that unit; 1 for no bucket
 * @param request      what a request of cost 1 takes, in that unit; 0 for no bucket
 */
record Figures(RateLimit limit, long most, long windowMicros, long capacity, long refill, long request) {

    private static final BigInteger LARGEST = BigInteger.ONE.shiftLeft(52);

    /** @throws IllegalArgumentException if there is a {@link #problem} */
    static Figures of(RateLimit limit) {
        problem(limit).ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
        long window = micros(limit);
        long most = limit.hasWindow() ? limit.count() : 0;
        long windowMicros = limit.hasWindow() ? window : 0;
        if (!limit.hasBucket()) {
            return new Figures(limit, most, windowMicros, 0, 1, 0);
        }
        long divisor = divisor(limit);
        long request = window / divisor;
        return new Figures(limit, most, windowMicros, limit.burst() * request, limit.count() / divisor, request);
    }

    /** Why Redis cannot count by a limit; empty if it can. */
    static Optional<String> problem(RateLimit limit) {
        String what = "limit '" + limit.name() + "' (" + limit.count() + "/" + limit.window()
                + (limit.hasBucket() ? " burst " + limit.burst() : "") + "): ";
        if (limit.window().toNanos() % 1000 != 0) {
            return Optional.of(what + "expected a window of whole microseconds, for that is the clock of Redis");
        }
        BigInteger capacity = BigInteger.valueOf(limit.burst())
                .multiply(BigInteger.valueOf(micros(limit) / divisor(limit)))
                .add(BigInteger.valueOf(limit.count() / divisor(limit)));
        return limit.hasBucket() && capacity.compareTo(LARGEST) > 0
                ? Optional.of(
                        what + "Redis cannot count so finely: expected a smaller burst, or a count that goes into the"
                                + " window more evenly, such as a round number")
                : Optional.empty();
    }

    private static long micros(RateLimit limit) {
        return limit.window().toNanos() / 1000;
    }

    private static long divisor(RateLimit limit) {
        return BigInteger.valueOf(micros(limit))
                .gcd(BigInteger.valueOf(limit.count()))
                .longValueExact();
    }

    /** What a window is charged; of a cost that it never takes, the least of those. */
    long windowCharge(long cost) {
        return most == 0 ? 0 : Math.min(cost, most + 1);
    }

    /** What a bucket is charged; of a cost that it never holds, the least of those. */
    long bucketCharge(long cost) {
        return Math.min(cost, limit.burst() + 1) * request;
    }

    /** Rounded up. */
    long microsToRefill(long missing) {
        return missing / refill + (missing % refill > 0 ? 1 : 0);
    }
}
