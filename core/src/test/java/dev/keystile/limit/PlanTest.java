package dev.keystile.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlanTest {

    @Test
    void loneLimit_unnamed_isCalledLikeItsPlan() {
        assertThat(Plan.parse("starter", "60/1m burst 10").limits())
                .extracting(RateLimit::name, RateLimit::burstName, RateLimit::count, RateLimit::burst)
                .containsExactly(tuple("starter", "burst", 60L, 10L));
    }

    @Test
    void loneLimit_named_keepsItsName() {
        assertThat(Plan.parse("starter", "minute 60/1m").limits())
                .containsExactly(RateLimit.perMinute(60).named("minute"));
    }

    @Test
    void severalLimits_areReadInOrder() {
        assertThat(Plan.parse("pro", "minute 600/1m burst 50, day 100000/1d per account")
                        .limits())
                .isEqualTo(List.of(
                        RateLimit.perMinute(600).burst(50).named("minute"),
                        RateLimit.perDay(100_000).named("day").per(PartitionKind.ACCOUNT)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pro | minute 600/1m, 100000/1d | several limits",
                "pro | a 600/1m, a 100000/1d    | two limits named 'a'",
                "pro | a 6/1m burst 2, a-burst 9/1h | and a burst named 'a-burst'",
                "pro | 60/1m,                   | expected",
                "2nd | 60/1m                    | plan '2nd'",
                "p.q | 60/1m                    | plan 'p.q'",
            })
    void wrongPlan_isRefused(String name, String limits, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Plan.parse(name, limits))
                .withMessageContaining(message);
    }

    @Test
    void planWithoutLimits_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Plan("empty", List.of()))
                .withMessageContaining("'empty' has no limit");
    }
}
