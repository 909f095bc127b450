package dev.keystile.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keystile.key.IssuedKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes whose wall clocks are set by an hour, ahead and back; {@code faketime} sets them, and where it is missing this is skipped. */
final class ClockTest {

    private static final Duration PROMISED = Duration.ofSeconds(2);

    private static Optional<Path> faketime() throws IOException {
        Path libraries = Path.of("/usr/lib");
        if (!Files.isDirectory(libraries)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.find(
                libraries, 3, (file, attributes) -> file.endsWith(Path.of("faketime", "libfaketime.so.1")))) {
            return files.findFirst();
        }
    }

    private static Map<String, String> clock(Path library, Path offset) throws IOException {
        Files.writeString(offset, "+0");
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "FAKETIME_TIMESTAMP_FILE", offset.toString(),
                "FAKETIME_NO_CACHE", "1",
                // The JVM waits by the other clock, which passes as ever.
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                "DONT_FAKE_MONOTONIC", "1",
                "FAKETIME_FORCE_MONOTONIC_FIX", "0");
    }

    @Test
    void nodes_whoseClocksAreSetByAnHour_areOneAllTheSame(@TempDir Path folder) throws Exception {
        Optional<Path> library = faketime();
        assumeTrue(library.isPresent(), "faketime is not installed");
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        Cluster cluster = Cluster.of(1);
        List<Member> set =
                cluster.startMore(List.of(clock(library.orElseThrow(), first), clock(library.orElseThrow(), second)));
        try {
            List<Member> members = List.of(cluster.members(1).get(0), set.get(0), set.get(1));
            String limited = cluster.issue("exact").revealOnce();
            LimitsTest.assertExact(members, limited, Cluster.LIMIT);
            for (Member member : set) {
                assertThat(offset(member)).isBetween(Duration.ofMinutes(-1), Duration.ofMinutes(1));
            }

            Files.writeString(first, "+1h");
            Files.writeString(second, "-1h");

            // What was used up stays so, within a day.
            for (Member member : members) {
                Await.until("a limit", () -> member.ask(limited).status() == 429);
            }
            LimitsTest.assertExact(members, cluster.issue("exact").revealOnce(), 3 * Cluster.LIMIT);
            assertRevocationHolds(cluster, members);
            assertThat(offset(set.get(0))).isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
            assertThat(offset(set.get(1))).isBetween(Duration.ofMinutes(-61), Duration.ofMinutes(-59));
        } finally {
            set.forEach(Member::kill);
        }
    }

    /** By the header {@code Date} of its answers. */
    private static Duration offset(Member member) throws IOException {
        String date = member.console("/settings/login", "")
                .headers()
                .firstValue("Date")
                .orElseThrow();
        return Duration.between(
                Instant.now(),
                ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    }

    private static void assertRevocationHolds(Cluster cluster, List<Member> members) throws Exception {
        IssuedKey key = cluster.issue("wide");
        String text = key.revealOnce();
        for (Member member : members) {
            Await.until("a key", () -> member.ask(text).isAllowed());
        }
        cluster.keys().revoke(key.key().id(), Cluster.OPERATOR);
        long end = System.nanoTime() + PROMISED.toNanos();
        for (Member member : members) {
            Await.until("a refusal", () -> {
                Answer answer = member.ask(text);
                assertThat(answer.isAllowed() && answer.sentNanos() > end)
                        .as("allowed past the promise")
                        .isFalse();
                return answer.status() == 401;
            });
        }
    }
}
