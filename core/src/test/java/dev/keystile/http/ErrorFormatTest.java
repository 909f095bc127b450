package dev.keystile.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.decision.Outcome;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ErrorFormatTest {

    private static final ErrorTexts TEXTS = ErrorTexts.builder().build();

    private static Denied denied(DenialCause cause) {
        return Denied.of(cause, "a detail for the listener");
    }

    private static Denied rateLimited(boolean burst) {
        RateLimit limit = Plan.parse("starter", "60/1m burst 10").limits().get(0);
        RateLimitResult result =
                new RateLimitResult(false, List.of(new LimitStatus(limit, 0, 5_000_000_000L, 1_500_000_000L, burst)));
        Denied denied = denied(DenialCause.RATE_LIMITED).retryAfter(result.retryAfter());
        return new Denied(
                denied.cause(),
                denied.detail(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(result),
                denied.requestId(),
                denied.retryAfter());
    }

    /** The members of a JSON object, by their paths, as the text that stands for them. */
    private static Map<String, String> members(String json) throws IOException {
        Map<String, String> members = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    String shown = token == JsonToken.VALUE_STRING ? "'" + parser.getText() + "'" : parser.getText();
                    members.put(parser.getParsingContext().pathAsPointer().toString(), shown);
                }
            }
        }
        return members;
    }

    private static final Map<Outcome, Integer> STATUSES = Map.of(
            Outcome.INVALID_REQUEST, 400,
            Outcome.UNAUTHORIZED, 401,
            Outcome.FORBIDDEN, 403,
            Outcome.RATE_LIMITED, 429,
            Outcome.UNAVAILABLE, 503);

    private static int statusOf(DenialCause cause) {
        return STATUSES.getOrDefault(cause.outcome(), 0);
    }

    @ParameterizedTest
    @EnumSource
    void problem_isThatOfRfc9457(DenialCause cause) throws IOException {
        Denied denied = denied(cause);
        ErrorBody body = ErrorFormat.problem(TEXTS).body(denied, statusOf(cause));
        assertThat(body.contentType()).isEqualTo("application/problem+json");
        String id = denied.requestId();
        assertThat(id).matches("req_[0-9a-f]{32}");
        assertThat(members(body.text()))
                .containsOnlyKeys("/type", "/title", "/status", "/detail", "/instance", "/code", "/request_id")
                .containsEntry("/status", Integer.toString(statusOf(cause)))
                .containsEntry("/request_id", "'" + id + "'")
                .containsEntry("/code", "'" + TEXTS.of(cause).code() + "'");
        assertThat(members(body.text()).get("/instance")).matches("'urn:uuid:[0-9a-f-]{36}'");
        assertThat(body.text()).doesNotContain("a detail for the listener").doesNotContain(cause.name());
    }

    @ParameterizedTest
    @CsvSource({"true, burst", "false, starter"})
    void problem_ofALimit_namesViolatedPolicies(boolean burst, String policy) throws IOException {
        ErrorBody body = ErrorFormat.problem(TEXTS).body(rateLimited(burst), 429);
        assertThat(members(body.text()))
                .containsEntry("/type", "'https://iana.org/assignments/http-problem-types#quota-exceeded'")
                .containsEntry("/violated-policies/0", "'" + policy + "'")
                .doesNotContainKey("/violated-policies/1");
    }

    /** Nobody learns from an answer which keys exist. */
    @ParameterizedTest
    @EnumSource
    void unauthorized_saysTheSameForEveryCause(DenialCause cause) {
        if (cause != DenialCause.SEVERAL_CREDENTIALS) {
            assertThat(TEXTS.of(cause)).isEqualTo(ErrorTexts.builder().text(cause.outcome()));
        }
        boolean distinct = ErrorTexts.distinctCause(cause.word()).isPresent();
        assertThat(distinct)
                .isEqualTo(cause.outcome() == Outcome.FORBIDDEN || cause.outcome() == Outcome.INVALID_REQUEST);
        if (!distinct) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ErrorTexts.builder().text(cause, new ErrorText("t", "c", "m")))
                    .withMessageContaining("says the same");
            if (!cause.word().equals(cause.outcome().word())) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> template("{}", cause.word(), "{\"other\":1}"))
                        .withMessageContaining(cause.word());
            }
        }
    }

    private static ErrorFormat template(String fallback, String... more) {
        Map<String, String> templates = new LinkedHashMap<>(Map.of("default", fallback));
        for (int i = 0; i < more.length; i += 2) {
            templates.put(more[i], more[i + 1]);
        }
        return ErrorFormat.template(TEXTS, templates);
    }

    @Test
    void template_keepsTypes() throws IOException {
        ErrorFormat format = template("""
                {"code": "{code}", "n": 1, "d": 1.50, "t": true, "x": null, "a": ["{status}", {}, []],
                 "retry": "{retry_after}", "ms": "{retry_after_ms}", "both": "{retry_after} s or {retry_after_ms} ms",
                 "id": "{request_id}", "{code}": "no { placeholder"}""");
        Denied denied = rateLimited(false);
        ErrorBody body = format.body(denied, 429);
        assertThat(body.contentType()).isEqualTo("application/json");
        assertThat(members(body.text()))
                .containsEntry("/code", "'rate_limit_exceeded'")
                .containsEntry("/n", "1")
                .containsEntry("/d", "1.50")
                .containsEntry("/t", "true")
                .containsEntry("/x", "null")
                .containsEntry("/a/0", "429")
                .containsEntry("/retry", "2")
                .containsEntry("/ms", "1500")
                .containsEntry("/both", "'2 s or 1500 ms'")
                .containsEntry("/id", "'" + denied.requestId() + "'")
                .containsEntry("/{code}", "'no { placeholder'");
        assertThat(body.text()).contains("[429,{},[]]");
    }

    @Test
    void template_escapesWhatItFillsIn() throws IOException {
        String message = "a \"quote\", a \\ and\n a line, {braces} and \u00e9";
        ErrorTexts texts = ErrorTexts.builder()
                .text(Outcome.FORBIDDEN, new ErrorText("t\"", "c\\", message))
                .build();
        ErrorFormat format = ErrorFormat.template(
                texts, Map.of("default", "{\"m\":\"{message}\",\"in\":\"<{type}{code}{message}>\"}"));
        assertThat(members(format.body(denied(DenialCause.NO_RULE), 403).text()))
                .containsEntry("/m", "'" + message + "'")
                .containsEntry("/in", "'<t\"c\\" + message + ">'");
        assertThat(members(ErrorFormat.problem(texts)
                        .body(denied(DenialCause.NO_RULE), 403)
                        .text()))
                .containsEntry("/detail", "'" + message + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "scope-missing, 3",
        "no-rule, 2",
        "key-revoked, 1",
    })
    void template_ofCause_goesBeforeOutcome_beforeDefault(String word, String expected) throws IOException {
        ErrorFormat format = template("{\"n\":1}", "forbidden", "{\"n\":2}", "scope-missing", "{\"n\":3}");
        for (DenialCause cause : DenialCause.values()) {
            if (cause.word().equals(word)) {
                assertThat(members(format.body(denied(cause), statusOf(cause)).text()))
                        .containsEntry("/n", expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " "})
    void template_empty_isAnEmptyBody(String empty) {
        ErrorFormat format = template("{\"n\":1}", "unauthorized", empty);
        assertThat(format.body(denied(DenialCause.KEY_UNKNOWN), 401)).isEqualTo(ErrorBody.empty());
        assertThat(format.body(denied(DenialCause.NO_RULE), 403).text()).isEqualTo("{\"n\":1}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":\"{key}\"}      | placeholder {key}",
                "{\"a\":\"{}\"}         | placeholder {}",
                "{\"a\":{code}}         | expected a JSON object",
                "{\"a\":1,\"a\":2}      | expected a JSON object",
                "{\"a\":1               | expected a JSON object",
                "{\"a\":1}}             | expected",
                "{\"a\":1}{\"b\":2}     | expected one JSON object",
                "{\"a\":1} x            | expected",
                "{'a':1}                | expected a JSON object",
                "[1]                    | expected one JSON object",
                "1                      | expected one JSON object",
                "\"{code}\"             | expected one JSON object",
                "{code}                 | expected a JSON object",
                "nonsense               | expected",
                "{\"a\":NaN}            | expected a JSON object",
            },
            quoteCharacter = '~')
    void template_thatIsNone_isRefused(String template, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> template(template))
                .withMessageContaining(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> template("{}", "forbidden", template))
                .withMessageContaining(message);
    }

    @Test
    void template_withoutDefault_orForAnUnknownWord_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ErrorFormat.template(TEXTS, Map.of("forbidden", "{}")))
                .withMessageContaining("'default'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> template("{}", "forbiden", "{}"))
                .withMessageContaining("'forbiden'");
    }

    @Test
    void retryAfter_isWholeSecondsRoundedUp_atLeastOne() throws IOException {
        ErrorFormat format = template("{\"s\":\"{retry_after}\",\"ms\":\"{retry_after_ms}\"}");
        for (Duration wait : List.of(Duration.ofNanos(1), Duration.ofMillis(1))) {
            Denied denied = denied(DenialCause.COULD_NOT_TELL).retryAfter(wait);
            assertThat(members(format.body(denied, 503).text()))
                    .containsEntry("/s", "1")
                    .containsEntry("/ms", "1");
        }
        // Where there is nothing to wait for, nothing is told.
        assertThat(members(format.body(denied(DenialCause.SCOPE_MISSING), 403).text()))
                .containsEntry("/s", "null")
                .containsEntry("/ms", "null");
        // Told in milliseconds, too, a retry then must not come too early.
        Denied denied = denied(DenialCause.RATE_LIMITED).retryAfter(Duration.ofNanos(1_000_000_001));
        assertThat(members(format.body(denied, 429).text()))
                .containsEntry("/s", "2")
                .containsEntry("/ms", "1001");
    }

    /** Contracts have codes that are numbers, and texts beside them. */
    @Test
    void codeNumber_isANumber_ofEachCause() throws IOException {
        ErrorTexts.Builder texts = ErrorTexts.builder();
        for (DenialCause cause : DenialCause.values()) {
            texts.text(cause.outcome(), new ErrorText("", "72" + statusOf(cause), "m"));
        }
        texts.text(DenialCause.NO_RULE, new ErrorText("", "0", "m"));
        ErrorFormat format = ErrorFormat.template(
                texts.build(), Map.of("default", "{\"code\":\"{code:number}\",\"text\":\"{code}\"}"));

        assertThat(format.body(denied(DenialCause.KEY_UNKNOWN), 401).text())
                .isEqualTo("{\"code\":72401,\"text\":\"72401\"}");
        assertThat(members(format.body(denied(DenialCause.NO_RULE), 403).text()))
                .containsEntry("/code", "0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1.5", "-1", "+1", "007", "1e3", " 1", "1000000000000000000"})
    void codeNumber_ofNoNumber_isRefused(String code) {
        ErrorTexts texts = ErrorTexts.builder()
                .text(Outcome.FORBIDDEN, new ErrorText("", code, ""))
                .build();
        Map<String, String> templates = Map.of("default", "{}", "forbidden", "{\"a\":\"{code:number}\"}");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ErrorFormat.template(texts, templates))
                .withMessageContaining("expected a whole number");
        assertThat(ErrorFormat.template(texts, Map.of("default", "{\"a\":\"{code}\"}")))
                .as("texts may be anything")
                .isNotNull();
    }
}
