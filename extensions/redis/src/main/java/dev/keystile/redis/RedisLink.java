package dev.keystile.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.async.BaseRedisAsyncCommands;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.Partitions;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.output.IntegerListOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultEventLoopGroupProvider;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.lettuce.core.resource.Transports;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The connection to Redis, one for all threads, and the script that is run over it.
 *
 * <p>Commands are sent by the thread that also reads the answers, never by the one that asks. So nothing that the client's library
 * keeps for a thread stays, and its classes with it, with threads that outlive the application; and it is faster.
 *
 * <p>Commands that were under way when a connection broke are not sent again, for some of them may have been counted. A
 * connection that broke is made again by the client; one that hangs is left for a new one by {@link #renew}.
 */
final class RedisLink implements AutoCloseable {

    /** Far more than threads that wait; what is beyond is refused at once. */
    private static final int QUEUE = 4096;

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration RECONNECT_DELAY = Duration.ofMillis(250);
    private static final long RENEWAL_INTERVAL_NANOS = 2_000_000_000;
    private static final ByteArrayCodec CODEC = ByteArrayCodec.INSTANCE;

    private final Script script;
    private final EventLoopGroupProvider loops;
    private final EventLoopGroup loop;
    private final ClientResources resources;
    private final AbstractRedisClient client;
    private final Supplier<CompletionStage<Connection>> connector;
    private final AtomicBoolean connecting = new AtomicBoolean();
    private final AtomicLong nextRenewalNanos = new AtomicLong(System.nanoTime());
    private volatile @Nullable Connection connection;
    private volatile boolean closed;
    private volatile @Nullable RedisFailure firstFailure;

    /**
     * One connection to a Redis, or those to the nodes of a cluster.
     *
     * @param nodes tells which node holds a slot; null where there is one for all
     */
    private record Connection(
            StatefulConnection<byte[], byte[]> whole,
            BaseRedisAsyncCommands<byte[], byte[]> commands,
            @Nullable Supplier<Partitions> nodes) {}

    /** What the script is given: a key for each count, and numbers. */
    static final class Call {

        private final byte[][] keys;
        private final long[] numbers;

        /** Of arrays that nobody changes any more. */
        Call(byte[][] keys, long[] numbers) {
            this.keys = keys;
            this.numbers = numbers;
        }

        byte[] firstKey() {
            return keys[0];
        }
    }

    private RedisLink(List<RedisURI> uris, boolean cluster, Script script) {
        this.script = script;
        this.loops = new DefaultEventLoopGroupProvider(1);
        this.loop = loops.allocate(Transports.eventLoopGroupClass());
        this.resources = ClientResources.builder()
                .eventLoopGroupProvider(loops)
                .computationThreadPoolSize(2)
                .reconnectDelay(Delay.constant(RECONNECT_DELAY))
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .build();
        uris.forEach(uri -> uri.setTimeout(CONNECT_TIMEOUT));
        if (cluster) {
            RedisClusterClient ofCluster = RedisClusterClient.create(resources, uris);
            ofCluster.setOptions(clusterOptions());
            this.client = ofCluster;
            this.connector = () -> ofCluster
                    .refreshPartitionsAsync()
                    .thenCompose(known -> ofCluster.connectAsync(CODEC))
                    .thenCompose(RedisLink::connectedToMasters);
        } else {
            RedisURI uri = uris.get(0);
            RedisClient ofOne = RedisClient.create(resources);
            ofOne.setOptions(options(ClientOptions.builder()).build());
            this.client = ofOne;
            this.connector = () -> ofOne.connectAsync(CODEC, uri).thenApply(it -> new Connection(it, it.async(), null));
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

    /**
     * A link, whether Redis is there or not.
     *
     * @param uris the Redis, or nodes of the cluster
     */
    static RedisLink open(List<RedisURI> uris, boolean cluster, Script script) {
        return aside(() -> {
            RedisLink link = new RedisLink(uris, cluster, script);
            try {
                link.connect().get(2 * CONNECT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException late) {
                link.firstFailure = RedisFailure.late(CONNECT_TIMEOUT.multipliedBy(2));
            } catch (ExecutionException failure) {
                link.firstFailure = RedisFailure.of(failure);
            } catch (InterruptedException interrupted) {
                link.firstFailure = RedisFailure.of(interrupted);
            }
            return link;
        });
    }

    /** Why Redis was not there when this was opened; null if it was. */
    @Nullable RedisFailure firstFailure() {
        return firstFailure;
    }

    /** Begins to connect, unless that is under way; what was connected before is closed when it succeeds. */
    private CompletableFuture<Void> connect() {
        if (closed || !connecting.compareAndSet(false, true)) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            return connector
                    .get()
                    .handle((made, failure) -> {
                        connecting.set(false);
                        if (failure != null) {
                            throw new CompletionException(RedisFailure.causeOf(failure));
                        }
                        replaceBy(made);
                        return (Void) null;
                    })
                    .toCompletableFuture();
        } catch (RuntimeException failure) {
            connecting.set(false);
            return CompletableFuture.failedFuture(failure);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Whether it succeeds is seen by the next request.
    private void beginToConnect() {
        connect();
    }

    private void replaceBy(Connection made) {
        Connection before = connection;
        connection = made;
        if (before != null) {
            letGo(before);
        }
        if (closed) {
            letGo(made);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Nobody waits for it.
    private static void letGo(Connection old) {
        old.whole().closeAsync();
    }

    /**
     * Makes a new connection beside the one that hangs, or where there never was one; now and then, however often it is called.
     * To a cluster that is connected it does not: its client knows the nodes, and others of them may well answer.
     */
    void renew() {
        Connection current = connection;
        if (closed || (current != null && current.nodes() != null)) {
            return;
        }
        long due = nextRenewalNanos.get();
        long now = System.nanoTime();
        if (now - due >= 0 && nextRenewalNanos.compareAndSet(due, now + RENEWAL_INTERVAL_NANOS)) {
            try {
                loop.execute(this::beginToConnect);
            } catch (RejectedExecutionException ended) {
                // Closed meanwhile.
            }
        }
    }

    /** Which node of a cluster counts under a key; the same text for all keys where there is no cluster. */
    String nodeOf(byte[] key) {
        Connection current = connection;
        if (current == null || current.nodes() == null) {
            return "";
        }
        RedisClusterNode node = current.nodes().get().getPartitionBySlot(SlotHash.getSlot(key));
        return node == null ? "" : node.getNodeId();
    }

    /**
     * Runs the script.
     *
     * @return what it said
     * @throws RedisFailure if that could not be told in time
     */
    List<Long> run(Call call, Duration timeout) throws RedisFailure {
        CompletableFuture<List<Long>> answer = new CompletableFuture<>();
        try {
            loop.execute(() -> send(call, answer));
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            answer.cancel(false);
            throw RedisFailure.late(timeout);
        } catch (ExecutionException failure) {
            throw RedisFailure.of(failure);
        } catch (RejectedExecutionException ended) {
            throw RedisFailure.of(ended);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw RedisFailure.of(interrupted);
        }
    }

    private void send(Call call, CompletableFuture<List<Long>> answer) {
        Connection current = connection;
        if (answer.isDone()) {
            return;
        }
        if (current == null) {
            answer.completeExceptionally(new RedisConnectionException("there is no connection to Redis"));
            return;
        }
        evaluate(current, CommandType.EVALSHA, script.digest(), call).whenComplete((numbers, failure) -> {
            if (RedisFailure.causeOf(failure) instanceof RedisNoScriptException && !answer.isDone()) {
                // Nothing was counted: Redis has been restarted, or told to forget. It keeps what it is sent now.
                evaluate(current, CommandType.EVAL, script.text(), call).whenComplete((n, f) -> complete(answer, n, f));
            } else {
                complete(answer, numbers, failure);
            }
        });
    }

    private static CompletionStage<List<Long>> evaluate(
            Connection connection, CommandType command, String script, Call call) {
        CommandArgs<byte[], byte[]> arguments =
                new CommandArgs<>(CODEC).add(script).add(call.keys.length);
        for (byte[] key : call.keys) {
            arguments.addKey(key);
        }
        for (long number : call.numbers) {
            arguments.add(number);
        }
        try {
            return connection.commands().dispatch(command, new IntegerListOutput<>(CODEC), arguments);
        } catch (RuntimeException refused) {
            return CompletableFuture.failedStage(refused);
        }
    }

    private static void complete(
            CompletableFuture<List<Long>> answer, @Nullable List<Long> numbers, @Nullable Throwable failure) {
        if (RedisFailure.causeOf(failure) instanceof CancellationException given) {
            // As it is, whoever waits would be thrown that, and not that what it waits for has failed.
            answer.completeExceptionally(new RedisConnectionException("the connection to Redis was given up", given));
        } else if (failure != null) {
            answer.completeExceptionally(failure);
        } else if (numbers == null) {
            answer.completeExceptionally(new RedisConnectionException("the connection to Redis broke"));
        } else {
            answer.complete(numbers);
        }
    }

    /** Ends connections and threads; whoever still waits is told at once. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        aside(() -> {
            client.shutdown(Duration.ZERO, SHUTDOWN_TIMEOUT);
            resources
                    .shutdown(0, SHUTDOWN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .awaitUninterruptibly();
            loops.shutdown(0, SHUTDOWN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .awaitUninterruptibly();
            return this;
        });
    }

    /** Runs something on a thread of its own, and waits for it. */
    private static <T> T aside(Supplier<T> task) {
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
