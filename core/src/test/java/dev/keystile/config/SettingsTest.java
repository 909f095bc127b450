package dev.keystile.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.Keystile;
import dev.keystile.KeystileBuilder;
import dev.keystile.TestRequest;
import dev.keystile.decision.Allowed;
import dev.keystile.decision.Decision;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.http.ErrorFormat;
import dev.keystile.http.ErrorTexts;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.Grants;
import dev.keystile.key.ImportedKey;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.TimeSource;
import dev.keystile.key.UsageCount;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import dev.keystile.scope.ScopePolicy;
import java.io.IOException;
import java.io.StringReader;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class SettingsTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final String SEAM_DIGEST = "d70d981d87b449c107327c2a2afbf00d4b58070d6ba571aac35d7ea3e7c79f37";
    private static final String PEPPER = "0123456789 a pepper of 32 bytes and more";

    /** Lines of {@code name = value}, over settings that are enough to start. */
    private static Settings settings(String... lines) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("key.prefixes", "acme_live_ secret live, acme_test_ secret test");
        values.put("store.type", "memory");
        values.put("rules.a", "GET /a authenticated");
        for (String line : lines) {
            int equals = line.indexOf('=');
            String name = line.substring(0, equals).strip();
            String value = line.substring(equals + 1).strip();
            if (value.equals("UNSET")) {
                values.remove(name);
            } else {
                values.put(name, value);
            }
        }
        return Settings.of(values)
                .withVariables(name -> name.equals("PEPPER") ? Optional.of(PEPPER) : Optional.empty());
    }

    private static IssuedKey issue(Keystile keystile, NewKey.Builder wanted) {
        return keystile.keyManager().issue(wanted.build(), OPERATOR);
    }

    private static Duration lifeOf(IssuedKey issued) {
        return Duration.between(
                issued.key().createdAt(), issued.key().expiresAt().orElseThrow());
    }

    private static NewKey.Builder live() {
        return NewKey.of("acme", "a key", KeyEnvironment.LIVE);
    }

    private static Decision decide(Keystile keystile, String path, NewKey.Builder wanted) {
        return keystile.decide(
                TestRequest.get(path).bearer(issue(keystile, wanted).revealOnce()));
    }

    private static Denied denied(Keystile keystile, String path) {
        return (Denied) keystile.decide(TestRequest.get(path));
    }

    private static String digest(Keystile keystile) {
        ApiKey key = issue(keystile, live()).key();
        return key.newestSecret().digest();
    }

    private static Map<String, String> limitHeaders(Keystile keystile) {
        TestRequest request =
                TestRequest.get("/a").bearer(issue(keystile, live()).revealOnce());
        Map<String, String> headers = new LinkedHashMap<>();
        keystile.writeHeaders((Allowed) keystile.decide(request), headers::put);
        return headers;
    }

    /** The causes of so many denials of a malformed key. */
    private static List<String> failures(Keystile keystile, TestRequest request, int times) {
        request.bearer("acme_live_nothing");
        return IntStream.range(0, times)
                .mapToObj(it -> ((Denied) keystile.decide(request)).cause().word())
                .toList();
    }

    private static Set<KeyScope> scopes(String... values) {
        return Arrays.stream(values).map(KeyScope::new).collect(Collectors.toSet());
    }

    // Every setting takes effect.

    private record Effect(String setting, Consumer<Keystile> seen, List<String> lines) {

        Effect(String setting, Consumer<Keystile> seen, String... lines) {
            this(setting, seen, List.of(lines));
        }

        Arguments toArguments() {
            return argumentSet(setting, lines, seen);
        }
    }

    private static final List<Effect> EFFECTS = List.of(
            new Effect(
                    "key.prefixes",
                    it -> assertThat(it.keyFormat().prefixes())
                            .containsExactly(
                                    KeyPrefix.secret("one_", KeyEnvironment.LIVE)
                                            .withVersion(2),
                                    KeyPrefix.publishable("two_", KeyEnvironment.SANDBOX)
                                            .retire()),
                    "key.prefixes = one_ secret live version=2, two_  publishable\tsandbox retired"),
            new Effect("key.hash", it -> assertThat(digest(it)).startsWith("$argon2id$"), "key.hash = argon2id"),
            new Effect(
                    "key.pepper",
                    it -> assertThat(digest(it)).startsWith("$hmac-sha256$"),
                    "key.hash = hmac-sha256",
                    "key.pepper = ${PEPPER}"),
            new Effect(
                    "key.argon2-cost",
                    it -> assertThat(digest(it)).startsWith("$argon2id$v=19$m=64,t=2,p=1$"),
                    "key.argon2-cost = m=64,t=2,p=1"),
            new Effect(
                    "key.cache-size",
                    it -> {
                        // What evicts is the verifier's to test: here that two keys take turns in room for one.
                        String one = issue(it, live()).revealOnce();
                        String other = issue(it, live()).revealOnce();
                        for (String key : List.of(one, other, one)) {
                            assertThat(it.decide(TestRequest.get("/a").bearer(key))
                                            .principal())
                                    .isPresent();
                        }
                    },
                    "key.cache-size = 1"),
            new Effect(
                    "key.max-age",
                    it -> {
                        assertThat(lifeOf(issue(it, live()))).isEqualTo(Duration.ofHours(36));
                        Instant late = Instant.now().plus(Duration.ofDays(2));
                        assertThatExceptionOfType(KeyRefusedException.class)
                                .isThrownBy(() -> issue(it, live().expiresAt(late)));
                    },
                    "key.max-age = test 30d, live\t36h"),
            new Effect(
                    "key.default-age",
                    it -> assertThat(lifeOf(issue(it, live()))).isEqualTo(Duration.ofMinutes(90)),
                    "key.max-age = live 1d",
                    "key.default-age = live 90m"),
            new Effect(
                    "key.expiry-notice",
                    it -> assertThat(Thread.getAllStackTraces().keySet())
                            .as("whoever announces")
                            .anyMatch(thread -> thread.getName().startsWith("keystile-expiry")),
                    "key.expiry-notice = 14d"),
            new Effect(
                    "key.issuers",
                    it -> assertThat(it.keyManager()
                                    .issue(live().build(), new Actor.Member("acme", "m", Set.of("boss"), Grants.none()))
                                    .key()
                                    .member())
                            .contains("m"),
                    "key.issuers = admin, boss"),
            new Effect(
                    "credentials",
                    it -> assertThat(it.credentialSources())
                            .extracting(source -> source.scheme() + " " + source.headerName())
                            .containsExactly(
                                    "ApiKey x-api-key",
                                    "Bearer Authorization",
                                    "Basic Authorization",
                                    "ApiKey Authorization",
                                    "Api-Key Authorization"),
                    "credentials = header x-api-key, bearer, basic, authorization, scheme Api-Key"),
            new Effect(
                    "realm",
                    it -> assertThat(it.answer(denied(it, "/a"), TestRequest.get("/a"))
                                    .headers())
                            .containsEntry("WWW-Authenticate", "Bearer realm=\"acme api\""),
                    "realm = acme api"),
            new Effect(
                    "environments",
                    it -> assertThat(((Denied) decide(it, "/a", NewKey.of("acme", "k", KeyEnvironment.TEST)))
                                    .cause()
                                    .word())
                            .isEqualTo("key-environment-not-served"),
                    "environments = live"),
            new Effect("hints.type", it -> assertThat(digest(it)).isNotEmpty(), "hints.type = none"),
            new Effect("store.type", it -> assertThat(digest(it)).isNotEmpty(), "store.type = memory"),
            new Effect(
                    "scopes",
                    it -> assertThat(it.scopes().scopes())
                            .containsExactlyElementsOf(List.of(new KeyScope("b"), new KeyScope("a"))),
                    "scopes = b, a"),
            new Effect(
                    "import.*",
                    it -> {
                        it.keyManager()
                                .importKeys(
                                        List.of(ImportedKey.of("seam", "acme", "a key", SEAM_DIGEST)
                                                .publicPart("BRTRKFsL")
                                                .build()),
                                        OPERATOR);
                        assertThat(it.decide(
                                        TestRequest.get("/a").bearer("mycompany_BRTRKFsL_51FwqftsmMDHHbJAMEXXHCgG")))
                                .isInstanceOf(Allowed.class);
                    },
                    "import.seam = mycompany_ secret live public=base58:8 separator=_ secret=base58:24 digest=sha256"),
            // What it does to an imported key is tested in ImportSettingsTest.
            new Effect(
                    "key.imported-argon2-cost",
                    it -> assertThat(digest(it)).startsWith("$argon2id$v=19$m=1024,t=1,p=1$"),
                    "key.imported-argon2-cost = m=64,t=1,p=1"),
            new Effect(
                    "implications",
                    it -> assertThat(it.scopes().implied(scopes("x:rw", "z")))
                            .isEqualTo(scopes("x:rw", "x:r", "z", "y:r")),
                    "scopes = x:rw, x:r, y:rw, y:r, z",
                    "implications = *:rw > *:r, z > y:r"),
            new Effect(
                    "roles.*",
                    it -> assertThat(it.scopes().roles()).isEqualTo(Map.of("support", scopes("a", "b"))),
                    "scopes = a, b, c",
                    "roles.support = a, b"),
            new Effect(
                    "plans.*",
                    it -> assertThat(it.limitsOf(
                                    it.policy().rules().get(0),
                                    issue(it, live().plan("pro")).key()))
                            .extracting(RateLimit::name)
                            .containsExactly("minute", "day"),
                    "plans.pro = minute 60/1m burst 10, day 1000/1d per account"),
            new Effect(
                    "default-plan",
                    it -> assertThat(limitHeaders(it)).containsEntry("X-RateLimit-Limit", "7"),
                    "plans.pro = 7/1m",
                    "default-plan = pro"),
            new Effect(
                    "limits.*",
                    it -> assertThat(decide(it, "/b", live())
                                    .limits()
                                    .orElseThrow()
                                    .decisive()
                                    .limit())
                            .isEqualTo(RateLimit.perMinute(3).named("heavy")),
                    "limits.heavy = 3/1m",
                    "rules.b = GET /b authenticated limit=heavy"),
            new Effect("limiter.type", it -> assertThat(digest(it)).isNotEmpty(), "limiter.type = memory"),
            new Effect(
                    "limiter.partitions",
                    it -> {
                        decide(it, "/a", live());
                        assertThat(((Denied) decide(it, "/a", live())).cause().word())
                                .isEqualTo("could-not-tell");
                    },
                    "limiter.partitions = 1",
                    "plans.pro = 7/1d",
                    "default-plan = pro"),
            new Effect(
                    "failures.limit",
                    it -> assertThat(failures(it, TestRequest.get("/a"), 3))
                            .containsExactly("key-malformed", "key-malformed", "too-many-failures"),
                    "failures.limit = 2/1m"),
            new Effect(
                    "failures.addresses",
                    it -> assertThat(Stream.of("192.0.2.1", "192.0.2.2")
                                    .flatMap(address ->
                                            failures(it, TestRequest.get("/a").from(address), 1).stream()))
                            .containsExactly("key-malformed", "too-many-failures"),
                    "failures.limit = 1/1m",
                    "failures.addresses = 1"),
            new Effect(
                    "proxies.trusted",
                    it -> assertThat(Stream.of("203.0.113.1", "203.0.113.2")
                                    .flatMap(client -> failures(
                                            it,
                                            TestRequest.get("/a")
                                                    .from("10.0.0.1")
                                                    .header("X-Forwarded-For", client),
                                            2)
                                            .stream()))
                            .containsExactly(
                                    "key-malformed", "too-many-failures", "key-malformed", "too-many-failures"),
                    "failures.limit = 1/1m",
                    "proxies.trusted = 10.0.0.0/8, fd00::/8"),
            new Effect(
                    "proxies.header",
                    it -> assertThat(Stream.of("203.0.113.1", "203.0.113.2")
                                    .flatMap(client -> failures(
                                            it,
                                            TestRequest.get("/a")
                                                    .from("10.0.0.1")
                                                    .header("Forwarded", "for=" + client),
                                            1)
                                            .stream()))
                            .containsExactly("key-malformed", "key-malformed"),
                    "failures.limit = 1/1m",
                    "proxies.trusted = 10.0.0.0/8",
                    "proxies.header = forwarded"),
            new Effect(
                    "usage.interval",
                    it -> {
                        IssuedKey key = issue(it, live());
                        it.decide(TestRequest.get("/a").bearer(key.revealOnce()));
                        it.close();
                        assertThat(it.keyManager().lastUsed(List.of(key.key()), OPERATOR))
                                .isEmpty();
                    },
                    "usage.interval = none"),
            // What is forgotten is tested below.
            new Effect("usage.retention", it -> assertThat(digest(it)).isNotEmpty(), "usage.retention = 365d"),
            new Effect(
                    "cors.origins",
                    it -> assertThat(it.answer(
                                            denied(it, "/a"),
                                            TestRequest.get("/a").header("Origin", "https://app.example.com"))
                                    .headers())
                            .containsEntry("Access-Control-Allow-Origin", "https://app.example.com"),
                    "cors.origins = https://app.example.com, http://localhost:5173"),
            new Effect(
                    "headers.format",
                    it -> assertThat(limitHeaders(it)).containsOnlyKeys("RateLimit", "RateLimit-Policy"),
                    "headers.format = ietf",
                    "plans.pro = 7/1m",
                    "default-plan = pro"),
            new Effect(
                    "headers.custom.*",
                    it -> assertThat(limitHeaders(it)).isEqualTo(Map.of("X-Left", "6 of 7", "X-Used", "1")),
                    "headers.format = custom",
                    "headers.custom.X-Left = {remaining} of {limit}",
                    "headers.custom.X-Used = {used}",
                    "plans.pro = 7/1m",
                    "default-plan = pro"),
            new Effect(
                    "headers.retry-after",
                    it -> {
                        Denied limited = Denied.of(DenialCause.RATE_LIMITED, "").retryAfter(Duration.ofMillis(1500));
                        long now = it.now().toEpochMilli();
                        long told = Long.parseLong(it.answer(limited, TestRequest.get("/a"))
                                .headers()
                                .getOrDefault("Retry-After", ""));
                        assertThat(told).isBetween(now + 1500, now + 11_500);
                    },
                    "headers.retry-after = unix-ms"),
            new Effect(
                    "errors.format",
                    it -> assertThat(it.answer(denied(it, "/a"), TestRequest.get("/a"))
                                    .body())
                            .isEqualTo("{\"e\":401}"),
                    "errors.format = template",
                    "errors.default.body = {\"e\":\"{status}\"}"),
            new Effect(
                    "errors.*.type",
                    it -> assertThat(it.answer(denied(it, "/a"), TestRequest.get("/a"))
                                    .body())
                            .contains("\"type\":\"urn:x\""),
                    "errors.unauthorized.type = urn:x"),
            new Effect(
                    "errors.*.code",
                    it -> assertThat(it.answer((Denied) decide(it, "/none", live()), TestRequest.get("/none"))
                                    .body())
                            .contains("\"code\":\"nothing_there\"", "\"detail\":\"Said of all\""),
                    "errors.forbidden.message = Said of all",
                    "errors.no-rule.code = nothing_there"),
            new Effect(
                    "errors.*.message",
                    it -> assertThat(it.answer(denied(it, "/a"), TestRequest.get("/a"))
                                    .body())
                            .contains("\"detail\":\"Who?\""),
                    "errors.unauthorized.message = Who?"),
            new Effect(
                    "errors.*.body",
                    it -> assertThat(it.answer(denied(it, "/a"), TestRequest.get("/a"))
                                    .body())
                            .isEmpty(),
                    "errors.format = template",
                    "errors.default.body = {}",
                    "errors.unauthorized.body ="),
            new Effect(
                    "rules.*",
                    it -> assertThat(it.policy().rules()).hasSize(2),
                    "rules.b = GET,POST /b/** authenticated"));

    static Stream<Arguments> effects() {
        return EFFECTS.stream().map(Effect::toArguments);
    }

    @ParameterizedTest
    @MethodSource("effects")
    void setting_takesEffect(List<String> lines, Consumer<Keystile> seen) {
        try (Keystile keystile = settings(lines.toArray(String[]::new)).open()) {
            seen.accept(keystile);
        }
    }

    @Test
    void everySettingOfTheCatalog_isTried() {
        assertThat(EFFECTS)
                .extracting(Effect::setting)
                .containsExactlyInAnyOrderElementsOf(
                        SettingCatalog.SETTINGS.stream().map(Setting::name).toList());
    }

    /** On the thread that writes, so that this waits for it. */
    @Test
    @Timeout(30)
    void usageRetention_isHowLongCountsAreKept() {
        KeyStore store = KeyStore.inMemory();
        KeyId id = new KeyId("0123456789ab");
        Instant now = Instant.now();
        Instant kept = now.minus(Duration.ofHours(47)).truncatedTo(ChronoUnit.HOURS);
        Instant old = now.minus(Duration.ofHours(50)).truncatedTo(ChronoUnit.HOURS);
        UsageCount ofKept = new UsageCount(id, kept, "allowed", 5);
        store.usage().add(List.of(new UsageCount(id, old, "allowed", 3), ofKept), Map.of(id, old));

        try (Keystile keystile = settings("usage.interval = 100ms", "usage.retention = 2d")
                .builder(store)
                .build()) {
            while (store.usage().counts(id, old, now).size() > 1) {
                Thread.onSpinWait();
            }
            assertThat(store.usage().counts(id, old, now)).containsExactly(ofKept);
            assertThat(store.usage().lastUsed(List.of(id))).containsEntry(id, old);
        }
    }

    @Test
    void headersNone_writesNone() {
        try (Keystile keystile = settings("headers.format = none", "plans.pro = 7/1m", "default-plan = pro")
                .open()) {
            assertThat(limitHeaders(keystile)).isEmpty();
        }
    }

    /** What stands in the guide must be right, and no name may begin another: YAML could not hold both. */
    @Test
    void catalog_isWhole() {
        Set<String> names = new HashSet<>();
        assertThat(SettingCatalog.SETTINGS).allSatisfy(setting -> {
            assertThat(names.add(setting.name())).as(setting.name()).isTrue();
            assertThat(setting.type()).isNotBlank();
            assertThat(setting.description()).endsWith(".");
            assertThat(setting.example()).isNotBlank();
        });
        for (String name : names) {
            assertThat(names).noneMatch(other -> other.startsWith(name + "."));
        }
        assertThat(SettingCatalog.SETTINGS)
                .filteredOn(Setting::sensitive)
                .extracting(Setting::name)
                .containsExactly("key.pepper");
    }

    // Mistakes.

    private static List<String> problems(Settings settings) {
        InvalidConfigurationException wrong = catchThrowableOfType(InvalidConfigurationException.class, () -> {
            Keystile opened = settings.open();
            opened.close();
        });
        if (wrong == null) {
            return List.of();
        }
        assertThat(wrong.problems()).allSatisfy(problem -> assertThat(wrong).hasMessageContaining(problem));
        return wrong.problems();
    }

    @Test
    void manyMistakes_areToldInOneMessage() {
        List<String> problems = problems(settings(
                "key.prefixes = acme_live_ private live",
                "key.hash = bcrypt",
                "credentials = query key",
                "realm = a\"b",
                "store.type = files",
                "scopes = a:read",
                "plans.starter = sixty a minute",
                "headers.format = x-limits",
                "errors.format = xml",
                "rules.b = FETCH /b public",
                "rules.c = GET /c c:read",
                "colour = red"));
        assertThat(problems).hasSize(11);
        for (String part : List.of(
                "key.prefixes: 'acme_live_ private live'",
                "key.hash: 'bcrypt'",
                "credentials: 'query key'",
                "realm 'a\"b'",
                "store.type = 'files'",
                "plans.starter: limit 'sixty a minute'",
                "headers.format: 'x-limits'",
                "errors.format: 'xml'",
                "rules.b: method 'FETCH'",
                "rule 'c': demands [c:read]",
                "colour is no setting")) {
            assertThat(problems).as(part).anyMatch(it -> it.contains(part));
        }
        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> settings("colour = red", "realm = a\"b").open())
                .withMessageStartingWith("2 problems in the Keystile configuration:\n - ");
    }

    /** One mistake is told once, and what follows from it is not told. */
    static Stream<Arguments> singleMistakes() {
        return Stream.of(
                one("plans.starter: limit '60/x'", "plans.starter = 60/x", "default-plan = starter"),
                one("plans.2nd: plan '2nd'", "plans.2nd = 60/1m", "default-plan = 2nd"),
                one("limits.heavy: limit 'x'", "limits.heavy = x", "rules.b = GET /b authenticated limit=heavy"),
                one("limits.2nd: limit name '2nd'", "limits.2nd = 60/1m"),
                one("limits.heavy: 'a 60/1m': the name stands", "limits.heavy = a 60/1m"),
                one("[per key|account|address|attribute <name>]", "plans.web = 60/1m per ip", "default-plan = web"),
                one(
                        "[per key|account|address|attribute <name>]",
                        "plans.web = all 600/1m, each 60/1m per address burst 5"),
                one(
                        "[per key|account|address|attribute <name>]",
                        "limits.heavy = 60/1m per",
                        "rules.b = GET /b authenticated limit=heavy"),
                one("key.prefixes: 'x'", "key.prefixes = x", "environments = live"),
                one("key.prefixes is missing", "key.prefixes = UNSET", "environments = UNSET"),
                one("environments is empty", "environments ="),
                one("no prefix is of environment 'sandbox'", "environments = live, sandbox"),
                one("credentials is empty", "credentials ="),
                one("named twice", "credentials = bearer, header x-a, bearer"),
                one("'header': expected header <name>", "credentials = header"),
                one("'bearer x': expected 'bearer' alone", "credentials = bearer x"),
                one("header 'Authorization'", "credentials = header Authorization"),
                one("default-plan 'gold' is not among", "default-plan = gold"),
                one("store.type is missing", "store.type = UNSET"),
                one("store.type = 'jdbc'", "store.type = jdbc", "store.url = jdbc:h2:mem:x"),
                one("there are no rules", "rules.a = UNSET"),
                one("rules.a: '/a public'", "rules.a = /a public"),
                one("both cover /b/c", "rules.b = GET /b/* public", "rules.c = GET /*/c public"),
                one("rules 'a' and 'b'", "rules.b = GET /a public"),
                one("scopes: scope 'b read'", "scopes = a, b read"),
                one("declared twice", "scopes = a, a"),
                one("roles.r: 'b' is not declared", "scopes = a", "roles.r = a, b"),
                one("scopes is missing", "roles.r = a"),
                one("'*:w > r': expected '*'", "scopes = a:w, r", "implications = *:w > r"),
                one("no declared scope ends in ':w'", "scopes = r", "implications = *:w > *:r"),
                one("'a:r' is not declared", "scopes = a:w", "implications = *:w > *:r"),
                one("'a': expected <scope> > <scope>", "scopes = a", "implications = a"),
                one("key.argon2-cost: argon2id memory 1", "key.argon2-cost = m=1,t=1,p=1"),
                one("key.max-age: 'live': expected <environment> <duration>", "key.max-age = live"),
                one("key.max-age: '1y': expected a whole number", "key.max-age = live 1y"),
                one("key.max-age: environment 'Live'", "key.max-age = Live 1d"),
                one("key.max-age: no prefix is of environment 'eu'", "key.max-age = live 1d, eu 1d"),
                one("key.max-age of live is set twice", "key.max-age = live 1d, live 2d"),
                one("key.max-age of environment 'live': expected 1ms to 36500d", "key.max-age = live 36501d"),
                one("key.default-age: 'live 1 d': expected", "key.default-age = live 1 d"),
                one("longer than its key.max-age", "key.max-age = live 1d", "key.default-age = live 25h"),
                one("key.expiry-notice: expected 1d to 366d", "key.expiry-notice = 23h"),
                one("key.expiry-notice: expected 1d to 366d", "key.expiry-notice = 367d"),
                one("key.expiry-notice: 'soon'", "key.expiry-notice = soon"),
                one("key.prefixes: 'x'", "key.prefixes = x", "key.max-age = live 1d"),
                one("needs key.pepper", "key.hash = hmac-sha256"),
                one("key.pepper: a pepper of 5 bytes", "key.hash = hmac-sha256", "key.pepper = short"),
                one("key.pepper: a pepper of 5 bytes", "key.pepper = short"),
                one("limiter.type: 'redis'", "limiter.type = redis"),
                one("hints.type: 'redis': expected one of [none]", "hints.type = redis"),
                one("limiter.partitions: '0'", "limiter.partitions = 0"),
                one(
                        "failures.limit: '-1': expected <count>/<window> [burst <count>], such as 100/1m, or none",
                        "failures.limit = -1"),
                one("failures.limit: expected <count>/<window>", "failures.limit = a 5/1m"),
                one("failures.limit: expected <count>/<window>", "failures.limit = 5/1m\tper\taccount"),
                one("failures.limit: expected <count>/<window>", "failures.limit = 5/1m per address"),
                one("failures.limit is none", "failures.limit = none", "failures.addresses = 5"),
                one("failures.addresses: '0'", "failures.addresses = 0"),
                one("usage.interval: 'often'", "usage.interval = often"),
                one("usage.interval: '10'", "usage.interval = 10"),
                one("usage.interval: '0s'", "usage.interval = 0s"),
                one("usage.interval PT0.099S: expected 100ms to 1h", "usage.interval = 99ms"),
                one("usage.interval PT1H0.001S: expected 100ms to 1h", "usage.interval = 3600001ms"),
                one("usage.retention: 'forever'", "usage.retention = forever"),
                one("usage.retention: '1000000000d'", "usage.retention = 1000000000d"),
                one("usage.retention PT23H: expected 1d", "usage.retention = 23h"),
                one("usage.retention PT876024H: expected 1d to 36500d", "usage.retention = 36501d"),
                one("usage.interval is none", "usage.interval = none", "usage.retention = 1d"),
                one("proxies.trusted: 'lb.example'", "proxies.trusted = 10.0.0.0/8, lb.example"),
                one("proxies.header: 'x-real-ip'", "proxies.trusted = 10.0.0.1", "proxies.header = x-real-ip"),
                one("proxies.trusted names no proxy", "proxies.header = forwarded"),
                one("cors.origins: 'app.example.com'", "cors.origins = app.example.com"),
                one("cors.origins: '*'", "cors.origins = https://a.example, *"),
                one("variable NONE", "proxies.trusted = ${NONE}", "proxies.header = forwarded"),
                one("needs at least one headers.custom", "headers.format = custom"),
                one("headers.format does not name custom", "headers.custom.X = {limit}"),
                one("placeholder {nonsense}", "headers.format = custom", "headers.custom.X = {nonsense}"),
                one("headers.retry-after: 'minutes': expected seconds or unix-ms", "headers.retry-after = minutes"),
                one("no prefix is of environment 'sandbox', which has a share", "limits.a = 10/1m share sandbox 10%"),
                one("no prefix is of environment 'sandbox', which has a share", "plans.a = 10/1m share sandbox 10%"),
                one("failures.limit: expected <count>/<window>", "failures.limit = 10/1m share test 10%"),
                one(
                        "cost 5 is more than the share of 'test' in limit 'a' ever admits at once (1)",
                        "limits.a = 10/1m share test 10%",
                        "rules.b = GET /b authenticated limit=a cost=5"),
                one(
                        "errors: error template with {code:number}: the code of ambiguous-target is 'invalid_request'",
                        "errors.format = template",
                        "errors.default.body = {\"a\":\"{code:number}\"}"),
                one("rule 'b': demands [b:read]", "scopes = a", "rules.b = GET /b a query=x:y:b:read"),
                one("needs errors.default.body", "errors.format = template"),
                one("errors.format is not template", "errors.default.body = {}"),
                one("errors.key-revoked.*", "errors.key-revoked.message = Gone"),
                one(
                        "errors.key-revoked.*",
                        "errors.format = template",
                        "errors.default.body = {}",
                        "errors.key-revoked.body = {}"),
                one("errors.default.*", "errors.default.message = No"),
                one("expected a JSON object", "errors.format = template", "errors.default.body = {\"a\":}"),
                // variables that are not there
                one("variable NONE", "key.prefixes = ${NONE}", "environments = live"),
                one("variable NONE", "key.hash = hmac-sha256", "key.pepper = ${NONE}"),
                one("variable NONE", "plans.starter = ${NONE}", "default-plan = starter"),
                one("variable NONE", "limits.heavy = ${NONE}", "rules.b = GET /b authenticated limit=heavy"),
                one("variable NONE", "scopes = ${NONE}", "roles.r = a", "rules.b = GET /b a"),
                one("variable NONE", "rules.a = ${NONE}"),
                one("variable NONE", "store.type = ${NONE}"),
                one("variable NONE", "errors.format = template", "errors.default.body = ${NONE}"),
                one(
                        "key.pepper: '${' without '}'",
                        "key.pepper = ${PEPPER and what follows it, all of it",
                        "key.hash = hmac-sha256"));
    }

    /** A plan that cannot be read is one all the same. */
    @Test
    void unknownDefaultPlan_besideAPlanThatCannotBeRead_isToldAmongAllPlans() {
        assertThat(problems(settings("plans.starter = 60/x", "plans.growth = 600/1m", "default-plan = starters")))
                .hasSize(2)
                .contains("default-plan: 'starters' is not among the plans [growth, starter]");
    }

    private static Arguments one(String message, String... lines) {
        return argumentSet(String.join("; ", lines), message, lines);
    }

    @ParameterizedTest
    @MethodSource("singleMistakes")
    void mistake_isToldOnce_andAlone(String message, String[] lines) {
        assertThat(problems(settings(lines))).singleElement().asString().contains(message);
    }

    @ParameterizedTest
    @CsvSource({
        "key.prefix,      did you mean key.prefixes?",
        "Key.Prefixes,    did you mean key.prefixes?",
        "enviroments,     did you mean environments?",
        "scope,           did you mean scopes?",
        "header.format,   did you mean headers.format?",
        "default_plan,    did you mean default-plan?",
        "limits,          'each has a name of your choice, such as limits.first'",
        "store.password,  of the store that store.type names; docs/settings.md",
        "nothing.like.it, docs/settings.md",
        "errors.body,     is no setting",
        "errors.a.b.body, is no setting",
        "key,             is no setting",
        "signing.bind,    is no setting; it takes the extension keystile-jwt on the class path",
    })
    void unknownName_isTold_withTheNameMeant(String name, String message) {
        assertThat(problems(settings(name + " = x")))
                .singleElement()
                .asString()
                .startsWith(name + " is no setting")
                .contains(message);
    }

    @Test
    void nameTwice_inAFile_orBesideIt_isTold() throws IOException {
        Settings read = Settings.read(new StringReader("""
                key.prefixes = acme_live_ secret live
                store.type = memory
                rules.a = GET /a authenticated
                realm = one
                realm : two
                """));
        assertThat(problems(read)).singleElement().asString().contains("realm is set twice");
        assertThat(problems(read.and(Map.of("rules.a", "GET /b authenticated"))))
                .hasSize(2);
    }

    @Test
    void file_withABrokenEscape_isNotRead() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Settings.read(new StringReader("realm = \\u12")))
                .withMessageContaining("not a properties file");
    }

    @Test
    void sampleSettings_arePassedOver() {
        assertThat(problems(settings("playground.read = a:read", "playground.anything.at.all = ${NONE}")))
                .isEmpty();
    }

    @Test
    void builderOverAStore_passesOverStoreSettings() {
        try (Keystile keystile = settings("store.type = jdbc", "store.url = jdbc:h2:mem:x", "store.user = ${NONE}")
                .builder(KeyStore.inMemory())
                .build()) {
            assertThat(digest(keystile)).isNotEmpty();
        }
    }

    @Test
    void pepper_isInNoMessage() {
        String secret = "hunter2-hunter2-hunter2-hunter2-hunter2";
        List<Settings> wrong = List.of(
                settings("key.pepper = " + secret, "key.hash = hmac-sha512"),
                settings("key.pepper = " + secret.substring(0, 20), "key.hash = hmac-sha256"),
                settings("key.pepper = ${" + secret, "key.hash = hmac-sha256"),
                settings("key.peppr = " + secret, "key.hash = hmac-sha256"),
                settings("key.pepper = " + secret, "realm = a\"b"));
        assertThat(wrong).allSatisfy(each -> {
            assertThat(problems(each)).isNotEmpty().noneMatch(it -> it.contains("hunter2"));
        });
    }

    /** An option that code can set, and a setting of it. */
    @ParameterizedTest
    @CsvSource({
        "hashers, key.hash = argon2id",
        "hashers, key.pepper = ${PEPPER}",
        "rules,   rules.a = GET /a authenticated",
        "limiter, limiter.partitions = 10",
        "errors,  errors.format = problem",
        "errors,  errors.forbidden.code = no",
    })
    void partGivenByCode_besideASettingOfIt_isTold(String option, String setting) {
        Settings both = settings("rules.a = UNSET", setting);
        Consumer<KeystileBuilder> code = builder -> {
            Objects.requireNonNull(parts().get(option)).accept(builder);
            if (!option.equals("rules")) {
                builder.rules(policy());
            }
        };

        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> both.open(code).close())
                .satisfies(wrong -> assertThat(wrong.problems())
                        .containsExactly(setting.substring(0, setting.indexOf(' ')) + " is set, and code gives the "
                                + option + " already: keep one of the two"));
    }

    private static Map<String, Consumer<KeystileBuilder>> parts() {
        return Map.of(
                "hashers", builder -> builder.hashers(KeyHasher.argon2id()),
                "rules", builder -> builder.rules(policy()),
                "limiter", builder -> builder.limiter(RateLimiter.inMemory(TimeSource.system(), 10)),
                "errors",
                        builder -> builder.errors(
                                ErrorFormat.problem(ErrorTexts.builder().build())));
    }

    private static ScopePolicy policy() {
        return ScopePolicy.builder().allow("GET", "/a", "public").build();
    }

    @Test
    void partsGivenByCode_takeTheirPlace_andTheStoreIsOpenedWithoutProblemsOnly() {
        AtomicInteger opened = new AtomicInteger();
        Supplier<KeyStore> store = () -> {
            opened.incrementAndGet();
            return KeyStore.inMemory();
        };
        Consumer<KeystileBuilder> code = builder -> parts().values().forEach(part -> part.accept(builder));

        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> settings().open(store, code));
        assertThat(opened).hasValue(0);
        try (Keystile keystile =
                settings("rules.a = UNSET", "store.type = UNSET").open(store, code)) {
            assertThat(opened).hasValue(1);
            assertThat(keystile.decide(TestRequest.get("/a"))).isInstanceOf(Allowed.class);
        }
    }
}
