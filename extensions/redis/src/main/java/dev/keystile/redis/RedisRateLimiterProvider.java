package dev.keystile.redis;

import dev.keystile.config.RateLimiterProvider;
import dev.keystile.config.Setting;
import dev.keystile.key.Spans;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;

/**
 * Opens the limiter of {@code limiter.type = redis}: a {@link RedisRateLimiter}.
 *
 * <p>Safe for use by many threads.
 */
public final class RedisRateLimiterProvider implements RateLimiterProvider {

    private static final Setting TIMEOUT = Setting.of(
            "redis.timeout",
            "duration, `1ms` to `10s`",
            "50ms",
            "How long a request waits for Redis at most.",
            "100ms");
    private static final Setting NODES = Setting.of(
            "limiter.nodes",
            "whole number",
            "2",
            "How many nodes share the limits. While Redis cannot be asked, each admits that part of a limit.",
            "3");
    private static final Setting ON_FAILURE = Setting.of(
            "limiter.on-failure",
            "list of `local`, `deny` or `allow`, or `<limit> <one of them>`",
            "local",
            "What holds for limits while Redis cannot be asked: `local` admits this node's share, `deny` answers 503,"
                    + " `allow` counts nothing. An entry with the name of a limit is for that limit.",
            "local, day deny");
    private static final String PARTITIONS = "limiter.partitions";

    /** For {@link ServiceLoader}. */
    public RedisRateLimiterProvider() {}

    /** {@code redis}. */
    @Override
    public String type() {
        return "redis";
    }

    @Override
    public List<Setting> settings() {
        return List.of(
                RedisSettings.URL,
                RedisSettings.USER,
                RedisSettings.PASSWORD,
                RedisSettings.CLUSTER,
                TIMEOUT,
                RedisSettings.PREFIX,
                NODES,
                ON_FAILURE);
    }

    @Override
    public List<String> problems(Map<String, String> values, Collection<RateLimit> limits) {
        List<String> problems = new ArrayList<>();
        Set<String> named = new TreeSet<>();
        read(values, problems, named);
        problems.addAll(RedisRateLimiter.problems(limits, named));
        return problems;
    }

    @Override
    public RateLimiter open(Map<String, String> values) {
        List<String> problems = new ArrayList<>();
        RedisRateLimiter.Builder builder = read(values, problems, new TreeSet<>());
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return builder.open();
    }

    /** What the settings say; what is wrong with them is added to the problems. */
    private static RedisRateLimiter.Builder read(
            Map<String, String> values, List<String> problems, Collection<String> named) {
        RedisRateLimiter.Builder builder = RedisRateLimiter.builder(RedisSettings.read(values, problems));
        RedisSettings.attempt(
                problems,
                TIMEOUT.name() + ": ",
                () -> builder.timeout(Spans.parse(values.getOrDefault(TIMEOUT.name(), TIMEOUT.defaultValue()))));
        RedisSettings.attempt(
                problems,
                NODES.name() + ": ",
                () -> builder.nodes(number(values.getOrDefault(NODES.name(), NODES.defaultValue()))));
        String partitions = values.get(PARTITIONS);
        if (partitions != null) {
            builder.partitions(Integer.parseInt(partitions));
        }
        readOnFailure(builder, values.getOrDefault(ON_FAILURE.name(), ON_FAILURE.defaultValue()), problems, named);
        return builder;
    }

    private static void readOnFailure(
            RedisRateLimiter.Builder builder, String text, List<String> problems, Collection<String> named) {
        boolean general = false;
        for (String entry : text.split(",", -1)) {
            String[] words = entry.strip().split("\\s+", -1);
            Optional<OnFailure> mode = Arrays.stream(OnFailure.values())
                    .filter(it -> it.word().equals(words[words.length - 1]))
                    .findFirst();
            if (mode.isEmpty() || words.length > 2) {
                problems.add(ON_FAILURE.name() + ": '" + entry.strip()
                        + "': expected local, deny or allow, or a limit's name and one of them, such as day deny");
            } else if (words.length == 2) {
                if (named.contains(words[0])) {
                    problems.add(ON_FAILURE.name() + ": limit '" + words[0] + "' is named twice");
                } else {
                    named.add(words[0]);
                    builder.onFailure(words[0], mode.get());
                }
            } else if (general) {
                problems.add(ON_FAILURE.name() + ": '" + entry.strip() + "': there is one for all limits already");
            } else {
                general = true;
                builder.onFailure(mode.get());
            }
        }
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("'" + text + "': expected a whole number, 1 or more");
        }
    }
}
