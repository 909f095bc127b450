package dev.keystile.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keystile.key.ChangeHints;
import dev.keystile.key.HintListeners;
import dev.keystile.key.KeyStore;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hints by publishing and subscribing on one channel of Redis, for stores whose database gives none.
 *
 * <p>A Redis that is away delays and fails nothing: nodes see changes with the next reading of the change log then. It is tried again
 * every second. What is published says that something changed, and not what.
 *
 * <p>Safe for use by many threads. Keeps one thread and two connections.
 */
public final class RedisChangeHints implements ChangeHints {

    private static final long CHECK_INTERVAL_MILLIS = 1_000;
    /** So many rounds long a connection may owe an answer, or give none but failures. */
    private static final int LONGEST_SILENCE = 2;

    private static final byte[] MESSAGE = "changed".getBytes(UTF_8);
    private static final Logger LOG = LoggerFactory.getLogger(RedisChangeHints.class);

    private final HintListeners listeners = new HintListeners();
    private final AtomicBoolean telling = new AtomicBoolean();
    private final LettuceClient client;
    private final byte[] channel;
    private final Line<LettuceClient.Connection> publishing;
    private final Line<StatefulRedisPubSubConnection<byte[], byte[]>> subscribed;
    private volatile boolean closed;
    /** On the thread of the connections. */
    private boolean toldAway;

    private RedisChangeHints(Builder builder, LettuceClient client) {
        this.client = client;
        this.channel = (builder.redis.prefix() + "changed").getBytes(UTF_8);
        this.publishing = new Line<>(
                () -> {
                    builder.connecting.run();
                    return client.connect();
                },
                LettuceClient.Connection::whole,
                // Nodes of a cluster are watched by its client, and others of them may well answer.
                line -> line.nodes() == null ? line.commands().ping() : CompletableFuture.completedStage("not asked"));
        this.subscribed = new Line<>(
                () -> client.connectForSubscriptions().thenCompose(this::subscribe),
                line -> line,
                line -> line.async().ping());
    }

    /** A builder of hints over the Redis of a URL, without user and password. */
    public static Builder builder(String url) {
        return builder(new RedisSettings(url));
    }

    static Builder builder(RedisSettings redis) {
        return new Builder(redis);
    }

    /**
     * A connection that is made again where it could not be made, or hangs; one that broke is made again by its client. All of it
     * is done on the thread of the connections.
     */
    private final class Line<C> {

        private final Supplier<CompletionStage<? extends C>> connector;
        private final Function<C, StatefulConnection<byte[], byte[]>> whole;
        private final Function<C, CompletionStage<?>> question;
        private @Nullable C connection;
        private boolean connecting;
        private @Nullable CompletableFuture<?> answer;
        private int silent;

        Line(
                Supplier<CompletionStage<? extends C>> connector,
                Function<C, StatefulConnection<byte[], byte[]>> whole,
                Function<C, CompletionStage<?>> question) {
            this.connector = connector;
            this.whole = whole;
            this.question = question;
        }

        /** Connects where there is no connection, and asks whether the one there is answers. */
        void check() {
            C current = connection;
            CompletableFuture<?> last = answer;
            if (current == null) {
                connect();
                return;
            }
            silent = last == null || (last.isDone() && !last.isCompletedExceptionally()) ? 0 : silent + 1;
            if (silent >= LONGEST_SILENCE) {
                tellAway("it does not answer");
                connection = null;
                letGo(whole.apply(current));
                connect();
            } else if (last == null || last.isDone()) {
                answer = question.apply(current).toCompletableFuture();
            }
        }

        boolean isWorking() {
            CompletableFuture<?> last = answer;
            return connection != null && (last == null || (last.isDone() && !last.isCompletedExceptionally()));
        }

        private void connect() {
            if (connecting || closed) {
                return;
            }
            connecting = true;
            try {
                connector.get().whenComplete((made, failure) -> onLoop(() -> connected(made, failure)));
            } catch (RuntimeException | Error failure) {
                connected(null, failure);
            }
        }

        private void connected(@Nullable C made, @Nullable Throwable failure) {
            connecting = false;
            if (made == null) {
                tellAway(String.valueOf(RedisFailure.of(failure == null ? new IllegalStateException() : failure)
                        .getMessage()));
            } else if (closed) {
                letGo(whole.apply(made));
            } else {
                silent = 0;
                answer = null;
                connection = made;
            }
        }
    }

