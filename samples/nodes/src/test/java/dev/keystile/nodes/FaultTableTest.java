package dev.keystile.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.IssuedKey;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What clients of three nodes see of each fault, held against the table in docs/deployment.md: the statuses in its cells are all
 * that may be answered. Whatever fails, a good key is never answered 401, a revoked one is never allowed 2 seconds later, and all is
 * well again without a restart.
 */
final class FaultTableTest {

    /** Nearly as long as a request waits for a key to be read. */
    private static final long PATIENCE_MILLIS = 150;

    private static final Path PAGE = Path.of("..", "..", "docs", "deployment.md");
    private static final Pattern STATUS = Pattern.compile("\\b[2-5]\\d\\d\\b");
    private static final Duration PROMISED = Duration.ofSeconds(2);

    /** More than any client waits, but for a node that is frozen itself. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    private static final Duration RECOVERY = Duration.ofSeconds(15);

    /** Clients with keys that their node has not seen: more than it reads at once. */
    private static final int STRANGERS = 6;

    private static final int KEYS_OF_STRANGER = 5;

    /** What the page says of a fault. */
    private record Row(Set<Integer> known, boolean endsWithLease, Set<Integer> unknown) {

        static Row of(String fault) throws IOException {
            String line = Files.readAllLines(PAGE).stream()
                    .filter(it -> it.startsWith("| " + fault + " |") || it.startsWith("| " + fault + ","))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(PAGE + " has no row for '" + fault + "'"));
            List<String> cells =
                    Arrays.stream(line.split("\\|", -1)).map(String::strip).toList();
            return new Row(statuses(cells.get(2)), cells.get(2).endsWith("then 503"), statuses(cells.get(3)));
        }

