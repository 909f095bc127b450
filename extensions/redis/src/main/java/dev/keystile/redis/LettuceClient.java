package dev.keystile.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.async.BaseRedisAsyncCommands;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.Partitions;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.event.connection.ReconnectFailedEvent;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultEventLoopGroupProvider;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.lettuce.core.resource.Transports;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;

/**
 * What makes connections to Redis, with threads of its own, and one of them for all that is sent and read.
 *
 * <p>Commands that were under way when a connection broke are not sent again, for some of them may have been carried out. A
 * connection that broke is made again by itself; meanwhile what is sent over it fails at once.
 */
final class LettuceClient implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LettuceClient.class);

    static final ByteArrayCodec CODEC = ByteArrayCodec.INSTANCE;
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

    /** Far more than threads that wait; what is beyond is refused at once. */
    private static final int QUEUE = 4096;

    private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration RECONNECT_DELAY = Duration.ofMillis(250);

    private final EventLoopGroupProvider loops;
    private final EventLoopGroup loop;
    private final ClientResources resources;
    private final Disposable failures;
    private final AbstractRedisClient client;
    private final Supplier<CompletionStage<Connection>> connector;
    private final Supplier<CompletionStage<? extends StatefulRedisPubSubConnection<byte[], byte[]>>> subscriber;

    /**
     * One connection to a Redis, or those to the nodes of a cluster.
     *
     * @param nodes tells which node holds a slot; null where there is one for all
     */
    record Connection(
            StatefulConnection<byte[], byte[]> whole,
            BaseRedisAsyncCommands<byte[], byte[]> commands,
            @Nullable Supplier<Partitions> nodes) {}

    /** @param uris the Redis, or nodes of the cluster */
    LettuceClient(List<RedisURI> uris, boolean cluster) {
        this.loops = new DefaultEventLoopGroupProvider(1);
        this.loop = loops.allocate(Transports.eventLoopGroupClass());
        this.resources = ClientResources.builder()
                .eventLoopGroupProvider(loops)
                .computationThreadPoolSize(2)
                .reconnectDelay(Delay.constant(RECONNECT_DELAY))
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .build();
        this.failures =
                resources.eventBus().get().ofType(ReconnectFailedEvent.class).subscribe(LettuceClient::tellUntrusted);
        // Also for each sentinel: the next is asked once one is given up, and by itself that takes a minute.
        uris.stream()
                .flatMap(uri -> Stream.concat(Stream.of(uri), uri.getSentinels().stream()))
                .forEach(uri -> uri.setTimeout(CONNECT_TIMEOUT));
        if (cluster) {
            RedisClusterClient ofCluster = RedisClusterClient.create(resources, uris);
            ofCluster.setOptions(clusterOptions());
            this.client = ofCluster;
            this.connector = () -> ofCluster
                    .refreshPartitionsAsync()
                    .thenCompose(known -> ofCluster.connectAsync(CODEC))
                    .thenCompose(LettuceClient::connectedToMasters);
            this.subscriber =
                    () -> ofCluster.refreshPartitionsAsync().thenCompose(known -> ofCluster.connectPubSubAsync(CODEC));
        } else {
            RedisURI uri = uris.get(0);
            RedisClient ofOne = RedisClient.create(resources);
            ofOne.setOptions(options(ClientOptions.builder()).build());
            this.client = ofOne;
            this.connector = () -> ofOne.connectAsync(CODEC, uri).thenApply(it -> new Connection(it, it.async(), null));
            this.subscriber = () -> ofOne.connectPubSubAsync(CODEC, uri);
        }
    }

    /**
     * Where a connection that was made breaks, what is sent over it is told no more than that there is none. Most reasons are plain,
     * and a certificate is not.
     */
    private static void tellUntrusted(ReconnectFailedEvent event) {
        for (Throwable cause = event.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException && event.getAttempt() == 1) {
                LOG.warn(
                        "a connection to Redis at {} broke and cannot be made again: {}",
                        event.remoteAddress(),
                        RedisFailure.of(event.getCause()).getMessage());
                return;
            }
        }
    }

    /** A node that is connected to when it is first written to rejects that command. One that is not there is connected to later. */
    private static CompletionStage<Connection> connectedToMasters(
            StatefulRedisClusterConnection<byte[], byte[]> cluster) {
        CompletableFuture<?>[] masters = cluster.getPartitions().stream()
                .filter(node -> node.is(RedisClusterNode.NodeFlag.UPSTREAM))
                .map(node -> cluster.getConnectionAsync(
                                node.getUri().getHost(), node.getUri().getPort())
                        .handle((connection, failure) -> connection))
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(masters)
                .thenApply(all -> new Connection(cluster, cluster.async(), cluster::getPartitions));
    }

    private static ClientOptions.Builder options(ClientOptions.Builder builder) {
        return builder.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(QUEUE)
                .replayFilter(any -> true)
                .protocolVersion(ProtocolVersion.RESP2)
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(CONNECT_TIMEOUT)
                        .keepAlive(true)
                        .build());
    }

    private static ClusterClientOptions clusterOptions() {
        ClusterClientOptions.Builder builder = ClusterClientOptions.builder();
        options(builder);
        return builder.topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1))
                        .enablePeriodicRefresh(Duration.ofSeconds(5))
                        .build())
                .build();
    }

    /** The thread that sends and reads. */
    EventLoopGroup loop() {
        return loop;
    }

    /** Makes a connection for commands. */
    CompletionStage<Connection> connect() {
        return connector.get();
    }

    /** Makes a connection for subscriptions. */
    CompletionStage<? extends StatefulRedisPubSubConnection<byte[], byte[]>> connectForSubscriptions() {
        return subscriber.get();
    }

    /** Ends connections and threads; whoever still waits is told at once. */
    @Override
    public void close() {
        aside(() -> {
            failures.dispose();
            client.shutdown(Duration.ZERO, SHUTDOWN_TIMEOUT);
            resources
                    .shutdown(0, SHUTDOWN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .awaitUninterruptibly();
            loops.shutdown(0, SHUTDOWN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .awaitUninterruptibly();
            return this;
        });
    }

    /**
     * Runs something on a thread of its own, and waits for it: nothing that the library keeps for a thread stays with one that
     * outlives the application.
     */
    static <T> T aside(Supplier<T> task) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        done.complete(task.get());
                    } catch (RuntimeException | Error failure) {
                        done.completeExceptionally(failure);
                    }
                },
                "keystile-redis");
        thread.setDaemon(true);
        thread.start();
        return done.join();
    }
}
