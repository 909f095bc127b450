package dev.keystile.key;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A key as it is stored: whose it is, what it may do, and the digests of its one or two secrets. It holds no secret.
 *
 * <p>Immutable. Times are cut to milliseconds. Texts have at most 100 characters; there are at most 500
 * scopes, 500 roles, 30 attributes and 50 address ranges.
 *
 * @param id          its public half
 * @param revision    the store's revision at its last change; 0 before it was stored
 * @param account     the account it belongs to
 * @param member      the member it goes with; none for a key owned by a service
 * @param name        what people call it
 * @param prefix      the literal text its secrets begin with; empty for some that were minted elsewhere, and
 *                    {@link KeyPrefix#SIGNING} for those that sign
 * @param kind        secret or publishable
 * @param environment the environment it opens, and no other
 * @param version     the version of the API it was made for; 0 for none
 * @param scopes      what it may do by itself
 * @param roles       the named sets of scopes it has besides, looked up on use
 * @param plan        the plan that limits it; the default plan if none
 * @param attributes  what rules can bind path variables to
 * @param secrets     one, or two during a rotation, oldest first
 * @param addresses   where it may be used from; from everywhere if none is given
 * @param createdAt   when it was issued
 * @param createdBy   who issued it
 * @param expiresAt   from when it opens nothing any more, where an end is set
 * @param expiryAnnouncedAt when its coming expiry was announced, if it was
 * @param disabledAt  since when it is disabled, if it is
 * @param revokedAt   since when it is revoked, for ever, if it is
 * @param suspendedAt since when its account is suspended, if it is; a store tells it with each key that it reads, and does
 *                    not take it from a change to a key
 */
public record ApiKey(
        KeyId id,
        long revision,
        String account,
        Optional<String> member,
        String name,
        String prefix,
        KeyKind kind,
        KeyEnvironment environment,
        int version,
        Set<KeyScope> scopes,
        Set<String> roles,
        Optional<String> plan,
        Map<String, String> attributes,
        List<KeySecret> secrets,
        List<AddressRange> addresses,
        Instant createdAt,
        String createdBy,
        Optional<Instant> expiresAt,
        Optional<Instant> expiryAnnouncedAt,
        Optional<Instant> disabledAt,
        Optional<Instant> revokedAt,
        Optional<Instant> suspendedAt) {

    static final int MAX_NAME = 100;
    private static final int MAX_SCOPES = 500;
    private static final int MAX_ATTRIBUTES = 30;
    private static final int MAX_VALUE = 200;
    private static final int MAX_ADDRESSES = 50;
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");

    /** @throws IllegalArgumentException if a part is out of bounds */
    public ApiKey {
        Names.requireLabel("account", account, MAX_NAME);
        member.ifPresent(it -> Names.requireLabel("member", it, MAX_NAME));
        Names.requireLabel("name", name, MAX_NAME);
        plan.ifPresent(it -> Names.requireLabel("plan", it, MAX_NAME));
        Names.requireLabel("creator", createdBy, KeyChange.MAX_ACTOR);
        if (version < 0 || prefix.length() > KeyPrefix.MAX_LENGTH) {
            throw new IllegalArgumentException("key " + id + ": version or prefix is out of bounds");
        }
        requireFew("scopes", scopes.size(), MAX_SCOPES);
        requireFew("roles", roles.size(), MAX_SCOPES);
        roles.forEach(it -> Names.requireWord("role", it, MAX_NAME));
        requireFew("attributes", attributes.size(), MAX_ATTRIBUTES);
        attributes.forEach((attribute, value) -> {
            Names.requireWord("attribute", attribute, MAX_NAME);
            if (value.length() > MAX_VALUE) {
                throw new IllegalArgumentException(
                        "attribute " + attribute + ": expected " + MAX_VALUE + " characters at most");
            }
        });
        requireFew("address ranges", addresses.size(), MAX_ADDRESSES);
        addresses = List.copyOf(addresses);
        createdAt = toMillis(createdAt);
        expiresAt = expiresAt.map(ApiKey::toMillis);
        expiryAnnouncedAt = expiryAnnouncedAt.map(ApiKey::toMillis);
        disabledAt = disabledAt.map(ApiKey::toMillis);
        revokedAt = revokedAt.map(ApiKey::toMillis);
        suspendedAt = suspendedAt.map(ApiKey::toMillis);
        scopes = Set.copyOf(scopes);
        roles = Set.copyOf(roles);
        attributes = Map.copyOf(attributes);
        secrets = secrets.stream()
                .sorted(Comparator.comparingInt(KeySecret::number))
                .toList();
        if (secrets.isEmpty() || secrets.size() > 2) {
            throw new IllegalArgumentException("key " + id + " has " + secrets.size() + " secrets: expected 1 or 2");
        }
        if (secrets.size() == 2 && secrets.get(0).number() == secrets.get(1).number()) {
            throw new IllegalArgumentException("key " + id + " has two secrets of one number");
        }
    }

    private static void requireFew(String what, int size, int max) {
        if (size > max) {
            throw new IllegalArgumentException(size + " " + what + ": expected " + max + " at most");
        }
    }

    /** Every store keeps milliseconds, and no more: what is read is what was written. */
    static Instant toMillis(Instant time) {
        if (time.isBefore(Instant.EPOCH) || time.isAfter(LATEST)) {
            throw new IllegalArgumentException("time " + time + ": expected one of the years 1970 to 9999");
        }
        return time.truncatedTo(ChronoUnit.MILLIS);
    }

    /**
     * Whether requests carry tokens that are signed with it: its owner has the private half of a pair, and what is stored is the
     * public one.
     */
    public boolean signs() {
        return prefix.equals(KeyPrefix.SIGNING);
    }

    /** The secret that new deployments use. */
    public KeySecret newestSecret() {
        return secrets.get(secrets.size() - 1);
    }

    /** The new secret of a rotation, where an {@linkplain Overlap overlap} begins with its first use and has not yet. */
    Optional<KeySecret> awaitedSecret() {
        return secrets.size() == 2 && secrets.get(0).overlap().isPresent()
                ? Optional.of(secrets.get(1))
                : Optional.empty();
    }

    /** One of its secrets with an end: not past the key's own, nor past one that was set before. */
    KeySecret ending(KeySecret secret, Instant end) {
        return secret.endingAt(Stream.of(Optional.of(end), expiresAt, secret.endsAt())
                .flatMap(Optional::stream)
                .min(Comparator.naturalOrder())
                .orElseThrow());
    }

    /** What it is good for at a moment. */
    public KeyStatus status(Instant now) {
        if (revokedAt.isPresent()) {
            return KeyStatus.REVOKED;
        }
        if (expiresAt.filter(end -> !end.isAfter(now)).isPresent()) {
            return KeyStatus.EXPIRED;
        }
        if (suspendedAt.isPresent()) {
            return KeyStatus.SUSPENDED;
        }
        return disabledAt.isPresent() ? KeyStatus.DISABLED : KeyStatus.ACTIVE;
    }

    /** Whether it is revoked or has expired, and so opens nothing for ever. */
    boolean isOver(Instant now) {
        return revokedAt.isPresent()
                || expiresAt.filter(end -> !end.isAfter(now)).isPresent();
    }

    /**
     * Whether another is this key but for what nobody did to it: this library by itself stores secrets anew, begins overlaps
     * and announces expiry; and whether the account is suspended is no part of the key.
     */
    boolean isSameButForUpkeep(ApiKey other) {
        return withoutUpkeep().equals(other.withoutUpkeep());
    }

    private ApiKey withoutUpkeep() {
        Builder bare = toBuilder()
                .revision(0)
                .secrets(secrets.stream().map(KeySecret::withoutUpkeep).toList())
                .notSuspended();
        bare.expiryAnnouncedAt = Optional.empty();
        return bare.build();
    }

    /** A builder that begins with all of this key. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** A builder of a key with one secret. */
    public static Builder builder(KeyId id, String account, String name, KeyPrefix prefix, KeySecret secret) {
        return new Builder(id, account, name, prefix, secret);
    }

    /** A builder of a key with one secret that was minted elsewhere. */
    static Builder imported(KeyId id, String account, String name, ImportFormat format, KeySecret secret) {
        return new Builder(id, account, name, format, secret);
    }

    /** Puts an {@link ApiKey} together. Not safe for use by many threads. */
    public static final class Builder {

        private final KeyId id;
        private final String account;
        private final String name;
        private final String prefix;
        private final KeyKind kind;
        private final KeyEnvironment environment;
        private long revision;
        private Optional<String> member = Optional.empty();
        private int version;
        private final Set<KeyScope> scopes = new LinkedHashSet<>();
        private final Set<String> roles = new LinkedHashSet<>();
        private Optional<String> plan = Optional.empty();
        private final Map<String, String> attributes = new TreeMap<>();
        private List<KeySecret> secrets;
        private Instant createdAt;
        private String createdBy = "unknown";
        private List<AddressRange> addresses = List.of();
        private Optional<Instant> expiresAt = Optional.empty();
        private Optional<Instant> expiryAnnouncedAt = Optional.empty();
        private Optional<Instant> disabledAt = Optional.empty();
        private Optional<Instant> revokedAt = Optional.empty();
        private Optional<Instant> suspendedAt = Optional.empty();

        private Builder(KeyId id, String account, String name, KeyPrefix prefix, KeySecret secret) {
            this.id = id;
            this.account = account;
            this.name = name;
            this.prefix = prefix.text();
            this.kind = prefix.kind();
            this.environment = prefix.environment();
            this.version = prefix.version();
            this.secrets = List.of(secret);
            this.createdAt = secret.createdAt();
        }

        private Builder(KeyId id, String account, String name, ImportFormat format, KeySecret secret) {
            this.id = id;
            this.account = account;
            this.name = name;
            this.prefix = format.prefix();
            this.kind = format.kind();
            this.environment = format.environment();
            this.version = format.version();
            this.secrets = List.of(secret);
            this.createdAt = secret.createdAt();
        }

        private Builder(ApiKey key) {
            this.id = key.id;
            this.account = key.account;
            this.name = key.name;
            this.prefix = key.prefix;
            this.kind = key.kind;
            this.environment = key.environment;
            this.revision = key.revision;
            this.member = key.member;
            this.version = key.version;
            this.scopes.addAll(key.scopes);
            this.roles.addAll(key.roles);
            this.plan = key.plan;
            this.attributes.putAll(key.attributes);
            this.secrets = key.secrets;
            this.addresses = key.addresses;
            this.createdAt = key.createdAt;
            this.createdBy = key.createdBy;
            this.expiresAt = key.expiresAt;
            this.expiryAnnouncedAt = key.expiryAnnouncedAt;
            this.disabledAt = key.disabledAt;
            this.revokedAt = key.revokedAt;
            this.suspendedAt = key.suspendedAt;
        }

        public Builder revision(long value) {
            this.revision = value;
            return this;
        }

        public Builder member(String value) {
            this.member = Optional.of(value);
            return this;
        }

        public Builder version(int value) {
            this.version = value;
            return this;
        }

        public Builder scopes(Set<KeyScope> values) {
            this.scopes.addAll(values);
            return this;
        }

        public Builder roles(Set<String> values) {
            this.roles.addAll(values);
            return this;
        }

        public Builder plan(String value) {
            this.plan = Optional.of(value);
            return this;
        }

        public Builder attributes(Map<String, String> values) {
            this.attributes.putAll(values);
            return this;
        }

        /** One or two, in place of those before. */
        public Builder secrets(List<KeySecret> values) {
            this.secrets = List.copyOf(values);
            return this;
        }

        /** Where the key may be used from, in place of those before; from everywhere if none is given. */
        public Builder addresses(List<AddressRange> values) {
            this.addresses = List.copyOf(values);
            return this;
        }

        public Builder createdAt(Instant value) {
            this.createdAt = value;
            return this;
        }

        public Builder createdBy(String value) {
            this.createdBy = value;
            return this;
        }

        public Builder expiresAt(Instant value) {
            this.expiresAt = Optional.of(value);
            return this;
        }

        public Builder expiryAnnouncedAt(Instant value) {
            this.expiryAnnouncedAt = Optional.of(value);
            return this;
        }

        public Builder disabledAt(Instant value) {
            this.disabledAt = Optional.of(value);
            return this;
        }

        /** No longer disabled. */
        public Builder enabled() {
            this.disabledAt = Optional.empty();
            return this;
        }

        public Builder revokedAt(Instant value) {
            this.revokedAt = Optional.of(value);
            return this;
        }

        public Builder suspendedAt(Instant value) {
            this.suspendedAt = Optional.of(value);
            return this;
        }

        /** Of an account that is not suspended. */
        public Builder notSuspended() {
            this.suspendedAt = Optional.empty();
            return this;
        }

        /** @throws IllegalArgumentException if a part is out of bounds */
        public ApiKey build() {
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
        }
    }
}
