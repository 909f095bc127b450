package dev.keystile.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.KeyAdministration;
import dev.keystile.config.Settings;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyManager;
import dev.keystile.key.NewKey;
import dev.keystile.key.Overlap;
import dev.keystile.key.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nodes that go on while one fault follows another and keys come and go: what they hold of threads, open files, connections and heap
 * does not grow. {@code -Dkeystile.nodes.minutes=60} has all faults in turn for an hour; without it there are two rounds of two.
 */
final class EnduranceTest {

    private static final int MINUTES = Integer.getInteger("keystile.nodes.minutes", 0);

    private static final List<Fault> FAULTS =
            MINUTES > 0 ? List.of(Fault.values()) : List.of(Fault.CONNECTIONS_CUT, Fault.REDIS_KILLED);

    /** As docs/redis.md has it, and a second. */
    private static final Duration REST = Duration.ofSeconds(MINUTES > 0 ? 6 : 2);

    /** Ids of no key that a node remembers at most: it has them all from the begin, or they would look like growth. */
    private static final int UNKNOWN_IDS = MINUTES > 0 ? 10_000 : 0;

    /** What caches may still take where it is over after two rounds. */
    private static final long FILLING_BYTES = MINUTES > 0 ? 0 : 2_000_000;

    /** Keys that are used from the begin to the end. */
    private static final int STEADY = 50;

    /** Between two things that somebody does. */
    private static final Duration PACE = Duration.ofMillis(50);

    private static final int CLIENTS_OF_NODE = 2;

    /** Issues keys of the same form. */
    private static final Map<String, String> OF_SOMEBODY_ELSE =
            Map.of("key.prefixes", "acme_live_ secret live", "store.type", "memory");

    private final AtomicBoolean ended = new AtomicBoolean();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Map<Integer, AtomicLong> statuses = new ConcurrentSkipListMap<>();
    /** The text of the key that was issued last, and of one that was issued by somebody else. */
    private volatile String fresh = "";

    private volatile String foreign = "";

    /** Held for reading by whoever sends something; who holds it for writing has the nodes at rest. */
    private final ReadWriteLock sending = new ReentrantReadWriteLock(true);

    /** What a node holds, when nobody asks anything of it. */
    private record Held(int round, int node, long heapBytes, long threads, long files, long memoryBytes) {

        static Held by(Member member, int node, int round) throws IOException {
            Path process = Path.of("/proc", Long.toString(member.pid()));
            List<String> classes = lines("GC.class_histogram", member);
            String[] total = classes.get(classes.size() - 1).strip().split("\\s+", -1);
            assertThat(total[0]).isEqualTo("Total");
            // Those of the server, which keeps more of them for a minute after it was busy, are not the library's.
            long threads = lines("Thread.print", member).stream()
                    .filter(line -> line.startsWith("\"") && !line.startsWith("\"qtp"))
                    .count();
            return new Held(round, node, Long.parseLong(total[2]), threads, files(process), memory(process));
        }

        private static List<String> lines(String command, Member member) throws IOException {
            Process jcmd = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(member.pid()),
                            command)
                    .redirectErrorStream(true)
                    .start();
            try (Stream<String> lines = jcmd.inputReader().lines()) {
                return lines.filter(line -> !line.isBlank()).toList();
            }
        }

        private static long files(Path process) throws IOException {
            try (Stream<Path> files = Files.list(process.resolve("fd"))) {
                return files.count();
            }
        }

