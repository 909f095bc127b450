package dev.keystile.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.RateLimitResult;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.UUID;

/** RFC 9457. */
record ProblemFormat(ErrorTexts texts) implements ErrorFormat {

    private static final JsonFactory JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    @Override
    public ErrorBody body(Denied denied, int status) {
        ErrorText said = texts.of(denied.cause());
        StringWriter text = new StringWriter(256);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("type", said.type());
            json.writeStringField("title", Statuses.phrase(status));
            json.writeNumberField("status", status);
            json.writeStringField("detail", said.message());
            json.writeStringField("instance", "urn:uuid:" + uuid(denied.requestId()));
            json.writeStringField("code", said.code());
            json.writeStringField("request_id", denied.requestId());
            if (denied.cause() == DenialCause.RATE_LIMITED && denied.limits().isPresent()) {
                writeViolated(json, denied.limits().get());
            }
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory", impossible);
        }
        return new ErrorBody("application/problem+json", text.toString());
    }

    private static void writeViolated(JsonGenerator json, RateLimitResult limits) throws IOException {
        json.writeArrayFieldStart("violated-policies");
        for (LimitStatus status : limits.statuses()) {
            if (status.nanosToRetry() > 0) {
                json.writeString(RateLimitHeaders.policyName(status));
            }
        }
        json.writeEndArray();
    }

    private static UUID uuid(String requestId) {
        int start = requestId.length() - 32;
        return new UUID(
                Long.parseUnsignedLong(requestId, start, start + 16, 16),
                Long.parseUnsignedLong(requestId, start + 16, start + 32, 16));
    }
}
