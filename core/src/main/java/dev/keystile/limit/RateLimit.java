package dev.keystile.limit;

import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.Spans;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How many requests a window takes, and how many of them at once.
 *
 * <ul>
 *   <li>Without a burst: at most {@code count} in a fixed window that begins with its first request.
 *   <li>With a burst at or below the count: that, <em>and</em> at most {@code burst} at once, refilled evenly at
 *       {@code count} a window.
 *   <li>With a burst above the count: at most {@code burst} at once, refilled evenly at {@code count} a window, and no
 *       window.
 * </ul>
 *
 * <p>Immutable, and equal to whatever has the same names, figures and kind.
 */
public final class RateLimit {

    private static final long MAX_COUNT = 1_000_000_000;
    private static final String LONE_BURST = "burst";
    private static final Duration MAX_WINDOW = Duration.ofDays(366);
    private static final int WHOLE = 100;
    private static final String EXPECTED =
            "expected [<name>] <count>/<window> [over <window>] [burst <count>] [per key|account|address|attribute <name>]"
                    + " [share <environment> <1 to 99>%], such as 60/1m burst 10";

    private final String name;
    private final long count;
    private final Duration window;
    private final long burst;
    private final String burstName;
    private final PartitionKind per;
    private final String attribute;
    /** What is left of it in environments that have a share of it, in percent. */
    private final Map<KeyEnvironment, Integer> shares;

    private final Map<KeyEnvironment, RateLimit> byEnvironment;
    private final String identity;
    private final int hash;

    /** What a limit is made of; each change makes another limit. */
    private record Parts(
            String name,
            long count,
            Duration window,
            long burst,
            String burstName,
            PartitionKind per,
            String attribute,
            Map<KeyEnvironment, Integer> shares) {

        Parts withName(String other, String ofBurst) {
            return new Parts(other, count, window, burst, ofBurst, per, attribute, shares);
        }

        Parts withBurst(long requests) {
            return new Parts(name, count, window, requests, burstName, per, attribute, shares);
        }

        Parts withPer(PartitionKind kind, String ofAttribute) {
            return new Parts(name, count, window, burst, burstName, kind, ofAttribute, shares);
        }

        Parts withShares(Map<KeyEnvironment, Integer> others) {
            return new Parts(name, count, window, burst, burstName, per, attribute, others);
        }

        /** A part of it, which is always one request at least. */
        Parts share(int percent) {
            long some = Math.max(1, count * percent / WHOLE);
            long atOnce = burst == 0 ? 0 : Math.max(1, burst * percent / WHOLE);
            return new Parts(name, some, window, atOnce, burstName, per, attribute, Map.of());
        }
    }

    private RateLimit(Parts parts) {
        String name = parts.name;
        long count = parts.count;
        Duration window = parts.window;
        long burst = parts.burst;
        if (!name.isEmpty() && !isName(name)) {
            throw new IllegalArgumentException(
                    "limit name '" + name + "': expected a letter, then letters, digits, '-' or '_', 64 at most");
        }
        if (count < 1 || count > MAX_COUNT) {
            throw new IllegalArgumentException("limit of " + count + ": expected 1 to " + MAX_COUNT);
        }
        if (window.compareTo(Duration.ofMillis(1)) < 0 || window.compareTo(MAX_WINDOW) > 0) {
            throw new IllegalArgumentException("limit window " + window + ": expected 1 ms to 366 days");
        }
        if (burst < 0 || burst > MAX_COUNT) {
            throw new IllegalArgumentException("burst of " + burst + ": expected 1 to " + MAX_COUNT);
        }
        if (burst > 0 && count > window.toNanos()) {
            throw new IllegalArgumentException(
                    "limit of " + count + " in " + window + ": with a burst, expected one a nanosecond at most");
        }
        this.name = name;
        this.count = count;
        this.window = window;
        this.burst = burst;
        this.burstName = parts.burstName;
        this.per = parts.per;
        this.attribute = parts.attribute;
        this.shares = Map.copyOf(parts.shares);
        Map<KeyEnvironment, RateLimit> made = new HashMap<>();
        shares.forEach((environment, percent) -> made.put(environment, new RateLimit(parts.share(percent))));
        this.byEnvironment = Map.copyOf(made);
        this.identity = name + " " + count + "/" + window + " " + burst;
        this.hash = Objects.hash(name, count, window, burst, burstName, per, attribute, shares);
    }

    private Parts parts() {
        return new Parts(name, count, window, burst, burstName, per, attribute, shares);
    }

