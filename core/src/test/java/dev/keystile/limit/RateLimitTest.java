package dev.keystile.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keystile.key.KeyEnvironment;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RateLimitTest {

    static Stream<Arguments> parse_readable_isRead() {
        return Stream.of(
                Arguments.of("60/1m", RateLimit.perMinute(60)),
                Arguments.of("60/1m burst 10", RateLimit.perMinute(60).burst(10)),
                Arguments.of("100/1m burst 200", RateLimit.perMinute(100).burst(200)),
                Arguments.of(" 5/250ms ", RateLimit.of(5, Duration.ofMillis(250))),
                Arguments.of("60/1w", RateLimit.of(60, Duration.ofDays(7))),
                Arguments.of("50/1s", RateLimit.perSecond(50)),
                Arguments.of("180000/1h", RateLimit.perHour(180_000)),
                Arguments.of("2/30d", RateLimit.of(2, Duration.ofDays(30))),
                Arguments.of(
                        "day 100000/1d per account",
                        RateLimit.perDay(100_000).named("day").per(PartitionKind.ACCOUNT)),
                Arguments.of(
                        "60/1m burst 10 per address",
                        RateLimit.perMinute(60).burst(10).per(PartitionKind.ADDRESS)),
                Arguments.of("60/1m per attribute app", RateLimit.perMinute(60).perAttribute("app")),
                Arguments.of("50/1s over 1h", RateLimit.perHour(180_000)),
                Arguments.of(
                        "a 50/1s over 1h burst 100",
                        RateLimit.perHour(180_000).burst(100).named("a")),
                Arguments.of("60/1m over 1m", RateLimit.perMinute(60)),
                Arguments.of(
                        "60/1m burst 10 per attribute a_b-1 share sandbox 10% share test 50%",
                        RateLimit.perMinute(60)
                                .burst(10)
                                .perAttribute("a_b-1")
                                .share(KeyEnvironment.TEST, 50)
                                .share(KeyEnvironment.SANDBOX, 10)),
                Arguments.of(
                        "minute  600/1m\tburst 50 per key",
                        RateLimit.perMinute(600).burst(50).named("minute")));
    }

    @ParameterizedTest
    @MethodSource
    void parse_readable_isRead(String text, RateLimit expected) {
        assertThat(RateLimit.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "minute",
                "60",
                "/1m",
                "60/",
                "60/m",
                "60/1",
                "60/1y",
                "60/1 m",
                "60/1.5m",
                "1e3/1m",
                "60/99999999999999999999s",
                "99999999999999999999/1m",
                "60/1m burst",
                "60/1m burst ten",
                "60/1m 10",
                "60/1m per",
                "60/1m per ip",
                "60/1m per Address",
                "60/1m per addresses",
                "60/1m per address 64",
                "60/1m per key per address",
                "60/1m per address burst 10",
                "60/1m per key burst 10",
                "60/1m burst 10 burst 20",
                "a b 60/1m",
                "60/1m over",
                "60/1m over 1",
                "60/1m burst 10 over 1h",
                "60/1m per attribute",
                "60/1m per app",
                "60/1m share",
                "60/1m share sandbox",
                "60/1m share sandbox 10% per key",
                "60/1m share sandbox x%",
                "60/1m share sandbox 10",
                "60/1m share sandbox 0%",
                "60/1m share sandbox -1%",
                "60/1m share sandbox 100%",
                "60/1m share sandbox 99999999999%",
            })
    void parse_unreadable_saysWhatWouldBeRight(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.parse(text))
                .withMessageContaining("'" + text + "'")
                .withMessageContaining("[per key|account|address|attribute <name>]")
                .withMessageContaining("60/1m burst 10");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0/1m",
                "-1/1m",
                "1000000001/1m",
                "60/0s",
                "60/367d",
                "60/1m burst 0",
                "60/1m burst -1",
                "60/1m burst 1000000001",
                "60/1m over 90s",
                "60/1m over 1s",
                "60/1m over 0s",
                "1000000/1ms over 1h",
                "60/1m per attribute 2nd",
                "60/1m per attribute a.b",
                "60/1m share Sandbox 10%",
                "2nd 60/1m",
                "a.b 60/1m",
                "\"quoted\" 60/1m",
                // bucket4j would refuse to refill so fast, with the first request instead of at the start
                "1000000001/1s burst 5",
                "1000001/1ms burst 5",
            })
    void parse_outOfBounds_isRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.parse(text))
                .withMessageContaining("expected");
    }

    @Test
    void name_of64_isTheLongest() {
        assertThat(RateLimit.perMinute(1).named("n".repeat(64)).name()).hasSize(64);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.perMinute(1).named("n".repeat(65)));
    }

    @ParameterizedTest
    @CsvSource({
        // limit, window, bucket, capacity, milliseconds to refill
        "60/1m, true, false, 60, 0",
        "60/1m burst 10, true, true, 10, 10000",
        "60/1m burst 60, true, true, 60, 60000",
        "100/1m burst 200, false, true, 200, 120000",
    })
    void burst_decidesWhatCounts(String text, boolean window, boolean bucket, long capacity, long refillMillis) {
        RateLimit limit = RateLimit.parse(text);
        assertThat(limit.hasWindow()).isEqualTo(window);
        assertThat(limit.hasBucket()).isEqualTo(bucket);
        assertThat(limit.capacity()).isEqualTo(capacity);
        assertThat(limit.bucketRefillTime()).isEqualTo(Duration.ofMillis(refillMillis));
    }

    /** The last two have more digits than a double. */
    @ParameterizedTest
    @CsvSource({
        "7/1s burst 8, 1142857143",
        "7/366d burst 8, 36139885714285715",
        "999983/366d burst 1000000, 31622937589939029",
    })
    void bucketRefillTime_isExact_toTheNanosecond(String text, long nanos) {
        assertThat(RateLimit.parse(text).bucketRefillTime()).isEqualTo(Duration.ofNanos(nanos));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void charge_ofNothing_isRefused(long cost) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Charge.of(RateLimit.perMinute(1).named("a"), "key", "account", cost))
                .withMessageContaining("cost " + cost);
    }

    @Test
    void charge_countsForWhomTheLimitSays() {
        RateLimit perKey = RateLimit.perMinute(1).named("a");
        RateLimit perAccount = perKey.per(PartitionKind.ACCOUNT);
        assertThat(Charge.of(perKey, "key", "account", 1).partition())
                .extracting(Partition::kind, Partition::id)
                .containsExactly(PartitionKind.KEY, "key");
        assertThat(Charge.of(perAccount, "key", "account", 1).partition())
                .extracting(Partition::kind, Partition::id)
                .containsExactly(PartitionKind.ACCOUNT, "account");
        assertThat(Charge.of(RateLimit.perMinute(2).named("a"), "key", "account", 1)
                        .partition())
                .as("other figures are another count")
                .isNotEqualTo(Charge.of(perKey, "key", "account", 1).partition());
    }

    @Test
    void chargeFromAnAddress_isAnother_whereTheLimitCountsForAddresses() {
        RateLimit perKey = RateLimit.perMinute(1).named("a");
        RateLimit perAccount = perKey.per(PartitionKind.ACCOUNT);
        RateLimit perAddress = perKey.per(PartitionKind.ADDRESS);
        for (RateLimit limit : List.of(perKey, perAccount)) {
            Charge charge = Charge.of(limit, "key", "account", 1);
            assertThat(charge.from("192.0.2.1")).isSameAs(charge);
        }

        Charge nowhere = Charge.of(perAddress, "key", "account", 3);
        Charge home = nowhere.from("192.0.2.1");

        assertThat(home.cost()).isEqualTo(3);
        assertThat(home.partition().kind()).isEqualTo(PartitionKind.ADDRESS);
        assertThat(Charge.of(perAddress, "another", "account", 3).from("192.0.2.1"))
                .as("whichever key it uses")
                .isEqualTo(home);
        assertThat(List.of(
                        nowhere,
                        home,
                        nowhere.from("192.0.2.11"),
                        Charge.of(perAddress, "key", "account2", 3).from("192.0.2.1"),
                        Charge.of(perAddress, "key", "account:", 3).from("192.0.2.1"),
                        Charge.of(perAddress, "key", "account", 3).from(":192.0.2.1")))
                .extracting(Charge::partition)
                .doesNotHaveDuplicates();
    }

    @Test
    void chargeFromAnAddress_printsWithoutIt() {
        Charge charge = Charge.of(RateLimit.perMinute(7).named("visitor").per(PartitionKind.ADDRESS), "key", "acme", 1)
                .from("192.0.2.1");
        assertThat(charge.toString())
                .isEqualTo("Charge[1 of " + charge.partition() + "]")
                .contains("visitor 7/PT1M", "address")
                .doesNotContain("192");
        assertThat(Charge.of(RateLimit.perMinute(7).named("visitor"), "keyOne123456", "acme", 1)
                        .toString())
                .contains("key keyOne123456");
    }

    @ParameterizedTest
    @CsvSource({
        // limit, count and burst of the sandbox
        "180000/1h share sandbox 10%, 18000, 0",
        "3600/1h share sandbox 10%, 360, 0",
        "1/1s over 1h share sandbox 10%, 360, 0",
        "60/1m burst 10 share sandbox 25%, 15, 2",
        "100/1m burst 200 share sandbox 99%, 99, 198",
        "5/1m share sandbox 10%, 1, 0",
        "60/1m burst 3 share sandbox 1%, 1, 1",
        "1000000000/1h share sandbox 99%, 990000000, 0",
    })
    void share_isAPartOfTheFigures_forItsEnvironmentAlone(String text, long count, long burst) {
        RateLimit limit = RateLimit.parse(text);
        RateLimit sandbox = limit.in(KeyEnvironment.SANDBOX);

        assertThat(sandbox.count()).isEqualTo(count);
        assertThat(sandbox.burst()).isEqualTo(burst);
        assertThat(sandbox.window()).isEqualTo(limit.window());
        assertThat(sandbox.shares()).isEmpty();
        assertThat(limit.in(KeyEnvironment.LIVE)).isSameAs(limit);
        assertThat(sandbox.in(KeyEnvironment.LIVE)).isSameAs(sandbox);
    }

    @Test
    void share_setTwice_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.parse("60/1m share test 10% share test 20%"))
                .withMessageContaining("share test is set twice");
    }

    @Test
    void perAttribute_isSaidByItsName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.perMinute(1).per(PartitionKind.ATTRIBUTE));
        assertThat(RateLimit.perMinute(1).perAttribute("app"))
                .isNotEqualTo(RateLimit.perMinute(1).perAttribute("project"));
        assertThat(RateLimit.perMinute(1)
                        .perAttribute("app")
                        .per(PartitionKind.KEY)
                        .attribute())
                .isEmpty();
    }
}