        private static Set<Integer> statuses(String cell) {
            Matcher matcher = STATUS.matcher(cell);
            return matcher.results()
                    .map(MatchResult::group)
                    .map(Integer::valueOf)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** The clients of one node, with what they saw. */
    private static final class Clients {

        private final Member member;
        private final Queue<Answer> known = new ConcurrentLinkedQueue<>();
        private final Queue<Answer> unknown = new ConcurrentLinkedQueue<>();
        private final Queue<Answer> revoked = new ConcurrentLinkedQueue<>();

        Clients(Member member) {
            this.member = member;
        }
    }

    @ParameterizedTest
    @EnumSource
    void fault_isSeenAsTold_andNothingPromisedBreaks(Fault fault) throws Exception {
        Row row = Row.of(fault.row());
        Cluster cluster = Cluster.of(Cluster.NODES);
        List<Clients> all =
                cluster.members(Cluster.NODES).stream().map(Clients::new).toList();
        IssuedKey doomed = cluster.issue("wide");
        String doomedText = doomed.revealOnce();
        String known = cluster.issue("wide").revealOnce();
        List<List<String>> strangers = all.stream()
                .map(clients -> issue(cluster, STRANGERS * KEYS_OF_STRANGER))
                .toList();
        awaitLogRead(cluster, all);
        for (Clients clients : all) {
            Await.until(
                    "a known key",
                    () -> clients.member.ask(known).isAllowed()
                            && clients.member.ask(doomedText).isAllowed());
        }
        AtomicBoolean ended = new AtomicBoolean();
        AtomicBoolean broken = new AtomicBoolean();
        ExecutorService threads = Executors.newCachedThreadPool();
        long brokenAt;
        long revokedAt = Long.MAX_VALUE;
        long mendedAt;
        boolean mended = false;
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) {
                Clients clients = all.get(i);
                running.add(threads.submit(() -> call(ended, clients, known, clients.known)));
                running.add(threads.submit(() -> call(ended, clients, doomedText, clients.revoked)));
                for (int n = 0; n < STRANGERS; n++) {
                    List<String> texts = strangers.get(i).subList(n * KEYS_OF_STRANGER, (n + 1) * KEYS_OF_STRANGER);
                    running.add(threads.submit(() -> callAsStrangers(ended, broken, clients, texts)));
                }
            }
            fault.begin(cluster);
            brokenAt = System.nanoTime();
            broken.set(true);
            if (fault.leavesDatabase()) {
                cluster.keys().revoke(doomed.key().id(), Cluster.OPERATOR);
                revokedAt = System.nanoTime();
            }
            LockSupport.parkNanos(brokenAt + fault.lasts().toNanos() - System.nanoTime());
            mendedAt = System.nanoTime();
            fault.end(cluster);
            mended = true;
            String stranger = cluster.issue("wide").revealOnce();
            for (Clients clients : all) {
                Await.until(
                        "recovery",
                        () -> clients.member.ask(known).isAllowed()
                                && clients.member.ask(stranger).isAllowed());
            }
            long recovered = System.nanoTime() - mendedAt;
            if (fault.leavesDatabase()) {
                for (Clients clients : all) {
                    Await.until(
                            "a refusal", () -> clients.member.ask(doomedText).status() == 401);
                }
            }
            ended.set(true);
            for (Future<?> each : running) {
                each.get(60, TimeUnit.SECONDS);
            }
            assertThat(recovered).as("nanoseconds until all is well again").isLessThan(RECOVERY.toNanos());
        } finally {
            ended.set(true);
            threads.shutdownNow();
            if (broken.get() && !mended) {
                // The next case has the same nodes.
                fault.end(cluster);
            }
        }
        for (Clients clients : all) {
            boolean isHit = !fault.isOfOneNode() || clients.member == Fault.affected(cluster);
            assertKnown(row, isHit, clients, brokenAt, mendedAt);
            assertUnknown(isHit ? row.unknown : Set.of(200), clients, during(clients.unknown, brokenAt, mendedAt));
            assertThat(clients.unknown).extracting(Answer::status).doesNotContain(401);
            assertWaits(fault, clients);
            assertRevoked(fault == Fault.NODE_FROZEN && isHit, clients, brokenAt, revokedAt);
        }
    }

    /** On a busy machine a read can take longer than a request waits for it, whatever else is well: three times at most. */
    private static void assertUnknown(Set<Integer> statuses, Clients clients, List<Answer> answers) {
        List<Answer> waitedInVain = answers.stream()
                .filter(it -> it.status() == 503 && it.waitedMillis() >= PATIENCE_MILLIS)
                .toList();
        assertThat(answers)
                .filteredOn(it -> statuses.contains(503) || !waitedInVain.contains(it))
                .extracting(Answer::status)
                .as("unknown to %s", clients.member)
                .isSubsetOf(statuses);
        if (!statuses.contains(503)) {
            assertThat(waitedInVain).hasSizeLessThanOrEqualTo(3);
        }
    }

    private static List<String> issue(Cluster cluster, int count) {
        return Stream.generate(() -> cluster.issue("wide").revealOnce())
                .limit(count)
                .toList();
    }

    /** Whoever has read of the end of this key in the log has read all that was there before. */
    private static void awaitLogRead(Cluster cluster, List<Clients> all) throws Exception {
        IssuedKey last = cluster.issue("wide");
        String text = last.revealOnce();
        for (Clients clients : all) {
            Await.until("a key", () -> clients.member.ask(text).isAllowed());
        }
        cluster.keys().revoke(last.key().id(), Cluster.OPERATOR);
        for (Clients clients : all) {
            Await.until("the end of a key", () -> clients.member.ask(text).status() == 401);
        }
    }

    private static void call(AtomicBoolean ended, Clients clients, String key, Queue<Answer> answers) {
        while (!ended.get()) {
            answers.add(clients.member.ask(key));
            LockSupport.parkNanos(15_000_000);
        }
    }

    /** Each with a key that the node has never seen, from the fault on. */
    private static void callAsStrangers(
            AtomicBoolean ended, AtomicBoolean broken, Clients clients, List<String> strangers) {
        for (String key : strangers) {
            while (!broken.get() && !ended.get()) {
                LockSupport.parkNanos(1_000_000);
            }
            if (!ended.get()) {
                clients.unknown.add(clients.member.ask(key));
                LockSupport.parkNanos(50_000_000);
            }
        }
    }

    private static List<Answer> during(Queue<Answer> answers, long fromNanos, long toNanos) {
        return answers.stream()
                .filter(it -> it.sentNanos() >= fromNanos && it.sentNanos() < toNanos)
                .toList();
    }

    private static void assertKnown(Row row, boolean isHit, Clients clients, long brokenAt, long mendedAt) {
        assertThat(clients.known)
                .extracting(Answer::status)
                .as("known to %s, at any time", clients.member)
                .isSubsetOf(isHit ? row.known : Set.of(200));
        List<Answer> pastTheLease = during(clients.known, brokenAt + PROMISED.toNanos(), mendedAt);
        if (isHit && row.endsWithLease) {
            // Whoever waits until it is mended may be answered 200: then the store was asked.
            assertThat(pastTheLease.stream().filter(it -> it.answeredNanos() < mendedAt))
                    .extracting(Answer::status)
                    .as("known to %s, past the lease", clients.member)
                    .allMatch(status -> status == 503);
        }
    }

    private static void assertWaits(Fault fault, Clients clients) {
        Duration longest = fault == Fault.NODE_FROZEN ? fault.lasts().plus(LONGEST_WAIT) : LONGEST_WAIT;
        for (Queue<Answer> answers : List.of(clients.known, clients.unknown, clients.revoked)) {
            assertThat(longestWait(List.copyOf(answers))).isLessThan(longest.toMillis());
        }
    }

    private static long longestWait(List<Answer> answers) {
        return answers.stream().mapToLong(Answer::waitedMillis).max().orElse(0);
    }

    /** @param frozen whether nothing was decided meanwhile: what was sent after the freeze was decided after the thaw */
    private static void assertRevoked(boolean frozen, Clients clients, long brokenAt, long revokedAt) {
        if (revokedAt == Long.MAX_VALUE) {
            assertThat(clients.revoked).extracting(Answer::status).doesNotContain(401);
            return;
        }
        long end = frozen ? brokenAt : revokedAt + PROMISED.toNanos();
        assertThat(during(clients.revoked, end, Long.MAX_VALUE))
                .extracting(Answer::status)
                .as("revoked, asked of %s", clients.member)
                .isSubsetOf(401, 503);
    }

    private volatile String seen = "";

    /** The last secret that the console has shown opens the other nodes, whatever became of the rotation under way. */
    @Test
    void nodeKilledAmidRotation_leavesTheLastSecretThatWasSeen() throws Exception {
        assertThat(Row.of("node killed amid a rotation").known).containsExactly(200);
        Cluster cluster = Cluster.of(Cluster.NODES);
        Member killed = Fault.affected(cluster);
        IssuedKey key = cluster.issue("wide");
        seen = key.revealOnce();
        Console console = Console.logIn(killed);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            String first = console.rotate(key.key().id().toString());
            seen = first;
            Future<?> rotating = thread.submit(() -> {
                while (true) {
                    seen = console.rotate(key.key().id().toString());
                }
            });
            Await.until("rotations under way", () -> !seen.equals(first));
            killed.kill();
            assertThat(rotating).failsWithin(Duration.ofSeconds(30));
        } finally {
            thread.shutdownNow();
            killed.kill();
            killed.restart();
        }
        for (Member member : cluster.members(Cluster.NODES)) {
            Await.until("an answer of " + member, () -> member.ask(seen).isAllowed());
        }
    }

    /** The console of a node, with Ada logged in. */
    private record Console(Member member, String cookie, String token) {

        private static final Pattern TEXT = Pattern.compile("\"%s\"\\s*:\\s*\"([^\"]+)\"");

        static Console logIn(Member member) throws IOException {
            HttpResponse<String> loggedIn = member.console(
                    "/settings/login", "member=usr_ada", "Content-Type", "application/x-www-form-urlencoded");
            String login = cookie(loggedIn);
            HttpResponse<String> session = member.console("/settings/api-keys/api/session", "", "Cookie", login);
            return new Console(member, login + "; " + cookie(session), text(session, "token"));
        }

        private static String cookie(HttpResponse<String> response) {
            return response.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
        }

        private static String text(HttpResponse<String> response, String name) throws IOException {
            Matcher matcher = Pattern.compile(TEXT.pattern().formatted(name)).matcher(response.body());
            if (!matcher.find()) {
                throw new IOException(response.statusCode() + " without " + name + ": " + response.body());
            }
            return matcher.group(1);
        }

        /** The new secret; the one of before goes on for an hour. */
        String rotate(String id) throws IOException {
            HttpResponse<String> rotated = member.console(
                    "/settings/api-keys/api/keys/" + id + "/rotate",
                    "{\"overlap_seconds\":3600}",
                    "Cookie",
                    cookie,
                    "X-Console-Token",
                    token,
                    "Content-Type",
                    "application/json");
            return text(rotated, "secret");
        }
    }
}
