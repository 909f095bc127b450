package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.keystile.KeystileHealth;
import dev.keystile.key.KeyHealth;
import dev.keystile.limit.LimiterHealth;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the indicator says of what cannot be brought about in a whole application yet. */
class HealthReportTest {

    private static final KeyHealth WELL =
            new KeyHealth(true, Duration.ofNanos(1_234_567), true, Duration.ofMillis(499), Duration.ofSeconds(2), 3);

    @ParameterizedTest
    @EnumSource(
            value = LimiterHealth.State.class,
            names = {"FALLEN_BACK", "REFUSING"})
    void limiter_isToldWithTheTimeSinceWhen(LimiterHealth.State state) {
        LimiterHealth limiter = new LimiterHealth(true, state, Optional.of(Instant.parse("2026-03-01T12:00:00Z")));

        HealthReport report = HealthReport.of(new KeystileHealth(WELL, limiter));

        assertThat(report.up()).isEqualTo(state == LimiterHealth.State.FALLEN_BACK);
        assertThat(report.details())
                .contains(
                        entry("degraded", true),
                        entry(
                                "limiter",
                                Map.of("state", state.word(), "shared", true, "since", "2026-03-01T12:00:00Z")));
    }

    @Test
    void times_areTextToTheMillisecond() {
        HealthReport report = HealthReport.of(new KeystileHealth(WELL, LimiterHealth.local()));

        assertThat(report.up()).isTrue();
        assertThat(report.details())
                .containsExactly(
                        entry("degraded", false),
                        entry("store", Map.of("answers", true, "sinceAnswer", "PT0.001S")),
                        entry(
                                "changes",
                                Map.of("read", true, "sinceRead", "PT0.499S", "lease", "PT2S", "trusted", true)),
                        entry("limiter", Map.of("state", "working", "shared", false)),
                        entry("proofsWaiting", 3));
    }
}
