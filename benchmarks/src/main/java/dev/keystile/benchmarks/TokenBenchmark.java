package dev.keystile.benchmarks;

import dev.keystile.Keystile;
import dev.keystile.decision.Decision;
import dev.keystile.decision.Outcome;
import dev.keystile.http.ApiRequest;
import dev.keystile.jwt.SignedTokenFormat;
import dev.keystile.jwt.TokenSigner;
import dev.keystile.key.Actor;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.scope.ScopePolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * The decision on a token that was verified before, beside that on a plain key, and what a token costs that was not: of one
 * key each, in one process.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TokenBenchmark {

    private static final KeyEnvironment LIVE = new KeyEnvironment("live");
    private static final Actor OPERATOR = new Actor.Operator("benchmarks");

    private @Nullable Keystile keystile;
    private @Nullable TokenSigner signer;
    private ApiRequest plain = Call.of("GET", "/v1/customers/1", "unset");
    private ApiRequest token = plain;
    private long signed;

    /** Prints what JMH prints. */
    public static void main(String[] arguments) throws RunnerException {
        System.setProperty("jmh.ignoreLock", "true");
        new Runner(new OptionsBuilder()
                        .include(TokenBenchmark.class.getName())
                        .forks(2)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(5)
                        .measurementTime(TimeValue.seconds(1))
                        .build())
                .run();
    }

    /** Issues both keys, and has each proven once. */
    @Setup
    public void open() {
        Keystile opened = Keystile.builder(KeyStore.inMemory())
                .prefixes(KeyPrefix.secret("acme_live_", LIVE))
                .hashers(KeyHasher.hmacSha256(new byte[32]))
                .format(SignedTokenFormat.builder("acme-api", LIVE)
                        .bind("bid", "apps")
                        .build())
                .rules(ScopePolicy.builder()
                        .allow("GET", "/v1/customers/**", "authenticated")
                        .build())
                .build();
        keystile = opened;
        plain = request(opened.keyManager()
                .issue(NewKey.of("acme", "plain", LIVE).build(), OPERATOR)
                .revealOnce());
        IssuedKey pair = opened.keyManager()
                .issue(
                        NewKey.of("acme", "signing", LIVE)
                                .signing()
                                .attribute("apps", "com.example.app")
                                .build(),
                        OPERATOR);
        signer = TokenSigner.of(pair.key().id(), pair.revealOnce());
        token = request(sign());
        plainKey();
        verifiedToken();
    }

    private static ApiRequest request(String text) {
        return Call.of("GET", "/v1/customers/1", text);
    }

    private String sign() {
        signed++;
        return Objects.requireNonNull(signer)
                .sign(
                        "acme",
                        "acme-api",
                        Map.of("bid", "com.example.app", "nonce", Long.toString(signed)),
                        Instant.now(),
                        Duration.ofHours(1));
    }

    private Decision decide(ApiRequest request) {
        Decision decision = Objects.requireNonNull(keystile).decide(request);
        if (decision.outcome() != Outcome.ALLOWED) {
            throw new IllegalStateException("refused: " + decision);
        }
        return decision;
    }

    /** A key that proved itself before. */
    @Benchmark
    public Decision plainKey() {
        return decide(plain);
    }

    /** A token that was verified before. */
    @Benchmark
    public Decision verifiedToken() {
        return decide(token);
    }

    /** Signing alone, which the next one does too. */
    @Benchmark
    public String signing() {
        return sign();
    }

    /** A token that nobody has seen, signed and decided. */
    @Benchmark
    public List<Object> signingAndNewToken() {
        String text = sign();
        return List.of(text, decide(request(text)));
    }

    @TearDown
    public void close() {
        Objects.requireNonNull(keystile).close();
    }
}
