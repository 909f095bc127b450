package dev.keystile.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.StaticCredentialsProvider;
import io.lettuce.core.cluster.RedisClusterURIUtil;
import java.net.URI;
import java.util.List;
import java.util.Set;

/** Where Redis is, as settings say it. What is thrown over it repeats nothing of it, for it might hold a password. */
final class RedisUrl {

    private static final String SENTINEL = "redis-sentinel";
    private static final Set<String> OF_ONE = Set.of("redis", "rediss", SENTINEL, "rediss-sentinel");
    private static final Set<String> OF_CLUSTER = Set.of("redis", "rediss");

    private RedisUrl() {}

    /**
     * The Redis, or nodes of a cluster.
     *
     * @throws IllegalArgumentException if there is a problem; the message names {@code redis.url}
     */
    static List<RedisURI> of(String url, boolean cluster, String user, String password) {
        Set<String> schemes = cluster ? OF_CLUSTER : OF_ONE;
        int end = url.indexOf("://");
        if (end < 0 || !schemes.contains(url.substring(0, end))) {
            throw new IllegalArgumentException("redis.url is no URL of "
                    + (cluster
                            ? "the nodes of a cluster: expected one that begins with redis:// or rediss://"
                            : "Redis: expected one that begins with redis://, rediss://, redis-sentinel://"
                                    + " or rediss-sentinel://")
                    + ", such as redis://localhost:6379");
        }
        if (url.indexOf('@') >= 0) {
            throw new IllegalArgumentException(
                    "redis.url holds a user or a password: expected them in redis.user and redis.password, for URLs are"
                            + " repeated in logs");
        }
        List<RedisURI> uris = read(url, cluster);
        if (!password.isEmpty()) {
            uris.forEach(uri -> authenticate(uri, user, password));
        }
        return uris;
    }

    private static List<RedisURI> read(String url, boolean cluster) {
        try {
            return cluster ? RedisClusterURIUtil.toRedisURIs(URI.create(url)) : List.of(RedisURI.create(url));
        } catch (IllegalArgumentException unreadable) {
            throw new IllegalArgumentException(
                    "redis.url cannot be read: expected redis://<host>[:<port>][/<database>],"
                            + " redis-sentinel://<host>,<host>/<database>#<master>, or nodes of a cluster, separated by commas");
        }
    }

    private static void authenticate(RedisURI uri, String user, String password) {
        uri.setCredentialsProvider(new StaticCredentialsProvider(user.isEmpty() ? null : user, password.toCharArray()));
    }
}
