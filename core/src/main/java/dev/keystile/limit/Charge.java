package dev.keystile.limit;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one request takes from one limit.
 *
 * <p>Immutable, and equal to whatever takes as much of the same limit and partition.
 */
public final class Charge {

    private final RateLimit limit;
    private final Partition partition;
    private final String account;
    private final long cost;
    /**
     * The meter that a limiter in memory found for it last: only a hint, for other limiters have other meters and a meter
     * may be dropped. Threads may see an older one or none.
     */
    private @Nullable Meter lastMeter;

    /**
     * A charge on behalf of nobody but its partition.
     *
     * @param limit     the limit
     * @param partition the count it is taken from
     * @param cost      how much, 1 or more
     * @throws IllegalArgumentException if the cost is out of bounds: taking less than nothing would be a refund
     */
    public Charge(RateLimit limit, Partition partition, long cost) {
        this(limit, partition, partition.id(), cost);
    }

    private Charge(RateLimit limit, Partition partition, String account, long cost) {
        if (cost < 1) {
            throw new IllegalArgumentException("cost " + cost + ": expected 1 or more");
        }
        this.limit = limit;
        this.partition = partition;
        this.account = account;
        this.cost = cost;
    }

    /**
     * What a request takes from a limit on behalf of a key of an account. Where the limit counts for addresses,
     * {@link #from} says for which; those of which nobody says it count together.
     *
     * @param account the account in its environment, as one text
     */
    public static Charge of(RateLimit limit, String keyId, String account, long cost) {
        return of(limit, keyId, account, Map.of(), cost);
    }

    /**
     * As {@link #of(RateLimit, String, String, long)}, of a key with attributes: where the limit counts for one, keys of an
     * account that lack it count together.
     */
    public static Charge of(RateLimit limit, String keyId, String account, Map<String, String> attributes, long cost) {
        String id = switch (limit.per()) {
            case KEY -> keyId;
            case ACCOUNT -> account;
            // With its length, so that no account and address read like another account and address.
            case ADDRESS -> account.length() + ":" + account + ":";
            case ATTRIBUTE -> {
                String value = attributes.get(limit.attribute());
                yield account.length() + ":" + account + ":" + limit.attribute() + (value == null ? "" : "=" + value);
            }
        };
        return new Charge(limit, new Partition(limit.identity(), limit.per(), id), account, cost);
    }

    /**
     * This charge, for a request from an address; this very one, unless its limit counts for addresses.
     *
     * @param address where the request comes from, in the portions in which addresses are given out
     */
    public Charge from(String address) {
        return limit.per() == PartitionKind.ADDRESS
                ? new Charge(
                        limit,
                        new Partition(partition.limit(), partition.kind(), partition.id() + address),
                        account,
                        cost)
                : this;
    }

    /**
     * This charge, of so much.
     *
     * @param other how much, 1 or more
     * @throws IllegalArgumentException if the cost is out of bounds
     */
    public Charge costing(long other) {
        return new Charge(limit, partition, account, other);
    }

    /** The limit. */
    public RateLimit limit() {
        return limit;
    }

    /** The count it is taken from. */
    public Partition partition() {
        return partition;
    }

    /**
     * On whose behalf it is taken: the account in its environment, as one text. All charges of a request say the same, and
     * one partition always says the same, so that a store can keep together what is taken from at once.
     */
    public String account() {
        return account;
    }

    /** How much, 1 or more. */
    public long cost() {
        return cost;
    }

    @Nullable Meter lastMeter() {
        return lastMeter;
    }

    void setLastMeter(@Nullable Meter meter) {
        lastMeter = meter;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Charge that
                && cost == that.cost
                && limit.equals(that.limit)
                && partition.equals(that.partition);
    }

    @Override
    public int hashCode() {
        return 31 * partition.hashCode() + Long.hashCode(cost);
    }

    @Override
    public String toString() {
        return "Charge[" + cost + " of " + partition + "]";
    }
}
