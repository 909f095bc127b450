package dev.keystile.limit;

/**
 * How one limit stands after a request, admitted or not.
 *
 * <p>Immutable.
 *
 * @param limit       the limit
 * @param remaining   what the current window still takes; where there is no window, what the bucket holds; 0 or more
 * @param nanosToReset nanoseconds to the end of the window, its whole length if it has not begun; where there is no
 *                    window, until the bucket is full
 * @param nanosToRetry nanoseconds until this limit would admit the request, if nothing else is taken from it; 0 if it
 *                    did, {@link Long#MAX_VALUE} if it never will
 * @param burstSpent  whether it is the bucket beside the window that did not admit it, rather than the window
 */
public record LimitStatus(RateLimit limit, long remaining, long nanosToReset, long nanosToRetry, boolean burstSpent) {

    /** The part of its whole that remains, 0 to 1, or more where a bucket holds more than the rate. */
    public double share() {
        return (double) remaining / (limit.hasWindow() ? limit.count() : limit.burst());
    }
}
