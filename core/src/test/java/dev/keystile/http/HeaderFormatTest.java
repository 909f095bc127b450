package dev.keystile.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HeaderFormatTest {

    private static final RateLimit STARTER =
            Plan.parse("starter", "60/1m burst 10").limits().get(0);
    private static final RateLimit DAY = RateLimit.perDay(1000).named("day");
    private static final long NOW_MILLIS = 1_700_000_000_250L;

    private static LimitStatus status(RateLimit limit, long remaining, Duration reset, Duration retry, boolean burst) {
        return new LimitStatus(limit, remaining, reset.toNanos(), retry.toNanos(), burst);
    }

    private static RateLimitResult admitted(LimitStatus... statuses) {
        return new RateLimitResult(true, List.of(statuses));
    }

    private static RateLimitResult denied(LimitStatus... statuses) {
        return new RateLimitResult(false, List.of(statuses));
    }

    private static Map<String, String> written(HeaderFormat format, RateLimitResult limits) {
        Map<String, String> headers = new LinkedHashMap<>();
        format.write(
                limits,
                NOW_MILLIS,
                (name, value) ->
                        assertThat(headers.put(name, value)).as("%s once", name).isNull());
        return headers;
    }

    private static final RateLimitResult ADMITTED =
            admitted(status(STARTER, 50, Duration.ofMillis(29_600), Duration.ZERO, false));

    @Test
    void xRateLimit_admitted_tellsRateWindowAndItsEnd() {
        // 1,700,000,000.25 s and 29.6 s, rounded up
        assertThat(written(HeaderFormat.xRateLimit(), ADMITTED))
                .containsExactly(
                        Map.entry("X-RateLimit-Limit", "60"),
                        Map.entry("X-RateLimit-Remaining", "50"),
                        Map.entry("X-RateLimit-Reset", "1700000030"));
    }

    @ParameterizedTest
    @CsvSource({
        // milliseconds to retry, Reset: now rounded up and Retry-After
        "1,     1700000002",
        "1000,  1700000002",
        "1001,  1700000003",
        "59000, 1700000060",
    })
    void xRateLimit_denied_tellsWhenARetryCanSucceed(long retryMillis, String reset) {
        RateLimitResult denied =
                denied(status(STARTER, 50, Duration.ofSeconds(30), Duration.ofMillis(retryMillis), true));
        assertThat(written(HeaderFormat.xRateLimit(), denied))
                .containsExactly(
                        Map.entry("X-RateLimit-Limit", "60"),
                        Map.entry("X-RateLimit-Remaining", "0"),
                        Map.entry("X-RateLimit-Reset", reset));
    }

    @Test
    void xRateLimit_ofSeveral_tellsTheDecisiveOne() {
        LimitStatus day = status(DAY, 100, Duration.ofHours(5), Duration.ZERO, false);
        assertThat(written(HeaderFormat.xRateLimit(), admitted(ADMITTED.decisive(), day)))
                .containsEntry("X-RateLimit-Limit", "1000")
                .containsEntry("X-RateLimit-Remaining", "100");
        LimitStatus spent = status(STARTER, 0, Duration.ofSeconds(9), Duration.ofSeconds(9), false);
        assertThat(written(HeaderFormat.xRateLimit(), denied(day, spent)))
                .containsEntry("X-RateLimit-Limit", "60")
                .containsEntry("X-RateLimit-Remaining", "0");
    }

    @Test
    void ietf_admitted_isAsTheContractSays() {
        assertThat(written(HeaderFormat.ietf(), ADMITTED))
                .containsExactly(
                        Map.entry("RateLimit-Policy", "\"burst\";q=10;w=10, \"starter\";q=60;w=60"),
                        Map.entry("RateLimit", "\"starter\";r=50;t=30"));
    }

    @ParameterizedTest
    @CsvSource({
        // milliseconds to retry, whether it is the burst, RateLimit
        "1,     true,  '\"burst\";r=0;t=1'",
        "1001,  true,  '\"burst\";r=0;t=2'",
        "59000, false, '\"starter\";r=0;t=59'",
    })
    void ietf_denied_tellsTheViolatedPolicy(long retryMillis, boolean burst, String expected) {
        assertThat(written(
                        HeaderFormat.ietf(),
                        denied(status(STARTER, 50, Duration.ofSeconds(59), Duration.ofMillis(retryMillis), burst))))
                .containsEntry("RateLimit", expected);
    }

    @Test
    void ietf_ofSeveral_namesEachBurstForItsLimit() {
        RateLimit minute = RateLimit.perMinute(60).burst(10).named("minute");
        LimitStatus spent = status(minute, 40, Duration.ofSeconds(9), Duration.ofMillis(600), true);
        LimitStatus day = status(DAY, 100, Duration.ofHours(5), Duration.ZERO, false);
        assertThat(written(HeaderFormat.ietf(), denied(spent, day)))
                .containsExactly(
                        Map.entry(
                                "RateLimit-Policy",
                                "\"minute-burst\";q=10;w=10, \"minute\";q=60;w=60, \"day\";q=1000;w=86400"),
                        Map.entry("RateLimit", "\"minute-burst\";r=0;t=1"));
    }

    @Test
    void ietf_withoutBurst_hasOnePolicy() {
        assertThat(written(HeaderFormat.ietf(), admitted(status(DAY, 999, Duration.ofDays(1), Duration.ZERO, false))))
                .containsEntry("RateLimit-Policy", "\"day\";q=1000;w=86400")
                .containsEntry("RateLimit", "\"day\";r=999;t=86400");
    }

    @Test
    void custom_fillsItsPlaceholders() {
        HeaderFormat format = HeaderFormat.custom(Map.of(
                "X-All", "{policy}: {used}+{remaining}={limit}, {reset}, in {reset_after} s",
                "X-Plain", "as it is"));
        assertThat(written(format, ADMITTED))
                .containsEntry("X-All", "starter: 10+50=60, 1700000030, in 30 s")
                .containsEntry("X-Plain", "as it is");
        assertThat(written(format, denied(status(STARTER, 50, Duration.ofSeconds(30), Duration.ofMillis(400), true))))
                .containsEntry("X-All", "starter: 60+0=60, 1700000002, in 1 s");
    }

    @Test
    void ietf_ofBucketAboveItsRate_tellsWhatItHolds() {
        RateLimit bursty = Plan.parse("starter", "100/1m burst 200").limits().get(0);
        LimitStatus status = status(bursty, 150, Duration.ofSeconds(30), Duration.ZERO, false);
        assertThat(written(HeaderFormat.ietf(), admitted(status)))
                .containsExactly(
                        Map.entry("RateLimit-Policy", "\"starter\";q=200;w=120"),
                        Map.entry("RateLimit", "\"starter\";r=150;t=30"));
    }

    @Test
    void custom_ofBucketAboveItsRate_usesNothingNegative() {
        RateLimit bursty = RateLimit.perMinute(100).burst(200).named("bursty");
        HeaderFormat format = HeaderFormat.custom(Map.of("X-Used", "{used}"));
        assertThat(written(format, admitted(status(bursty, 199, Duration.ofSeconds(1), Duration.ZERO, false))))
                .containsEntry("X-Used", "0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{key}", "{}", "{ limit }", "{Limit}", "{limit}{nonsense}"})
    void custom_unknownPlaceholder_isRefused(String template) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeaderFormat.custom(Map.of("X", template)))
                .withMessageContaining("expected one of")
                .withMessageContaining("limit");
    }

    /** A header's name must be a token, and its value may not end the line. */
    @ParameterizedTest
    @CsvSource({"'X Y', v", "'', v", "'X:', v", "X\u00e9, v", "X, 'a\nb'", "X, 'a\rb'"})
    void custom_thatIsNoHeader_isRefused(String name, String template) {
        assertThatIllegalArgumentException().isThrownBy(() -> HeaderFormat.custom(Map.of(name, template)));
    }

    /** Nobody waits 292 years; what counts is that no figure turns negative. */
    @Test
    void endlessWait_overflowsNowhere() {
        RateLimit slow =
                RateLimit.of(1, Duration.ofDays(366)).burst(1_000_000_000).named("slow");
        RateLimitResult denied = denied(new LimitStatus(slow, 0, Long.MAX_VALUE, Long.MAX_VALUE, false));
        for (HeaderFormat format : List.of(HeaderFormat.xRateLimit(), HeaderFormat.ietf())) {
            assertThat(written(format, denied).values())
                    .noneMatch(it -> it.contains("-") && !it.startsWith("\"slow"))
                    .noneMatch(it -> it.contains("=-"));
        }
        assertThat(written(HeaderFormat.ietf(), denied)).containsEntry("RateLimit", "\"slow\";r=0;t=9223372037");
    }
}
