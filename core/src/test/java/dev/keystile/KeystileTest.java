package dev.keystile;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.config.Settings;
import dev.keystile.decision.Allowed;
import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.Decision;
import dev.keystile.decision.DecisionEvent;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.decision.Outcome;
import dev.keystile.http.CredentialSource;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.Overlap;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.UnavailableException;
import dev.keystile.limit.Charge;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import dev.keystile.scope.Rule;
import dev.keystile.scope.RuleMatch;
import dev.keystile.scope.ScopePolicy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class KeystileTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final ScopeCatalog SCOPES = ScopeCatalog.builder()
            .scope(new KeyScope("a:read"))
            .scope(new KeyScope("a:write"))
            .role("reader", Set.of(new KeyScope("a:read")))
            .build();

    private final ManualTime time = new ManualTime();
    private final CountingHasher hasher = new CountingHasher();
    private final FaultyStore store = new FaultyStore(KeyStore.inMemory());
    private final List<DecisionEvent> heard = new ArrayList<>();
    private final List<Keystile> opened = new ArrayList<>();

    private KeystileBuilder builder() {
        return Keystile.builder(store)
                .prefixes(
                        KeyPrefix.secret("acme_live_", LIVE),
                        KeyPrefix.secret("acme_test_", TEST),
                        KeyPrefix.publishable("acme_pub_", LIVE))
                .hashers(hasher)
                .credentials(CredentialSource.bearer(), CredentialSource.header("x-api-key"))
                .environments(LIVE)
                .scopes(SCOPES)
                .rules(ScopePolicy.builder()
                        .rule(Rule.parse("public", "ANY /public/** public"))
                        .rule(Rule.parse("read", "GET /a/** a:read"))
                        .rule(Rule.parse("write", "POST /a/** a:write"))
                        .rule(Rule.parse("secret", "GET /secret a:read kind=secret"))
                        .rule(Rule.parse("publishable", "GET /publishable authenticated kind=publishable"))
                        .rule(Rule.parse("second", "GET /second authenticated version=2"))
                        .rule(Rule.parse("costly", "GET /costly authenticated cost=3"))
                        .rule(Rule.parse("heavy", "GET /heavy authenticated limit=heavy"))
                        .rule(Rule.parse("bound", "GET /projects/{id}/** authenticated bind=id:project"))
                        .rule(Rule.parse("internal", "ANY /internal/** internal"))
                        .build())
                .plans(Plan.of("starter", RateLimit.perMinute(5)), Plan.of("large", RateLimit.perMinute(1000)))
                .limits(RateLimit.perMinute(2).named("heavy"))
                .time(time)
                .listener(heard::add);
    }

    private Keystile open(UnaryOperator<KeystileBuilder> changes) {
        Keystile keystile = changes.apply(builder()).build();
        opened.add(keystile);
        return keystile;
    }

    @AfterEach
    void close() {
        opened.forEach(Keystile::close);
    }

    private static NewKey.Builder wanted() {
        return NewKey.of("acme", "a key", LIVE).scopes("a:read").plan("starter");
    }

    private static String issue(Keystile keystile, NewKey.Builder wanted) {
        return keystile.keyManager().issue(wanted.build(), OPERATOR).revealOnce();
    }

    private static KeyId idOf(String key) {
        return new KeyId(key.substring("acme_live_".length(), "acme_live_".length() + 12));
    }

    /** The cause of a denial, or the outcome of what is let through. */
    private static String shown(Decision decision) {
        return decision instanceof Denied denied
                ? denied.cause().word()
                : decision.outcome().word();
    }

    private static RateLimitResult limits(Decision decision) {
        return decision.limits().orElseThrow();
    }

    @Test
    void accountLimit_countsEachEnvironmentByItself() {
        Keystile keystile = Keystile.builder(store)
                .prefixes(KeyPrefix.secret("acme_live_", LIVE), KeyPrefix.secret("acme_test_", TEST))
                .hashers(hasher)
                .rules(ScopePolicy.builder().allow("GET", "/a", "a:read").build())
                .plans(Plan.parse("shared", "2/1m per account"))
                .defaultPlan("shared")
                .time(time)
                .build();
        opened.add(keystile);
        NewKey.Builder test = NewKey.of("acme", "test", TEST).scopes("a:read");
        TestRequest ofTest = TestRequest.get("/a").bearer(issue(keystile, test));
        TestRequest ofAnotherTest = TestRequest.get("/a").bearer(issue(keystile, test));
        TestRequest ofLive = TestRequest.get("/a")
                .bearer(issue(keystile, NewKey.of("acme", "live", LIVE).scopes("a:read")));

        assertThat(shown(keystile.decide(ofTest))).isEqualTo("allowed");
        assertThat(shown(keystile.decide(ofAnotherTest))).isEqualTo("allowed");
        assertThat(shown(keystile.decide(ofTest))).isEqualTo("rate-limited");
        assertThat(shown(keystile.decide(ofLive))).isEqualTo("allowed");
    }

    @Test
    void expiryNotice_isWhatIsSet_orFourteenDaysForWhoWantsToHear() {
        Map<String, String> settings = Map.of("key.prefixes", "acme_live_ secret live", "rules.a", "GET /a public");
        Map<String, String> withNotice = new HashMap<>(settings);
        withNotice.put("key.expiry-notice", "36h");
        assertThat(Settings.of(settings).builder(store).expiryNotice()).isEmpty();
        assertThat(Settings.of(settings)
                        .builder(store)
                        .expiryListener((key, left) -> {})
                        .expiryNotice())
                .contains(Duration.ofDays(14));
        assertThat(Settings.of(withNotice)
                        .builder(store)
                        .expiryListener((key, left) -> {})
                        .expiryNotice())
                .contains(Duration.ofHours(36));
    }

    // The order of checks: in each row all that is said applies at once, and one cause wins.

    @ParameterizedTest
    @CsvSource({
        // target, credential, state of the key, expected
        "/a/..,          several,   good,    ambiguous-target",
        "/a/..,          none,      good,    ambiguous-target",
        "/public/..,     none,      good,    ambiguous-target",
        "/public/x,      several,   good,    public",
        "/public/x,      malformed, good,    public",
        "/public/x,      key,       revoked, public",
        "/public/x,      key,       spent,   public",
        "/public/x,      none,      down,    public",
        "/none,          several,   good,    several-credentials",
        "/none,          none,      good,    credential-missing",
        "/none,          malformed, down,    key-malformed",
        "/none,          key,       revoked, key-revoked",
        "/none,          key,       spent,   rate-limited",
        "/none,          key,       good,    no-rule",
        "/a/x,           several,   revoked, several-credentials",
        "/a/x,           none,      down,    credential-missing",
        "/a/x,           malformed, good,    key-malformed",
        "/a/x,           unknown,   good,    key-unknown",
        "/a/x,           renamed,   revoked, key-prefix-mismatch",
        "/a/x,           wrong,     revoked, key-wrong-secret",
        "/a/x,           wrong,     spent,   key-wrong-secret",
        "/a/x,           key,       disabled, key-disabled",
        "/a/x,           key,       revoked, key-revoked",
        "/a/x,           key,       expired, key-expired",
        "/a/x,           key,       suspended, key-account-suspended",
        "/a/x,           wrong,     suspended, key-wrong-secret",
        "/none,          key,       suspended, key-account-suspended",
        "/a/x,           test,      good,    key-environment-not-served",
        "/a/x,           key,       spent,   rate-limited",
        "/a/x,           key,       down,    could-not-tell",
        "/a/x,           key,       good,    allowed",
        "/POST/a/x,      key,       spent,   rate-limited",
        "/POST/a/x,      key,       good,    scope-missing",
        "/PUT/a/x,       none,      good,    credential-missing",
        "/PUT/a/x,       key,       spent,   rate-limited",
        "/PUT/a/x,       key,       good,    method-not-named",
        "/TRACE/a/x,     key,       good,    method-not-named",
        "/second,        key,       spent,   rate-limited",
        "/second,        key,       good,    key-version-refused",
        "/publishable,   key,       good,    publishable-key-required",
        "/secret,        pub,       good,    secret-key-required",
        "/projects/p2,   key,       good,    attribute-mismatch",
        "/projects/p1,   key,       good,    allowed",
        "/projects/p1/x, key,       good,    allowed",
        "/projects/p1,   pub,       good,    attribute-mismatch",
        "/internal/x,    none,      good,    credential-missing",
        "/internal/x,    key,       good,    no-rule",
        "/WEB-INF/web.xml, key,     good,    no-rule",
        "/web-inf/x,     key,       good,    no-rule",
        "/META-INF,      key,       good,    no-rule",
        "/WEB-INF/x,     none,      good,    credential-missing",
    })
    void severalCauses_theFirstInOrderWins(String target, String credential, String state, String expected) {
        Keystile keystile = open(it -> it);
        String key = issue(
                keystile,
                wanted().attribute("project", "p1").expiresAt(time.now().plusSeconds(3600)));
        KeyId id = idOf(key);
        switch (state) {
            case "disabled" -> keystile.keyManager().disable(id, OPERATOR);
            case "revoked" -> keystile.keyManager().revoke(id, OPERATOR);
            case "suspended" -> keystile.keyManager().suspendAccount("acme", OPERATOR);
            case "expired" -> time.advance(Duration.ofHours(1));
            case "spent" -> {
                for (int i = 0; i < 5; i++) {
                    keystile.decide(TestRequest.get("/a/x").bearer(key));
                }
            }
            case "down" -> store.goDown();
            default -> assertThat(state).isEqualTo("good");
        }
        String method = Stream.of("POST", "PUT", "TRACE")
                .filter(it -> target.startsWith("/" + it + "/"))
                .findFirst()
                .orElse("GET");
        TestRequest request = TestRequest.of(method, target.replaceFirst("^/(POST|PUT|TRACE)/", "/"));
        switch (credential) {
            case "several" -> request.bearer(key).header("x-api-key", key);
            case "malformed" -> request.bearer("nonsense");
            case "unknown" -> request.bearer(textOf("acme_live_" + "0".repeat(39)));
            case "wrong" -> request.bearer(textOf("acme_live_" + id + "0".repeat(27)));
            case "renamed" ->
                request.bearer(textOf(key.substring(0, key.length() - 6).replace("acme_live_", "acme_test_")));
            case "test" -> request.bearer(issue(keystile, NewKey.of("acme", "a key", TEST)));
            case "pub" -> request.bearer(issue(keystile, wanted().kind(KeyKind.PUBLISHABLE)));
            case "key" -> request.bearer(key);
            default -> assertThat(credential).isEqualTo("none");
        }
        assertThat(shown(keystile.decide(request))).isEqualTo(expected);
    }

    /** A text with its checksum, worked out beside the code: CRC-32, then base 62. */
    static String textOf(String body) {
        CRC32 crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        StringBuilder checksum = new StringBuilder();
        long rest = crc.getValue();
        for (int i = 0; i < 6; i++) {
            checksum.insert(
                    0, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".charAt((int) (rest % 62)));
            rest /= 62;
        }
        return body + checksum;
    }

    @Test
    void allowed_tellsRuleCallerAndLimits() {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted().roles("reader"));
        Decision decision = keystile.decide(TestRequest.get("/a/x").bearer(key));
        assertThat(decision).isInstanceOf(Allowed.class);
        assertThat(decision.rule().orElseThrow().name()).isEqualTo("read");
        assertThat(limits(decision).decisive().remaining()).isEqualTo(4);
        ApiPrincipal caller = decision.principal().orElseThrow();
        assertThat(caller.keyId()).isEqualTo(idOf(key));
        assertThat(caller.getName()).isEqualTo(idOf(key).text());
        assertThat(caller.account()).isEqualTo("acme");
        assertThat(caller.environment()).isEqualTo(LIVE);
        assertThat(caller.plan()).contains("starter");
        assertThat(caller.hasScope("a:read")).isTrue();
        assertThat(caller.hasScope("a:write")).isFalse();
        assertThat(caller.hasScope("not a scope")).isFalse();
    }

    @Test
    void public_looksForNoKey() {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted());
        Decision decision = keystile.decide(TestRequest.of("DELETE", "/public").bearer(key));
        assertThat(decision.outcome()).isEqualTo(Outcome.PUBLIC);
        assertThat(decision.principal()).isEmpty();
        assertThat(decision.limits()).isEmpty();
        assertThat(store.finds()).isZero();
    }

    // What is counted.

    @ParameterizedTest
    @CsvSource({
        // method, path, what it takes
        "GET,  /a/x,          1",
        "POST, /a/x,          1",
        "PUT,  /a/x,          1",
        "GET,  /none,         1",
        "GET,  /internal/x,   1",
        "GET,  /publishable,  1",
        "GET,  /projects/p2,  1",
        "GET,  /costly,       3",
        "GET,  /public/x,     0",
        "GET,  /a/..,         0",
    })
    void authenticated_isCharged_alsoFor403(String method, String path, int cost) {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted());
        keystile.decide(TestRequest.of(method, path).bearer(key));
        assertThat(limits(keystile.decide(TestRequest.get("/a/x").bearer(key)))
                        .decisive()
                        .remaining())
                .isEqualTo(4 - cost);
    }

    @Test
    void unauthenticated_isNotCharged() {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted());
        for (int i = 0; i < 20; i++) {
            Decision wrong =
                    keystile.decide(TestRequest.get("/a/x").bearer(textOf("acme_live_" + idOf(key) + "1".repeat(27))));
            assertThat(shown(wrong)).isEqualTo("key-wrong-secret");
            assertThat(wrong.limits()).isEmpty();
            assertThat(wrong.principal()).isEmpty();
        }
        keystile.keyManager().disable(idOf(key), OPERATOR);
        for (int i = 0; i < 20; i++) {
            assertThat(keystile.decide(TestRequest.get("/a/x").bearer(key)).limits())
                    .isEmpty();
        }
        keystile.keyManager().enable(idOf(key), OPERATOR);
        assertThat(limits(keystile.decide(TestRequest.get("/a/x").bearer(key)))
                        .decisive()
                        .remaining())
                .isEqualTo(4);
    }

    @Test
    void limitOfRule_countsBesidesThePlan() {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted());
        for (int i = 0; i < 2; i++) {
            assertThat(shown(keystile.decide(TestRequest.get("/heavy").bearer(key))))
                    .isEqualTo("allowed");
        }
        Decision denied = keystile.decide(TestRequest.get("/heavy").bearer(key));
        assertThat(shown(denied)).isEqualTo("rate-limited");
        assertThat(((Denied) denied).detail()).isEqualTo("heavy");
        assertThat(((Denied) denied).retryAfter()).isEqualTo(Duration.ofMinutes(1));
        assertThat(shown(keystile.decide(TestRequest.get("/a/x").bearer(key)))).isEqualTo("allowed");
        time.advance(Duration.ofMinutes(1));
        assertThat(shown(keystile.decide(TestRequest.get("/heavy").bearer(key))))
                .isEqualTo("allowed");
    }

    @Test
    void rotation_keepsTheBudget() {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted());
        for (int i = 0; i < 3; i++) {
            keystile.decide(TestRequest.get("/a/x").bearer(key));
        }
        String fresh = keystile.keyManager()
                .rotate(idOf(key), Overlap.of(Duration.ofDays(1)), OPERATOR)
                .revealOnce();
        assertThat(limits(keystile.decide(TestRequest.get("/a/x").bearer(fresh)))
                        .decisive()
                        .remaining())
                .isEqualTo(1);
    }

    // Plans.

    @Test
    void planLost_cannotBeTold_withoutDefaultPlan() {
        String key = issue(open(it -> it), wanted());
        Keystile without = Keystile.builder(store)
                .prefixes(KeyPrefix.secret("acme_live_", LIVE))
                .hashers(hasher)
                .rules(ScopePolicy.builder().allow("GET", "/a/**", "a:read").build())
                .plans(Plan.of("large", RateLimit.perMinute(1000)))
                .time(time)
                .build();
        opened.add(without);
        Denied denied = (Denied) without.decide(TestRequest.get("/a/x").bearer(key));
        assertThat(denied.cause()).isEqualTo(DenialCause.COULD_NOT_TELL);
        assertThat(denied.detail()).contains("'starter'", "default-plan").doesNotContain(key);
        assertThat(denied.retryAfter()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        // plan of the key, default plan, what remains after one request
        "starter, large, 4",
        "starter, '',    4",
        "'',      large, 999",
        "'',      '',    ",
    })
    void plan_isTheKeysOrTheDefault(String plan, String defaultPlan, Long remaining) {
        Keystile keystile = open(it -> defaultPlan.isEmpty() ? it : it.defaultPlan(defaultPlan));
        NewKey.Builder wanted = NewKey.of("acme", "a key", LIVE).scopes("a:read");
        String key = issue(keystile, plan.isEmpty() ? wanted : wanted.plan(plan));
        Decision decision = keystile.decide(TestRequest.get("/a/x").bearer(key));
        assertThat(shown(decision)).isEqualTo("allowed");
        assertThat(decision.limits().map(it -> it.decisive().remaining())).isEqualTo(Optional.ofNullable(remaining));
    }

    @Test
    void planLost_fallsToTheDefaultPlan() {
        String key = issue(open(it -> it), wanted());
        Keystile other = Keystile.builder(store)
                .prefixes(KeyPrefix.secret("acme_live_", LIVE))
                .hashers(hasher)
                .rules(ScopePolicy.builder().allow("GET", "/a/**", "a:read").build())
                .plans(Plan.of("basic", RateLimit.perMinute(7)))
                .defaultPlan("basic")
                .time(time)
                .build();
        opened.add(other);
        Decision decision = other.decide(TestRequest.get("/a/x").bearer(key));
        assertThat(limits(decision).decisive().remaining()).isEqualTo(6);
        assertThat(decision.principal().orElseThrow().plan()).contains("basic");
    }

    @Test
    void plansAndClock_canBeLookedAt() {
        Keystile without = open(it -> it);
        Keystile with = open(it -> it.defaultPlan("starter"));

        assertThat(without.plans()).extracting(Plan::name).containsExactly("large", "starter");
        assertThat(without.defaultPlan()).isEmpty();
        assertThat(with.defaultPlan().map(Plan::name)).contains("starter");
        assertThat(with.now()).isEqualTo(time.now());
        time.advance(Duration.ofMinutes(1));
        assertThat(with.now()).isEqualTo(time.now());
    }

    // What could not be told is denied.

    @Test
    void extensionThatFailsAsItShouldNot_isDenied() {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted());
        store.failWith(new IllegalStateException("a defect that names " + key));
        Denied denied = (Denied) keystile.decide(TestRequest.get("/a/x").bearer(key));
        assertThat(denied.cause()).isEqualTo(DenialCause.COULD_NOT_TELL);
        assertThat(denied.detail()).doesNotContain(key);
        assertThat(keystile.answer(denied, TestRequest.get("/v1/items")).body())
                .doesNotContain(key)
                .doesNotContain("defect");
        assertThat(keystile.answer(denied, TestRequest.get("/v1/items")).headers())
                .containsEntry("Retry-After", "1");
    }

    /** A limiter that counts, and may be told to fail or to be remote. */
    private final class Limiter implements RateLimiter {

        private final RateLimiter limiter = RateLimiter.inMemory(time, 100);
        private final boolean blocks;
        private boolean down;
        private int asked;

        Limiter(boolean blocks) {
            this.blocks = blocks;
        }

        @Override
        public RateLimitResult tryConsume(List<Charge> charges) {
            asked++;
            if (down) {
                throw new UnavailableException("the limiter is down");
            }
            return limiter.tryConsume(charges);
        }

        @Override
        public boolean mayBlock() {
            return blocks;
        }

        @Override
        public void close() {
            limiter.close();
        }
    }

    @Test
    void limiterDown_isDenied() {
        Limiter limiter = new Limiter(true);
        Keystile keystile = open(it -> it.limiter(limiter));
        String key = issue(keystile, wanted());
        limiter.down = true;
        assertThat(shown(keystile.decide(TestRequest.get("/a/x").bearer(key)))).isEqualTo("could-not-tell");
    }

    @Test
    void limiterOfAnotherClock_readsItsOwn() {
        ManualTime itsOwn = new ManualTime();
        Keystile keystile = open(it -> it.limiter(RateLimiter.inMemory(itsOwn, 10)));
        String key = issue(keystile, wanted());
        TestRequest request = TestRequest.get("/a/x").bearer(key);
        for (int i = 0; i < 5; i++) {
            assertThat(shown(keystile.decide(request))).isEqualTo("allowed");
        }
        assertThat(shown(keystile.decide(request))).isEqualTo("rate-limited");
        time.advance(Duration.ofDays(1));
        assertThat(shown(keystile.decide(request))).isEqualTo("rate-limited");
        itsOwn.advance(Duration.ofDays(1));
        assertThat(shown(keystile.decide(request))).isEqualTo("allowed");
    }

    // Without blocking.

    @Test
    void withoutBlocking_newKey_isLeftOpen_andNothingIsCounted() {
        Limiter limiter = new Limiter(false);
        Keystile keystile = open(it -> it.limiter(limiter));
        String key = issue(keystile, wanted());
        for (int i = 0; i < 10; i++) {
            assertThat(keystile.decideWithoutBlocking(TestRequest.get("/a/x").bearer(key)))
                    .isEmpty();
        }
        assertThat(store.finds()).isZero();
        assertThat(hasher.verifications()).isZero();
        assertThat(limiter.asked).isZero();
        assertThat(heard).isEmpty();
        keystile.decide(TestRequest.get("/a/x").bearer(key));
        int finds = store.finds();
        Decision decision = keystile.decideWithoutBlocking(
                        TestRequest.get("/a/x").bearer(key))
                .orElseThrow();
        assertThat(limits(decision).decisive().remaining()).isEqualTo(3);
        assertThat(store.finds()).isEqualTo(finds);
        assertThat(hasher.verifications()).isEqualTo(1);
        assertThat(heard).hasSize(2);
    }

    @Test
    void withoutBlocking_remoteLimiter_isLeftOpen() {
        Limiter limiter = new Limiter(true);
        Keystile keystile = open(it -> it.limiter(limiter));
        String key = issue(keystile, wanted());
        keystile.decide(TestRequest.get("/a/x").bearer(key));
        assertThat(keystile.decideWithoutBlocking(TestRequest.get("/a/x").bearer(key)))
                .isEmpty();
        assertThat(limiter.asked).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"/public/x, public", "/a/x, credential-missing", "/a/.., ambiguous-target"})
    void withoutBlocking_whatNeedsNoKey_isDecided(String path, String expected) {
        Keystile keystile = open(it -> it.limiter(new Limiter(true)));
        assertThat(keystile.decideWithoutBlocking(TestRequest.get(path)).map(KeystileTest::shown))
                .contains(expected);
    }

    // Dispatches inside the application.

    @ParameterizedTest
    @CsvSource({
        // method, path, with a caller, without
        "GET,  /a/x,            allowed,              credential-missing",
        "POST, /a/x,            scope-missing,        credential-missing",
        "PUT,  /a/x,            method-not-named,     credential-missing",
        "GET,  /none,           no-rule,              credential-missing",
        "GET,  /secret,         allowed,              credential-missing",
        "GET,  /publishable,    publishable-key-required, credential-missing",
        "GET,  /projects/p2,    attribute-mismatch,   credential-missing",
        "GET,  /public/x,       allowed,              public",
        "GET,  /internal/x,     allowed,              public",
        "POST, /internal/x,     allowed,              public",
        "GET,  /WEB-INF/x.jsp,  allowed,              public",
        "GET,  /web-inf/x.jsp,  no-rule,              credential-missing",
        "GET,  /META-INF,       no-rule,              credential-missing",
        "GET,  /WEB-INFX/x.jsp, no-rule,              credential-missing",
        "GET,  /a/../b,         ambiguous-target,     ambiguous-target",
        "GET,  /a//b,           ambiguous-target,     ambiguous-target",
    })
    void dispatch_isHeldToItsPath(String method, String path, String withCaller, String without) {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted().attribute("project", "p1"));
        Optional<ApiPrincipal> caller =
                keystile.decide(TestRequest.get("/a/x").bearer(key)).principal();
        heard.clear();
        assertThat(shown(keystile.decideDispatch(TestRequest.of(method, path), caller)))
                .isEqualTo(withCaller);
        assertThat(shown(keystile.decideDispatch(TestRequest.of(method, path), Optional.empty())))
                .isEqualTo(without);
        assertThat(heard).as("each is told once").hasSize(2);
    }

    @Test
    void dispatch_toMetaInf_isRefused_whateverTheRules() {
        Keystile keystile = Keystile.builder(store)
                .prefixes(KeyPrefix.secret("acme_live_", LIVE))
                .hashers(hasher)
                .rules(ScopePolicy.builder().allow("ANY", "/**", "public").build())
                .time(time)
                .build();
        opened.add(keystile);

        assertThat(shown(keystile.decideDispatch(TestRequest.get("/META-INF/x"), Optional.empty())))
                .isEqualTo("credential-missing");
        assertThat(shown(keystile.decide(TestRequest.get("/WEB-INF/x")))).isEqualTo("credential-missing");
    }

    @Test
    void policyOrSource_thatFails_isCouldNotTell() {
        ScopePolicy failing = new ScopePolicy() {
            @Override
            public RuleMatch match(String method, String path) {
                throw new IllegalStateException("a defect");
            }

            @Override
            public List<Rule> rules() {
                return List.of();
            }
        };
        Keystile keystile = Keystile.builder(store)
                .prefixes(KeyPrefix.secret("acme_live_", LIVE))
                .hashers(hasher)
                .rules(failing)
                .time(time)
                .listener(heard::add)
                .build();
        opened.add(keystile);

        assertThat(shown(keystile.decide(TestRequest.get("/a")))).isEqualTo("could-not-tell");
        assertThat(shown(keystile.decideDispatch(TestRequest.get("/a"), Optional.empty())))
                .isEqualTo("could-not-tell");
        assertThat(heard).hasSize(2);
    }

    @Test
    void checkBehindTheFilter_refusesWhatARuleWould_andIsNotCounted() {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted());
        Optional<ApiPrincipal> caller =
                keystile.decide(TestRequest.get("/a/x").bearer(key)).principal();
        heard.clear();

        assertThat(keystile.check(TestRequest.get("/a/x"), demand("a:read"), caller))
                .isEmpty();
        assertThat(keystile.check(TestRequest.get("/a/x"), demand("public"), Optional.empty()))
                .isEmpty();
        assertThat(heard).as("whoever was let through is told once").isEmpty();

        assertThat(keystile.check(TestRequest.get("/a/x"), demand("a:write"), caller)
                        .map(KeystileTest::shown))
                .contains("scope-missing");
        assertThat(keystile.check(TestRequest.get("/a/x"), new RuleMatch.NoRule(), caller)
                        .map(KeystileTest::shown))
                .contains("no-rule");
        assertThat(keystile.check(TestRequest.get("/a/x"), demand("a:read"), Optional.empty())
                        .map(KeystileTest::shown))
                .contains("credential-missing");
        assertThat(heard)
                .extracting(it -> shown(it.decision()))
                .containsExactly("scope-missing", "no-rule", "credential-missing");
        assertThat(limits(keystile.decide(TestRequest.get("/a/x").bearer(key)))
                        .decisive()
                        .remaining())
                .isEqualTo(3);
    }

    private static RuleMatch demand(String demand) {
        return new RuleMatch.Matched(Rule.of("handler", "ANY", "/a/x", demand), Map.of());
    }

    @Test
    void dispatch_withCaller_isNotCountedAgain() {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted());
        Optional<ApiPrincipal> caller =
                keystile.decide(TestRequest.get("/a/x").bearer(key)).principal();
        for (int i = 0; i < 20; i++) {
            Decision decision = keystile.decideDispatch(TestRequest.get("/a/y"), caller);
            assertThat(shown(decision)).isEqualTo("allowed");
            assertThat(decision.limits()).isEmpty();
            assertThat(decision.principal()).isEqualTo(caller);
        }
        assertThat(limits(keystile.decide(TestRequest.get("/a/x").bearer(key)))
                        .decisive()
                        .remaining())
                .isEqualTo(3);
    }

    @Test
    void dispatch_withoutCaller_isDecidedWholeAndCountedOnce() {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted());
        Decision decision = keystile.decideDispatch(TestRequest.get("/a/x").bearer(key), Optional.empty());
        assertThat(shown(decision)).isEqualTo("allowed");
        assertThat(limits(decision).decisive().remaining()).isEqualTo(4);
    }

    // Listeners.

    @Test
    void listener_hearsEveryDecision() {
        Keystile keystile = open(it -> it);
        String key = issue(keystile, wanted());
        keystile.decide(TestRequest.get("/public/x"));
        keystile.decide(TestRequest.get("/a/x"));
        Decision last = keystile.decide(TestRequest.get("/a/x").bearer(key));
        assertThat(heard)
                .extracting(it -> shown(it.decision()))
                .containsExactly("public", "credential-missing", "allowed");
        assertThat(heard.get(2).decision()).isSameAs(last);
        assertThat(heard).allSatisfy(it -> {
            assertThat(it.nanos()).isNotNegative();
            assertThat(it.toString()).doesNotContain(key);
        });
    }

    @Test
    void listener_thatThrows_changesNothing() {
        List<String> later = new ArrayList<>();
        Keystile keystile = open(it -> it.listener(event -> {
                    throw new IllegalStateException("a defect");
                })
                .listener(event -> later.add(shown(event.decision()))));
        String key = issue(keystile, wanted());
        assertThat(shown(keystile.decide(TestRequest.get("/a/x").bearer(key)))).isEqualTo("allowed");
        assertThat(shown(keystile.decide(TestRequest.get("/a/x")))).isEqualTo("credential-missing");
        assertThat(later).containsExactly("allowed", "credential-missing");
    }

    // Building.

    static Stream<Arguments> mistakes() {
        return Stream.<Arguments>of(
                mistake(
                        "no prefixes",
                        "key.prefixes is missing",
                        it -> Keystile.builder(KeyStore.inMemory()).rules(rules("GET /a authenticated"))),
                mistake(
                        "no rules",
                        "there are no rules",
                        it -> Keystile.builder(KeyStore.inMemory()).prefixes(KeyPrefix.secret("a_", LIVE))),
                mistake(
                        "no credentials",
                        "credentials is empty",
                        it -> minimal().credentials()),
                mistake(
                        "a place twice",
                        "x-api-key",
                        it -> minimal()
                                .credentials(
                                        CredentialSource.header("X-Api-Key"), CredentialSource.header("x-api-key"))),
                mistake(
                        "bearer twice",
                        "bearer",
                        it -> minimal().credentials(CredentialSource.bearer(), CredentialSource.bearer())),
                mistake("realm with a quote", "realm 'a\"b'", it -> minimal().realm("a\"b")),
                mistake(
                        "environment without prefix",
                        "environment 'test'",
                        it -> minimal().environments(LIVE, TEST)),
                mistake(
                        "no environment",
                        "environments is empty",
                        it -> minimal().environments()),
                mistake(
                        "unknown default plan",
                        "default-plan 'gold'",
                        it -> minimal().defaultPlan("gold")),
                mistake(
                        "undeclared scope",
                        "demands [a:read]",
                        it -> minimal("GET /a a:read")
                                .scopes(ScopeCatalog.builder().build())),
                mistake("unknown limit", "names the limit 'heavy'", it -> minimal("GET /a authenticated limit=heavy")),
                mistake(
                        "cost above a limit",
                        "cost 11",
                        it -> minimal("GET /a authenticated cost=11")
                                .plans(Plan.of("p", RateLimit.perMinute(60).burst(10)))),
                mistake("limit without name", "needs a name", it -> minimal().limits(RateLimit.perMinute(1))),
                mistake(
                        "limit named like that of a plan",
                        "has the name of a limit of rules",
                        it -> minimal()
                                .plans(Plan.of("p", RateLimit.perMinute(1).named("x")))
                                .limits(RateLimit.perMinute(2).named("x"))),
                mistake(
                        "plan twice",
                        "plan 'p' is set twice",
                        it -> minimal()
                                .plans(Plan.of("p", RateLimit.perMinute(1)), Plan.of("p", RateLimit.perMinute(2)))),
                mistake(
                        "an option twice",
                        "realm is set twice",
                        it -> minimal().realm("a").realm("b")),
                mistake(
                        "ambiguous prefixes",
                        "could be read as",
                        it -> Keystile.builder(KeyStore.inMemory())
                                .prefixes(KeyPrefix.secret("a", LIVE), KeyPrefix.secret("ab", LIVE))
                                .rules(rules("GET /a authenticated"))));
    }

    private static Arguments mistake(String name, String message, UnaryOperator<KeystileBuilder> change) {
        return argumentSet(name, message, change);
    }

    private static ScopePolicy rules(String text) {
        return ScopePolicy.builder().rule(Rule.parse("rule", text)).build();
    }

    private static KeystileBuilder minimal() {
        return minimal("GET /a authenticated");
    }

    private static KeystileBuilder minimal(String rule) {
        return Keystile.builder(KeyStore.inMemory())
                .prefixes(KeyPrefix.secret("acme_live_", LIVE))
                .rules(rules(rule));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void mistake_stopsTheStart_andIsToldAlone(String message, UnaryOperator<KeystileBuilder> change) {
        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> change.apply(minimal()).build())
                .satisfies(wrong -> assertThat(wrong.problems())
                        .singleElement()
                        .asString()
                        .containsIgnoringCase(message.toLowerCase(Locale.ROOT)));
    }

    @Test
    void minimalBuilder_works() {
        Keystile keystile = minimal().build();
        opened.add(keystile);
        String key = issue(keystile, NewKey.of("acme", "a key", LIVE));
        assertThat(shown(keystile.decide(TestRequest.get("/a").bearer(key)))).isEqualTo("allowed");
        assertThat(keystile.decide(TestRequest.get("/a").bearer(key)).limits()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"starter", "gold", ""})
    void limitsOf_key_areThoseOfItsPlanOrTheDefaults(String plan) {
        Keystile keystile = open(it -> it.defaultPlan("large"));
        NewKey wanted = NewKey.of("acme", "a key", LIVE).build();
        ApiKey issued = keystile.keyManager().issue(wanted, OPERATOR).key();
        ApiKey asked = plan.isEmpty() ? issued : issued.toBuilder().plan(plan).build();
        Rule plain = Rule.parse("plain", "GET /x authenticated");
        Rule heavy = Rule.parse("heavy", "GET /x authenticated limit=heavy");
        assertThat(keystile.limitsOf(heavy, asked))
                .extracting(RateLimit::count)
                .hasSize(2)
                .endsWith(2L);
        assertThat(keystile.limitsOf(plain, asked))
                .extracting(RateLimit::count)
                .containsExactly(plan.equals("starter") ? 5L : 1000L);
    }
}
