package dev.keystile.bucket4j;

import dev.keystile.key.TimeSource;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.distributed.proxy.AbstractProxyManager;
import io.github.bucket4j.distributed.proxy.ClientSideConfig;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.remote.AbstractBinaryTransaction;
import io.github.bucket4j.distributed.remote.CommandResult;
import io.github.bucket4j.distributed.remote.RemoteBucketState;
import io.github.bucket4j.distributed.remote.Request;
import io.github.bucket4j.distributed.serialization.InternalSerializationHelper;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A store that runs bucket4j's commands itself, as data grids do: each reaches it as bytes, and so does its answer. It is in
 * this process, so that a test can say what happens between two commands.
 */
final class Grid {

    private final Map<String, byte[]> states = new ConcurrentHashMap<>();

    /** A way to it, with a clock of bucket4j's kind. */
    ProxyManager<String> node(TimeSource time) {
        return node(time, () -> {});
    }

    /**
     * A way to it.
     *
     * @param beforeEach what happens before each command
     */
    ProxyManager<String> node(TimeSource time, Runnable beforeEach) {
        return new Node(ClientSideConfig.getDefault().withClientClock(clock(time)), beforeEach);
    }

    /** A clock as bucket4j wants it. */
    static TimeMeter clock(TimeSource time) {
        return new TimeMeter() {
            @Override
            public long currentTimeNanos() {
                return time.nanoTime();
            }

            @Override
            public boolean isWallClockBased() {
                return true;
            }
        };
    }

    /** How many buckets it holds. */
    int size() {
        return states.size();
    }

    private final class Node extends AbstractProxyManager<String> {

        private final Runnable beforeEach;

        Node(ClientSideConfig config, Runnable beforeEach) {
            super(config);
            this.beforeEach = beforeEach;
        }

        @Override
        protected <T> CommandResult<T> execute(String key, Request<T> request) {
            beforeEach.run();
            Request<T> now = new Request<>(
                    request.getCommand(),
                    request.getBackwardCompatibilityVersion(),
                    getClientSideTime(),
                    request.getExpirationStrategy());
            byte[][] answer = new byte[1][];
            states.compute(key, (it, state) -> {
                Transaction transaction = new Transaction(InternalSerializationHelper.serializeRequest(now), state);
                answer[0] = transaction.execute();
                return transaction.state;
            });
            return InternalSerializationHelper.deserializeResult(answer[0], request.getBackwardCompatibilityVersion());
        }

        @Override
        protected <T> CompletableFuture<CommandResult<T>> executeAsync(String key, Request<T> request) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected CompletableFuture<Void> removeAsync(String key) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isAsyncModeSupported() {
            return false;
        }

        @Override
        public void removeProxy(String key) {
            states.remove(key);
        }
    }

    private static final class Transaction extends AbstractBinaryTransaction {

        private byte[] state;

        Transaction(byte[] request, byte[] state) {
            super(request);
            this.state = state;
        }

        @Override
        public boolean exists() {
            return state != null;
        }

        @Override
        protected byte[] getRawState() {
            return state;
        }

        @Override
        protected void setRawState(byte[] newState, RemoteBucketState decoded) {
            state = newState;
        }
    }
}
