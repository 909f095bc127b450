package dev.keystile.limit;

/**
 * What one request takes from one limit.
 *
 * <p>Immutable.
 *
 * @param limit     the limit
 * @param partition the count it is taken from
 * @param cost      how much, 1 or more
 */
public record Charge(RateLimit limit, Partition partition, long cost) {

    /** @throws IllegalArgumentException if the cost is out of bounds: taking less than nothing would be a refund */
    public Charge {
        if (cost < 1) {
            throw new IllegalArgumentException("cost " + cost + ": expected 1 or more");
        }
    }

    /** What a request takes from a limit on behalf of a key of an account. */
    public static Charge of(RateLimit limit, String keyId, String account, long cost) {
        String id = limit.per() == PartitionKind.KEY ? keyId : account;
        return new Charge(limit, new Partition(limit.identity(), limit.per(), id), cost);
    }
}
