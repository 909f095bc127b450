package dev.keystile.http;

import dev.keystile.decision.Denied;
import java.util.Map;

/**
 * Writes the body of a denial.
 *
 * <p>Guarantee: nothing the client sent stands in it. Implementations are immutable.
 */
@FunctionalInterface
public interface ErrorFormat {

    /**
     * The body of a denial.
     *
     * @param denied what was decided
     * @param status the status of the answer
     */
    ErrorBody body(Denied denied, int status);

    /** {@code application/problem+json}, as RFC 9457 has it, with {@code code} and {@code request_id}. */
    static ErrorFormat problem(ErrorTexts texts) {
        return new ProblemFormat(texts);
    }

    /**
     * JSON of the owner's shape.
     *
     * @param texts     what the placeholders {@code {type}}, {@code {code}} and {@code {message}} stand for
     * @param templates JSON by {@link dev.keystile.decision.DenialCause#word() cause} (where
     *                  {@link ErrorTexts#distinctCause} allows), by {@link dev.keystile.decision.Outcome#word() outcome},
     *                  or {@code default}, in this order of preference. Besides those three placeholders there are
     *                  {@code {code:number}}, {@code {status}}, {@code {request_id}}, {@code {retry_after}} (seconds) and
     *                  {@code {retry_after_ms}}. A string that is one placeholder and nothing else gets its type: numbers
     *                  stay numbers, and where there is nothing to wait for the last two are null. An empty template is an empty body
     * @throws IllegalArgumentException if there is no {@code default}, or a template is for another word, is no
     *                                  JSON or names another placeholder, or a code is to be a number and is none
     */
    static ErrorFormat template(ErrorTexts texts, Map<String, String> templates) {
        return new TemplateFormat(texts, templates);
    }
}
