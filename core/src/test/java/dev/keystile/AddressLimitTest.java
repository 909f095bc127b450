package dev.keystile;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.keystile.decision.Allowed;
import dev.keystile.decision.Decision;
import dev.keystile.decision.DecisionEvent;
import dev.keystile.decision.Denied;
import dev.keystile.http.TrustedProxies;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import dev.keystile.scope.Rule;
import dev.keystile.scope.ScopePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Limits that count per address. */
@Timeout(30)
final class AddressLimitTest {

    private static final String HOME = "192.0.2.1";
    private static final String OFFICE = "192.0.2.2";

    private final ManualTime time = new ManualTime();
    private final List<DecisionEvent> heard = new ArrayList<>();
    private Keystile keystile;

    @BeforeEach
    void open() {
        open(it -> it);
    }

    private void open(UnaryOperator<KeystileBuilder> changes) {
        close();
        keystile = changes.apply(Keystile.builder(KeyStore.inMemory())
                        .prefixes(KeyPrefix.secret("acme_live_", LIVE), KeyPrefix.secret("acme_test_", TEST))
                        .hashers(new CountingHasher())
                        .rules(ScopePolicy.builder()
                                .rule(Rule.parse("a", "GET /a authenticated"))
                                .rule(Rule.parse("costly", "GET /costly authenticated cost=2"))
                                .rule(Rule.parse("export", "GET /export authenticated limit=exports"))
                                .rule(Rule.parse("import", "GET /import authenticated limit=imports"))
                                .build())
                        .plans(
                                Plan.parse("web", "3/1m per address"),
                                Plan.parse("both", "all 5/1m, each 2/1m per address"),
                                Plan.parse("plain", "100/1m"))
                        .limits(
                                RateLimit.parse("exports 2/1m per address"),
                                RateLimit.perMinute(2).named("imports"))
                        .listener(heard::add)
                        .time(time))
                .build();
    }

    @AfterEach
    void close() {
        if (keystile != null) {
            keystile.close();
        }
    }

    private String issue(String account, KeyEnvironment environment, String plan) {
        return keystile.keyManager()
                .issue(NewKey.of(account, "a key", environment).plan(plan).build(), new Actor.Operator("test"))
                .revealOnce();
    }

    private Decision request(String path, String key, String address) {
        return keystile.decide(TestRequest.get(path).bearer(key).from(address));
    }

    /** How many are let through until one is not. */
    private int admitted(String path, String key, String address) {
        int admitted = 0;
        Decision decision = request(path, key, address);
        while (decision instanceof Allowed) {
            admitted++;
            decision = request(path, key, address);
        }
        assertThat(((Denied) decision).cause().word()).isEqualTo("rate-limited");
        return admitted;
    }

    @Test
    void addresses_countApart_whicheverKeyOfTheAccountTheyUse() {
        String key = issue("acme", LIVE, "web");
        String another = issue("acme", LIVE, "web");

        assertThat(request("/a", key, HOME)).isInstanceOf(Allowed.class);
        assertThat(admitted("/a", another, HOME)).isEqualTo(2);
        assertThat(admitted("/a", key, HOME)).isZero();
        assertThat(admitted("/a", key, OFFICE)).isEqualTo(3);

        time.advance(Duration.ofMinutes(1));
        assertThat(admitted("/a", key, HOME)).isEqualTo(3);
    }

    @Test
    void accountsAndEnvironments_countApart_atOneAddress() {
        assertThat(admitted("/a", issue("acme", LIVE, "web"), HOME)).isEqualTo(3);
        assertThat(admitted("/a", issue("acme", TEST, "web"), HOME)).isEqualTo(3);
        assertThat(admitted("/a", issue("other", LIVE, "web"), HOME)).isEqualTo(3);
    }