        private static long memory(Path process) throws IOException {
            String line = Files.readAllLines(process.resolve("status")).stream()
                    .filter(it -> it.startsWith("VmRSS:"))
                    .findFirst()
                    .orElseThrow();
            return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
        }
    }

    @Test
    @Timeout(7_200)
    void nodes_amidFaults_holdNoMoreThanBefore() throws Exception {
        Cluster cluster = Cluster.of(Cluster.NODES);
        List<Member> members = cluster.members(Cluster.NODES);
        List<String> steady = Stream.generate(() -> cluster.issue("wide").revealOnce())
                .limit(STEADY)
                .toList();
        String limited = cluster.issue("exact").revealOnce();
        List<Held> held = new ArrayList<>();
        List<Integer> connections = new ArrayList<>();
        ExecutorService threads = Executors.newCachedThreadPool();
        try (KeyAdministration elsewhere = Settings.of(OF_SOMEBODY_ELSE).openAdministration()) {
            fillUnknownIds(members, elsewhere.keyManager());
            List<Future<?>> running = new ArrayList<>();
            running.add(threads.submit(() -> repeat(() -> comeAndGo(cluster, elsewhere.keyManager()))));
            for (Member member : members) {
                running.add(threads.submit(() -> repeat(() -> callAsGuest(member, limited))));
                for (int i = 0; i < CLIENTS_OF_NODE; i++) {
                    running.add(threads.submit(() -> repeat(() -> call(member, steady))));
                }
            }
            long end = System.nanoTime() + Duration.ofMinutes(MINUTES).toNanos();
            for (int round = 1; round <= 2 || System.nanoTime() < end; round++) {
                for (Fault fault : FAULTS) {
                    strike(cluster, fault, steady.get(0));
                }
                held.addAll(atRest(members, round));
                connections.add(connections(cluster));
            }
            ended.set(true);
            for (Future<?> each : running) {
                each.get(60, TimeUnit.SECONDS);
            }
        } finally {
            ended.set(true);
            threads.shutdownNow();
        }
        System.out.println("answers by status " + statuses + "; connections to the database " + connections);
        assertThat(wrong).isEmpty();
        assertThat(statuses.keySet()).contains(200, 401, 429);
        for (int node = 0; node < members.size(); node++) {
            int number = node;
            assertSteady(held.stream().filter(it -> it.node == number).toList());
        }
        assertThat(connections.get(connections.size() - 1)).isLessThanOrEqualTo(connections.get(0) + Cluster.NODES);
    }

    /** Between the second quarter of the rounds and the last: until then caches fill. */
    private static void assertSteady(List<Held> rounds) {
        int quarter = Math.max(1, rounds.size() / 4);
        int from = rounds.size() >= 4 ? quarter : 0;
        List<Held> before = rounds.subList(from, from + quarter);
        List<Held> after = rounds.subList(rounds.size() - quarter, rounds.size());
        assertThat(median(after, Held::heapBytes))
                .as("bytes of heap: %s", rounds)
                .isLessThan(median(before, Held::heapBytes) * 103 / 100 + FILLING_BYTES);
        assertThat(median(after, Held::threads))
                .as("threads: %s", rounds)
                .isLessThanOrEqualTo(median(before, Held::threads) + 2);
        assertThat(median(after, Held::files))
                .as("open files: %s", rounds)
                .isLessThanOrEqualTo(median(before, Held::files) + 5);
    }

    private static long median(List<Held> rounds, ToLongFunction<Held> figure) {
        return rounds.stream()
                .mapToLong(figure)
                .sorted()
                .skip(rounds.size() / 2)
                .findFirst()
                .orElseThrow();
    }

    private void strike(Cluster cluster, Fault fault, String key) throws Exception {
        fault.begin(cluster);
        try {
            LockSupport.parkNanos(fault.lasts().toNanos());
        } finally {
            fault.end(cluster);
        }
        for (Member member : cluster.members(Cluster.NODES)) {
            Await.until("recovery", () -> member.ask(key).isAllowed());
        }
    }

    private void repeat(Runnable turn) {
        while (!ended.get()) {
            sending.readLock().lock();
            try {
                turn.run();
            } finally {
                sending.readLock().unlock();
            }
            LockSupport.parkNanos(PACE.toNanos());
        }
    }

    private List<Held> atRest(List<Member> members, int round) throws IOException {
        List<Held> held = new ArrayList<>();
        sending.writeLock().lock();
        try {
            LockSupport.parkNanos(REST.toNanos());
            for (int node = 0; node < members.size(); node++) {
                Held now = Held.by(members.get(node), node, round);
                System.out.println(now);
                held.add(now);
            }
        } finally {
            sending.writeLock().unlock();
        }
        return held;
    }

    /** A key is issued, used, rotated, used and revoked. */
    private void comeAndGo(Cluster cluster, KeyManager elsewhere) {
        foreign = issue(elsewhere);
        try {
            IssuedKey issued = cluster.issue("wide");
            fresh = issued.revealOnce();
            LockSupport.parkNanos(PACE.toNanos());
            fresh = cluster.keys()
                    .rotate(issued.key().id(), Overlap.of(Duration.ofMinutes(1)), Cluster.OPERATOR)
                    .revealOnce();
            LockSupport.parkNanos(PACE.toNanos());
            cluster.keys().revoke(issued.key().id(), Cluster.OPERATOR);
        } catch (UnavailableException failed) {
            // So it may be while the database is away.
        }
    }

    private static String issue(KeyManager elsewhere) {
        return elsewhere
                .issue(NewKey.of("acct_elsewhere", "test", KeyEnvironment.LIVE).build(), Cluster.OPERATOR)
                .revealOnce();
    }

    private void fillUnknownIds(List<Member> members, KeyManager elsewhere) {
        for (int i = 0; i < UNKNOWN_IDS; i++) {
            String unknown = issue(elsewhere);
            members.forEach(member -> count(member.ask(unknown), Set.of(401, 503)));
        }
    }

    private void call(Member member, List<String> steady) {
        for (int i = 0; i < 10; i++) {
            String key = steady.get(ThreadLocalRandom.current().nextInt(STEADY));
            count(member.ask(key), Set.of(200, 503));
        }
    }

    /** With keys that are new, that nobody knows, and whose limit is reached. */
    private void callAsGuest(Member member, String limited) {
        count(member.ask(fresh), Set.of(200, 401, 503));
        count(member.ask(foreign), Set.of(401, 503));
        for (int i = 0; i < 5; i++) {
            count(member.ask(limited), Set.of(200, 429, 503));
        }
    }

    private void count(Answer answer, Set<Integer> expected) {
        statuses.computeIfAbsent(answer.status(), status -> new AtomicLong()).incrementAndGet();
        if (!expected.contains(answer.status())) {
            wrong.add(answer.status() + " and not one of " + expected);
        }
    }

    private static int connections(Cluster cluster) throws SQLException {
        try (Connection connection = cluster.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
