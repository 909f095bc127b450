package dev.keystile.redis;

import static dev.keystile.redis.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.decision.Allowed;
import dev.keystile.decision.DecisionEvent;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.TimeSource;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.testkit.GetRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code limiter.type = redis}, as settings say it, and behind the facade. */
final class RedisSettingsTest {

    private static RedisProcess redis;

    @BeforeAll
    static void start() {
        redis = new RedisProcess();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static Settings settings(String... lines) {
        Map<String, String> values = new HashMap<>(Map.of(
                "key.prefixes", "acme_live_ secret live",
                "key.argon2-cost", "m=64,t=1,p=1",
                "store.type", "memory",
                "rules.a", "GET /a authenticated",
                "plans.pro", "pair 2/1d, day 100/1d per account",
                "default-plan", "pro",
                "limiter.type", "redis",
                "redis.url", redis.url()));
        for (String line : lines) {
            int equals = line.indexOf(" = ");
            values.put(line.substring(0, equals), line.substring(equals + 3));
        }
        values.values().removeIf(String::isEmpty);
        return Settings.of(values).withVariables(name -> Optional.empty());
    }

    private static String issue(Keystile keystile) {
        return keystile.keyManager()
                .issue(NewKey.of("acme", "a key", KeyEnvironment.LIVE).build(), new Actor.Operator("test"))
                .revealOnce();
    }

    /** Two nodes over one Redis, and one key store. */
    @Test
    void twoNodes_shareLimits_andListenersHearWhenTheyDoNot() {
        redis.commands().flushall();
        KeyStore keys = KeyStore.inMemory();
        List<DecisionEvent> heard = new ArrayList<>();
        Settings settings = settings("redis.timeout = 10s", "limiter.on-failure = local, day deny");
        try (Keystile one = settings.builder(keys).listener(heard::add).build();
                Keystile other = settings.builder(keys).build()) {
            String key = issue(one);
            GetRequest request = new GetRequest("/a", key);

            assertThat(one.decide(request)).isInstanceOf(Allowed.class);
            assertThat(other.decide(request)).isInstanceOf(Allowed.class);
            Denied denied = (Denied) one.decide(request);
            assertThat(denied.cause()).isEqualTo(DenialCause.RATE_LIMITED);
            assertThat(makeshift(heard)).containsExactly(false, false);
        }
    }

    @Test
    void redisAway_isHeardByListeners_andA503WhereALimitDenies() {
        List<DecisionEvent> heard = new ArrayList<>();
        try (RedisProcess gone = new RedisProcess()) {
            gone.kill();
            Function<String, Keystile> node =
                    onFailure -> settings("redis.url = " + gone.url(), "limiter.on-failure = " + onFailure)
                            .builder(KeyStore.inMemory())
                            .listener(heard::add)
                            .build();
            try (Keystile local = node.apply("local")) {
                GetRequest request = new GetRequest("/a", issue(local));
                assertThat(local.decide(request)).isInstanceOf(Allowed.class);
                assertThat(((Denied) local.decide(request)).cause()).isEqualTo(DenialCause.RATE_LIMITED);
                assertThat(makeshift(heard)).containsExactly(true, true);
            }
            try (Keystile denying = node.apply("allow, day deny")) {
                Denied denied = (Denied) denying.decide(new GetRequest("/a", issue(denying)));
                assertThat(denied.cause()).isEqualTo(DenialCause.COULD_NOT_TELL);
                assertThat(denied.retryAfter()).isPositive();
            }
            try (Keystile allowing = node.apply("allow")) {
                GetRequest request = new GetRequest("/a", issue(allowing));
                for (int i = 0; i < 5; i++) {
                    assertThat(allowing.decide(request)).isInstanceOf(Allowed.class);
                }
            }
        }
    }

    private static List<Boolean> makeshift(List<DecisionEvent> heard) {
        return heard.stream()
                .map(event -> event.decision() instanceof Allowed allowed
                        ? allowed.limits()
                        : ((Denied) event.decision()).limits())
                .map(limits -> limits.map(RateLimitResult::isMakeshift).orElseThrow())
                .toList();
    }

    private static Arguments mistake(String sentence, String... lines) {
        return arguments(sentence, List.of(lines));
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake("redis.url is missing: expected where Redis is", "redis.url = "),
                mistake("redis.url is missing: expected where Redis is", "redis.url = ", "hints.type = redis"),
                mistake("redis.url is missing", "redis.url = ", "hints.type = redis", "limiter.type = memory"),
                mistake("hints.type: 'radio': expected one of [none, redis]", "hints.type = radio"),
                mistake("redis.key-prefix: key prefix '{a}'", "redis.key-prefix = {a}", "hints.type = redis"),
                mistake("redis.url is no URL of Redis: expected one that begins with", "redis.url = localhost:6379"),
                mistake(
                        "redis://, rediss://, redis-sentinel:// or rediss-sentinel://, such",
                        "redis.url = http://localhost"),
                mistake("redis.url holds a user or a password", "redis.url = redis://:hush@localhost"),
                mistake("redis.url cannot be read", "redis.url = redis://local host:x"),
                mistake("redis.url is no URL of the nodes of a cluster", "redis.url = hush", "redis.cluster = true"),
                mistake("redis.cluster is 'maybe': expected true or false", "redis.cluster = maybe"),
                mistake("redis.user is set, and redis.password is not", "redis.user = a"),
                mistake("redis.timeout: timeout PT0S: expected 1 ms to 10 s", "redis.timeout = 0ms"),
                mistake("redis.timeout: 'soon': expected", "redis.timeout = soon"),
                mistake("redis.key-prefix: key prefix '{a}': expected up to 64", "redis.key-prefix = {a}"),
                mistake("limiter.nodes: nodes 0: expected 1 or more", "limiter.nodes = 0"),
                mistake("limiter.nodes: 'two': expected a whole number", "limiter.nodes = two"),
                mistake("limiter.partitions: 'x': expected a whole number", "limiter.partitions = x"),
                mistake("limiter.on-failure: 'panic': expected local, deny or allow", "limiter.on-failure = panic"),
                mistake("there is one for all limits already", "limiter.on-failure = local, deny"),
                mistake("limit 'day' is named twice", "limiter.on-failure = day deny, day allow"),
                mistake(
                        "limiter.on-failure names the limit 'dya', which is not among the limits [day, pair]",
                        "limiter.on-failure = dya deny"),
                mistake(
                        "limit 'pro' (999983/PT24H burst 999983): Redis cannot count so finely",
                        "plans.pro = 999983/1d burst 999983"),
                mistake(
                        "limiter.type: 'redsi': expected one of [memory, redis]",
                        "limiter.type = redsi",
                        "redis.url = "));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void mistake_stopsTheStart_withOneSentence(String sentence, List<String> lines) {
        Settings settings = settings(lines.toArray(String[]::new));

        InvalidConfigurationException opened =
                catchThrowableOfType(InvalidConfigurationException.class, settings::open);
        assertThat(opened.problems()).singleElement().asString().contains(sentence);
        assertThat(opened).hasMessageNotContaining("hush");
        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> settings.builder(KeyStore.inMemory()))
                .satisfies(other -> assertThat(other.problems()).isEqualTo(opened.problems()));
    }

