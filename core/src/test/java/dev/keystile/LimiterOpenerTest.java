package dev.keystile;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.limit.Charge;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import dev.keystile.scope.Rule;
import dev.keystile.scope.ScopePolicy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a limiter is opened, what it is asked before, and when it is closed. */
class LimiterOpenerTest {

    private static final RateLimit MINUTE = RateLimit.perMinute(60).named("minute");
    private static final RateLimit EXPORTS = RateLimit.perDay(3).named("exports");

    /** Counts nothing, and not by all limits. */
    private static final class Picky implements RateLimiter {

        private final List<RateLimit> asked = new ArrayList<>();
        private final List<String> problems;
        private int closed;

        Picky(String... problems) {
            this.problems = List.of(problems);
        }

        @Override
        public List<String> problems(Collection<RateLimit> limits) {
            asked.addAll(limits);
            return problems;
        }

        @Override
        public RateLimitResult tryConsume(List<Charge> charges) {
            throw new IllegalStateException("not asked here");
        }

        @Override
        public boolean mayBlock() {
            return false;
        }

        @Override
        public void close() {
            closed++;
        }
    }

    private static KeystileBuilder builder(String demand) {
        return Keystile.builder(KeyStore.inMemory())
                .prefixes(KeyPrefix.secret("acme_live_", LIVE))
                .rules(ScopePolicy.builder()
                        .rule(Rule.parse("a", "GET /a " + demand))
                        .build())
                .plans(Plan.of("pro", MINUTE))
                .limits(EXPORTS);
    }

    @Test
    void opener_isAskedOnce_andItsLimiterClosedWithTheFacade() {
        List<Picky> opened = new ArrayList<>();
        KeystileBuilder builder = builder("authenticated").limiter(() -> {
            opened.add(new Picky());
            return opened.get(0);
        });
        assertThat(builder.problems()).isEmpty();
        assertThat(opened).isEmpty();

        builder.build().close();

        assertThat(opened).singleElement().satisfies(limiter -> {
            assertThat(limiter.asked).containsExactlyInAnyOrder(MINUTE, EXPORTS);
            assertThat(limiter.closed).isEqualTo(1);
        });
    }

    @Test
    void opener_isNotAsked_whereSomethingElseIsWrong() {
        KeystileBuilder builder = builder("authenticated limit=unknown").limiter(() -> {
            throw new IllegalStateException("asked");
        });

        assertThat(catchThrowableOfType(InvalidConfigurationException.class, builder::build)
                        .problems())
                .hasSize(1);
    }

    @Test
    void limiterThatCannotCountByALimit_stopsTheStart_andIsClosedIfItWasOpenedForIt() {
        Picky opened = new Picky("limit 'minute': too odd");
        Picky given = new Picky("limit 'minute': too odd");

        assertThat(catchThrowableOfType(
                                InvalidConfigurationException.class,
                                () -> builder("authenticated")
                                        .limiter(() -> opened)
                                        .build())
                        .problems())
                .containsExactly("limit 'minute': too odd");
        assertThat(builder("authenticated").limiter(given).problems()).containsExactly("limit 'minute': too odd");
        assertThat(opened.closed).isEqualTo(1);
        assertThat(given.closed).isZero();
    }

    /** What a store that nodes share keeps together. */
    @Test
    void charges_sayOnWhoseBehalf_whateverTheyCountFor() {
        for (Charge charge : List.of(
                Charge.of(MINUTE, "keyOne123456", "live:acme", 1),
                Charge.of(MINUTE, "keyOne123456", "live:acme", 1).costing(3),
                Charge.of(MINUTE.per(PartitionKind.ACCOUNT), "keyOne123456", "live:acme", 1),
                Charge.of(MINUTE.per(PartitionKind.ADDRESS), "keyOne123456", "live:acme", 1)
                        .from("192.0.2.1"))) {
            assertThat(charge.account()).isEqualTo("live:acme");
        }
    }
}
