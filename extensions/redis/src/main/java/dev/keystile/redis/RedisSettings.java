package dev.keystile.redis;

import dev.keystile.config.Setting;
import io.lettuce.core.RedisURI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where Redis is, and what is this application's in it, as settings or code say it.
 *
 * <p>Not for use by several threads at the same time.
 */
final class RedisSettings {

    static final Setting URL = Setting.secret(
            "redis.url",
            "`redis://<host>[:<port>][/<database>]`, `rediss://…` for TLS,"
                    + " `redis-sentinel://<host>,<host>/<database>#<master>`, `rediss-sentinel://…` for TLS; of a cluster some nodes,"
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

    private final String url;
    private final Set<String> set = new HashSet<>();
    private String user = "";
    private String password = "";
    private boolean cluster;
    private String prefix = PREFIX.defaultValue();

    /** @param url empty where it is not set */
    RedisSettings(String url) {
        this.url = url;
    }

    /** Reads them; what is wrong with them is added to the problems. */
    static RedisSettings read(Map<String, String> values, List<String> problems) {
        RedisSettings read = new RedisSettings(values.getOrDefault(URL.name(), ""));
        read.user(values.getOrDefault(USER.name(), ""));
        read.password(values.getOrDefault(PASSWORD.name(), ""));
        attempt(problems, "", read::requirePasswordOfUser);
        String cluster = values.getOrDefault(CLUSTER.name(), CLUSTER.defaultValue());
        if (cluster.equals("true")) {
            read.cluster();
        } else if (!cluster.equals("false")) {
            problems.add(CLUSTER.name() + " is '" + cluster + "': expected true or false");
        }
        if (read.url.isEmpty()) {
            problems.add(URL.name() + " is missing: expected where Redis is, such as " + URL.example());
        } else {
            attempt(problems, "", read::readUrl);
        }
        attempt(
                problems,
                PREFIX.name() + ": ",
                () -> read.keyPrefix(values.getOrDefault(PREFIX.name(), PREFIX.defaultValue())));
        return read;
    }

    /**
     * Notes that an option of a builder is set.
     *
     * @throws IllegalArgumentException if it was before
     */
    void once(String option) {
        if (!set.add(option)) {
            throw new IllegalArgumentException(option + " is set twice");
        }
    }

    void user(String name) {
        once("user");
        this.user = name;
    }

    void password(String secret) {
        once("password");
        this.password = secret;
    }

    void cluster() {
        once("cluster");
        this.cluster = true;
    }

    void keyPrefix(String beginning) {
        once("keyPrefix");
        this.prefix = requirePrefix(beginning);
    }

    /** Whether the URL names nodes of a cluster. */
    boolean isCluster() {
        return cluster;
    }

    /** What all names in Redis begin with. */
    String prefix() {
        return prefix;
    }

    /**
     * The Redis, or nodes of the cluster.
     *
     * @throws IllegalArgumentException if the URL cannot be read, or there is a user without a password
     */
    List<RedisURI> uris() {
        requirePasswordOfUser();
        return readUrl();
    }

    private List<RedisURI> readUrl() {
        return RedisUrl.of(url, cluster, user, password);
    }

    /** Redis would be asked as its default user. */
    private void requirePasswordOfUser() {
        if (!user.isEmpty() && password.isEmpty()) {
            throw new IllegalArgumentException(
                    USER.name() + " is set, and " + PASSWORD.name() + " is not: expected both, or neither");
        }
    }

    /** @throws IllegalArgumentException if keys cannot begin with it */
    private static String requirePrefix(String prefix) {
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
