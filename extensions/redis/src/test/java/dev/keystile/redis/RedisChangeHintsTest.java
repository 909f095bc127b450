package dev.keystile.redis;

import static dev.keystile.redis.Await.until;
import static dev.keystile.redis.Await.untilTold;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.ChangeHints;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyFormat;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.KeyVerifier;
import dev.keystile.key.NewKey;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.Verification;
import io.lettuce.core.KillArgs;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Two nodes over a store that gives no hints, and a Redis that does; and what holds while it cannot. */
@Timeout(120)
final class RedisChangeHintsTest {

    private static final Logger LOG = LoggerFactory.getLogger(RedisChangeHintsTest.class);
    private static final String CHANNEL = "keystile:changed";
    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final Duration PROMISED = Duration.ofSeconds(2);
    /** Polling alone takes 250 ms on average. */
    private static final Duration TYPICAL = Duration.ofMillis(100);

    private static final int CHANGES = 10_000;
    private static final Duration STILL = Duration.ofMillis(300);

    private final KeyStore shared = withoutHints(KeyStore.inMemory());
    private final List<AutoCloseable> opened = new ArrayList<>();
    private RedisProcess redis;
    private Node one;
    private Node other;

    /** A node, with hints and a cache of its own. */
    private record Node(KeyStore store, KeyVerifier<String> verifier, KeyManager manager) implements AutoCloseable {

        static Node over(KeyStore store) {
            KeyFormat format = new KeyFormat(
                    List.of(KeyPrefix.secret("tk_live_", KeyEnvironment.LIVE)), List.of(KeyHasher.argon2id()));
            KeyVerifier<String> verifier = KeyVerifier.builder(store, format).build(ApiKey::account);
            return new Node(
                    store, verifier, verifier.manager(ScopeCatalog.builder().build(), Set.of(), Set.of("admin")));
        }

        boolean opens(String text) {
            return verifier.verify(text) instanceof Verification.Verified<String>;
        }

        @Override
        public void close() {
            verifier.close();
            store.close();
        }
    }

