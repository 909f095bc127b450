package dev.keystile.key;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What the audit trail tells of a change besides what was done: in words, cut to what fits, and never a secret. */
final class ChangeDetails {

    /** Room for one list, so that what stands behind it has some too. */
    private static final int LIST = 100;

    private ChangeDetails() {}

    /** What a new key is called and may do. */
    static String ofNew(ApiKey key) {
        return ofNew(key, Optional.empty());
    }

    /** What a key that was minted elsewhere is called and may do. */
    static String ofImported(ApiKey key, ImportFormat format) {
        return ofNew(key, Optional.of("format " + format));
    }

    private static String ofNew(ApiKey key, Optional<String> origin) {
        List<String> parts = new ArrayList<>();
        parts.add('"' + key.name() + '"');
        parts.add(key.environment().name());
        if (key.kind() != KeyKind.SECRET) {
            parts.add(key.kind().word());
        }
        if (key.signs()) {
            parts.add("signing");
        }
        origin.ifPresent(parts::add);
        key.expiresAt().ifPresent(end -> parts.add("expires " + end));
        key.plan().ifPresent(plan -> parts.add("plan " + plan));
        add(parts, "scopes", key.scopes().stream().map(KeyScope::value).sorted().toList());
        add(parts, "roles", key.roles().stream().sorted().toList());
        add(parts, "from", key.addresses().stream().map(AddressRange::toString).toList());
        return cut(String.join(", ", parts));
    }

    private static void add(List<String> parts, String what, Collection<String> items) {
        if (items.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder(what);
        int shown = 0;
        for (String item : items) {
            if (shown > 0 && text.length() + item.length() > LIST) {
                text.append(" and ").append(items.size() - shown).append(" more");
                break;
            }
            text.append(' ').append(item);
            shown++;
        }
        parts.add(text.toString());
    }

    private static String cut(String text) {
        if (text.length() <= KeyChange.MAX_DETAIL) {
            return text;
        }
        int end = KeyChange.MAX_DETAIL - 1;
        // Half of a character outside the first plane is none.
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