    /** Which address it is, is that of failed authentication. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // peer, header; of another request; whether they count together
                "192.0.2.1 | 203.0.113.1              | 192.0.2.1 | 203.0.113.2           | true",
                "10.0.0.1  | 203.0.113.1              | 10.0.0.1  | 203.0.113.2           | false",
                "10.0.0.1  | 203.0.113.1              | 10.0.0.2  | 203.0.113.1           | true",
                "10.0.0.1  | 198.51.100.1, 203.0.113.1 | 10.0.0.1 | 198.51.100.2, 203.0.113.1 | true",
                "10.0.0.1  | 203.0.113.1, 198.51.100.1 | 10.0.0.1 | 203.0.113.1, 198.51.100.2 | false",
                "10.0.0.1  | 2001:db8:1:2::1          | 10.0.0.1  | 2001:db8:1:2:ffff::1  | true",
                "10.0.0.1  | 2001:db8:1:2::1          | 10.0.0.1  | 2001:db8:1:3::1       | false",
                "2001:db8:1:2::1 | 203.0.113.1        | 2001:db8:1:2::2 | 203.0.113.2     | true",
            })
    void address_isTheClients_asTrustedProxiesTellIt(
            String peer, String header, String otherPeer, String otherHeader, boolean together) {
        open(it -> it.trustedProxies(TrustedProxies.of(TrustedProxies.Header.X_FORWARDED_FOR, "10.0.0.0/8")));
        String key = issue("acme", LIVE, "web");
        TestRequest one = TestRequest.get("/a").bearer(key).from(peer).header("X-Forwarded-For", header);
        TestRequest other = TestRequest.get("/a").bearer(key).from(otherPeer).header("X-Forwarded-For", otherHeader);
        for (int i = 0; i < 3; i++) {
            assertThat(keystile.decide(one)).isInstanceOf(Allowed.class);
        }
        assertThat(keystile.decide(one)).isInstanceOf(Denied.class);

        assertThat(keystile.decide(other)).isInstanceOf(together ? Denied.class : Allowed.class);
    }

    @Test
    void whatNamesNoAddress_countsTogether() {
        String key = issue("acme", LIVE, "web");
        assertThat(admitted("/a", key, "")).isEqualTo(3);
        assertThat(admitted("/a", key, HOME)).isEqualTo(3);
    }

    @Test
    void besideOtherLimits_takesAllOrNothing_inTheOrderOfThePlan() {
        String key = issue("acme", LIVE, "both");

        assertThat(request("/a", key, HOME).limits().orElseThrow().statuses())
                .extracting(it -> it.limit().name(), LimitStatus::remaining)
                .containsExactly(tuple("all", 4L), tuple("each", 1L));
        assertThat(admitted("/a", key, HOME)).isEqualTo(1);
        Denied denied = (Denied) request("/a", key, HOME);
        assertThat(denied.detail()).isEqualTo("each");
        assertThat(denied.limits().orElseThrow().statuses())
                .extracting(it -> it.limit().name(), LimitStatus::remaining)
                .containsExactly(tuple("all", 3L), tuple("each", 0L));
        assertThat(admitted("/a", key, OFFICE)).isEqualTo(2);
        assertThat(admitted("/a", key, "192.0.2.3")).isEqualTo(1);
        assertThat(((Denied) request("/a", key, "192.0.2.4")).detail()).isEqualTo("all");
    }

    @Test
    void costOfARule_isTakenFromTheAddress() {
        String key = issue("acme", LIVE, "web");
        assertThat(admitted("/costly", key, HOME)).isEqualTo(1);
        assertThat(admitted("/a", key, HOME)).isEqualTo(1);
        assertThat(admitted("/costly", key, OFFICE)).isEqualTo(1);
    }

    @Test
    void limitOfARule_countsPerAddress_besideAPlanThatDoesNot() {
        String key = issue("acme", LIVE, "plain");
        assertThat(admitted("/export", key, HOME)).isEqualTo(2);
        assertThat(admitted("/export", key, OFFICE)).isEqualTo(2);
        assertThat(request("/a", key, HOME).limits().orElseThrow().decisive().remaining())
                .isEqualTo(95);
    }

    @Test
    void limitOfARule_countsPerKey_besideAPlanThatCountsPerAddress() {
        String key = issue("acme", LIVE, "web");
        assertThat(admitted("/import", key, HOME)).isEqualTo(2);
        assertThat(((Denied) request("/import", key, OFFICE)).detail()).isEqualTo("imports");
        assertThat(admitted("/a", key, HOME)).isEqualTo(1);
    }

    @Test
    void decisionWithoutBlocking_countsTheAddress() {
        String key = issue("acme", LIVE, "web");
        assertThat(request("/a", key, HOME)).isInstanceOf(Allowed.class);
        TestRequest request = TestRequest.get("/a").bearer(key).from(HOME);
        assertThat(keystile.decideWithoutBlocking(request).orElseThrow()).isInstanceOf(Allowed.class);
        assertThat(keystile.decideWithoutBlocking(request).orElseThrow()).isInstanceOf(Allowed.class);
        assertThat(keystile.decideWithoutBlocking(request).orElseThrow()).isInstanceOf(Denied.class);
    }

    /** Others pay nothing for it. */
    @ParameterizedTest
    @CsvSource({"/a, plain, 0", "/import, plain, 0", "/costly, plain, 0", "/a, web, 1", "/export, plain, 1"})
    void address_isLookedAt_whereALimitCountsForIt(String path, String plan, int times) {
        String key = issue("acme", LIVE, plan);
        TestRequest request = TestRequest.get(path).bearer(key);
        keystile.decide(request);
        int before = request.addressLooks();
        assertThat(keystile.decide(request)).isInstanceOf(Allowed.class);
        assertThat(request.addressLooks() - before).isEqualTo(times);
    }

    /** What a decision says ends up in logs. */
    @Test
    void address_isInNothingThatADecisionSays() {
        open(it -> it.limiter(RateLimiter.inMemory(time, 2)));
        String key = issue("acme", LIVE, "web");
        heard.clear();
        assertThat(admitted("/a", key, HOME)).isEqualTo(3);
        Denied full = (Denied) request("/a", key, OFFICE);

        assertThat(full.cause().word()).isEqualTo("could-not-tell");
        assertThat(full.detail()).contains("1 addresses");
        assertThat(heard).hasSize(5);
        assertThat(heard.toString()).contains("RATE_LIMITED", "per address").doesNotContain("192.0");
    }
}
