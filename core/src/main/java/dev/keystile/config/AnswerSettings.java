package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Outcome;
import dev.keystile.http.CorsOrigins;
import dev.keystile.http.ErrorFormat;
import dev.keystile.http.ErrorText;
import dev.keystile.http.ErrorTexts;
import dev.keystile.http.HeaderFormat;
import dev.keystile.http.RetryAfter;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The settings of answers: {@code realm}, {@code cors.*}, {@code headers.*}, {@code errors.*}. */
record AnswerSettings(SettingValues values) {

    /** Adds all of them. */
    void addTo(KeystileBuilder builder) {
        values.set("realm", () -> builder.realm(values.text("realm")));
        values.set(
                "cors.origins",
                () -> builder.corsOrigins(
                        CorsOrigins.of(values.list("cors.origins").toArray(String[]::new))));
        addHeaders(builder);
        values.set(
                "headers.retry-after",
                () -> builder.retryAfter(RetryAfter.ofWord(values.text("headers.retry-after"))
                        .orElseThrow(() -> new IllegalArgumentException(
                                "'" + values.text("headers.retry-after") + "': expected seconds or unix-ms"))));
        addErrors(builder);
    }

    private void addHeaders(KeystileBuilder builder) {
        Map<String, String> custom = values.under("headers.custom.");
        List<String> formats = values.list("headers.format");
        if (!custom.isEmpty() && !formats.contains("custom")) {
            values.problem("headers.custom.* is set, and headers.format does not name custom");
        }
        boolean sound = areSound("headers.custom.", custom, "", HeaderFormat::custom);
        values.set("headers.format", () -> {
            if (formats.equals(List.of("none"))) {
                builder.headers();
                return;
            }
            builder.headers(formats.stream()
                    .map(it -> headerFormat(it, sound ? custom : Map.of("X", "")))
                    .toArray(HeaderFormat[]::new));
        });
    }

    /** Whether each of these can be read; each by itself, so that one mistake does not hide the next. */
    private boolean areSound(
            String beginning, Map<String, String> entries, String ending, Function<Map<String, String>, ?> reader) {
        boolean sound = true;
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            Map<String, String> alone = Map.of(entry.getKey(), entry.getValue());
            sound &= values.attempt(beginning + entry.getKey() + ending, () -> reader.apply(alone))
                    .isPresent();
        }
        return sound;
    }

    private static HeaderFormat headerFormat(String name, Map<String, String> custom) {
        return switch (name) {
            case "x-ratelimit" -> HeaderFormat.xRateLimit();
            case "ietf" -> HeaderFormat.ietf();
            case "custom" -> {
                if (custom.isEmpty()) {
                    throw new IllegalArgumentException("custom needs at least one headers.custom.<name>");
                }
                yield HeaderFormat.custom(custom);
            }
            default ->
                throw new IllegalArgumentException(
                        "'" + name + "': expected x-ratelimit, ietf and custom, or none alone");
        };
    }

    private void addErrors(KeystileBuilder builder) {
        if (values.isGiven(builder, "errors", "errors.")) {
            return;
        }
        String format = values.textOr("errors.format", "problem");
        Map<String, String> bodies = new LinkedHashMap<>();
        ErrorTexts.Builder texts = ErrorTexts.builder();
        Set<String> words = new LinkedHashSet<>();
        values.under("errors.").forEach((name, value) -> {
            int dot = name.lastIndexOf('.');
            if (dot > 0) {
                words.add(name.substring(0, dot));
            }
            if (name.endsWith(".body") && isTemplateWord(name.substring(0, dot))) {
                bodies.put(name.substring(0, dot), value);
            }
        });
        words.stream()
                .filter(word -> ErrorTexts.deniedOutcome(word).isPresent())
                .forEach(word -> addText(texts, word));
        words.stream().filter(word -> ErrorTexts.deniedOutcome(word).isEmpty()).forEach(word -> addText(texts, word));
        switch (format) {
            case "problem" -> {
                if (!bodies.isEmpty()) {
                    values.problem("errors.*.body is set, and errors.format is not template");
                }
                builder.errors(ErrorFormat.problem(texts.build()));
            }
            case "template" -> {
                if (values.isUnresolved("errors.default.body")) {
                    return;
                }
                if (!bodies.containsKey("default")) {
                    values.problem("errors.format = template needs errors.default.body: expected JSON, such as"
                            + " {\"error\":{\"code\":\"{code}\",\"message\":\"{message}\"}}");
                } else {
                    boolean sound = areSound("errors.", bodies, ".body", body -> {
                        Map<String, String> withDefault = new LinkedHashMap<>(body);
                        withDefault.putIfAbsent("default", "{}");
                        return ErrorFormat.template(anyTexts(), withDefault);
                    });
                    if (sound) {
                        // Whether the codes fit shows with all bodies alone, for one may stand in for another.
                        values.attempt("errors", () -> ErrorFormat.template(texts.build(), bodies))
                                .ifPresent(builder::errors);
                    }
                }
            }
            default -> values.problem("errors.format: '" + format + "': expected problem or template");
        }
    }

    /** Texts that fit every body. */
    private static ErrorTexts anyTexts() {
        ErrorTexts.Builder texts = ErrorTexts.builder();
        for (DenialCause cause : DenialCause.values()) {
            texts.text(cause.outcome(), new ErrorText("", "0", ""));
        }
        return texts.build();
    }

    /** Other words are told as mistakes where their texts are read. */
    private static boolean isTemplateWord(String word) {
        return word.equals("default")
                || ErrorTexts.deniedOutcome(word).isPresent()
                || ErrorTexts.distinctCause(word).isPresent();
    }

    private void addText(ErrorTexts.Builder texts, String word) {
        Map<String, String> parts = values.under("errors." + word + ".");
        boolean bodyOnly = parts.keySet().equals(Set.of("body"));
        Optional<Outcome> outcome = ErrorTexts.deniedOutcome(word);
        Optional<DenialCause> cause = ErrorTexts.distinctCause(word);
        if (word.equals("default") && bodyOnly) {
            return;
        }
        if (outcome.isEmpty() && cause.isEmpty()) {
            values.problem("errors." + word + ".*: expected an outcome (invalid-request, unauthorized, forbidden,"
                    + " rate-limited, unavailable), a cause of invalid-request or forbidden, or default for the body");
            return;
        }
        ErrorText base =
                texts.text(outcome.or(() -> cause.map(DenialCause::outcome)).orElseThrow());
        ErrorText text = new ErrorText(
                parts.getOrDefault("type", base.type()),
                parts.getOrDefault("code", base.code()),
                parts.getOrDefault("message", base.message()));
        outcome.ifPresent(it -> texts.text(it, text));
        cause.ifPresent(it -> texts.text(it, text));
    }
}
