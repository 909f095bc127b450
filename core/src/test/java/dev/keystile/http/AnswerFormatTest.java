package dev.keystile.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keystile.TestRequest;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.decision.Outcome;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.scope.Rule;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AnswerFormatTest {

    private static final ErrorFormat ERRORS =
            ErrorFormat.problem(ErrorTexts.builder().build());

    private static AnswerFormat answers(String sources) {
        return new AnswerFormat(
                "acme",
                Arrays.stream(sources.split(" ")).map(AnswerFormatTest::source).toList(),
                List.of(HeaderFormat.xRateLimit(), HeaderFormat.ietf()),
                ERRORS,
                CorsOrigins.none(),
                RetryAfter.SECONDS);
    }

    private static CredentialSource source(String name) {
        return switch (name) {
            case "bearer" -> CredentialSource.bearer();
            case "basic" -> CredentialSource.basic();
            case "authorization" -> CredentialSource.authorization();
            default -> CredentialSource.header(name);
        };
    }

    private static DenialCause cause(String word) {
        return Arrays.stream(DenialCause.values())
                .filter(it -> it.word().equals(word))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bearer                  | credential-missing  | Bearer realm=\"acme\"",
                "bearer                  | key-malformed       | Bearer realm=\"acme\", error=\"invalid_token\"",
                "bearer                  | key-revoked         | Bearer realm=\"acme\", error=\"invalid_token\"",
                "bearer                  | key-version-refused | Bearer realm=\"acme\", error=\"invalid_token\"",
                "bearer                  | several-credentials | Bearer realm=\"acme\", error=\"invalid_request\"",
                "bearer                  | ambiguous-target    | ",
                "bearer                  | scope-missing       | Bearer realm=\"acme\", error=\"insufficient_scope\","
                        + " scope=\"a:read b:write\"",
                "bearer                  | no-rule             | ",
                "bearer                  | rate-limited        | ",
                "bearer                  | too-many-failures   | ",
                "bearer                  | could-not-tell      | ",
                "bearer x-api-key        | credential-missing  | Bearer realm=\"acme\"",
                "x-api-key x-other-key   | credential-missing  | ApiKey realm=\"acme\"",
                "x-api-key               | key-unknown         | ApiKey realm=\"acme\"",
                "x-api-key               | scope-missing       | ",
                "x-api-key               | several-credentials | ",
                "authorization           | credential-missing  | ApiKey realm=\"acme\"",
                "basic                   | key-unknown         | Basic realm=\"acme\"",
                "basic x-api-key         | credential-missing  | Basic realm=\"acme\"",
                "bearer basic            | key-unknown         | Basic realm=\"acme\", Bearer realm=\"acme\","
                        + " error=\"invalid_token\"",
                "bearer authorization    | credential-missing  | Bearer realm=\"acme\"",
            },
            quoteCharacter = '~')
    void challenge_isThatOfRfc6750(String sources, String word, String expected) {
        Denied denied = Denied.of(cause(word), "").under(Optional.of(Rule.of("r", "GET", "/a", "b:write,a:read")));
        assertThat(Optional.ofNullable(answers(sources)
                        .answer(denied, TestRequest.get("/a"), 0)
                        .headers()
                        .get("WWW-Authenticate")))
                .isEqualTo(Optional.ofNullable(expected));
    }

    @ParameterizedTest
    @EnumSource
    void answer_ofEveryCause_isWhole(DenialCause cause) {
        HttpAnswer answer = answers("bearer").answer(Denied.of(cause, ""), TestRequest.get("/a"), 0);
        int status = Map.of(
                        Outcome.INVALID_REQUEST, 400,
                        Outcome.UNAUTHORIZED, 401,
                        Outcome.FORBIDDEN, 403,
                        Outcome.RATE_LIMITED, 429,
                        Outcome.UNAVAILABLE, 503)
                .getOrDefault(cause.outcome(), 0);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.headers())
                .containsEntry("Cache-Control", "no-store")
                .containsEntry("Content-Type", "application/problem+json");
        assertThat(answer.headers().containsKey("Retry-After")).isEqualTo(status == 429 || status == 503);
        assertThat(answer.headers().keySet()).noneMatch(it -> it.startsWith("X-RateLimit"));
        if (status == 401) {
            assertThat(answer.headers()).containsKey("WWW-Authenticate");
        }
        assertThat(answer.body()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "999, 1", "1000, 1", "1001, 2", "59999, 60"})
    void retryAfter_isNoEarlierThanTheLimit(long millis, long seconds) {
        RateLimit limit = RateLimit.perMinute(60).named("starter");
        Duration wait = Duration.ofMillis(millis);
        RateLimitResult result =
                new RateLimitResult(false, List.of(new LimitStatus(limit, 0, wait.toNanos(), wait.toNanos(), false)));
        Denied base = Denied.of(DenialCause.RATE_LIMITED, "").retryAfter(wait);
        Denied denied = new Denied(
                base.cause(),
                "",
                Optional.empty(),
                Optional.empty(),
                Optional.of(result),
                base.requestId(),
                base.retryAfter());
        Map<String, String> headers =
                answers("bearer").answer(denied, TestRequest.get("/a"), 5000).headers();
        assertThat(headers)
                .containsEntry("Retry-After", Long.toString(seconds))
                .containsEntry("RateLimit", "\"starter\";r=0;t=" + seconds)
                .containsEntry("X-RateLimit-Reset", Long.toString(5 + seconds));
    }

    @Test
    void emptyBody_hasNoContentType() {
        AnswerFormat answers = new AnswerFormat(
                "acme",
                List.of(CredentialSource.bearer()),
                List.of(),
                ErrorFormat.template(ErrorTexts.builder().build(), Map.of("default", "")),
                CorsOrigins.none(),
                RetryAfter.SECONDS);
        HttpAnswer answer = answers.answer(Denied.of(DenialCause.KEY_UNKNOWN, ""), TestRequest.get("/a"), 0);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.headers()).containsOnlyKeys("WWW-Authenticate", "Cache-Control");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\"b", "a\\b", "a\nb", "caf\u00e9", "\u007f"})
    void realm_thatCannotBeQuoted_isRefused(String realm) {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new AnswerFormat(realm, List.of(), List.of(), ERRORS, CorsOrigins.none(), RetryAfter.SECONDS))
                .withMessageContaining("realm");
    }

    @ParameterizedTest
    @CsvSource({
        // wait in nanoseconds, seconds, milliseconds since the epoch at 1,700,000,000,123
        "1,             1,   1700000000124",
        "1000000,       1,   1700000000124",
        "1000001,       1,   1700000000125",
        "999999999,     1,   1700000001123",
        "1000000001,    2,   1700000001124",
        "3600000000000, 3600, 1700003600123",
    })
    void retryAfter_isNeverTooEarly_inEitherUnit(long nanos, long seconds, long millis) {
        Denied denied = Denied.of(DenialCause.COULD_NOT_TELL, "").retryAfter(Duration.ofNanos(nanos));
        AnswerFormat answers = answers("bearer");
        AnswerFormat inMillis = new AnswerFormat(
                answers.realm(),
                answers.sources(),
                answers.headers(),
                answers.errors(),
                answers.origins(),
                RetryAfter.UNIX_MS);

        assertThat(answers.answer(denied, TestRequest.get("/a"), 1_700_000_000_123L)
                        .headers())
                .containsEntry("Retry-After", Long.toString(seconds));
        assertThat(inMillis.answer(denied, TestRequest.get("/a"), 1_700_000_000_123L)
                        .headers())
                .containsEntry("Retry-After", Long.toString(millis));
    }
}
