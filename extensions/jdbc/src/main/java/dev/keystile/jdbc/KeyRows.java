package dev.keystile.jdbc;

import dev.keystile.key.AddressRange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeySecret;
import dev.keystile.key.UnavailableException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Keys as rows: one of {@code keystile_key}, and one of {@code keystile_secret} for each secret. */
final class KeyRows {

    /** The columns that {@link #secret} needs, of secrets {@code s} beside the {@code key_id} of a key {@code k}. */
    static final String SECRET_COLUMNS =
            "s.secret_number, s.digest, s.quick_check, s.last_four, s.made_ms, s.ends_ms, s.overlap_ms";

    /** How a statement begins of which {@link #read} reads what it finds; the keys, as a table or a query, come next. */
    static final String SELECT = "SELECT k.key_id, k.revision, k.account, k.member_id, k.key_name, k.key_prefix,"
            + " k.key_kind, k.environment, k.api_version, k.scopes, k.roles, k.plan_name, k.attributes, k.addresses,"
            + " k.created_ms, k.created_by, k.expires_ms, k.announced_ms, k.disabled_ms, k.revoked_ms,"
            + " a.suspended_ms, " + SECRET_COLUMNS + " FROM ";

    /** What comes behind the keys. */
    static final String JOINS = " k LEFT JOIN keystile_secret s ON s.key_id = k.key_id"
            + " LEFT JOIN keystile_suspension a ON a.account = k.account";

    /** Takes an id; {@link #read} reads what it finds. */
    static final String FIND = SELECT + "keystile_key" + JOINS + " WHERE k.key_id = ?";

    /** Takes what {@link #bindKey} binds. */
    static final String INSERT_KEY = "INSERT INTO keystile_key (revision, account, member_id, key_name, key_prefix,"
            + " key_kind, environment, api_version, scopes, roles, plan_name, attributes, addresses, created_ms,"
            + " created_by, expires_ms, announced_ms, disabled_ms, revoked_ms, key_id)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    /** Takes what {@link #bindKey} binds, and the revision that the key must have. */
    static final String UPDATE_KEY = "UPDATE keystile_key SET revision = ?, account = ?, member_id = ?, key_name = ?,"
            + " key_prefix = ?, key_kind = ?, environment = ?, api_version = ?, scopes = ?, roles = ?, plan_name = ?,"
            + " attributes = ?, addresses = ?, created_ms = ?, created_by = ?, expires_ms = ?, announced_ms = ?,"
            + " disabled_ms = ?, revoked_ms = ? WHERE key_id = ? AND revision = ?";

    /** Takes what {@link #bindSecret} binds. */
    static final String INSERT_SECRET = "INSERT INTO keystile_secret (key_id, secret_number, digest, quick_check,"
            + " last_four, made_ms, ends_ms, overlap_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

    private KeyRows() {}

    /** Binds a key; the next free parameter is returned. */
    static int bindKey(PreparedStatement statement, ApiKey key) throws SQLException {
        int p = 1;
        statement.setLong(p++, key.revision());
        statement.setString(p++, key.account());
        statement.setString(p++, key.member().orElse(null));
        statement.setString(p++, key.name());
        statement.setString(p++, key.prefix());
        statement.setString(p++, key.kind().word());
        statement.setString(p++, key.environment().name());
        statement.setInt(p++, key.version());
        statement.setString(
                p++, words(key.scopes().stream().map(KeyScope::value).toList()));
        statement.setString(p++, words(key.roles()));
        statement.setString(p++, key.plan().orElse(null));
        statement.setString(p++, AttributesJson.write(key.attributes()));
        statement.setString(p++, addresses(key));
        statement.setLong(p++, key.createdAt().toEpochMilli());
        statement.setString(p++, key.createdBy());
        bindTime(statement, p++, key.expiresAt().orElse(null));
        bindTime(statement, p++, key.expiryAnnouncedAt().orElse(null));
        bindTime(statement, p++, key.disabledAt().orElse(null));
        bindTime(statement, p++, key.revokedAt().orElse(null));
        statement.setString(p++, key.id().text());
        return p;
    }

    /** Binds one secret of a key. */
    static void bindSecret(PreparedStatement statement, KeyId id, KeySecret secret) throws SQLException {
        statement.setString(1, id.text());
        statement.setInt(2, secret.number());
        statement.setString(3, secret.digest());
        statement.setLong(4, secret.quickCheck());
        statement.setString(5, secret.lastFour());
        statement.setLong(6, secret.createdAt().toEpochMilli());
        bindTime(statement, 7, secret.endsAt().orElse(null));
        bindNumber(statement, 8, secret.overlap().map(Duration::toMillis).orElse(null));
    }

    private static void bindTime(PreparedStatement statement, int parameter, @Nullable Instant time)
            throws SQLException {
        bindNumber(statement, parameter, time == null ? null : time.toEpochMilli());
    }