    /** As a store in a database that has no way to tell. */
    private static KeyStore withoutHints(KeyStore store) {
        return (KeyStore) Proxy.newProxyInstance(
                RedisChangeHintsTest.class.getClassLoader(),
                new Class<?>[] {KeyStore.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("listen")) {
                        return (KeyStore.Listening) () -> {};
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getTargetException();
                    }
                });
    }

    @BeforeEach
    void start() {
        redis = new RedisProcess();
        one = node();
        other = node();
        until("both listen", () -> listening(redis.commands()) == 2);
    }

    private Node node() {
        return node(RedisChangeHints.builder(redis.url()).open());
    }

    private Node node(ChangeHints hints) {
        Node node = Node.over(KeyStore.hintedBy(hints, shared));
        opened.add(node);
        return node;
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        redis.thaw();
        redis.close();
    }

    private static long listening(RedisCommands<String, String> commands) {
        return commands.pubsubNumsub(CHANNEL).getOrDefault(CHANNEL, 0L);
    }

    /** How long it takes from a revocation on one node until the other one refuses the key; the change itself waits for nothing. */
    private Duration revocation() {
        IssuedKey issued = one.manager()
                .issue(NewKey.of("acme", "a key", KeyEnvironment.LIVE).build(), OPERATOR);
        String text = issued.revealOnce();
        assertThat(other.opens(text)).isTrue();
        long began = System.nanoTime();
        one.manager().revoke(issued.key().id(), OPERATOR);
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .as("the change itself")
                .isLessThan(Duration.ofSeconds(1));
        return until("the other node knows", PROMISED, () -> !other.opens(text));
    }

    private void assertTypical(int count) {
        List<Duration> sorted = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            sorted.add(revocation());
        }
        sorted.sort(null);
        LOG.info(
                "{} revocations seen elsewhere: p50 {} ms, p99 {} ms",
                count,
                sorted.get(count / 2).toMillis(),
                sorted.get(count * 99 / 100).toMillis());
        assertThat(sorted.get(count / 2)).isLessThan(TYPICAL);
    }

    private boolean isHeard() {
        AtomicInteger heard = new AtomicInteger();
        try (KeyStore.Listening listening = other.store().listen(heard::incrementAndGet)) {
            revocation();
            return heard.get() > 0;
        }
    }

    @Test
    void revocations_areSeenInMilliseconds() {
        assertTypical(200);
    }

    @Test
    void redisKilled_noRevocationIsLate_norWaits_andHintsComeBack() {
        redis.kill();
        for (int n = 0; n < 5; n++) {
            revocation();
        }
        redis.restart();
        until("hints come again", this::isHeard);
        assertTypical(50);
    }

    @Test
    void redisFrozen_noRevocationIsLate_norWaits_andHintsComeBack() {
        redis.freeze();
        for (int n = 0; n < 20; n++) {
            revocation();
        }
        redis.thaw();
        until("hints come again", this::isHeard);
        assertTypical(50);
    }

    /** What was published before it is made again is lost, so that it gives a hint. */
    @Test
    void subscriptionThatBreaks_isMadeAgain_andGivesAHint() {
        AtomicInteger heard = new AtomicInteger();
        RedisCommands<String, String> commands = redis.commands();
        try (KeyStore.Listening listening = other.store().listen(heard::incrementAndGet)) {
            assertThat(commands.clientKill(KillArgs.Builder.typePubsub())).isEqualTo(2);
            until("a hint without a change", () -> heard.get() > 0);
        }
        until("both listen", () -> listening(commands) == 2);
        assertTypical(50);
    }

    @Test
    void redisAwayAtTheStart_startsAtOnce_andIsFoundLater() throws Exception {
        try (RedisProcess later = new RedisProcess()) {
            later.kill();
            long began = System.nanoTime();
            Node early = node(RedisChangeHints.builder(later.url()).open());
            Node second = node(RedisChangeHints.builder(later.url()).open());
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));

            later.restart();
            until("both listen", () -> listening(later.commands()) == 2);
            AtomicInteger heard = new AtomicInteger();
            try (KeyStore.Listening listening = second.store().listen(heard::incrementAndGet)) {
                until("a hint", () -> {
                    early.manager()
                            .issue(
                                    NewKey.of("acme", "a key", KeyEnvironment.LIVE)
                                            .build(),
                                    OPERATOR);
                    return heard.get() > 0;
                });
            }
        }
    }

    @Test
    void close_leavesNeitherThreadNorConnection_alsoWhileRedisIsFrozen() throws Exception {
        RedisCommands<String, String> commands = redis.commands();
        one.close();
        until("one listens", () -> listening(commands) == 1);
        redis.freeze();
        long began = System.nanoTime();
        other.close();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(8));
        redis.thaw();
        until(
                "its connections are gone",
                () -> commands.clientList()
                                .lines()
                                .filter(line -> !line.isBlank())
                                .count()
                        == 1);
        until(
                "its threads are gone",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .noneMatch(name -> name.startsWith("keystile-redis") || name.startsWith("keystile-changes")));
    }

    /** What looks after the connections ends none that answers. */
    @Test
    void connectionsThatAnswer_areKept() {
        RedisCommands<String, String> commands = redis.commands();
        until("all are connected", () -> connections(commands).size() == 5);
        List<String> before = connections(commands);
        long asked = redis.calls(commands, "ping");

        until("each was asked five times", () -> redis.calls(commands, "ping") >= asked + 20);

        assertThat(connections(commands)).isEqualTo(before);
    }

    /** The ids of all, that of the test too. */
    private static List<String> connections(RedisCommands<String, String> commands) {
        return commands.clientList()
                .lines()
                .filter(line -> !line.isBlank())
                .map(line -> line.substring(0, line.indexOf(' ')))
                .sorted()
                .toList();
    }

    @Test
    void manyChanges_arePublishedAsFewerMessages_andNoneIsForgotten() {
        RedisCommands<String, String> commands = redis.commands();
        AtomicInteger heard = new AtomicInteger();
        try (RedisChangeHints hints = RedisChangeHints.builder(redis.url()).open();
                KeyStore.Listening listening = hints.listen(heard::incrementAndGet)) {
            until("it listens", () -> heard.get() > 0);
            int before = heard.get();
            long publishedBefore = redis.calls(commands, "publish");
            for (int n = 0; n < CHANGES; n++) {
                hints.tell();
            }
            AtomicLong published = new AtomicLong();
            AtomicLong since = new AtomicLong();
            until("no more is published", () -> {
                long now = redis.calls(commands, "publish") - publishedBefore;
                if (published.getAndSet(now) != now) {
                    since.set(System.nanoTime());
                }
                return now > 0 && System.nanoTime() - since.get() > STILL.toNanos();
            });
            LOG.info("{} changes were published as {} messages", CHANGES, published);
            assertThat(published.get()).isLessThan(CHANGES / 4);
            until("all is heard", () -> heard.get() - before == published.get());
        }
    }

    /** What a library lacks ends as an error: the next round tries again all the same. */
    @Test
    void errorWhileConnecting_endsNothing() {
        AtomicInteger tries = new AtomicInteger();
        AtomicInteger heard = new AtomicInteger();
        try (RedisChangeHints hints = RedisChangeHints.builder(redis.url())
                        .connecting(() -> {
                            if (tries.incrementAndGet() == 1) {
                                throw new NoClassDefFoundError("of a test");
                            }
                        })
                        .open();
                KeyStore.Listening listening = hints.listen(heard::incrementAndGet)) {
            until("it is tried again", Duration.ofSeconds(20), () -> tries.get() > 1);
            untilTold(hints, heard);
        }
    }

    /** As {@code docs/redis.md} has it. */
    @Test
    void userWithFewRights_isEnough() {
        redis.commands()
                .dispatch(
                        CommandType.ACL,
                        new StatusOutput<>(StringCodec.UTF8),
                        new CommandArgs<>(StringCodec.UTF8)
                                .add("SETUSER")
                                .add("keystile")
                                .add("on")
                                .add(">hush")
                                .add("resetchannels")
                                .add("&keystile:*")
                                .add("+@connection")
                                .add("+publish")
                                .add("+subscribe"));
        AtomicInteger heard = new AtomicInteger();
        try (RedisChangeHints hints = RedisChangeHints.builder(redis.url())
                        .user("keystile")
                        .password("hush")
                        .open();
                KeyStore.Listening listening = hints.listen(heard::incrementAndGet)) {
            untilTold(hints, heard);
        }
    }

    @Test
    void nodesOfACluster_passOnWhatIsTold() {
        String[] settings = {"--cluster-enabled", "yes", "--cluster-node-timeout", "1000"};
        try (RedisProcess first = new RedisProcess(settings);
                RedisProcess second = new RedisProcess(settings)) {
            int half = SlotHash.SLOT_COUNT / 2;
            first.commands().clusterAddSlots(IntStream.range(0, half).toArray());
            second.commands()
                    .clusterAddSlots(IntStream.range(half, SlotHash.SLOT_COUNT).toArray());
            first.commands().clusterMeet("127.0.0.1", second.port());
            for (RedisProcess node : List.of(first, second)) {
                until(
                        "the cluster knows all slots",
                        () -> node.commands().clusterInfo().contains("slots_ok:16384"));
            }
            AtomicInteger heard = new AtomicInteger();
            try (RedisChangeHints telling =
                            RedisChangeHints.builder(first.url()).cluster().open();
                    RedisChangeHints hearing =
                            RedisChangeHints.builder(second.url()).cluster().open();
                    KeyStore.Listening listening = hearing.listen(heard::incrementAndGet)) {
                until("both listen", () -> listening(first.commands()) + listening(second.commands()) == 2);
                untilTold(telling, heard);
            }
        }
    }
}
