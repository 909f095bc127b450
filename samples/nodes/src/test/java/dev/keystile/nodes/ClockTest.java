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

/** Nodes whose wall clocks are an hour off, ahead and behind; {@code faketime} sets them, and where it is missing this is skipped. */
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

    private static Map<String, String> clock(Path library, String offset) {
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "FAKETIME", offset,
                // The JVM waits by the other clock, which passes as ever.
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                "DONT_FAKE_MONOTONIC", "1",
                "FAKETIME_FORCE_MONOTONIC_FIX", "0");
    }

    @Test
    void nodes_whoseClocksAreAnHourOff_areOneAllTheSame() throws Exception {
        Optional<Path> library = faketime();
        assumeTrue(library.isPresent(), "faketime is not installed");
        Cluster cluster = Cluster.of(1);
        List<Member> off =
                cluster.startMore(List.of(clock(library.orElseThrow(), "+1h"), clock(library.orElseThrow(), "-1h")));
        try {
            List<Member> members = List.of(cluster.members(1).get(0), off.get(0), off.get(1));
            assertThat(offset(off.get(0))).isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
            assertThat(offset(off.get(1))).isBetween(Duration.ofMinutes(-61), Duration.ofMinutes(-59));

            LimitsTest.assertExact(members, cluster.issue("exact").revealOnce(), 3 * Cluster.LIMIT);
            assertRevocationHolds(cluster, members);
        } finally {
            off.forEach(Member::kill);
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
