package dev.keystile.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** JSON whose strings hold placeholders, kept as the calls that write it. */
final class TemplateFormat implements ErrorFormat {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build();

    private static final String CODE_NUMBER = "code:number";

    private static final Set<String> PLACEHOLDERS =
            Set.of("type", "code", CODE_NUMBER, "message", "status", "request_id", "retry_after", "retry_after_ms");

    /** One call of a generator. */
    @FunctionalInterface
    private interface Call {
        void write(JsonGenerator json, Values values) throws IOException;
    }

    /** What the placeholders stand for in one answer. */
    private record Values(ErrorText text, Denied denied, int status) {

        /** Null where there is nothing to wait for. */
        @Nullable Object of(String placeholder) {
            return switch (placeholder) {
                case "type" -> text.type();
                case "code" -> text.code();
                case CODE_NUMBER -> Long.parseLong(text.code());
                case "message" -> text.message();
                case "status" -> status;
                case "request_id" -> denied.requestId();
                case "retry_after" ->
                    denied.retryAfter().isZero() ? null : RateLimitHeaders.retryAfterSeconds(denied.retryAfter());
                case "retry_after_ms" ->
                    denied.retryAfter().isZero() ? null : RateLimitHeaders.wholeMillis(denied.retryAfter());
                default -> throw new IllegalStateException("placeholder " + placeholder + " was refused when parsed");
            };
        }
    }

    private final ErrorTexts texts;
    private final Map<DenialCause, List<Call>> templates = new EnumMap<>(DenialCause.class);

    TemplateFormat(ErrorTexts texts, Map<String, String> templates) {
        this.texts = texts;
        String fallback = templates.get("default");
        if (fallback == null) {
            throw new IllegalArgumentException("error template 'default' is missing");
        }
        for (String word : templates.keySet()) {
            boolean known = word.equals("default")
                    || ErrorTexts.deniedOutcome(word).isPresent()
                    || ErrorTexts.distinctCause(word).isPresent();
            if (!known) {
                throw new IllegalArgumentException("error template '" + word
                        + "': expected default, an outcome, or a cause of invalid-request or forbidden; every other"
                        + " denial says the same as its outcome");
            }
        }
        for (DenialCause cause : DenialCause.values()) {
            String byOutcome = templates.getOrDefault(cause.outcome().word(), fallback);
            String template = templates.getOrDefault(cause.word(), byOutcome);
            this.templates.put(cause, parse(template));
            if (template.contains("{" + CODE_NUMBER + "}")) {
                requireNumber(cause, texts.of(cause).code());
            }
        }
    }

    private static void requireNumber(DenialCause cause, String code) {
        if (!code.matches("(0|[1-9][0-9]{0,17})")) {
            throw new IllegalArgumentException("error template with {" + CODE_NUMBER + "}: the code of " + cause.word()
                    + " is '" + code + "': expected a whole number");
        }
    }

    private static List<Call> parse(String template) {
        List<Call> calls = new ArrayList<>();
        if (template.isBlank()) {
            return calls;
        }
        try (JsonParser parser = JSON.createParser(template)) {
            int depth = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (depth == 0 && token != JsonToken.START_OBJECT) {
                    throw notAnObject(template);
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                calls.add(call(token, parser));
                if (depth == 0 && parser.nextToken() != null) {
                    throw notAnObject(template);
                }
            }
            return calls;
        } catch (IOException notJson) {
            throw new IllegalArgumentException("error template " + template + ": expected a JSON object", notJson);
        }
    }

    private static IllegalArgumentException notAnObject(String template) {
        return new IllegalArgumentException("error template " + template + ": expected one JSON object");
    }

    private static Call call(JsonToken token, JsonParser parser) throws IOException {
        String text = parser.getText();
        return switch (token) {
            case START_OBJECT -> (json, values) -> json.writeStartObject();
            case END_OBJECT -> (json, values) -> json.writeEndObject();
            case START_ARRAY -> (json, values) -> json.writeStartArray();
            case END_ARRAY -> (json, values) -> json.writeEndArray();
            case FIELD_NAME -> (json, values) -> json.writeFieldName(text);
            case VALUE_STRING -> string(Placeholders.parse(text, PLACEHOLDERS));
            default -> (json, values) -> json.writeRawValue(text);
        };
    }

    private static Call string(List<Placeholders.Part> parts) {
        if (parts.size() == 1 && parts.get(0).placeholder()) {
            String name = parts.get(0).text();
            return (json, values) -> writeTyped(json, values.of(name));
        }
        return (json, values) -> json.writeString(Placeholders.fill(parts, it -> Objects.toString(values.of(it), "")));
    }

    private static void writeTyped(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof Number number) {
            json.writeNumber(number.longValue());
        } else {
            json.writeString(value.toString());
        }
    }

    @Override
    public ErrorBody body(Denied denied, int status) {
        List<Call> calls = templates.getOrDefault(denied.cause(), List.of());
        if (calls.isEmpty()) {
            return ErrorBody.empty();
        }
        Values values = new Values(texts.of(denied.cause()), denied, status);
        StringWriter text = new StringWriter(256);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            for (Call call : calls) {
                call.write(json, values);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory", impossible);
        }
        return new ErrorBody("application/json", text.toString());
    }
}
