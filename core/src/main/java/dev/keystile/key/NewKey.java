package dev.keystile.key;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What is asked for when a key is issued.
 *
 * <p>Immutable.
 */
public final class NewKey {

    private final Builder parts;

    private NewKey(Builder parts) {
        this.parts = parts;
    }

    /**
     * Begins a request.
     *
     * @param account     whose key it will be
     * @param name        what people will call it, 1 to 100 characters
     * @param environment what it will open
     */
    public static Builder of(String account, String name, KeyEnvironment environment) {
        return new Builder(account, name, environment);
    }

    public String account() {
        return parts.account;
    }

    public String name() {
        return parts.name;
    }

    public KeyEnvironment environment() {
        return parts.environment;
    }

    public KeyKind kind() {
        return parts.kind;
    }

    /** The prefix asked for by its text, where kind and environment leave a choice. */
    public Optional<String> prefix() {
        return parts.prefix;
    }

    /** Whether requests shall carry tokens signed with it, and not the key itself. */
    public boolean signing() {
        return parts.signing;
    }

    /** 0 where the prefix says it. */
    public int version() {
        return parts.version;
    }

    public Set<KeyScope> scopes() {
        return Set.copyOf(parts.scopes);
    }

    public Set<String> roles() {
        return Set.copyOf(parts.roles);
    }

    public Optional<String> plan() {
        return parts.plan;
    }

    public Map<String, String> attributes() {
        return Map.copyOf(parts.attributes);
    }

    public Optional<Instant> expiresAt() {
        return parts.expiresAt;
    }

    /** Where the key may be used from; from everywhere if empty. */
    public List<AddressRange> addresses() {
        return List.copyOf(parts.addresses);
    }

    /** The member that the key shall go with, where an operator issues it for one. */
    public Optional<String> member() {
        return parts.member;
    }

    /** Whether the key outlives the member who issues it. */
    public boolean serviceOwned() {
        return parts.serviceOwned;
    }

    /** Puts a {@link NewKey} together. Not safe for use by many threads. */
    public static final class Builder {

        private final String account;
        private final String name;
        private final KeyEnvironment environment;
        private final Set<KeyScope> scopes = new LinkedHashSet<>();
        private final Set<String> roles = new LinkedHashSet<>();
        private final Map<String, String> attributes = new TreeMap<>();
        private final List<AddressRange> addresses = new ArrayList<>();
        private KeyKind kind = KeyKind.SECRET;
        private Optional<String> prefix = Optional.empty();
        private Optional<String> plan = Optional.empty();
        private Optional<Instant> expiresAt = Optional.empty();
        private Optional<String> member = Optional.empty();
        private int version;
        private boolean serviceOwned;
        private boolean signing;

        private Builder(String account, String name, KeyEnvironment environment) {
            this.account = account;
            this.name = name;
            this.environment = environment;
        }

        /** {@link KeyKind#SECRET} unless said otherwise. */
        public Builder kind(KeyKind value) {
            this.kind = value;
            return this;
        }

        /** A pair of which the owner gets the private half, to sign requests with; {@link KeyManager#signingEnvironments()} says where. */
        public Builder signing() {
            this.signing = true;
            return this;
        }

        public Builder prefix(String text) {
            this.prefix = Optional.of(text);
            return this;
        }

        public Builder version(int value) {
            this.version = value;
            return this;
        }

        public Builder scopes(String... values) {
            Arrays.stream(values).map(KeyScope::new).forEach(scopes::add);
            return this;
        }

        public Builder scopes(Collection<KeyScope> values) {
            scopes.addAll(values);
            return this;
        }

        public Builder roles(String... names) {
            roles.addAll(Arrays.asList(names));
            return this;
        }

        public Builder plan(String value) {
            this.plan = Optional.of(value);
            return this;
        }

        /**
         * What rules can bind path variables to: an attribute, with the one value it has.
         *
         * @throws IllegalArgumentException if it has a value already
         */
        public Builder attribute(String attribute, String value) {
            if (attributes.putIfAbsent(attribute, value) != null) {
                throw new IllegalArgumentException("attribute " + attribute + " is set twice: it has one value");
            }
            return this;
        }

        public Builder expiresAt(Instant value) {
            this.expiresAt = Optional.of(value);
            return this;
        }

        /** Where the key may be used from, besides those before; from everywhere if none is ever given. */
        public Builder addresses(Collection<AddressRange> ranges) {
            addresses.addAll(ranges);
            return this;
        }

        /** The key goes with this member. Said by operators: what a member issues goes with that member unless service-owned. */
        public Builder member(String value) {
            this.member = Optional.of(value);
            return this;
        }

        /** The key belongs to the account alone and outlives the member who issues it. */
        public Builder serviceOwned() {
            this.serviceOwned = true;
            return this;
        }

        public NewKey build() {
            Builder copy = new Builder(account, name, environment);
            copy.scopes.addAll(scopes);
            copy.roles.addAll(roles);
            copy.attributes.putAll(attributes);
            copy.addresses.addAll(addresses);
            copy.kind = kind;
            copy.prefix = prefix;
            copy.plan = plan;
            copy.expiresAt = expiresAt;
            copy.member = member;
            copy.version = version;
            copy.serviceOwned = serviceOwned;
            copy.signing = signing;
            return new NewKey(copy);
        }
    }
}
