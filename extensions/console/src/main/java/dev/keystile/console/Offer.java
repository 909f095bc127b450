package dev.keystile.console;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.keystile.Keystile;
import dev.keystile.key.Actor;
import dev.keystile.key.Grants;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyScope;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.scope.Rule;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a member can choose from when they create a key: what there is, without what they may not grant.
 *
 * <p>Immutable.
 *
 * @param keystile whose keys
 * @param member   who chooses
 */
record Offer(Keystile keystile, Actor.Member member) {

    private Grants grants() {
        return member.grants();
    }

    /** What new keys can begin with. */
    List<KeyPrefix> prefixes() {
        return keystile.keyFormat().prefixes().stream()
                .filter(prefix -> !prefix.retired())
                .toList();
    }

    /** In the order declared. */
    List<KeyScope> scopes() {
        ScopeCatalog catalog = keystile.scopes();
        Set<KeyScope> granted = catalog.implied(grants().scopes());
        return catalog.scopes().stream()
                .filter(scope -> granted.containsAll(catalog.implied(Set.of(scope))))
                .toList();
    }

    List<String> roles() {
        return keystile.scopes().roles().keySet().stream()
                .filter(grants().roles()::contains)
                .toList();
    }

    /** Besides the default plan, which is had by naming none. */
    List<Plan> plans() {
        return keystile.plans().stream()
                .filter(plan -> grants().plans().contains(plan.name()))
                .toList();
    }

    void writeTo(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("prefixes");
        for (KeyPrefix prefix : prefixes()) {
            json.writeStartObject();
            json.writeStringField("prefix", prefix.text());
            json.writeStringField("environment", prefix.environment().name());
            json.writeStringField("kind", prefix.kind().word());
            KeyViews.number(json, "version", prefix.version());
            json.writeEndObject();
        }
        json.writeEndArray();
        KeyViews.texts(
                json,
                "signing",
                keystile.keyManager().signingEnvironments().stream()
                        .map(KeyEnvironment::name)
                        .toList());
        json.writeArrayFieldStart("versions");
        for (int version : versions()) {
            json.writeNumber(version);
        }
        json.writeEndArray();
        writeScopes(json);
        json.writeArrayFieldStart("plans");
        for (Plan plan : plans()) {
            write(json, plan);
        }
        json.writeEndArray();
        json.writeObjectFieldStart("attributes");
        for (Map.Entry<String, Set<String>> attribute : new TreeMap<>(grants().attributes()).entrySet()) {
            KeyViews.texts(json, attribute.getKey(), new TreeSet<>(attribute.getValue()));
        }
        json.writeEndObject();
    }

    private void writeScopes(JsonGenerator json) throws IOException {
        ScopeCatalog catalog = keystile.scopes();
        json.writeArrayFieldStart("scopes");
        for (KeyScope scope : scopes()) {
            Set<KeyScope> implied = catalog.implied(Set.of(scope));
            implied.remove(scope);
            json.writeStartObject();
            json.writeStringField("scope", scope.value());
            KeyViews.texts(json, "implies", KeyViews.values(implied));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("roles");
        for (String role : roles()) {
            json.writeStartObject();
            json.writeStringField("role", role);
            KeyViews.texts(json, "scopes", KeyViews.values(catalog.roles().getOrDefault(role, Set.of())));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Those that rules ask for. */
    private Set<Integer> versions() {
        Set<Integer> versions = new TreeSet<>();
        for (Rule rule : keystile.policy().rules()) {
            if (rule.version() != 0) {
                versions.add(rule.version());
            }
        }
        return versions;
    }

    /** A plan with its limits. */
    static void write(JsonGenerator json, Plan plan) throws IOException {
        json.writeStartObject();
        json.writeStringField("plan", plan.name());
        json.writeArrayFieldStart("limits");
        for (RateLimit limit : plan.limits()) {
            json.writeStartObject();
            json.writeNumberField("count", limit.count());
            json.writeNumberField("window_ms", limit.window().toMillis());
            if (limit.hasBucket()) {
                json.writeNumberField("burst", limit.burst());
            } else {
                json.writeNullField("burst");
            }
            json.writeStringField("per", limit.per().word());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
