package dev.keystile.redis;

import dev.keystile.key.UnavailableException;
import dev.keystile.limit.Charge;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What holds while Redis cannot be asked, by limit.
 *
 * <p>Counts in memory are kept from one failure to the next, so that failing often admits no more than failing once.
 *
 * @param unlessNamed what holds for limits without an entry
 * @param byLimit     what holds for limits by their names
 * @param nodes       how many nodes share a limit
 * @param memory      counts the shares
 */
record Makeshift(OnFailure unlessNamed, Map<String, OnFailure> byLimit, int nodes, RateLimiter memory) {

    OnFailure of(RateLimit limit) {
        return byLimit.getOrDefault(limit.name(), unlessNamed);
    }

    /** Whether one of the limits denies. */
    boolean denies(List<Charge> charges) {
        for (Charge charge : charges) {
            if (of(charge.limit()) == OnFailure.DENY) {
                return true;
            }
        }
        return false;
    }

    /**
     * What a request is told.
     *
     * @param failure why Redis could not be asked
     * @throws UnavailableException if a limit denies, or could not be told
     */
    RateLimitResult answer(List<Charge> charges, String failure) {
        List<Charge> shares = new ArrayList<>(charges.size());
        for (Charge charge : charges) {
            switch (of(charge.limit())) {
                case LOCAL -> shares.add(share(charge, failure));
                case DENY ->
                    throw new UnavailableException("limit '" + charge.limit().name()
                            + "' admits nobody while Redis cannot be asked: " + failure);
                case ALLOW -> {}
            }
        }
        if (shares.isEmpty()) {
            return RateLimitResult.makeshift(true, unused(charges));
        }
        RateLimitResult counted = memory.tryConsume(shares);
        List<LimitStatus> statuses = unused(charges);
        for (int i = 0, share = 0; i < charges.size(); i++) {
            RateLimit limit = charges.get(i).limit();
            if (of(limit) == OnFailure.LOCAL) {
                LimitStatus told = counted.statuses().get(share++);
                // Headers go on telling the limit there is, with what this node has left of it.
                statuses.set(
                        i,
                        new LimitStatus(
                                limit, told.remaining(), told.nanosToReset(), told.nanosToRetry(), told.burstSpent()));
            }
        }
        return RateLimitResult.makeshift(counted.admitted(), statuses);
    }

    private Charge share(Charge charge, String failure) {
        RateLimit share = share(charge.limit(), nodes);
        if (charge.cost() > share.capacity()) {
            throw new UnavailableException("this node's share of limit '"
                    + charge.limit().name() + "' never admits a cost of " + charge.cost()
                    + ", and Redis cannot be asked: " + failure);
        }
        return new Charge(share, charge.partition(), charge.cost());
    }

    /** Rounded up, for a limit of less than one request would be none. */
    static RateLimit share(RateLimit limit, int nodes) {
        RateLimit named =
                RateLimit.of(part(limit.count(), nodes), limit.window()).named(limit.name());
        RateLimit share =
                limit.per() == PartitionKind.ATTRIBUTE ? named.perAttribute(limit.attribute()) : named.per(limit.per());
        return limit.hasBucket() ? share.burst(part(limit.burst(), nodes)) : share;
    }

    private static long part(long whole, int nodes) {
        return (whole + nodes - 1) / nodes;
    }

    private static List<LimitStatus> unused(List<Charge> charges) {
        List<LimitStatus> statuses = new ArrayList<>(charges.size());
        charges.forEach(charge ->
                statuses.add(Standing.unused(Figures.of(charge.limit())).admitted()));
        return statuses;
    }
}