    private CompletionStage<StatefulRedisPubSubConnection<byte[], byte[]>> subscribe(
            StatefulRedisPubSubConnection<byte[], byte[]> made) {
        made.addListener(new RedisPubSubAdapter<>() {
            @Override
            public void message(byte[] told, byte[] message) {
                listeners.hint();
            }

            /** Also when the connection was made again: what was published meanwhile is lost. */
            @Override
            public void subscribed(byte[] to, long count) {
                listeners.hint();
            }
        });
        return made.async().subscribe(channel).thenApply(done -> made).whenComplete((done, failure) -> {
            if (failure != null) {
                letGo(made);
            }
        });
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Nobody waits for it.
    private static void letGo(StatefulConnection<byte[], byte[]> old) {
        old.closeAsync();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // It ends with the loop.
    private void start() {
        client.loop().scheduleWithFixedDelay(this::check, 0, CHECK_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void check() {
        try {
            if (!closed) {
                publishing.check();
                subscribed.check();
                tellBack();
            }
        } catch (Throwable failure) {
            // One round that ended so would be the last one.
            LOG.debug("the connections to Redis could not be looked after", failure);
        }
    }

    private void tellAway(String why) {
        if (!toldAway && !closed) {
            toldAway = true;
            LOG.warn("changes are not told by Redis; nodes see them with the next reading of the change log: {}", why);
        }
    }

    private void tellBack() {
        if (toldAway && publishing.isWorking() && subscribed.isWorking()) {
            toldAway = false;
            LOG.info("changes are told by Redis again");
        }
    }

    /** Runs a step on the thread of the connections; not any more once it ended. */
    private void onLoop(Runnable step) {
        try {
            client.loop().execute(step);
        } catch (RejectedExecutionException ended) {
            LOG.trace("closed meanwhile", ended);
        }
    }

    /** {@inheritDoc} One that is told before the last one was sent is the same one. */
    @Override
    public void tell() {
        if (!closed && telling.compareAndSet(false, true)) {
            onLoop(this::publish);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Whether anybody hears it is not told.
    private void publish() {
        // First: what is changed from now on is to be told again.
        telling.set(false);
        LettuceClient.Connection current = publishing.connection;
        if (current != null) {
            try {
                current.commands().publish(channel, MESSAGE);
            } catch (RuntimeException refused) {
                LOG.debug("a change could not be told", refused);
            }
        }
    }

    @Override
    public KeyStore.Listening listen(Runnable changed) {
        return listeners.add(changed);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            client.close();
        }
    }

    /**
     * Puts {@link RedisChangeHints} together. An option that is set twice is an error. Not safe for use by many threads.
     */
    public static final class Builder {

        private final RedisSettings redis;
        private Runnable connecting = () -> {};

        private Builder(RedisSettings redis) {
            this.redis = redis;
        }

        /** The user of Redis; its default one unless set. */
        public Builder user(String name) {
            redis.user(name);
            return this;
        }

        /** The user's password; none unless set. */
        public Builder password(String secret) {
            redis.password(secret);
            return this;
        }

        /** Says that the URL names nodes of a cluster. */
        public Builder cluster() {
            redis.cluster();
            return this;
        }

        /**
         * What the name of the channel begins with, up to 64 characters without braces; {@code keystile:} unless set.
         *
         * @throws IllegalArgumentException if it is longer or has any, or is set twice
         */
        public Builder keyPrefix(String beginning) {
            redis.keyPrefix(beginning);
            return this;
        }

        /** For tests: what is done before each try to connect for publishing. */
        Builder connecting(Runnable before) {
            this.connecting = before;
            return this;
        }

        /**
         * Begins to connect, and waits for nothing: whether Redis is there or not keeps nobody from starting.
         *
         * @throws IllegalArgumentException if the URL cannot be read, or there is a user without a password
         */
        public RedisChangeHints open() {
            List<RedisURI> uris = redis.uris();
            RedisChangeHints opened =
                    LettuceClient.aside(() -> new RedisChangeHints(this, new LettuceClient(uris, redis.isCluster())));
            opened.start();
            return opened;
        }
    }
}
