package dev.keystile.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RefillTest {

    @ParameterizedTest
    @CsvSource({
        "60/1m burst 10, 1, 1000000000",
        "7/1s burst 8, 7, 1000000000",
        "1000000/1d burst 2000000, 1, 86400000",
        "999999937/366d burst 1, 999999937, 31622400000000000",
        "1000000000/1s burst 1, 1, 1"
    })
    void refill_ofALimit_isInLowestTerms(String limit, long tokens, long periodNanos) {
        Refill refill = Refill.of(RateLimit.parse(limit));

        assertThat(refill).isEqualTo(new Refill(tokens, periodNanos));
        assertThat(refill.period()).isEqualTo(Duration.ofNanos(periodNanos));
    }

    @ParameterizedTest
    @CsvSource({
        // tokens, period, missing, begun, nanoseconds
        "1, 1000, 3, 0, 3000",
        "1, 1000, 3, 1, 2999",
        "7, 1000, 1, 0, 143",
        "7, 1000, 1, 999, 1",
        "7, 1000, 7, 0, 1000",
        "7, 1000, 7, 1, 1000",
        "7, 1000, 0, 0, 0",
        "7, 1000, -5, 0, 0",
        // 3 * 31622400000000000 * 333333313 is more than a long holds; the quotient is not
        "999999937, 31622400000000000, 999999937, 0, 31622400000000000",
        "999999937, 31622400000000000, 999999937, 31622399999999999, 31622399968377599",
        "2, 9223372036854775807, 3, 0, 9223372036854775807",
        "1, 31622400000000000, 1000000000, 0, 9223372036854775807"
    })
    void nanosUntil_isExact_andRoundedUp(long tokens, long periodNanos, long missing, long begun, long expected) {
        assertThat(new Refill(tokens, periodNanos).nanosUntil(missing, begun)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 0", "-1, 1", "1, -1"})
    void refill_ofNothing_isRefused(long tokens, long periodNanos) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Refill(tokens, periodNanos));
    }
}