    @Test
    void severalMistakes_areToldAtOnce() {
        Settings settings = settings("redis.timeout = x", "limiter.nodes = 0", "rules.b = GET /b nonsense=");
        InvalidConfigurationException told = catchThrowableOfType(InvalidConfigurationException.class, settings::open);
        assertThat(told.problems()).hasSize(3);
    }

    @Test
    void everySetting_isTaken() {
        Settings settings = settings(
                "redis.key-prefix = billing:",
                "redis.timeout = 10s",
                "redis.cluster = false",
                "limiter.nodes = 3",
                "limiter.partitions = 10",
                "limiter.on-failure = deny, day allow");
        try (Keystile keystile = settings.open()) {
            assertThat(keystile.decide(new GetRequest("/a", issue(keystile)))).isInstanceOf(Allowed.class);
            assertThat(redis.commands().keys("billing:{live:acme}9:*")).hasSize(2);
        }
    }

    @Test
    void hints_areInTheRedisOfTheLimiter_orOfNone_andEndWithTheFacade() {
        for (String limiter : List.of("redis", "memory")) {
            Settings settings =
                    settings("hints.type = redis", "limiter.type = " + limiter, "redis.key-prefix = " + limiter + ":");
            try (Keystile keystile = settings.open()) {
                assertThat(issue(keystile)).isNotEmpty();
                until("somebody listens", () -> listening(limiter + ":changed") == 1);
            }
            until("nobody listens", () -> listening(limiter + ":changed") == 0);
        }
    }