    private static void bindNumber(PreparedStatement statement, int parameter, @Nullable Long number)
            throws SQLException {
        if (number == null) {
            statement.setNull(parameter, Types.BIGINT);
        } else {
            statement.setLong(parameter, number);
        }
    }

    private static @Nullable String addresses(ApiKey key) {
        return key.addresses().isEmpty()
                ? null
                : key.addresses().stream().map(AddressRange::toString).collect(Collectors.joining(" "));
    }

    /** Words in a fixed order, so that equal sets are equal texts. */
    static String words(Collection<String> words) {
        return words.stream().sorted().collect(Collectors.joining(" "));
    }

    /**
     * What the rows of one key are read as.
     *
     * @param id            what stands in the column {@code key_id}
     * @param createdMillis what stands in {@code created_ms}
     * @param expiresMillis what stands in {@code expires_ms}, or 0
     * @param key           the key; empty if the rows cannot be one
     * @param damage        why they cannot; names the key and the column
     */
    record Stored(
            String id,
            long createdMillis,
            long expiresMillis,
            Optional<ApiKey> key,
            Optional<UnavailableException> damage) {}

    /**
     * All the keys of a result that {@link #SELECT} began, the rows of a key one behind the other.
     *
     * @throws UnavailableException if a row cannot be a key; the message names the key and the column
     */
    static List<ApiKey> read(ResultSet rows) throws SQLException {
        List<ApiKey> keys = new ArrayList<>();
        for (Stored stored : readEach(rows)) {
            keys.add(stored.key().orElseThrow(() -> stored.damage().orElseThrow()));
        }
        return keys;
    }

    /** As {@link #read}; a key that is damaged keeps none from being read. */
    static List<Stored> readEach(ResultSet rows) throws SQLException {
        List<Stored> all = new ArrayList<>();
        boolean more = rows.next();
        while (more) {
            Reading reading = new Reading(rows);
            do {
                reading.add(rows);
                more = rows.next();
            } while (more && reading.id.equals(rows.getString("key_id")));
            all.add(reading.end());
        }
        return all;
    }

    /** The rows of one key, as far as they were read. */
    private static final class Reading {

        private final String id;
        private final long createdMillis;
        private final long expiresMillis;
        private final List<KeySecret> secrets = new ArrayList<>();
        private Optional<ApiKey> key = Optional.empty();
        private Optional<UnavailableException> damage = Optional.empty();

        Reading(ResultSet first) throws SQLException {
            this.id = first.getString("key_id");
            this.createdMillis = first.getLong("created_ms");
            this.expiresMillis = first.getLong("expires_ms");
        }

        void add(ResultSet row) throws SQLException {
            if (damage.isPresent()) {
                return;
            }
            try {
                if (key.isEmpty()) {
                    key = Optional.of(new Row(keyId(row), row).key());
                    secrets.addAll(key.get().secrets());
                } else {
                    secrets.add(secret(row));
                }
            } catch (UnavailableException unreadable) {
                damage = Optional.of(unreadable);
            }
        }

        Stored end() {
            Optional<ApiKey> whole = Optional.empty();
            if (damage.isEmpty()) {
                try {
                    whole = key.map(it -> withSecrets(it, secrets));
                } catch (UnavailableException unreadable) {
                    damage = Optional.of(unreadable);
                }
            }
            return new Stored(id, createdMillis, expiresMillis, whole, damage);
        }
    }

    /** The secret of a row with {@link #SECRET_COLUMNS}. */
    static KeySecret secret(ResultSet row) throws SQLException {
        return new Row(keyId(row), row).secret();
    }

    /**
     * The id that stands in the column {@code key_id}.
     *
     * @throws UnavailableException if it is none
     */
    static KeyId keyId(ResultSet row) throws SQLException {
        String text = row.getString("key_id");
        return idIn(text)
                .orElseThrow(() -> new UnavailableException("a key id in the key database is damaged: '" + text + "'"));
    }

    /** The id that a text is, if it is one. */
    static Optional<KeyId> idIn(String text) {
        try {
            return Optional.of(new KeyId(text));
        } catch (IllegalArgumentException damaged) {
            return Optional.empty();
        }
    }

    /**
     * Tells whoever compares columns by the rules of a language, and so takes one for another.
     *
     * @throws UnavailableException if what was found is not what was asked for
     */
    static void requireExact(boolean same, String what, String column) {
        if (!same) {
            throw new UnavailableException("the key database takes one " + what + " for another: its column " + column
                    + " must compare by character, with regard to case and spaces");
        }
    }

    private static ApiKey withSecrets(ApiKey key, List<KeySecret> secrets) {
        if (secrets.size() > 2) {
            throw new UnavailableException(
                    "key " + key.id() + " is damaged: it has " + secrets.size() + " rows in keystile_secret");
        }
        try {
            return secrets.size() == 1 ? key : key.toBuilder().secrets(secrets).build();
        } catch (IllegalArgumentException unfit) {
            throw new UnavailableException("key " + key.id() + " is damaged: " + unfit.getMessage());
        }
    }

