package dev.keystile;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.decision.Decision;
import dev.keystile.decision.DecisionEvent;
import dev.keystile.decision.Denied;
import dev.keystile.http.HttpAnswer;
import dev.keystile.http.TrustedProxies;
import dev.keystile.key.Actor;
import dev.keystile.key.AddressRange;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.scope.ScopePolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys that may be used from some addresses only. */
@Timeout(30)
final class AddressesTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final String HOME = "192.0.2.1";

    private final ManualTime time = new ManualTime();
    private final CountingHasher hasher = new CountingHasher();
    private final FaultyStore store = new FaultyStore(KeyStore.inMemory());
    private final List<DecisionEvent> heard = new ArrayList<>();
    private Keystile keystile;

    @BeforeEach
    void open() {
        keystile = Keystile.builder(store)
                .prefixes(KeyPrefix.secret("acme_live_", LIVE))
                .hashers(hasher)
                .rules(ScopePolicy.builder()
                        .allow("GET", "/a", "authenticated")
                        .allow("GET", "/b", "authenticated")
                        .build())
                .plans(Plan.of("starter", RateLimit.perMinute(2)))
                .failureLimit(RateLimit.perMinute(3))
                .trustedProxies(TrustedProxies.of(TrustedProxies.Header.X_FORWARDED_FOR, "10.0.0.0/8"))
                .time(time)
                .listener(heard::add)
                .build();
    }

    @AfterEach
    void close() {
        keystile.close();
    }

    private String issue(String... ranges) {
        return keystile.keyManager()
                .issue(
                        NewKey.of("acme", "a key", LIVE)
                                .plan("starter")
                                .addresses(Arrays.stream(ranges)
                                        .map(AddressRange::parse)
                                        .toList())
                                .build(),
                        OPERATOR)
                .revealOnce();
    }

    private Decision present(String key, String address) {
        return keystile.decide(TestRequest.get("/a").bearer(key).from(address));
    }

    private String shown(String key, String address) {
        return present(key, address) instanceof Denied denied ? denied.cause().word() : "allowed";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            emptyValue = "",
            value = {
                // ranges of the key            | received from         | X-Forwarded-For                | outcome
                "192.0.2.1                      | 192.0.2.1             | -                              | allowed",
                "192.0.2.1                      | 192.0.2.2             | -                              | refused",
                "192.0.2.0/24 198.51.100.0/24   | 198.51.100.255        | -                              | allowed",
                "192.0.2.0/24 198.51.100.0/24   | 198.51.101.0          | -                              | refused",
                "192.0.2.0/25                   | 192.0.2.128           | -                              | refused",
                "0.0.0.0/0                      | 203.0.113.1           | -                              | allowed",
                "0.0.0.0/0                      | 2001:db8::1           | -                              | refused",
                "2001:db8:1::/48                | 2001:db8:1:ffff::1    | -                              | allowed",
                "2001:db8:1::/48                | 2001:db8:2::1         | -                              | refused",
                // The whole address counts, not the network by which failures are counted.
                "2001:db8:1:2::5                | 2001:db8:1:2::5       | -                              | allowed",
                "2001:db8:1:2::5                | 2001:db8:1:2::6       | -                              | refused",
                "192.0.2.1                      | ::ffff:192.0.2.1      | -                              | allowed",
                "192.0.2.1                      | [::ffff:c000:201]     | -                              | allowed",
                "::ffff:192.0.2.1               | 192.0.2.1             | -                              | allowed",
                "fe80::1                        | fe80::1%eth0          | -                              | allowed",
                // Behind a proxy
                "192.0.2.1                      | 10.0.0.1              | 192.0.2.1                      | allowed",
                "192.0.2.1                      | 10.0.0.1              | 192.0.2.1, 203.0.113.1         | refused",
                "192.0.2.1                      | 10.0.0.1              | 203.0.113.1, 192.0.2.1         | allowed",
                "192.0.2.1                      | 10.0.0.1              | 192.0.2.1, 10.0.0.2            | allowed",
                "10.0.0.0/8                     | 10.0.0.1              | 203.0.113.1                    | refused",
                "10.0.0.0/8                     | 10.0.0.1              | -                              | allowed",
                "10.0.0.0/8                     | 10.0.0.1              | 10.0.0.2                       | allowed",
                // A header of whom nobody trusts is the client's.
                "192.0.2.1                      | 203.0.113.1           | 192.0.2.1                      | refused",
                // What cannot be told is no address of the key, whosever it is.
                "10.0.0.0/8                     | 10.0.0.1              | unknown                        | refused",
                "10.0.0.0/8                     | 10.0.0.1              | 10.0.0.2, unknown              | refused",
                "10.0.0.0/8                     | 10.0.0.1              | unknown, 10.0.0.2              | refused",
                "10.0.0.0/8                     | 10.0.0.1              | ''                             | refused",
                "0.0.0.0/0 ::/0                 | unix:/run/app.sock    | -                              | refused",
                "0.0.0.0/0 ::/0                 | ''                    | -                              | refused",
            })
    void key_isGoodFromItsAddressesOnly(String ranges, String peer, String forwarded, String expected) {
        String key = issue(ranges.split(" "));
        TestRequest request = TestRequest.get("/a").bearer(key).from(peer);
        if (forwarded != null) {
            request.header("X-Forwarded-For", forwarded);
        }
        String shown = keystile.decide(request) instanceof Denied denied
                ? denied.cause().word()
                : "allowed";
        assertThat(shown).isEqualTo(expected.equals("refused") ? "key-address-refused" : expected);
    }

    @Test
    void keyWithoutAList_isGoodFromEverywhere() {
        assertThat(shown(issue(), "203.0.113.77")).isEqualTo("allowed");
        assertThat(shown(issue(), "unix:/run/app.sock")).isEqualTo("allowed");
    }

    @Test
    void clientLearnsNothing_andTheListenerAll() {
        String key = issue(HOME);
        TestRequest elsewhere = TestRequest.get("/a").bearer(key).from("203.0.113.1");
        Denied denied = (Denied) keystile.decide(elsewhere);
        HttpAnswer answer = keystile.answer(denied, elsewhere);
        TestRequest wrong = TestRequest.get("/a").bearer("acme_live_nothing").from("203.0.113.1");
        Denied malformed = (Denied) keystile.decide(wrong);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.headers().keySet())
                .isEqualTo(keystile.answer(malformed, wrong).headers().keySet());
        assertThat(withoutId(answer, denied)).isEqualTo(withoutId(keystile.answer(malformed, wrong), malformed));

        assertThat(denied.detail()).isEqualTo("the key may not be used from 203.0.113.1");
        assertThat(denied.principal().orElseThrow().account()).isEqualTo("acme");
        assertThat(denied.rule()).isPresent();
        assertThat(heard.get(0).decision()).isEqualTo(denied);
        Denied unknown = (Denied) present(key, "nowhere");
        assertThat(unknown.detail()).isEqualTo("it cannot be told where the request comes from");
    }

    private static String withoutId(HttpAnswer answer, Denied denied) {
        String uuid = denied.requestId().substring(4);
        return answer.body()
                .replace(denied.requestId(), "id")
                .replaceAll("urn:uuid:[0-9a-f-]{36}", "urn")
                .replace(uuid, "id");
    }

    @Test
    void wrongSecret_isToldBeforeTheAddress() {
        String key = issue(HOME);
        String wrong = KeystileTest.textOf(key.substring(0, 22) + "0".repeat(27));
        assertThat(shown(wrong, "203.0.113.1")).isEqualTo("key-wrong-secret");
    }

    @Test
    void address_isToldBeforeTheRateLimit_andTakesNothingFromIt() {
        String key = issue(HOME);
        assertThat(shown(key, "203.0.113.1")).isEqualTo("key-address-refused");
        assertThat(shown(key, HOME)).isEqualTo("allowed");
        assertThat(shown(key, HOME)).isEqualTo("allowed");
        assertThat(shown(key, HOME)).isEqualTo("rate-limited");
        assertThat(shown(key, "203.0.113.1")).isEqualTo("key-address-refused");
    }

    @Test
    void refusal_countsAsAFailureOfItsAddress_andLocksNobodyOutElsewhere() {
        String key = issue(HOME);
        for (int i = 0; i < 3; i++) {
            assertThat(shown(key, "203.0.113.1")).isEqualTo("key-address-refused");
        }
        assertThat(shown(key, "203.0.113.1")).isEqualTo("too-many-failures");
        assertThat(shown("acme_live_nothing", "203.0.113.1")).isEqualTo("too-many-failures");
        assertThat(shown(key, HOME)).isEqualTo("allowed");
    }

    @Test
    void decisionWithoutBlocking_looksAtTheAddressToo() {
        String key = issue(HOME);
        present(key, HOME);
        Decision decision = keystile.decideWithoutBlocking(
                        TestRequest.get("/a").bearer(key).from("203.0.113.1"))
                .orElseThrow();
        assertThat(((Denied) decision).cause().word()).isEqualTo("key-address-refused");
    }

    @Test
    void dispatchInside_ofAKnownCaller_isNotAskedAgain_andOneWithoutIs() {
        String key = issue(HOME);
        Decision outer = present(key, HOME);
        TestRequest inside = TestRequest.get("/b").bearer(key).from("203.0.113.1");
        assertThat(keystile.decideDispatch(inside, outer.principal()).outcome().word())
                .isEqualTo("allowed");
        assertThat(((Denied) keystile.decideDispatch(inside, Optional.empty()))
                        .cause()
                        .word())
                .isEqualTo("key-address-refused");
    }
}
