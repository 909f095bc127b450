package dev.keystile.redis;

import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.Partitions;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.output.IntegerListOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
import org.jspecify.annotations.Nullable;

/**
 * The connection to Redis, one for all threads, and the script that is run over it.
 *
 * <p>Commands are sent by the thread that also reads the answers, never by the one that asks. So nothing that the client's library
 * keeps for a thread stays, and its classes with it, with threads that outlive the application; and it is faster.
 *
 * <p>Where there was none yet, it is tried again every second, whether anybody asks or not. A connection that hangs is left for a
 * new one by {@link #renew}.
 */
final class RedisLink implements AutoCloseable {

    private static final long RENEWAL_INTERVAL_NANOS = 2_000_000_000;
    private static final long RETRY_INTERVAL_MILLIS = 1_000;

    private final Script script;
    private final LettuceClient client;
    private final AtomicBoolean connecting = new AtomicBoolean();
    private final AtomicLong nextRenewalNanos = new AtomicLong(System.nanoTime());
    private volatile LettuceClient.@Nullable Connection connection;
    private volatile boolean closed;
    private volatile @Nullable RedisFailure firstFailure;
    /** Why the last try to connect failed; empty if there was none that did. */
    private volatile String unreachable = "";

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

    private RedisLink(LettuceClient client, Script script) {
        this.script = script;
        this.client = client;
    }

    /**
     * A link, whether Redis is there or not.
     *
     * @param uris the Redis, or nodes of the cluster
     */
    static RedisLink open(List<RedisURI> uris, boolean cluster, Script script) {
        return LettuceClient.aside(() -> {
            RedisLink link = new RedisLink(new LettuceClient(uris, cluster), script);
            try {
                link.connect().get(2 * LettuceClient.CONNECT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException late) {
                link.firstFailure = RedisFailure.late(LettuceClient.CONNECT_TIMEOUT.multipliedBy(2));
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
            return client.connect()
                    .handle((made, failure) -> {
                        connecting.set(false);
                        if (failure != null) {
                            failedToConnect(failure);
                            throw new CompletionException(RedisFailure.causeOf(failure));
                        }
                        replaceBy(made);
                        return (Void) null;
                    })
                    .toCompletableFuture();
        } catch (RuntimeException | Error failure) {
            connecting.set(false);
            failedToConnect(failure);
            return CompletableFuture.failedFuture(failure);
        }
    }

    /** A connection that there was is made again by its client; one that there never was, by nobody else. */
    @SuppressWarnings("FutureReturnValueIgnored") // It ends with the loop.
    private void failedToConnect(Throwable failure) {
        unreachable = ": " + RedisFailure.of(failure).getMessage();
        if (connection == null && !closed) {
            try {
                client.loop().schedule(this::beginToConnect, RETRY_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException ended) {
                // Closed meanwhile.
            }
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Whether it succeeds is seen by the next request.
    private void beginToConnect() {
        connect();
    }

    private void replaceBy(LettuceClient.Connection made) {
        LettuceClient.Connection before = connection;
        connection = made;
        if (before != null) {
            letGo(before);
        }
        if (closed) {
            letGo(made);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Nobody waits for it.
    private static void letGo(LettuceClient.Connection old) {
        old.whole().closeAsync();
    }

    /**
     * Makes a new connection beside the one that hangs, now and then, however often it is called. To a cluster it does not: its
     * client knows the nodes, and others of them may well answer.
     */
    void renew() {
        LettuceClient.Connection current = connection;
        if (closed || current == null || current.nodes() != null) {
            return;
        }
        long due = nextRenewalNanos.get();
        long now = System.nanoTime();
        if (now - due >= 0 && nextRenewalNanos.compareAndSet(due, now + RENEWAL_INTERVAL_NANOS)) {
            try {
                client.loop().execute(this::beginToConnect);
            } catch (RejectedExecutionException ended) {
                // Closed meanwhile.
            }
        }
    }

    /** Which node of a cluster counts under a key; the same text for all keys where there is no cluster. */
    String nodeOf(byte[] key) {
        LettuceClient.Connection current = connection;
        if (current == null || current.nodes() == null) {
            return "";
        }
        return idOf(current.nodes().get().getPartitionBySlot(SlotHash.getSlot(key)));
    }

    /** All that {@link #nodeOf} tells now. */
    Set<String> nodes() {
        LettuceClient.Connection current = connection;
        return current == null || current.nodes() == null
                ? Set.of("")
                : nodesOf(current.nodes().get());
    }

    /** Those that hold slots, and "" if there are slots that none does. */
    static Set<String> nodesOf(Partitions cluster) {
        Set<String> ids = new HashSet<>();
        for (int slot = 0; slot < SlotHash.SLOT_COUNT; slot++) {
            ids.add(idOf(cluster.getPartitionBySlot(slot)));
        }
        return ids;
    }

    private static String idOf(@Nullable RedisClusterNode node) {
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
            client.loop().execute(() -> send(call, answer));
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
        LettuceClient.Connection current = connection;
        if (answer.isDone()) {
            return;
        }
        if (current == null) {
            answer.completeExceptionally(new RedisConnectionException("there is no connection to Redis" + unreachable));
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
            LettuceClient.Connection connection, CommandType command, String script, Call call) {
        CommandArgs<byte[], byte[]> arguments =
                new CommandArgs<>(LettuceClient.CODEC).add(script).add(call.keys.length);
        for (byte[] key : call.keys) {
            arguments.addKey(key);
        }
        for (long number : call.numbers) {
            arguments.add(number);
        }
        try {
            return connection.commands().dispatch(command, new IntegerListOutput<>(LettuceClient.CODEC), arguments);
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
        client.close();
    }
}
