package dev.keystile.console;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.keystile.Keystile;
import dev.keystile.key.Actor;
import dev.keystile.key.AddressRange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditEntry;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeySecret;
import dev.keystile.key.UnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys and audit entries as a member sees them: no digest, and nothing that a digest could be tried with.
 *
 * <p>Immutable.
 *
 * @param keystile whose keys
 * @param viewer   who looks
 * @param names    what people call members
 * @param now      when
 */
record KeyViews(Keystile keystile, Actor.Member viewer, ConsoleMembers names, Instant now) {

    private static final String MEMBER = "member";
    /** So many keys are read sooner one by one than in a list. */
    private static final int FEW_KEYS = 5;

    private static final int NEWEST_KEYS = 200;
    /** Then it is no single key that cannot be read, and each may take as long as the store waits. */
    private static final int MAX_FAILURES = 3;

    private static final Logger LOG = LoggerFactory.getLogger(KeyViews.class);

    /**
     * What is told of keys besides what they are.
     *
     * @param lastUsed when they were last used, of those of which it is known
     * @param called   the names of members who had to do with them, of those that have one
     */
    record Background(Map<KeyId, Instant> lastUsed, Map<String, String> called) {}

    /** Of keys that are only looked at. */
    Background background(List<ApiKey> keys) {
        return new Background(lastUsed(keys), namesOf(membersOf(keys)));
    }

    /**
     * Of a key that is about to be changed. It is asked for before, as nothing may fail between a change and the answer that
     * tells of it, which may hold a secret that nobody can show again; and what cannot be told is left out, so that a key
     * can be revoked whatever else is down.
     */
    Background backgroundBeforeChange(ApiKey key) {
        return new Background(
                orNone("last use", () -> lastUsed(List.of(key))),
                orNone("names", () -> namesOf(membersOf(List.of(key)))));
    }

    /** As {@link #backgroundBeforeChange}, of a key that the member is about to create. */
    Background backgroundBeforeIssue() {
        return new Background(Map.of(), orNone("names", () -> namesOf(Set.of(viewer.id()))));
    }

    private static <K, V> Map<K, V> orNone(String what, Supplier<Map<K, V>> read) {
        try {
            return read.get();
        } catch (RuntimeException failure) {
            LOG.warn("a change is answered without {}", what, failure);
            return Map.of();
        }
    }

    /** One key as the field {@code key}. */
    void writeKey(JsonGenerator json, ApiKey key, Background background) throws IOException {
        json.writeFieldName("key");
        write(json, key, background);
    }

    /** Keys as the field {@code keys}. */
    void writeKeys(JsonGenerator json, List<ApiKey> keys) throws IOException {
        Background background = background(keys);
        json.writeArrayFieldStart("keys");
        for (ApiKey key : keys) {
            write(json, key, background);
        }
        json.writeEndArray();
    }

    private Map<KeyId, Instant> lastUsed(List<ApiKey> keys) {
        return keystile.keyManager().lastUsed(keys, viewer);
    }

    private static Set<String> membersOf(List<ApiKey> keys) {
        Set<String> members = new HashSet<>();
        for (ApiKey key : keys) {
            key.member().ifPresent(members::add);
            memberOf(key.createdBy()).ifPresent(members::add);
        }
        return members;
    }

    private static Optional<String> memberOf(String label) {
        return label.startsWith(MEMBER + ":") ? Optional.of(label.substring(MEMBER.length() + 1)) : Optional.empty();
    }

    /** Copied, so that what the application gives is not asked anything while an answer is written. */
    private Map<String, String> namesOf(Set<String> members) {
        return members.isEmpty() ? Map.of() : new HashMap<>(names.names(viewer.account(), members));
    }

