package dev.keystile;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.Decision;
import dev.keystile.decision.Denied;
import dev.keystile.http.CorsOrigins;
import dev.keystile.key.Actor;
import dev.keystile.key.AddressRange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.Overlap;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.UsageCount;
import dev.keystile.key.UsageStore;
import dev.keystile.limit.Charge;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import dev.keystile.scope.Rule;
import dev.keystile.scope.ScopePolicy;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests in, usage out: read by another facade over the same store, once the first one is closed. */
@Timeout(30)
final class UsageTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final Instant FIRST = ManualTime.START;
    private static final Instant LAST = FIRST.plus(Duration.ofDays(365));

    private final ManualTime time = new ManualTime();
    private final FaultyStore store = new FaultyStore(KeyStore.inMemory());
    private final List<Keystile> opened = new ArrayList<>();

    private KeystileBuilder builder(KeyStore over) {
        return Keystile.builder(over)
                .prefixes(KeyPrefix.secret("acme_live_", LIVE), KeyPrefix.secret("acme_test_", TEST))
                .hashers(new CountingHasher())
                .environments(LIVE)
                .rules(ScopePolicy.builder()
                        .rule(Rule.parse("public", "ANY /public public"))
                        .rule(Rule.parse("read", "GET /a authenticated"))
                        .rule(Rule.parse("write", "POST /a a:write"))
                        .rule(Rule.parse("second", "GET /second authenticated version=2"))
                        .build())
                .plans(Plan.of("few", RateLimit.perMinute(2)))
                .time(time)
                // Only the end writes.
                .usageInterval(Duration.ofHours(1));
    }

    private Keystile open(UnaryOperator<KeystileBuilder> changes) {
        Keystile keystile = changes.apply(builder(store)).build();
        opened.add(keystile);
        return keystile;
    }

    @AfterEach
    void close() {
        opened.forEach(Keystile::close);
    }

    private static IssuedKey issue(Keystile keystile, NewKey.Builder wanted) {
        return keystile.keyManager().issue(wanted.build(), OPERATOR);
    }

    private static NewKey.Builder live() {
        return NewKey.of("acme", "a key", LIVE);
    }

    private static Decision get(Keystile keystile, String path, String key) {
        return keystile.decide(TestRequest.get(path).bearer(key));
    }

    /** As lines such as {@code allowed 3}, after all are closed. */
    private List<String> usage(KeyId key) {
        close();
        return open(it -> it).keyManager().usage(key, FIRST, LAST, OPERATOR).stream()
                .map(it -> it.outcome() + " " + it.requests())
                .toList();
    }

    private Optional<Instant> lastUsed(ApiKey key) {
        close();
        return Optional.ofNullable(
                open(it -> it).keyManager().lastUsed(List.of(key), OPERATOR).get(key.id()));
    }

    @ParameterizedTest
    @CsvSource({
        "GET,     /a,       good,      allowed 3",
        "POST,    /a,       good,      forbidden 3",
        "PUT,     /a,       good,      forbidden 3",
        "GET,     /b,       good,      forbidden 3",
        "GET,     /second,  good,      unauthorized 3",
        "GET,     /a,       limited,   allowed 2; rate-limited 1",
        "GET,     /a,       untold,    unavailable 3",
        "GET,     /a,       revoked,   unauthorized 3",
        "GET,     /a,       disabled,  unauthorized 3",
        "GET,     /a,       expired,   unauthorized 3",
        "GET,     /a,       rotated,   unauthorized 3",
        "GET,     /a,       suspended, unauthorized 3",
        "GET,     /a,       elsewhere, unauthorized 3",
        "GET,     /a,       test,      unauthorized 3",
        "GET,     /public,  good,      ''",
        "GET,     /a/..,    good,      ''",
        "GET,     /a,       down,      ''",
        "GET,     /a,       twice,     ''",
        "GET,     /a,       wrong,     ''",
        "GET,     /a,       renamed,   ''",
        "GET,     /a,       malformed, ''",
        "GET,     /a,       none,      ''",
        "OPTIONS, /a,       preflight, ''",
    })
    void request_isCountedOnce_ifItsTextIsTheSecretOfAKey(String method, String path, String state, String expected) {
        Keystile keystile = open(it -> state.equals("untold")
                ? it.limiter(new UntoldLimiter())
                : it.corsOrigins(CorsOrigins.of("https://app.example.com")));
        NewKey.Builder wanted = state.equals("test") ? NewKey.of("acme", "a key", TEST) : live();
        if (state.equals("elsewhere")) {
            wanted.addresses(List.of(AddressRange.parse("198.51.100.0/24")));
        }
        if (state.equals("limited") || state.equals("untold")) {
            wanted.plan("few");
        }
        IssuedKey issued = issue(keystile, wanted.expiresAt(time.now().plusSeconds(60)));
        KeyId id = issued.key().id();
        KeyManager manager = keystile.keyManager();
        String text = issued.revealOnce();
        switch (state) {
            case "revoked" -> manager.revoke(id, OPERATOR);
            case "disabled" -> manager.disable(id, OPERATOR);
            case "expired" -> time.advance(Duration.ofSeconds(60));
            case "suspended" -> manager.suspendAccount("acme", OPERATOR);
            case "rotated" -> {
                manager.rotate(id, Overlap.of(Duration.ofSeconds(1)), OPERATOR);
                time.advance(Duration.ofSeconds(1));
            }
            case "down" -> store.goDown();
            default -> {}
        }
        for (int i = 0; i < 3; i++) {
            TestRequest request = TestRequest.of(method, path);
            switch (state) {
                case "twice" -> request.bearer(text).bearer(text);
                case "wrong" -> request.bearer(KeystileTest.textOf("acme_live_" + id + "0".repeat(27)));
                case "renamed" ->
                    request.bearer(KeystileTest.textOf(
                            text.substring(0, text.length() - 6).replace("acme_live_", "acme_test_")));
                case "malformed" -> request.bearer(text + "x");
                case "none" -> {}
                case "preflight" ->
                    request.header("Origin", "https://app.example.com").header("Access-Control-Request-Method", "GET");
                default -> request.bearer(text);
            }
            keystile.decide(request);
        }
        store.comeBack();
        assertThat(String.join("; ", usage(id))).isEqualTo(expected);
        assertThat(lastUsed(issued.key()).isPresent())
                .isEqualTo(!expected.isEmpty() && !expected.startsWith("unauthorized"));
    }

    /** Never knows. */
    private static final class UntoldLimiter implements RateLimiter {

        @Override
        public RateLimitResult tryConsume(List<Charge> charges) {
            throw new UnavailableException("nobody counts");
        }

        @Override
        public boolean mayBlock() {
            return false;
        }

        @Override
        public void close() {}
    }

    @Test
    void secondTry_onAThreadThatMayBlock_isCountedOnce() {
        Keystile keystile = open(it -> it);
        IssuedKey issued = issue(keystile, live());
        TestRequest request = TestRequest.get("/a").bearer(issued.revealOnce());
        assertThat(keystile.decideWithoutBlocking(request)).isEmpty();
        keystile.decide(request);
        assertThat(keystile.decideWithoutBlocking(request)).isPresent();
        assertThat(usage(issued.key().id())).containsExactly("allowed 2");
    }

    @Test
    void dispatchInside_isNotCounted() {
        Keystile keystile = open(it -> it);
        IssuedKey issued = issue(keystile, live());
        Optional<ApiPrincipal> caller = get(keystile, "/a", issued.revealOnce()).principal();
        assertThat(keystile.decideDispatch(TestRequest.get("/a"), caller).principal())
                .isEqualTo(caller);
        assertThat(keystile.decideDispatch(TestRequest.of("POST", "/a"), caller))
                .isInstanceOf(Denied.class);
        assertThat(usage(issued.key().id())).containsExactly("allowed 1");
    }

    @Test
    void lastUsed_isWhenItWasDecided() {
        Keystile keystile = open(it -> it);
        IssuedKey issued = issue(keystile, live());
        String text = issued.revealOnce();
        time.advance(Duration.ofMinutes(7));
        get(keystile, "/a", text);
        Instant used = time.now();
        time.advance(Duration.ofMinutes(7));
        keystile.keyManager().revoke(issued.key().id(), OPERATOR);
        get(keystile, "/a", text);
        assertThat(lastUsed(issued.key())).contains(used);
    }

    @Test
    void requestsOfTwoHours_areCountedApart() {
        Keystile keystile = open(it -> it);
        IssuedKey issued = issue(keystile, live());
        String text = issued.revealOnce();
        KeyId id = issued.key().id();
        get(keystile, "/a", text);
        time.advance(Duration.ofMinutes(60));
        get(keystile, "/a", text);
        get(keystile, "/a", text);
        close();
        Instant second = FIRST.plus(Duration.ofHours(1));
        KeyManager manager = open(it -> it).keyManager();
        assertThat(manager.usage(id, FIRST, LAST, OPERATOR))
                .containsExactly(new UsageCount(id, FIRST, "allowed", 1), new UsageCount(id, second, "allowed", 2));
        assertThat(manager.usage(id, FIRST, second, OPERATOR)).hasSize(1);
    }

    @Test
    void revokedKey_afterTooManyFailures_isCountedAsUnauthorized() {
        Keystile keystile = open(it -> it.failureLimit(RateLimit.perMinute(1)));
        IssuedKey issued = issue(keystile, live());
        String text = issued.revealOnce();
        keystile.keyManager().revoke(issued.key().id(), OPERATOR);
        assertThat(((Denied) get(keystile, "/a", text)).cause().word()).isEqualTo("key-revoked");
        assertThat(((Denied) get(keystile, "/a", text)).cause().word()).isEqualTo("too-many-failures");
        assertThat(usage(issued.key().id())).containsExactly("unauthorized 2");
    }

    /** A key that changes is read anew, and counted elsewhere from then on. */
    @Test
    void manyThreads_whileKeysChange_areCountedAsTheyWereDecided() throws Exception {
        Keystile keystile = open(it -> it.noFailureLimit());
        List<IssuedKey> issued = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            issued.add(issue(keystile, live()));
        }
        List<String> texts = issued.stream().map(IssuedKey::revealOnce).toList();
        int threads = 4;
        CyclicBarrier start = new CyclicBarrier(threads + 1);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        Map<String, Long> expected = new HashMap<>();
        try {
            List<Future<Map<String, Long>>> decided = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                int first = thread;
                Callable<Map<String, Long>> client = () -> {
                    Map<String, Long> own = new HashMap<>();
                    start.await();
                    for (int i = first; i < 5000; i++) {
                        Decision decision = get(keystile, i % 7 == 0 ? "/b" : "/a", texts.get(i % texts.size()));
                        own.merge(
                                decision.principal().orElseThrow().keyId() + " "
                                        + decision.outcome().word(),
                                1L,
                                Long::sum);
                    }
                    return own;
                };
                decided.add(pool.submit(client));
            }
            start.await();
            for (int i = 0; decided.stream().anyMatch(it -> !it.isDone()); i++) {
                KeyId id = issued.get(i % issued.size()).key().id();
                if (i / issued.size() % 2 == 0) {
                    keystile.keyManager().disable(id, OPERATOR);
                } else {
                    keystile.keyManager().enable(id, OPERATOR);
                }
            }
            for (Future<Map<String, Long>> each : decided) {
                each.get().forEach((row, requests) -> expected.merge(row, requests, Long::sum));
            }
        } finally {
            pool.shutdownNow();
        }
        close();
        KeyManager manager = open(it -> it).keyManager();
        Map<String, Long> kept = new HashMap<>();
        for (IssuedKey key : issued) {
            manager.usage(key.key().id(), FIRST, Instant.MAX, OPERATOR)
                    .forEach(it -> kept.merge(it.key() + " " + it.outcome(), it.requests(), Long::sum));
        }
        assertThat(kept).isEqualTo(expected);
        assertThat(kept.keySet()).anyMatch(it -> it.endsWith(" allowed")).anyMatch(it -> it.endsWith(" unauthorized"));
    }

    // Where it is not recorded.

    private static Set<Thread> writers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(it -> it.getName().equals("keystile-usage"))
                .collect(Collectors.toSet());
    }

    @Test
    void noUsage_recordsNothing() {
        Set<Thread> before = writers();
        Keystile keystile = changed(it -> it.noUsage());
        IssuedKey issued = issue(keystile, live());
        get(keystile, "/a", issued.revealOnce());
        assertThat(before).containsAll(writers());
        assertThat(usage(issued.key().id())).isEmpty();
        assertThat(lastUsed(issued.key())).isEmpty();
    }

    /** Without the interval that the others have. */
    private Keystile changed(UnaryOperator<KeystileBuilder> changes) {
        KeystileBuilder plain = Keystile.builder(store)
                .prefixes(KeyPrefix.secret("acme_live_", LIVE))
                .hashers(new CountingHasher())
                .rules(ScopePolicy.builder().allow("GET", "/a", "authenticated").build())
                .time(time);
        Keystile keystile = changes.apply(plain).build();
        opened.add(keystile);
        return keystile;
    }

    @Test
    void default_isToRecord() {
        Keystile keystile = changed(it -> it);
        IssuedKey issued = issue(keystile, live());
        get(keystile, "/a", issued.revealOnce());
        assertThat(usage(issued.key().id())).containsExactly("allowed 1");
    }

    @Test
    void storeThatKeepsNone_isNotWrittenTo() {
        KeyStore without = (KeyStore) Proxy.newProxyInstance(
                KeyStore.class.getClassLoader(), new Class<?>[] {KeyStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("usage")) {
                        return UsageStore.none();
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
        Set<Thread> before = writers();
        Keystile keystile = builder(without).build();
        opened.add(keystile);
        assertThat(before).containsAll(writers());
        IssuedKey issued = issue(keystile, live());
        assertThat(get(keystile, "/a", issued.revealOnce()).principal()).isPresent();
        assertThat(keystile.keyManager().lastUsed(List.of(issued.key()), OPERATOR))
                .isEmpty();
        assertThat(usage(issued.key().id())).isEmpty();
    }

    @Test
    void unfitDurations_areToldTogether() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() ->
                        changed(it -> it.usageInterval(Duration.ofMillis(99)).usageRetention(Duration.ofHours(23))))
                .satisfies(it -> assertThat(it.problems()).hasSize(2));
        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> changed(it -> it.noUsage().usageInterval(Duration.ofSeconds(1))))
                .withMessageContaining("usage.interval is set twice");
    }
}
