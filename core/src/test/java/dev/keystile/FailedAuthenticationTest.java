package dev.keystile;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.decision.Allowed;
import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.Decision;
import dev.keystile.decision.DecisionEvent;
import dev.keystile.decision.Denied;
import dev.keystile.http.HttpAnswer;
import dev.keystile.http.TrustedProxies;
import dev.keystile.key.Actor;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.limit.RateLimit;
import dev.keystile.scope.ScopePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class FailedAuthenticationTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final String HOME = "192.0.2.1";
    private static final String MALFORMED = "acme_live_nothing";

    private final ManualTime time = new ManualTime();
    private final CountingHasher hasher = new CountingHasher();
    private final FaultyStore store = new FaultyStore(KeyStore.inMemory());
    private Keystile keystile;

    @BeforeEach
    void open() {
        open(it -> it.failureLimit(RateLimit.perMinute(5)));
    }

    private void open(UnaryOperator<KeystileBuilder> changes) {
        close();
        keystile = changes.apply(Keystile.builder(store)
                        .prefixes(KeyPrefix.secret("acme_live_", LIVE))
                        .hashers(hasher)
                        .rules(ScopePolicy.builder()
                                .allow("GET", "/a", "authenticated")
                                .allow("GET", "/public", "public")
                                .build())
                        .time(time))
                .build();
    }

    @AfterEach
    void close() {
        if (keystile != null) {
            keystile.close();
        }
    }

    private String issue() {
        return keystile.keyManager()
                .issue(NewKey.of("acme", "a key", LIVE).build(), OPERATOR)
                .revealOnce();
    }

    /** A well-formed key that nobody has. */
    private String unknown() {
        return KeystileTest.textOf("acme_live_" + "0".repeat(39));
    }

    private Decision present(String key, String address) {
        return keystile.decide(TestRequest.get("/a").bearer(key).from(address));
    }

    private String shown(String key, String address) {
        Decision decision = present(key, address);
        return decision instanceof Denied denied ? denied.cause().word() : "allowed";
    }

    private void fail(int times, String address) {
        for (int i = 0; i < times; i++) {
            assertThat(shown(MALFORMED, address)).isEqualTo("key-malformed");
        }
    }

    @Test
    void fiveFailures_areAdmitted_andTheSixthIs429_untilTheMinuteIsOver() {
        fail(4, HOME);
        time.advance(Duration.ofSeconds(15));
        fail(1, HOME);

        TestRequest request = TestRequest.get("/a").bearer(MALFORMED).from(HOME);
        Denied denied = (Denied) keystile.decide(request);
        assertThat(denied.cause().word()).isEqualTo("too-many-failures");
        HttpAnswer answer = keystile.answer(denied, request);
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.headers())
                .containsEntry("Retry-After", "45")
                .containsEntry("Cache-Control", "no-store")
                .doesNotContainKey("X-RateLimit-Limit");
        assertThat(answer.body()).contains("\"code\":\"rate_limit_exceeded\"").doesNotContain(MALFORMED);

        time.advance(Duration.ofSeconds(45));
        fail(1, HOME);
    }

    @ParameterizedTest
    @ValueSource(strings = {"malformed", "unknown", "wrong secret", "unreadable", "new and good"})
    void unprovenText_overTheLimit_isRefusedWithoutStoreOrProof(String kind) {
        String text = switch (kind) {
            case "malformed" -> MALFORMED;
            case "unknown" -> unknown();
            case "wrong secret" -> KeystileTest.textOf(issue().substring(0, 22) + "0".repeat(27));
            case "unreadable" -> "two, ";
            default -> issue();
        };
        fail(5, HOME);
        int finds = store.finds();
        int proofs = hasher.verifications();

        assertThat(shown(text, HOME)).isEqualTo("too-many-failures");
        assertThat(store.finds()).isEqualTo(finds);
        assertThat(hasher.verifications()).isEqualTo(proofs);
        assertThat(shown(text, "192.0.2.2")).isNotEqualTo("too-many-failures");
    }

    @Test
    void connection_isClosedOverTheLimit_unlessATrustedProxySentTheRequest() {
        open(it -> it.failureLimit(RateLimit.perMinute(1))
                .trustedProxies(TrustedProxies.of(TrustedProxies.Header.X_FORWARDED_FOR, "10.0.0.0/8")));

        assertThat(connectionAfter(TestRequest.get("/a").bearer(MALFORMED).from(HOME)))
                .containsExactly("", "close");
        assertThat(connectionAfter(TestRequest.get("/a").bearer(MALFORMED).from("10.1.2.3")))
                .containsExactly("", "");
    }

    /** What two failures are told of their connection, the second of them over the limit. */
    private List<String> connectionAfter(TestRequest request) {
        return Stream.generate(() -> keystile.answer((Denied) keystile.decide(request), request))
                .limit(2)
                .map(answer -> answer.headers().getOrDefault("Connection", ""))
                .toList();
    }

    @Test
    void provenKey_overTheLimit_goesOn_alsoAfterTheLeaseIsOver() {
        String key = issue();
        assertThat(present(key, HOME)).isInstanceOf(Allowed.class);
        fail(5, HOME);

        assertThat(present(key, HOME)).isInstanceOf(Allowed.class);
        time.advance(Duration.ofSeconds(3));
        assertThat(present(key, HOME)).isInstanceOf(Allowed.class);
    }

    @Test
    void provenKey_thatIsRevoked_counts_andIsThenToldFromNoOther() {
        String key = issue();
        assertThat(present(key, HOME)).isInstanceOf(Allowed.class);
        keystile.keyManager()
                .revoke(present(key, HOME).principal().orElseThrow().keyId(), OPERATOR);
        for (int i = 0; i < 5; i++) {
            assertThat(shown(key, HOME)).isEqualTo("key-revoked");
        }

        assertThat(shown(key, HOME)).isEqualTo("too-many-failures");
        assertThat(shown(MALFORMED, HOME)).isEqualTo("too-many-failures");
    }

    @ParameterizedTest
    @CsvSource({"unknown, key-unknown", "wrong secret, key-wrong-secret", "unreadable, key-malformed"})
    void everyFailure_ofAPresentedCredential_counts(String kind, String cause) {
        String text = switch (kind) {
            case "unknown" -> unknown();
            case "wrong secret" -> KeystileTest.textOf(issue().substring(0, 22) + "0".repeat(27));
            default -> "two, ";
        };
        for (int i = 0; i < 5; i++) {
            assertThat(shown(text, HOME)).isEqualTo(cause);
        }

        assertThat(shown(text, HOME)).isEqualTo("too-many-failures");
    }

    @Test
    void missingCredential_twoCredentials_publicPath_andGoodKeys_doNotCount() {
        String key = issue();
        for (int i = 0; i < 10; i++) {
            keystile.decide(TestRequest.get("/a").from(HOME));
            keystile.decide(TestRequest.get("/a").from(HOME).bearer(key).bearer(key));
            keystile.decide(TestRequest.get("/public").from(HOME).bearer(MALFORMED));
            assertThat(present(key, HOME)).isInstanceOf(Allowed.class);
        }

        fail(5, HOME);
        Decision several = keystile.decide(
                TestRequest.get("/a").from(HOME).bearer(MALFORMED).bearer(MALFORMED));
        assertThat(((Denied) several).cause().word())
                .as("nothing is proven or guessed by them, over the limit either")
                .isEqualTo("several-credentials");
    }

    @Test
    void outage_isNoFailure() {
        String text = issue();
        store.goDown();
        for (int i = 0; i < 10; i++) {
            assertThat(shown(text, HOME)).isEqualTo("could-not-tell");
        }
        store.comeBack();

        assertThat(present(text, HOME)).isInstanceOf(Allowed.class);
    }

    @Test
    void decisionWithoutBlocking_isLeftOpenForUnprovenTexts_andRefusesMalformedOnes() {
        fail(5, HOME);

        assertThat(keystile.decideWithoutBlocking(
                        TestRequest.get("/a").bearer(issue()).from(HOME)))
                .isEmpty();
        assertThat(keystile.decideWithoutBlocking(
                        TestRequest.get("/a").bearer(MALFORMED).from(HOME)))
                .hasValueSatisfying(
                        it -> assertThat(((Denied) it).cause().word()).isEqualTo("too-many-failures"));
    }

    @Test
    void addressesOfOneIpv6Network_shareTheirFailures() {
        for (int i = 0; i < 5; i++) {
            fail(1, "2001:db8:1:2::" + i);
        }

        assertThat(shown(MALFORMED, "2001:db8:1:2:ffff::1")).isEqualTo("too-many-failures");
        assertThat(shown(MALFORMED, "2001:db8:1:3::1")).isEqualTo("key-malformed");
    }

    @Test
    void clientsBehindATrustedProxy_failEachForItself_whateverTheyClaim() {
        open(it -> it.failureLimit(RateLimit.perMinute(5))
                .trustedProxies(TrustedProxies.of(TrustedProxies.Header.X_FORWARDED_FOR, "10.0.0.0/8")));
        for (int i = 0; i < 5; i++) {
            assertThat(throughProxy("198.51.100." + i + ", 203.0.113.1")).isEqualTo("key-malformed");
        }

        assertThat(throughProxy("198.51.100.99, 203.0.113.1")).isEqualTo("too-many-failures");
        assertThat(throughProxy("203.0.113.1, 203.0.113.2")).isEqualTo("key-malformed");
    }

    private String throughProxy(String forwardedFor) {
        Denied denied = (Denied) keystile.decide(
                TestRequest.get("/a").bearer(MALFORMED).from("10.0.0.1").header("X-Forwarded-For", forwardedFor));
        return denied.cause().word();
    }

    @Test
    void limitIsAHundredAMinute_unlessSet_andNoneWhereItIsSwitchedOff() {
        open(it -> it);
        fail(100, HOME);
        assertThat(shown(MALFORMED, HOME)).isEqualTo("too-many-failures");

        open(KeystileBuilder::noFailureLimit);
        fail(300, HOME);
    }

    @Test
    void revokedKey_isToldToListeners_andToNoClient() {
        List<DecisionEvent> heard = new ArrayList<>();
        open(it -> it.failureLimit(RateLimit.perMinute(1)).listener(heard::add));
        IssuedKey issued =
                keystile.keyManager().issue(NewKey.of("acme", "a key", LIVE).build(), OPERATOR);
        String id = issued.key().id().text();
        TestRequest request = TestRequest.get("/a").bearer(issued.revealOnce());
        keystile.keyManager().revoke(issued.key().id(), OPERATOR);

        for (String cause : List.of("key-revoked", "too-many-failures")) {
            Denied denied = (Denied) keystile.decide(request);
            assertThat(denied.cause().word()).isEqualTo(cause);
            assertThat(heard.get(heard.size() - 1).decision().principal().map(ApiPrincipal::getName))
                    .contains(id);
            HttpAnswer answer = keystile.answer(denied, request);
            assertThat(answer.body()).doesNotContain(id);
            assertThat(answer.headers().toString()).doesNotContain(id);
        }
        keystile.decide(TestRequest.get("/a").bearer(MALFORMED));
        assertThat(heard.get(2).decision().principal()).isEmpty();
    }
}
