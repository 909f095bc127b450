package dev.keystile.bucket4j;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keystile.key.TimeSource;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import redis.embedded.RedisServer;

/** A real Redis, with nothing in it, on a port of its own. */
final class RedisStore implements AutoCloseable {

    /** How long a command waits for Redis on a machine that has much else to do. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final int port;
    private final List<RedisClient> clients = new ArrayList<>();
    private RedisServer server;

    RedisStore() {
        this(freePort());
    }

    private RedisStore(int port) {
        this.port = port;
        this.server = start(port);
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static RedisServer start(int port) {
        try {
            RedisServer server = RedisServer.newRedisServer()
                    .port(port)
                    .bind("127.0.0.1")
                    .setting("save \"\"")
                    .setting("maxmemory-policy noeviction")
                    .build();
            server.start();
            return server;
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** What a node has: a client of its own, and bucket4j over it with its own clock. */
    ProxyManager<String> node() {
        return node(TimeMeter.SYSTEM_MILLISECONDS, PATIENCE);
    }

    /** What a node has, with another clock. */
    ProxyManager<String> node(TimeSource time) {
        return node(Grid.clock(time), PATIENCE);
    }

    /** What a node has, with a command waiting for Redis no longer than this. */
    ProxyManager<String> node(Duration requestTimeout) {
        return node(TimeMeter.SYSTEM_MILLISECONDS, requestTimeout);
    }

    private ProxyManager<String> node(TimeMeter clock, Duration requestTimeout) {
        RedisClient client = client();
        client.setOptions(ClientOptions.builder()
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .build());
        return Bucket4jLettuce.casBasedBuilder(client)
                .clientClock(clock)
                .requestTimeout(requestTimeout)
                .expirationAfterWrite(
                        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(10)))
                .build()
                .withMapper(text -> text.getBytes(UTF_8));
    }

    /** Redis itself, to look into. */
    RedisCommands<String, String> commands() {
        return client().connect().sync();
    }

    private RedisClient client() {
        RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", port));
        clients.add(client);
        return client;
    }

    /** Ends the server; what it held is lost. */
    void kill() {
        try {
            server.stop();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Starts it again, on the same port. */
    void restart() {
        server = start(port);
    }

    /** Forgets all counts, and lets go of all nodes. */
    void clear() {
        closeClients();
        commands().flushall();
        closeClients();
    }

    private void closeClients() {
        clients.forEach(client -> client.shutdown(Duration.ZERO, Duration.ofSeconds(2)));
        clients.clear();
    }

    @Override
    public void close() {
        closeClients();
        kill();
    }
}