    private static Set<String> split(String words) {
        Set<String> split = words.isEmpty() ? Set.of() : Set.of(words.split(" ", -1));
        if (split.contains("")) {
            throw new IllegalArgumentException("a word is empty");
        }
        return split;
    }

    private static KeyKind kind(String word) {
        return KeyKind.ofWord(word).orElseThrow(() -> new IllegalArgumentException("kind: unknown"));
    }

    /** The row a result stands on. No cause is kept of what is damaged: it could quote the value. */
    private record Row(KeyId id, ResultSet columns) {

        /** The key with the one secret of this row. */
        ApiKey key() throws SQLException {
            KeyEnvironment environment = parsed("environment", KeyEnvironment::new);
            Optional<String> member = optionalText("member_id");
            Set<KeyScope> scopes = parsed(
                    "scopes", it -> split(it).stream().map(KeyScope::new).collect(Collectors.toUnmodifiableSet()));
            String account = text("account");
            String name = text("key_name");
            // Some keys that were minted elsewhere have none.
            String prefix = parsed(
                    "key_prefix",
                    it -> it.isEmpty() ? it : KeyPrefix.secret(it, environment).text());
            KeyKind kind = parsed("key_kind", KeyRows::kind);
            long revision = atLeast(1, "revision");
            int version = Math.toIntExact(atLeast(0, "api_version"));
            Set<String> roles = parsed("roles", KeyRows::split);
            Optional<String> plan = optionalText("plan_name");
            Map<String, String> attributes = parsed("attributes", AttributesJson::read);
            List<AddressRange> addresses = addresses();
            Instant createdAt = time("created_ms");
            String createdBy = text("created_by");
            Optional<Instant> expiresAt = optionalTime("expires_ms");
            Optional<Instant> expiryAnnouncedAt = optionalTime("announced_ms");
            Optional<Instant> disabledAt = optionalTime("disabled_ms");
            Optional<Instant> revokedAt = optionalTime("revoked_ms");
            Optional<Instant> suspendedAt = optionalTime("suspended_ms");
            List<KeySecret> secrets = List.of(secret());
            try {
                return new ApiKey(
                        id,
                        revision,
                        account,
                        member,
                        name,
                        prefix,
                        kind,
                        environment,
                        version,
                        scopes,
                        roles,
                        plan,
                        attributes,
                        secrets,
                        addresses,
                        createdAt,
                        createdBy,
                        expiresAt,
                        expiryAnnouncedAt,
                        disabledAt,
                        revokedAt,
                        suspendedAt);
            } catch (IllegalArgumentException outOfBounds) {
                throw new UnavailableException("key " + id + " is damaged: " + outOfBounds.getMessage());
            }
        }

        KeySecret secret() throws SQLException {
            int number = Math.toIntExact(atLeast(1, "secret_number"));
            String digest = text("digest");
            long quickCheck = atLeast(KeySecret.NO_QUICK_CHECK, "quick_check");
            String lastFour = text("last_four");
            Instant createdAt = time("made_ms");
            Optional<Instant> endsAt = optionalTime("ends_ms");
            Optional<Duration> overlap = overlap();
            try {
                return new KeySecret(number, digest, quickCheck, lastFour, createdAt, endsAt, overlap);
            } catch (IllegalArgumentException outOfBounds) {
                throw new UnavailableException("key " + id + " is damaged: " + outOfBounds.getMessage());
            }
        }

        /** None where the column is empty; a text that cannot be read is damage, and never "from everywhere". */
        private List<AddressRange> addresses() throws SQLException {
            if (optionalText("addresses").isEmpty()) {
                return List.of();
            }
            return parsed(
                    "addresses",
                    it -> Arrays.stream(it.split(" ", -1))
                            .map(AddressRange::parse)
                            .toList());
        }

        private Optional<Duration> overlap() throws SQLException {
            columns.getLong("overlap_ms");
            return columns.wasNull() ? Optional.empty() : Optional.of(Duration.ofMillis(atLeast(0, "overlap_ms")));
        }

        private <T> T parsed(String column, Function<String, T> reader) throws SQLException {
            String text = text(column);
            try {
                return reader.apply(text);
            } catch (IllegalArgumentException damaged) {
                throw damaged(column);
            }
        }

        private String text(String column) throws SQLException {
            return optionalText(column).orElseThrow(() -> damaged(column));
        }

        private Optional<String> optionalText(String column) throws SQLException {
            return Optional.ofNullable(columns.getString(column));
        }

        private long atLeast(long lowest, String column) throws SQLException {
            long number = columns.getLong(column);
            if (columns.wasNull() || number < lowest) {
                throw damaged(column);
            }
            return number;
        }

        private Instant time(String column) throws SQLException {
            return optionalTime(column).orElseThrow(() -> damaged(column));
        }

        private Optional<Instant> optionalTime(String column) throws SQLException {
            long millis = columns.getLong(column);
            return columns.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
        }

        private UnavailableException damaged(String column) {
            return new UnavailableException("key " + id + " is damaged: column " + column + " in the key database");
        }
    }
}
