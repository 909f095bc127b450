package dev.keystile.redis;

import dev.keystile.config.ChangeHintsProvider;
import dev.keystile.config.Setting;
import dev.keystile.key.ChangeHints;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * Opens the hints of {@code hints.type = redis}: {@link RedisChangeHints}, in the Redis that the limiter of {@code limiter.type =
 * redis} uses too.
 *
 * <p>Safe for use by many threads.
 */
public final class RedisChangeHintsProvider implements ChangeHintsProvider {

    /** For {@link ServiceLoader}. */
    public RedisChangeHintsProvider() {}

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
                RedisSettings.PREFIX);
    }

    @Override
    public List<String> problems(Map<String, String> values) {
        List<String> problems = new ArrayList<>();
        RedisSettings.read(values, problems);
        return problems;
    }

    @Override
    public ChangeHints open(Map<String, String> values) {
        List<String> problems = new ArrayList<>();
        RedisSettings redis = RedisSettings.read(values, problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return RedisChangeHints.builder(redis).open();
    }
}
