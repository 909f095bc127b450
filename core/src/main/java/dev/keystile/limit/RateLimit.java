package dev.keystile.limit;

import dev.keystile.key.Spans;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
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
    private static final String EXPECTED =
            "expected [<name>] <count>/<window> [burst <count>] [per key|account|address], such as 60/1m burst 10";

    private final String name;
    private final long count;
    private final Duration window;
    private final long burst;
    private final String burstName;
    private final PartitionKind per;
    private final String identity;
    private final int hash;

    private RateLimit(String name, long count, Duration window, long burst, String burstName, PartitionKind per) {
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
        this.burstName = burstName;
        this.per = per;
        this.identity = name + " " + count + "/" + window + " " + burst;
        this.hash = Objects.hash(name, count, window, burst, burstName, per);
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
        return new RateLimit("", count, window, 0, LONE_BURST, PartitionKind.KEY);
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
        return new RateLimit(name, count, window, requests, burstName, per);
    }

    /** This limit, called like the plan that has no other. */
    RateLimit namedLike(String plan) {
        return new RateLimit(plan, count, window, burst, LONE_BURST, per);
    }

    /** This limit, called so in headers. */
    public RateLimit named(String limitName) {
        return new RateLimit(
                limitName, count, window, burst, limitName.isEmpty() ? LONE_BURST : limitName + "-burst", per);
    }

    /** This limit, counted so. */
    public RateLimit per(PartitionKind kind) {
        return new RateLimit(name, count, window, burst, burstName, kind);
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
     * Reads {@code [<name>] <count>/<window> [burst <count>] [per key|account|address]}, the window as {@link
     * Spans} reads it.
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
        if (words.size() >= 2 && words.get(0).equals("burst")) {
            limit = limit.burst(number(text, words.get(1)));
            words = words.subList(2, words.size());
        }
        if (words.size() >= 2 && words.get(0).equals("per")) {
            limit = limit.per(kind(text, words.get(1)));
            words = words.subList(2, words.size());
        }
        if (!words.isEmpty()) {
            throw unreadable(text);
        }
        return limit;
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
        return "RateLimit[" + identity + " per " + per.word() + "]";
    }
}
