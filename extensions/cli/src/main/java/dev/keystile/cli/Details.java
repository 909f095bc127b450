package dev.keystile.cli;

import dev.keystile.key.AddressRange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeySecret;
import dev.keystile.key.ScopeCatalog;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** All there is to say of a key, a line each. Not safe for use by many threads. */
final class Details {

    private static final int LABELS = 14;

    private final List<String> lines = new ArrayList<>();

    private void add(String label, String value) {
        lines.add(label + " ".repeat(LABELS - label.length()) + value);
    }

    /** The lines of a key. */
    static List<String> of(ApiKey key, ScopeCatalog catalog, Optional<Instant> lastUsed, Times times) {
        Details details = new Details();
        details.add("Key id", key.id().text());
        details.add("Name", key.name());
        details.add("Account", key.account());
        details.add("Member", key.member().orElse("none"));
        details.add("Status", status(key, times));
        details.add("Environment", key.environment().name());
        details.add("Kind", KeyText.kind(key));
        if (key.version() != 0) {
            details.add("API version", String.valueOf(key.version()));
        }
        Set<KeyScope> effective = catalog.effective(key);
        details.add("Scopes", KeyText.list(KeyJson.sorted(key.scopes()), "none"));
        if (!key.roles().isEmpty()) {
            details.add("Roles", KeyText.list(key.roles().stream().sorted().toList(), "none"));
        }
        if (!effective.equals(key.scopes())) {
            details.add("May in all", KeyText.list(KeyJson.sorted(effective), "nothing"));
        }
        details.add("Plan", key.plan().orElse("the default"));
        for (Map.Entry<String, String> attribute : new TreeMap<>(key.attributes()).entrySet()) {
            details.add("Attribute", attribute.getKey() + "=" + attribute.getValue());
        }
        details.add(
                "Addresses",
                KeyText.list(
                        key.addresses().stream().map(AddressRange::toString).toList(), "all"));
        details.add("Created", times.shown(key.createdAt()) + " by " + key.createdBy());
        details.add("Last used", times.shown(lastUsed, "never"));
        details.add("Expires", times.shown(key.expiresAt(), "never"));
        details.addSecrets(key, times);
        return details.lines;
    }

    private static String status(ApiKey key, Times times) {
        String word = key.status(times.now()).word();
        return switch (key.status(times.now())) {
            case REVOKED -> word + " since " + times.shown(key.revokedAt(), "");
            case EXPIRED -> word + " since " + times.shown(key.expiresAt(), "");
            case SUSPENDED -> word + ", as its account is since " + times.shown(key.suspendedAt(), "");
            case DISABLED -> word + " since " + times.shown(key.disabledAt(), "");
            case ACTIVE -> word;
        };
    }

    /** The newest first: it is the one that programs should have. */
    private void addSecrets(ApiKey key, Times times) {
        String label = "Secrets";
        List<KeySecret> secrets = key.secrets();
        for (int i = secrets.size() - 1; i >= 0; i--) {
            KeySecret secret = secrets.get(i);
            String end = KeyText.hasEnded(secret, times.now())
                    ? ", ended " + times.shown(secret.endsAt(), "")
                    : KeyText.end(secret, times)
                            .filter(it -> !KeyText.isOver(key, times.now()))
                            .map(it -> ", works " + it)
                            .orElse("");
            add(label, KeyText.ends(key, secret) + " of " + times.shown(secret.createdAt()) + end);
            label = "";
        }
    }
}