    /** Whether a text can name a limit or a plan: a letter, then letters, digits, {@code -} or {@code _}. */
    static boolean isName(String text) {
        return !text.isEmpty()
                && text.length() <= 64
                && isLetter(text.charAt(0))
                && text.chars().allMatch(c -> isLetter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_');
    }

    private static boolean isLetter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    /** So many a window, for each key. */
    public static RateLimit of(long count, Duration window) {
        return new RateLimit(new Parts("", count, window, 0, LONE_BURST, PartitionKind.KEY, "", Map.of()));
    }

    /** So many a second, for each key. */
    public static RateLimit perSecond(long count) {
        return of(count, Duration.ofSeconds(1));
    }

    /** So many a minute, for each key. */
    public static RateLimit perMinute(long count) {
        return of(count, Duration.ofMinutes(1));
    }

    /** So many a hour, for each key. */
    public static RateLimit perHour(long count) {
        return of(count, Duration.ofHours(1));
    }

    /** So many a day, for each key. */
    public static RateLimit perDay(long count) {
        return of(count, Duration.ofDays(1));
    }

    /** This limit, with so many at once. */
    public RateLimit burst(long requests) {
        if (requests < 1) {
            throw new IllegalArgumentException("burst of " + requests + ": expected 1 to " + MAX_COUNT);
        }
        return new RateLimit(parts().withBurst(requests));
    }

    /** This limit, called like the plan that has no other. */
    RateLimit namedLike(String plan) {
        return new RateLimit(parts().withName(plan, LONE_BURST));
    }

    /** This limit, called so in headers. */
    public RateLimit named(String limitName) {
        return new RateLimit(parts().withName(limitName, limitName.isEmpty() ? LONE_BURST : limitName + "-burst"));
    }

    /**
     * This limit, counted so.
     *
     * @throws IllegalArgumentException if it would count for an attribute: {@link #perAttribute} says for which
     */
    public RateLimit per(PartitionKind kind) {
        if (kind == PartitionKind.ATTRIBUTE) {
            throw new IllegalArgumentException("per attribute: expected the name of one");
        }
        return new RateLimit(parts().withPer(kind, ""));
    }

    /**
     * This limit, counted for all keys of an account in one environment together that have the same value of an attribute;
     * those that have none count together.
     *
     * @param attributeName 1 to 64 letters, digits, {@code -} or {@code _}, a letter first
     * @throws IllegalArgumentException if it is no such name
     */
    public RateLimit perAttribute(String attributeName) {
        if (!isName(attributeName)) {
            throw new IllegalArgumentException("per attribute '" + attributeName
                    + "': expected a letter, then letters, digits, '-' or '_', 64 at most");
        }
        return new RateLimit(parts().withPer(PartitionKind.ATTRIBUTE, attributeName));
    }

    /**
     * This limit, of which keys of an environment have a part only: of count and burst, rounded down, and one request at
     * least.
     *
     * @param percent 1 to 99
     * @throws IllegalArgumentException if it is out of bounds, or the environment has a share already
     */
    public RateLimit share(KeyEnvironment environment, int percent) {
        if (percent < 1 || percent >= WHOLE) {
            throw new IllegalArgumentException("share " + environment + " " + percent + "%: expected 1% to 99%");
        }
        Map<KeyEnvironment, Integer> more = new HashMap<>(shares);
        if (more.put(environment, percent) != null) {
            throw new IllegalArgumentException("share " + environment + " is set twice");
        }
        return new RateLimit(parts().withShares(more));
    }

    /** What keys of an environment are held to: their share, or this limit. */
    public RateLimit in(KeyEnvironment environment) {
        return byEnvironment.getOrDefault(environment, this);
    }

    /** What headers call it; empty to be called like its plan. */
    public String name() {
        return name;
    }

    /** Requests a window, 1 to 1,000,000,000. */
    public long count() {
        return count;
    }

    /** 1 ms to 366 days. */
    public Duration window() {
        return window;
    }

    /** Requests at once, up to 1,000,000,000; 0 for no burst. */
    public long burst() {
        return burst;
    }

    /** What headers call the burst beside a window. */
    public String burstName() {
        return burstName;
    }

    /** For whom it counts. */
    public PartitionKind per() {
        return per;
    }

    /** The attribute whose values it counts for; empty if it counts for something else. */
    public String attribute() {
        return attribute;
    }

    /** The environments that have a share of it. */
    public Set<KeyEnvironment> shares() {
        return shares.keySet();
    }

    /** Name and figures as one text. */
    String identity() {
        return identity;
    }

    /** Whether requests are counted in a window. */
    public boolean hasWindow() {
        return burst <= count;
    }

    /** Whether requests are taken from a bucket. */
    public boolean hasBucket() {
        return burst > 0;
    }

    /** The most that one request can take and still be admitted some time. */
    public long capacity() {
        return hasBucket() ? burst : count;
    }

    /** How long an empty bucket takes to be full; zero where there is none. */
    public Duration bucketRefillTime() {
        return Duration.ofNanos(Refill.of(this).nanosUntil(burst, 0));
    }

    /**
     * Reads {@code [<name>] <count>/<window> [over <window>] [burst <count>] [per key|account|address|attribute <name>]
     * [share <environment> <percent>%]}, windows as {@link Spans} reads them. {@code 50/1s over 1h} is 180,000 in an hour.
     *
     * @throws IllegalArgumentException if the text is anything else; the message says what would be right
     */
    public static RateLimit parse(String text) {
        List<String> words = new ArrayList<>(Arrays.asList(text.strip().split("\\s+")));
        String name = words.get(0).contains("/") ? "" : words.remove(0);
        if (words.isEmpty()) {
            throw unreadable(text);
        }
        String rate = words.remove(0);
        int slash = rate.indexOf('/');
        if (slash < 1) {
            throw unreadable(text);
        }
        RateLimit limit = of(number(text, rate.substring(0, slash)), window(text, rate.substring(slash + 1)))
                .named(name);
        if (words.size() >= 2 && words.get(0).equals("over")) {
            limit = over(text, limit, window(text, words.get(1)));
            words = words.subList(2, words.size());
        }
        if (words.size() >= 2 && words.get(0).equals("burst")) {
            limit = limit.burst(number(text, words.get(1)));
            words = words.subList(2, words.size());
        }
        if (words.size() >= 2 && words.get(0).equals("per")) {
            PartitionKind kind = kind(text, words.get(1));
            boolean ofAttribute = kind == PartitionKind.ATTRIBUTE;
            if (ofAttribute && words.size() < 3) {
                throw unreadable(text);
            }
            limit = ofAttribute ? limit.perAttribute(words.get(2)) : limit.per(kind);
            words = words.subList(ofAttribute ? 3 : 2, words.size());
        }
        while (words.size() >= 3 && words.get(0).equals("share")) {
            limit = limit.share(new KeyEnvironment(words.get(1)), percent(text, words.get(2)));
            words = words.subList(3, words.size());
        }
        if (!words.isEmpty()) {
            throw unreadable(text);
        }
        return limit;
    }

    /** As much in a longer window. */
    private static RateLimit over(String text, RateLimit limit, Duration longer) {
        long times = longer.dividedBy(limit.window);
        if (times < 1 || !limit.window.multipliedBy(times).equals(longer) || times > MAX_COUNT / limit.count) {
            throw new IllegalArgumentException("limit '" + text
                    + "': expected 'over' to name a multiple of its window, and at most " + MAX_COUNT + " in it");
        }
        return of(limit.count * times, longer).named(limit.name);
    }

    private static int percent(String text, String word) {
        long percent = word.endsWith("%") ? number(text, word.substring(0, word.length() - 1)) : 0;
        if (percent < 1 || percent >= WHOLE) {
            throw unreadable(text);
        }
        return (int) percent;
    }

    private static PartitionKind kind(String text, String word) {
        return Arrays.stream(PartitionKind.values())
                .filter(it -> it.word().equals(word))
                .findFirst()
                .orElseThrow(() -> unreadable(text));
    }

    private static Duration window(String text, String window) {
        try {
            return Spans.parse(window);
        } catch (IllegalArgumentException unfit) {
            throw unreadable(text);
        }
    }

    private static long number(String text, String number) {
        try {
            return Long.parseLong(number);
        } catch (NumberFormatException notANumber) {
            throw unreadable(text);
        }
    }

    private static IllegalArgumentException unreadable(String text) {
        return new IllegalArgumentException("limit '" + text + "': " + EXPECTED);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof RateLimit that
                        && hash == that.hash
                        && count == that.count
                        && burst == that.burst
                        && per == that.per
                        && attribute.equals(that.attribute)
                        && shares.equals(that.shares)
                        && name.equals(that.name)
                        && burstName.equals(that.burstName)
                        && window.equals(that.window));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return "RateLimit[" + identity + " per " + per.word() + (attribute.isEmpty() ? "" : " " + attribute) + "]";
    }
}
