package dev.keystile.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That the comparison is honest: whatever is asked, all contenders answer alike. */
final class ContenderTest {

    private static final int KEYS = 40;
    /** Every limit of two is spent, whoever is measured. */
    private static final int ROUNDS = 3;

    /**
     * What was said to one request.
     *
     * @param round   how often the same was asked, 1 for the first time
     * @param reached whether the application was called
     */
    private record Said(
            Answer answer,
            int round,
            String request,
            int status,
            boolean reached,
            boolean hasBody,
            Map<String, String> headers) {

        Said with(List<String> names) {
            Map<String, String> kept = new TreeMap<>(headers);
            kept.keySet().retainAll(names);
            return new Said(answer, round, request, status, reached, hasBody, kept);
        }
    }

    private static List<Said> answers(Contender.Kind kind) throws Exception {
        ManualTime time = new ManualTime();
        List<Said> said = new ArrayList<>();
        try (Workload workload = new Workload(KEYS, time)) {
            Contender contender = kind.open(workload);
            for (Answer answer : Answer.values()) {
                List<Call> calls = workload.calls(answer);
                for (int i = 0; i < ROUNDS * KEYS; i++) {
                    Call call = calls.get(i % KEYS);
                    Exchange exchange = Exchange.of(call, contender);
                    said.add(new Said(
                            answer,
                            1 + i / KEYS,
                            call.method() + " " + call.path(),
                            exchange.response().getStatus(),
                            exchange.isApplicationReached(),
                            exchange.response().bodyLength() > 0,
                            exchange.response().headers()));
                    time.advance(Duration.ofNanos(300_000_100));
                }
            }
        }
        return said;
    }

    @ParameterizedTest
    @EnumSource(
            value = Contender.Kind.class,
            names = {"MINIMAL", "KEYSTILE", "SPRING_SECURITY"})
    void lastRound_ofEachKind_getsTheAnswersMeasured(Contender.Kind kind) throws Exception {
        List<Said> last =
                answers(kind).stream().filter(said -> said.round() == ROUNDS).toList();

        assertThat(last)
                .hasSize(KEYS * Answer.values().length)
                .allSatisfy(said ->
                        assertThat(said.status()).isEqualTo(said.answer().status()))
                .allSatisfy(said -> assertThat(said.reached()).isEqualTo(said.answer() == Answer.HIT));
    }

    @Test
    void minimalFilter_ofAllRequests_saysTheSameAsKeystile() throws Exception {
        assertThat(answers(Contender.Kind.MINIMAL)).isEqualTo(answers(Contender.Kind.KEYSTILE));
    }

    /** Spring Security adds headers of its own, and does not name the scope that is missing. */
    @Test
    void springSecurityRecipe_ofAllRequests_saysOfKeysAndLimitsTheSameAsKeystile() throws Exception {
        List<String> compared = List.of(
                "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After", "WWW-Authenticate");

        assertThat(with(compared, answers(Contender.Kind.SPRING_SECURITY)))
                .isEqualTo(with(compared, answers(Contender.Kind.KEYSTILE)));
    }

    private static List<Said> with(List<String> names, List<Said> all) {
        return all.stream()
                .map(said -> said.status() == 403 ? said.with(without(names, "WWW-Authenticate")) : said.with(names))
                .toList();
    }

    private static List<String> without(List<String> names, String name) {
        return names.stream().filter(it -> !it.equals(name)).toList();
    }

    @Test
    void decision_ofAllRequests_hasTheStatusOfTheFilter() throws Exception {
        assertThat(answers(Contender.Kind.DECISION))
                .extracting(Said::status)
                .isEqualTo(answers(Contender.Kind.KEYSTILE).stream()
                        .map(Said::status)
                        .toList());
    }
}
