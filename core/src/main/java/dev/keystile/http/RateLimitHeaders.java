package dev.keystile.http;

import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.RateLimitResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** The rate-limit headers, each set of them a function of how the limits stand. */
final class RateLimitHeaders {

    private static final long NANOS_A_SECOND = 1_000_000_000;
    private static final SecondTexts SECONDS = new SecondTexts();
    private static final Set<String> PLACEHOLDERS =
            Set.of("limit", "remaining", "used", "reset", "reset_after", "policy");

    static final HeaderFormat X_RATE_LIMIT = new Format(
            List.of("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
            RateLimitHeaders::writeXRateLimit);
    static final HeaderFormat IETF = new Format(List.of("RateLimit-Policy", "RateLimit"), RateLimitHeaders::writeIetf);

    private RateLimitHeaders() {}

    /** How a format writes. */
    @FunctionalInterface
    private interface Writer {
        void write(RateLimitResult limits, long nowMillis, BiConsumer<String, String> headers);
    }

    private record Format(List<String> names, Writer writer) implements HeaderFormat {

        @Override
        public void write(RateLimitResult limits, long nowMillis, BiConsumer<String, String> headers) {
            writer.write(limits, nowMillis, headers);
        }
    }

    private static void writeXRateLimit(RateLimitResult limits, long nowMillis, BiConsumer<String, String> headers) {
        LimitStatus status = limits.decisive();
        headers.accept("X-RateLimit-Limit", LimitTexts.of(status.limit()).count());
        headers.accept("X-RateLimit-Remaining", Long.toString(remaining(limits, status)));
        headers.accept("X-RateLimit-Reset", SECONDS.text(reset(limits, status, nowMillis), nowMillis / 1000));
    }

    private static void writeIetf(RateLimitResult limits, long nowMillis, BiConsumer<String, String> headers) {
        LimitStatus status = limits.decisive();
        List<LimitStatus> statuses = limits.statuses();
        String policies = LimitTexts.of(statuses.get(0).limit()).policies();
        for (int i = 1; i < statuses.size(); i++) {
            policies += ", " + LimitTexts.of(statuses.get(i).limit()).policies();
        }
        headers.accept("RateLimit-Policy", policies);
        headers.accept(
                "RateLimit",
                "\"" + policyName(status) + "\";r=" + remaining(limits, status) + ";t=" + resetAfter(limits, status));
    }

    /** What the IETF fields call the policy that decides. */
    static String policyName(LimitStatus status) {
        return status.burstSpent() ? status.limit().burstName() : status.limit().name();
    }

    static HeaderFormat custom(Map<String, String> templates) {
        Map<String, List<Placeholders.Part>> parsed = new LinkedHashMap<>();
        templates.forEach((name, template) -> {
            if (!CredentialSources.isToken(name) || template.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("header '" + name
                        + "': expected a name such as X-Remaining, and a value without control characters");
            }
            parsed.put(name, Placeholders.parse(template, PLACEHOLDERS));
        });
        return new Format(List.copyOf(parsed.keySet()), (limits, nowMillis, headers) -> {
            LimitStatus status = limits.decisive();
            parsed.forEach((name, parts) ->
                    headers.accept(name, Placeholders.fill(parts, it -> value(it, limits, status, nowMillis))));
        });
    }

    private static String value(String placeholder, RateLimitResult limits, LimitStatus status, long nowMillis) {
        return switch (placeholder) {
            case "limit" -> Long.toString(status.limit().count());
            case "remaining" -> Long.toString(remaining(limits, status));
            case "used" -> Long.toString(Math.max(0, status.limit().count() - remaining(limits, status)));
            case "reset" -> Long.toString(reset(limits, status, nowMillis));
            case "reset_after" -> Long.toString(resetAfter(limits, status));
            case "policy" -> status.limit().name();
            default -> throw new IllegalStateException("placeholder " + placeholder + " was refused when parsed");
        };
    }

    private static long remaining(RateLimitResult limits, LimitStatus status) {
        return limits.admitted() ? status.remaining() : 0;
    }

    private static long resetAfter(RateLimitResult limits, LimitStatus status) {
        return limits.admitted() ? wholeSeconds(status.nanosToReset()) : retryAfterSeconds(limits.retryAfter());
    }

    private static long reset(RateLimitResult limits, LimitStatus status, long nowMillis) {
        long waitMillis =
                limits.admitted() ? status.nanosToReset() / 1_000_000 : 1000 * retryAfterSeconds(limits.retryAfter());
        return (nowMillis + waitMillis + 999) / 1000;
    }

    /** A wait as {@code Retry-After} tells it: rounded up, at least 1. */
    static long retryAfterSeconds(Duration wait) {
        return Math.max(1, wait.toSeconds() + (wait.toNanosPart() > 0 ? 1 : 0));
    }

    /** A wait in milliseconds, rounded up. */
    static long wholeMillis(Duration wait) {
        return wait.toSeconds() > Long.MAX_VALUE / 4_000_000
                ? Long.MAX_VALUE / 2
                : wait.plusNanos(999_999).toMillis();
    }

    static long wholeSeconds(long nanos) {
        return nanos / NANOS_A_SECOND + (nanos % NANOS_A_SECOND > 0 ? 1 : 0);
    }
}
