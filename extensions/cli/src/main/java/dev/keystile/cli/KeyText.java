package dev.keystile.cli;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStatus;
import dev.keystile.key.Spans;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;

/** Keys as people recognise them. */
final class KeyText {

    private KeyText() {}

    /** What a key is called in a sentence. */
    static String title(ApiKey key) {
        return "key " + key.id() + " (" + key.name() + ")";
    }

    /** What everybody who has the key sees of it; the id, where it signs, or was minted elsewhere and nothing of it is known yet. */
    static String ends(ApiKey key, KeySecret secret) {
        return key.signs() || (key.prefix().isEmpty() && secret.lastFour().isEmpty())
                ? key.id().text()
                : key.prefix() + "…" + secret.lastFour();
    }

    /** Whether it may be known, and whether it signs. */
    static String kind(ApiKey key) {
        return key.signs() ? "signing" : key.kind().word();
    }

    /** The secret before the newest, while it still works. */
    static Optional<KeySecret> old(ApiKey key, Instant now) {
        if (isOver(key, now)) {
            return Optional.empty();
        }
        return key.secrets().stream()
                .limit(key.secrets().size() - 1L)
                .filter(secret -> !hasEnded(secret, now))
                .findFirst();
    }

    /** Whether a key opens nothing any more, for ever. */
    static boolean isOver(ApiKey key, Instant now) {
        return switch (key.status(now)) {
            case REVOKED, EXPIRED -> true;
            case SUSPENDED, DISABLED, ACTIVE -> false;
        };
    }

    static boolean hasEnded(KeySecret secret, Instant now) {
        return secret.endsAt().filter(end -> !end.isAfter(now)).isPresent();
    }

    /** Until when a secret works; empty if no end is set. */
    static Optional<String> end(KeySecret secret, Times times) {
        Optional<String> end = secret.endsAt().map(it -> "until " + times.shown(it));
        Optional<String> overlap =
                secret.overlap().map(it -> "until " + Spans.text(it) + " after the first use of the new one");
        // What is set besides, the end of the key, is told of the key.
        return overlap.or(() -> end);
    }

    static Style style(KeyStatus status) {
        return switch (status) {
            case ACTIVE -> Style.GOOD;
            case DISABLED, SUSPENDED -> Style.CARE;
            case REVOKED, EXPIRED -> Style.FAINT;
        };
    }

    /** The scopes of a key itself, then its roles. */
    static Collection<String> grants(ApiKey key) {
        return Stream.concat(
                        key.scopes().stream().sorted().map(KeyScope::value),
                        key.roles().stream().sorted().map(role -> "role " + role))
                .toList();
    }

    /** A list, or what stands for none. */
    static String list(Collection<String> values, String none) {
        return values.isEmpty() ? none : String.join(", ", values);
    }

    /** As many of a list as fit, and how many more there are; or what stands for none. */
    static String some(Collection<String> values, int columns, String none) {
        StringBuilder text = new StringBuilder();
        int shown = 0;
        for (String value : values) {
            if (shown > 0 && text.length() + value.length() > columns) {
                return text.append(" and ")
                        .append(values.size() - shown)
                        .append(" more")
                        .toString();
            }
            text.append(shown == 0 ? "" : ", ").append(value);
            shown++;
        }
        return shown == 0 ? none : text.toString();
    }
}
