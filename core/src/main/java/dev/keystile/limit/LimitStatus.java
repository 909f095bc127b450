package dev.keystile.limit;

/**
 * How one limit stands after a request, admitted or not.
 *
 * <p>Immutable.
 *
 * @param limit       the limit
 * @param remaining   what the current window still takes; where there is no window, what the bucket holds
 * @param nanosToReset nanoseconds to the end of the window; where there is no window, until the bucket is full
 * @param nanosToRetry nanoseconds until this limit would have admitted the request; 0 if it did
 * @param burstSpent  whether it is the bucket beside the window that did not admit it, rather than the window
 */
public record LimitStatus(RateLimit limit, long remaining, long nanosToReset, long nanosToRetry, boolean burstSpent) {

    /** The part of its whole that remains, 0 to 1, or more where a bucket holds more than the rate. */
    public double share() {
        return (double) remaining / (limit.hasWindow() ? limit.count() : limit.burst());
    }
}
