package dev.keystile.http;

import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Outcome;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What bodies say, for each outcome and, where the owner wants it finer, for single causes.
 *
 * <p>All causes of {@link Outcome#UNAUTHORIZED} say the same, so that nobody learns from an answer which keys exist.
 * Immutable.
 */
public final class ErrorTexts {

    private final Map<DenialCause, ErrorText> texts;

    private ErrorTexts(Map<DenialCause, ErrorText> texts) {
        this.texts = new EnumMap<>(texts);
    }

    /** The text for a cause. */
    public ErrorText of(DenialCause cause) {
        ErrorText text = texts.get(cause);
        if (text == null) {
            throw new IllegalStateException("every cause has a text");
        }
        return text;
    }

    /** A builder that begins with the texts that hold when nothing is set. */
    public static Builder builder() {
        return new Builder();
    }

    /** The outcomes a request can be denied with, by the word that settings use. */
    public static Optional<Outcome> deniedOutcome(String word) {
        for (DenialCause cause : DenialCause.values()) {
            if (cause.outcome().word().equals(word)) {
                return Optional.of(cause.outcome());
            }
        }
        return Optional.empty();
    }

    /** The causes that may have a text of their own, by the word that settings use. */
    public static Optional<DenialCause> distinctCause(String word) {
        for (DenialCause cause : DenialCause.values()) {
            boolean distinct = cause.outcome() == Outcome.FORBIDDEN || cause.outcome() == Outcome.INVALID_REQUEST;
            if (distinct && cause.word().equals(word)) {
                return Optional.of(cause);
            }
        }
        return Optional.empty();
    }

    /** Puts {@link ErrorTexts} together. Not safe for use by many threads. */
    public static final class Builder {

        private final Map<Outcome, ErrorText> byOutcome = new EnumMap<>(Outcome.class);
        private final Map<DenialCause, ErrorText> byCause = new HashMap<>();
        private final Map<DenialCause, ErrorText> usual = new HashMap<>();

        private Builder() {
            byOutcome.put(
                    Outcome.INVALID_REQUEST,
                    new ErrorText("about:blank", "invalid_request", "The request can be read in more than one way."));
            usual.put(
                    DenialCause.SEVERAL_CREDENTIALS,
                    new ErrorText("about:blank", "invalid_request", "More than one API key was sent."));
            byOutcome.put(
                    Outcome.UNAUTHORIZED,
                    new ErrorText("about:blank", "invalid_api_key", "Invalid or missing API key."));
            byOutcome.put(
                    Outcome.FORBIDDEN,
                    new ErrorText("about:blank", "insufficient_permissions", "The API key does not permit this."));
            byOutcome.put(
                    Outcome.RATE_LIMITED,
                    new ErrorText(
                            "https://iana.org/assignments/http-problem-types#quota-exceeded",
                            "rate_limit_exceeded",
                            "Rate limit exceeded. Retry after the period in Retry-After."));
            byOutcome.put(
                    Outcome.UNAVAILABLE,
                    new ErrorText("about:blank", "unavailable", "The request could not be decided now. Try again."));
        }

        /** Says this for every cause of an outcome. */
        public Builder text(Outcome outcome, ErrorText text) {
            byOutcome.put(outcome, text);
            // The owner's words for an outcome hold for all its causes but those they have words for.
            usual.keySet().removeIf(cause -> cause.outcome() == outcome);
            return this;
        }

        /** Says this for one cause. */
        public Builder text(DenialCause cause, ErrorText text) {
            if (distinctCause(cause.word()).isEmpty()) {
                throw new IllegalArgumentException("cause " + cause.word() + ": every denial that ends in "
                        + cause.outcome().word() + " says the same");
            }
            byCause.put(cause, text);
            return this;
        }

        /** What is said of an outcome so far. */
        public ErrorText text(Outcome outcome) {
            ErrorText text = byOutcome.get(outcome);
            if (text == null) {
                throw new IllegalArgumentException(outcome.word() + " is no denial");
            }
            return text;
        }

        public ErrorTexts build() {
            Map<DenialCause, ErrorText> all = new EnumMap<>(DenialCause.class);
            for (DenialCause cause : DenialCause.values()) {
                ErrorText ofOutcome = usual.getOrDefault(cause, text(cause.outcome()));
                all.put(cause, byCause.getOrDefault(cause, ofOutcome));
            }
            return new ErrorTexts(all);
        }
    }
}
