package dev.keystile.redis;

import dev.keystile.config.Setting;
import io.lettuce.core.RedisURI;
import java.util.List;
import java.util.Map;

/**
 * The settings that say where Redis is, and what is this application's in it.
 *
 * @param url      empty where it is not set
 * @param cluster  whether it names nodes of a cluster
 * @param user     empty for the default one
 * @param password empty for none
 */
record RedisSettings(String url, boolean cluster, String user, String password) {

    static final Setting URL = Setting.secret(
            "redis.url",
            "`redis://<host>[:<port>][/<database>]`, `rediss://…` for TLS,"
                    + " `redis-sentinel://<host>,<host>/<database>#<master>`; of a cluster some nodes,"
                    + " `redis://<host>:<port>,<host>:<port>`",
            "Where Redis is. A user or a password in it stops the start, for URLs are repeated in logs: they stand in"
                    + " `redis.user` and `redis.password`.",
            "redis://localhost:6379");
    static final Setting USER =
            Setting.of("redis.user", "text", "`default`, that of Redis", "The user of Redis.", "keystile");
    static final Setting PASSWORD =
            Setting.secret("redis.password", "text", "The user's password.", "${KEYSTILE_REDIS_PASSWORD}");
    static final Setting CLUSTER = Setting.of(
            "redis.cluster", "`true` or `false`", "false", "Whether `redis.url` names nodes of a cluster.", "false");
    static final Setting PREFIX = Setting.of(
            "redis.key-prefix",
            "up to 64 characters without braces",
            "keystile:",
            "What all keys and channels in Redis begin with. Applications with limits or keys of their own need one each.",
            "billing:");

    private static final int LONGEST_PREFIX = 64;

    /** Reads them; what is wrong with them is added to the problems. */
    static RedisSettings read(Map<String, String> values, List<String> problems) {
        String url = values.getOrDefault(URL.name(), "");
        String user = values.getOrDefault(USER.name(), "");
        String password = values.getOrDefault(PASSWORD.name(), "");
        if (!user.isEmpty() && password.isEmpty()) {
            problems.add(USER.name() + " is set, and " + PASSWORD.name() + " is not: expected both, or neither");
        }
        String cluster = values.getOrDefault(CLUSTER.name(), CLUSTER.defaultValue());
        if (!cluster.equals("true") && !cluster.equals("false")) {
            problems.add(CLUSTER.name() + " is '" + cluster + "': expected true or false");
        }
        RedisSettings read = new RedisSettings(url, cluster.equals("true"), user, password);
        if (url.isEmpty()) {
            problems.add(URL.name() + " is missing: expected where Redis is, such as " + URL.example());
        } else {
            attempt(problems, "", read::uris);
        }
        attempt(problems, PREFIX.name() + ": ", () -> requirePrefix(prefix(values)));
        return read;
    }

    /** The prefix that is set, or else that of all. */
    static String prefix(Map<String, String> values) {
        return values.getOrDefault(PREFIX.name(), PREFIX.defaultValue());
    }

    /**
     * The Redis, or nodes of the cluster.
     *
     * @throws IllegalArgumentException if the URL cannot be read
     */
    List<RedisURI> uris() {
        return RedisUrl.of(url, cluster, user, password);
    }

    /** @throws IllegalArgumentException if keys cannot begin with it */
    static String requirePrefix(String prefix) {
        if (prefix.length() > LONGEST_PREFIX || prefix.contains("{") || prefix.contains("}")) {
            throw new IllegalArgumentException(
                    "key prefix '" + prefix + "': expected up to " + LONGEST_PREFIX + " characters without { and }");
        }
        return prefix;
    }

    /** Runs a step; a mistake that it finds is added to the problems, behind a name. */
    static void attempt(List<String> problems, String name, Runnable step) {
        try {
            step.run();
        } catch (IllegalArgumentException mistake) {
            problems.add(name + mistake.getMessage());
        }
    }

    /** Leaves out the password. */
    @Override
    public String toString() {
        return "RedisSettings[cluster=" + cluster + ", user=" + user + "]";
    }
}
