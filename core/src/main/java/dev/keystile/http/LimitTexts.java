package dev.keystile.http;

import dev.keystile.limit.RateLimit;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What headers say of a limit, whoever is limited: made once for each.
 *
 * @param count    the count in decimal digits
 * @param policies its items of {@code RateLimit-Policy}
 */
record LimitTexts(String count, String policies) {

    private static final int MAX_KEPT = 1000;
    private static final ConcurrentHashMap<RateLimit, LimitTexts> KEPT = new ConcurrentHashMap<>();

    static LimitTexts of(RateLimit limit) {
        LimitTexts kept = KEPT.get(limit);
        if (kept != null) {
            return kept;
        }
        LimitTexts made = new LimitTexts(Long.toString(limit.count()), policies(limit));
        if (KEPT.size() < MAX_KEPT) {
            KEPT.put(limit, made);
        }
        return made;
    }

    private static String policies(RateLimit limit) {
        if (!limit.hasWindow()) {
            // A bucket and no window: what it holds, and how long it takes to fill.
            return policy(limit.name(), limit.burst(), limit.bucketRefillTime());
        }
        String window = policy(limit.name(), limit.count(), limit.window());
        return limit.hasBucket()
                ? policy(limit.burstName(), limit.burst(), limit.bucketRefillTime()) + ", " + window
                : window;
    }

    private static String policy(String name, long quota, Duration window) {
        return "\"" + name + "\";q=" + quota + ";w=" + RateLimitHeaders.wholeSeconds(window.toNanos());
    }
}
