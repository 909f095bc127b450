package dev.keystile.jdbc;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeySecret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What of a key the tables can give back as it was. The rest is refused before it is written: some databases cut a text
 * that is too long, or put a question mark for a character they lack, and say nothing.
 */
final class Storable {

    private static final int MAX_LABEL = 255;
    private static final int MAX_DIGEST = 512;
    private static final int MAX_PREFIX = 32;
    /** MariaDB's {@code TEXT}. */
    private static final int MAX_TEXT_BYTES = 65_535;
    /** {@link Instant#toEpochMilli} has room for more, but no calendar of a database shows it. */
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");

    private final KeyId id;

    private Storable(KeyId id) {
        this.id = id;
    }

    /**
     * The key of a change as it will be read again: with times cut to milliseconds.
     *
     * @throws KeyRefusedException if a part of the change cannot be stored
     */
    static ApiKey of(KeyChange change) {
        ApiKey key = change.key();
        new Storable(key.id()).check(change);
        ApiKey.Builder stored = key.toBuilder()
                .createdAt(millis(key.createdAt()))
                .secrets(key.secrets().stream().map(Storable::cut).toList());
        key.expiresAt().map(Storable::millis).ifPresent(stored::expiresAt);
        key.disabledAt().map(Storable::millis).ifPresent(stored::disabledAt);
        key.revokedAt().map(Storable::millis).ifPresent(stored::revokedAt);
        return stored.build();
    }

    private static KeySecret cut(KeySecret secret) {
        return new KeySecret(
                secret.number(),
                secret.digest(),
                secret.quickCheck(),
                secret.lastFour(),
                millis(secret.createdAt()),
                secret.endsAt().map(Storable::millis));
    }

    private static Instant millis(Instant time) {
        return time.truncatedTo(ChronoUnit.MILLIS);
    }

    private void check(KeyChange change) {
        ApiKey key = change.key();
        label("account", key.account(), MAX_LABEL);
        label("member", key.member().orElse(""), MAX_LABEL);
        label("name", key.name(), MAX_LABEL);
        label("prefix", key.prefix(), MAX_PREFIX);
        label("plan", key.plan().orElse(""), MAX_LABEL);
        label("createdBy", key.createdBy(), MAX_LABEL);
        label("actor", change.actor(), MAX_LABEL);
        key.roles().forEach(this::role);
        text("scopes", KeyRows.words(key.scopes().stream().map(KeyScope::value).toList()));
        text("roles", KeyRows.words(key.roles()));
        text("attributes", AttributesJson.write(key.attributes()));
        for (KeySecret secret : key.secrets()) {
            label("digest", secret.digest(), MAX_DIGEST);
            label("lastFour", secret.lastFour(), MAX_LABEL);
        }
        List<KeySecret> secrets = key.secrets();
        require(
                secrets.size() == 1 || secrets.get(0).number() != secrets.get(1).number(),
                "secrets",
                "have the same number");
        Stream.of(
                        Stream.of(change.at(), key.createdAt()),
                        Stream.of(key.expiresAt(), key.disabledAt(), key.revokedAt())
                                .flatMap(Optional::stream),
                        secrets.stream().map(KeySecret::createdAt),
                        secrets.stream().map(KeySecret::endsAt).flatMap(Optional::stream))
                .flatMap(times -> times)
                .forEach(this::time);
    }

    private void label(String part, String text, int max) {
        require(text.length() <= max, part, "is longer than " + max + " characters");
        requireCharacters(part, text);
    }

    private void text(String part, String text) {
        require(
                text.getBytes(StandardCharsets.UTF_8).length <= MAX_TEXT_BYTES,
                part,
                "take up more than " + MAX_TEXT_BYTES + " bytes");
        requireCharacters(part, text);
    }

    private void role(String role) {
        require(
                !role.isEmpty() && role.chars().noneMatch(Character::isWhitespace),
                "role '" + role + "'",
                "is empty or holds a space");
    }

    private void time(Instant time) {
        require(
                !time.isAfter(LATEST) && !time.isBefore(Instant.EPOCH),
                "time " + time,
                "is not of the years 1970 to 9999");
    }

    private void requireCharacters(String part, String text) {
        require(
                text.indexOf('\0') < 0 && StandardCharsets.UTF_8.newEncoder().canEncode(text),
                part,
                "holds a character that is none in Unicode");
    }

    private void require(boolean storable, String part, String complaint) {
        if (!storable) {
            throw new KeyRefusedException(
                    KeyRefusedException.Reason.INVALID, "key " + id + " cannot be stored: " + part + " " + complaint);
        }
    }
}