    private static long listening(String channel) {
        return redis.commands().pubsubNumsub(channel).getOrDefault(channel, 0L);
    }

    /** Missing variables are told by themselves, not as if the setting were not there. */
    @Test
    void variableThatIsMissing_isTheOnlyProblem() {
        Settings settings = settings("redis.url = redis://${NOT_SET}");
        InvalidConfigurationException told = catchThrowableOfType(InvalidConfigurationException.class, settings::open);
        assertThat(told.problems()).singleElement().asString().contains("NOT_SET");
    }

    static Stream<Arguments> options() {
        return Stream.of(
                option("user", it -> it.user("a"), it -> it.user("a")),
                option("password", it -> it.password("hush"), it -> it.password("hush")),
                option("cluster", RedisRateLimiter.Builder::cluster, RedisChangeHints.Builder::cluster),
                option("keyPrefix", it -> it.keyPrefix("a:"), it -> it.keyPrefix("a:")),
                option("timeout", it -> it.timeout(Duration.ofSeconds(1)), null),
                option("nodes", it -> it.nodes(3), null),
                option("onFailure", it -> it.onFailure(OnFailure.DENY), null),
                option("onFailure of limit 'day'", it -> it.onFailure("day", OnFailure.DENY), null),
                option("partitions", it -> it.partitions(10), null),
                option("time", it -> it.time(TimeSource.system()), null));
    }

    private static Arguments option(
            String name,
            Consumer<RedisRateLimiter.Builder> ofLimiter,
            @Nullable Consumer<RedisChangeHints.Builder> ofHints) {
        return argumentSet(name, name, ofLimiter, ofHints);
    }

    @ParameterizedTest
    @MethodSource("options")
    void option_thatIsSetTwice_isAnError(
            String name,
            Consumer<RedisRateLimiter.Builder> ofLimiter,
            @Nullable Consumer<RedisChangeHints.Builder> ofHints) {
        RedisRateLimiter.Builder limiter = RedisRateLimiter.builder(redis.url());
        ofLimiter.accept(limiter);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ofLimiter.accept(limiter))
                .withMessage(name + " is set twice");
        if (ofHints != null) {
            RedisChangeHints.Builder hints = RedisChangeHints.builder(redis.url());
            ofHints.accept(hints);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ofHints.accept(hints))
                    .withMessage(name + " is set twice");
        }
    }

    @Test
    void userWithoutPassword_isAnErrorInCodeToo() {
        for (ThrowingCallable open : List.<ThrowingCallable>of(
                () -> RedisRateLimiter.builder(redis.url()).user("a").open(),
                () -> RedisChangeHints.builder(redis.url()).user("a").open())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(open)
                    .withMessage("redis.user is set, and redis.password is not: expected both, or neither");
        }
    }

    /** A URL of TLS, of sentinels and of nodes of a cluster is read; the password stands in none. */
    @ParameterizedTest
    @MethodSource("urls")
    void url_isRead(String url, boolean cluster, int uris) {
        assertThat(RedisUrl.of(url, cluster, "someone", "hush"))
                .hasSize(uris)
                .allSatisfy(uri -> assertThat(uri.toString()).doesNotContain("hush"));
    }

    static Stream<Arguments> urls() {
        return Stream.of(
                arguments("redis://localhost", false, 1),
                arguments("rediss://redis.example.com:6380/2", false, 1),
                arguments("redis-sentinel://one:26379,two:26379/0#main", false, 1),
                arguments("rediss-sentinel://one:26379,two:26379/0#main", false, 1),
                arguments("redis://one:7001,two:7002,three", true, 3));
    }
}
