package dev.keystile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyHealth;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.limit.Charge;
import dev.keystile.limit.LimiterHealth;
import dev.keystile.limit.LimiterHealth.State;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import dev.keystile.scope.ScopePolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What follows from how store and limiter stand. */
final class KeystileHealthTest {

    private static final Duration LEASE = Duration.ofSeconds(2);

    /** A limiter that tells of itself what a test says. */
    private record Telling(LimiterHealth health) implements RateLimiter {

        @Override
        public RateLimitResult tryConsume(List<Charge> charges) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean mayBlock() {
            return false;
        }

        @Override
        public void close() {}
    }

    private static LimiterHealth shared(State state) {
        return new LimiterHealth(true, state, state == State.WORKING ? Optional.empty() : Optional.of(Instant.EPOCH));
    }

    @ParameterizedTest
    @CsvSource({
        // the store answers, the log is read, of this age: requests are decided, something is not as it should be
        "true,  true,  PT0.5S, WORKING,     true,  false",
        "true,  true,  PT2S,   WORKING,     true,  true",
        "true,  false, PT1S,   WORKING,     true,  true",
        "true,  false, PT9S,   WORKING,     true,  true",
        "false, false, PT1S,   WORKING,     true,  true",
        "false, false, PT2S,   WORKING,     false, true",
        "false, true,  PT5S,   WORKING,     false, true",
        "true,  true,  PT0.5S, FALLEN_BACK, true,  true",
        "true,  true,  PT0.5S, REFUSING,    false, true",
    })
    void parts_tellOfTheWhole(
            boolean answers, boolean read, Duration age, State limiter, boolean decides, boolean degraded) {
        KeystileHealth health = new KeystileHealth(new KeyHealth(answers, age, read, age, LEASE, 0), shared(limiter));

        assertThat(health.decides()).isEqualTo(decides);
        assertThat(health.isDegraded()).isEqualTo(degraded);
    }

    @Test
    void facade_tellsOfItsLimiterAndItsStore() {
        LimiterHealth refusing = shared(State.REFUSING);
        try (Keystile keystile = Keystile.builder(KeyStore.inMemory())
                .prefixes(KeyPrefix.secret("acme_live_", KeyEnvironment.LIVE))
                .rules(ScopePolicy.builder()
                        .allow("ANY", "/**", "authenticated")
                        .build())
                .limiter(new Telling(refusing))
                .build()) {
            assertThat(keystile.health().limiter()).isEqualTo(refusing);
            assertThat(keystile.health().keys().storeAnswers()).isTrue();
            assertThat(keystile.health().keys().lease()).isEqualTo(LEASE);
        }
    }

    @Test
    void limiter_isLocalUnlessItSaysOtherwise() {
        assertThat(RateLimiter.inMemory().health()).isEqualTo(LimiterHealth.local());
        assertThat(State.FALLEN_BACK.word()).isEqualTo("fallen-back");
    }

    @Test
    void limiterThatDoesNotWork_saysSinceWhen() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LimiterHealth(true, State.REFUSING, Optional.empty()))
                .withMessageContaining("expected a time");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LimiterHealth(false, State.WORKING, Optional.of(Instant.EPOCH)));
    }
}
