package dev.keystile.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.keystile.key.AddressRange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeySecret;
import dev.keystile.key.ScopeCatalog;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Keys as programs read them: the field names are those of {@code docs/cli.md}, and stay.
 *
 * @param catalog  what scopes and roles imply
 * @param lastUsed when keys were last used, as far as they were
 * @param now      the moment of the statuses
 */
record KeyJson(ScopeCatalog catalog, Map<KeyId, Instant> lastUsed, Instant now) {

    /** One key, as a field. */
    void write(JsonGenerator json, String field, ApiKey key) throws IOException {
        json.writeFieldName(field);
        write(json, key);
    }

    /** One key. */
    void write(JsonGenerator json, ApiKey key) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", key.id().text());
        json.writeStringField("account", key.account());
        text(json, "member", key.member());
        json.writeStringField("name", key.name());
        json.writeStringField("prefix", key.signs() ? "" : key.prefix());
        json.writeStringField("last_four", key.newestSecret().lastFour());
        json.writeStringField("environment", key.environment().name());
        json.writeStringField("kind", key.kind().word());
        json.writeBooleanField("signing", key.signs());
        if (key.version() == 0) {
            json.writeNullField("version");
        } else {
            json.writeNumberField("version", key.version());
        }
        json.writeStringField("status", key.status(now).word());
        texts(json, "scopes", sorted(key.scopes()));
        texts(json, "roles", key.roles().stream().sorted().toList());
        texts(json, "effective_scopes", sorted(catalog.effective(key)));
        text(json, "plan", key.plan());
        json.writeObjectFieldStart("attributes");
        for (Map.Entry<String, String> attribute : new TreeMap<>(key.attributes()).entrySet()) {
            json.writeStringField(attribute.getKey(), attribute.getValue());
        }
        json.writeEndObject();
        texts(
                json,
                "addresses",
                key.addresses().stream().map(AddressRange::toString).toList());
        time(json, "created_at", Optional.of(key.createdAt()));
        json.writeStringField("created_by", key.createdBy());
        time(json, "last_used_at", Optional.ofNullable(lastUsed.get(key.id())));
        time(json, "expires_at", key.expiresAt());
        time(json, "disabled_at", key.disabledAt());
        time(json, "revoked_at", key.revokedAt());
        time(json, "suspended_at", key.suspendedAt());
        json.writeArrayFieldStart("secrets");
        for (KeySecret secret : key.secrets()) {
            write(json, secret);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void write(JsonGenerator json, KeySecret secret) throws IOException {
        json.writeStartObject();
        json.writeNumberField("number", secret.number());
        json.writeStringField("last_four", secret.lastFour());
        time(json, "created_at", Optional.of(secret.createdAt()));
        time(json, "ends_at", secret.endsAt());
        if (secret.overlap().isPresent()) {
            json.writeNumberField("overlap_seconds", secret.overlap().get().toSeconds());
        } else {
            json.writeNullField("overlap_seconds");
        }
        json.writeBooleanField("ended", KeyText.hasEnded(secret, now));
        json.writeEndObject();
    }

    static Collection<String> sorted(Collection<KeyScope> scopes) {
        return scopes.stream().sorted().map(KeyScope::value).toList();
    }

    static void texts(JsonGenerator json, String field, Collection<String> values) throws IOException {
        json.writeFieldName(field);
        json.writeArray(values.toArray(String[]::new), 0, values.size());
    }

    static void text(JsonGenerator json, String field, Optional<String> value) throws IOException {
        json.writeStringField(field, value.orElse(null));
    }

    static void time(JsonGenerator json, String field, Optional<Instant> value) throws IOException {
        text(json, field, value.map(Instant::toString));
    }
}