    private void write(JsonGenerator json, ApiKey key, Background background) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", key.id().text());
        json.writeStringField("name", key.name());
        // No text begins with what stands there in keys that sign.
        json.writeStringField("prefix", key.signs() ? "" : key.prefix());
        json.writeStringField("last_four", key.newestSecret().lastFour());
        json.writeStringField("environment", key.environment().name());
        json.writeStringField("kind", key.kind().word());
        json.writeBooleanField("signing", key.signs());
        number(json, "version", key.version());
        json.writeStringField("status", key.status(now).word());
        texts(json, "scopes", values(key.scopes()));
        texts(json, "roles", new TreeSet<>(key.roles()));
        texts(json, "effective_scopes", values(keystile.scopes().effective(key)));
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
        if (key.member().isPresent()) {
            json.writeFieldName(MEMBER);
            writeActor(json, MEMBER + ":" + key.member().get(), background.called());
        } else {
            json.writeNullField(MEMBER);
        }
        time(json, "created_at", Optional.of(key.createdAt()));
        json.writeFieldName("created_by");
        writeActor(json, key.createdBy(), background.called());
        time(json, "last_used_at", Optional.ofNullable(background.lastUsed().get(key.id())));
        time(json, "expires_at", key.expiresAt());
        time(json, "disabled_at", key.disabledAt());
        time(json, "revoked_at", key.revokedAt());
        time(json, "suspended_at", key.suspendedAt());
        json.writeArrayFieldStart("secrets");
        for (KeySecret secret : key.secrets()) {
            write(json, secret);
        }
        json.writeEndArray();
        texts(
                json,
                "actions",
                keystile.keyManager().actionsOn(key, viewer).stream()
                        .map(KeyAction::word)
                        .sorted()
                        .toList());
        json.writeEndObject();
    }

    private void write(JsonGenerator json, KeySecret secret) throws IOException {
        json.writeStartObject();
        json.writeNumberField("number", secret.number());
        json.writeStringField("last_four", secret.lastFour());
        time(json, "created_at", Optional.of(secret.createdAt()));
        time(json, "ends_at", secret.endsAt());
        seconds(json, "overlap_seconds", secret.overlap());
        boolean ended = secret.endsAt().filter(end -> !end.isAfter(now)).isPresent();
        json.writeBooleanField("ended", ended);
        json.writeEndObject();
    }

    /**
     * What the keys of some entries are called. Where they are many, one list of the newest keys of the account has most of
     * them, if not all. A key that cannot be read, for it is damaged, is shown by its id and hides no entry.
     */
    Map<KeyId, String> keyNames(List<AuditEntry> entries) {
        Set<KeyId> left = new LinkedHashSet<>();
        entries.forEach(entry -> entry.key().ifPresent(left::add));
        Map<KeyId, String> names = new HashMap<>();
        int failures = 0;
        try {
            if (left.size() > FEW_KEYS) {
                KeyQuery newest = KeyQuery.ofAccount(viewer.account()).limit(NEWEST_KEYS);
                keystile.keyManager().list(newest, viewer).keys().forEach(key -> names.put(key.id(), key.name()));
            }
        } catch (UnavailableException failure) {
            failures++;
        }
        left.removeAll(names.keySet());
        for (KeyId id : left) {
            try {
                keystile.keyManager().find(id, viewer).ifPresent(key -> names.put(id, key.name()));
            } catch (UnavailableException failure) {
                LOG.warn("key {} is shown in the audit trail without its name", id, failure);
                if (++failures == MAX_FAILURES) {
                    break;
                }
            }
        }
        return names;
    }

    /**
     * Entries as the field {@code entries}.
     *
     * @param keyNames the names of their keys, of those that have one
     */
    void writeEntries(JsonGenerator json, List<AuditEntry> entries, Map<KeyId, String> keyNames) throws IOException {
        Set<String> members = new HashSet<>();
        entries.forEach(entry -> memberOf(entry.actor()).ifPresent(members::add));
        Map<String, String> called = namesOf(members);
        json.writeArrayFieldStart("entries");
        for (AuditEntry entry : entries) {
            json.writeStartObject();
            json.writeNumberField("revision", entry.revision());
            time(json, "at", Optional.of(entry.at()));
            json.writeStringField("action", entry.action().word());
            json.writeFieldName("actor");
            writeActor(json, entry.actor(), called);
            text(json, "address", entry.address());
            text(json, "key_id", entry.key().map(KeyId::text));
            text(json, "key_name", entry.key().map(keyNames::get));
            json.writeStringField("detail", entry.detail());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Who did something, of the label that is stored. */
    private static void writeActor(JsonGenerator json, String label, Map<String, String> called) throws IOException {
        int colon = label.indexOf(':');
        String type = colon < 0 ? label : label.substring(0, colon);
        String id = label.substring(colon + 1);
        String name = type.equals(MEMBER) ? called.getOrDefault(id, id) : id;
        json.writeStartObject();
        json.writeStringField("type", type);
        json.writeStringField("id", id);
        json.writeStringField("name", name);
        json.writeEndObject();
    }

    static List<String> values(Collection<KeyScope> scopes) {
        List<String> values = new ArrayList<>();
        scopes.forEach(scope -> values.add(scope.value()));
        values.sort(null);
        return values;
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

    static void seconds(JsonGenerator json, String field, Optional<Duration> value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(field, value.get().toSeconds());
        } else {
            json.writeNullField(field);
        }
    }

    /** A number of which 0 stands for none. */
    static void number(JsonGenerator json, String field, int value) throws IOException {
        if (value == 0) {
            json.writeNullField(field);
        } else {
            json.writeNumberField(field, value);
        }
    }
}
