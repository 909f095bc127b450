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
 * What is known of a key that was minted elsewhere: its digest, and what it may do here. Kind, environment and version are those
 * of its {@link ImportFormat}.
 *
 * <p>Immutable; printing it leaves the digest out.
 */
public final class ImportedKey {

    private final Builder parts;

    private ImportedKey(Builder parts) {
        this.parts = parts;
    }

    /** What does not fit, behind the name that files have for its field. */
    static final class Unfit extends IllegalArgumentException {

        Unfit(String field, String message) {
            super(field + ": " + message);
        }
    }

    /**
     * Begins a key.
     *
     * @param format  the name of its import format
     * @param account whose key it is
     * @param name    what people call it, 1 to 100 characters
     * @param digest  its digest, as the system that minted it has it
     */
    public static Builder of(String format, String account, String name, String digest) {
        return new Builder(format, account, name, digest);
    }

    /** The name of its import format. */
    public String format() {
        return parts.format;
    }

    public String account() {
        return parts.account;
    }

    public String name() {
        return parts.name;
    }

    /** As the system that minted the key has it. */
    public String digest() {
        return parts.digest;
    }

    /** The part of the text that is no secret, where the format has one. */
    public Optional<String> publicPart() {
        return parts.publicPart;
    }

    /** What was added to the text before it was digested, where the format says so. */
    public Optional<String> salt() {
        return parts.salt;
    }

    /** The last characters of the text, where they are known: four at most. */
    public String lastFour() {
        return parts.lastFour;
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

    /** Where the key may be used from; from everywhere if empty. */
    public List<AddressRange> addresses() {
        return List.copyOf(parts.addresses);
    }

    /** The member that the key goes with; with the account alone if empty. */
    public Optional<String> member() {
        return parts.member;
    }

    /** When it was made, where that is known. */
    public Optional<Instant> createdAt() {
        return parts.createdAt;
    }

    public Optional<Instant> expiresAt() {
        return parts.expiresAt;
    }

    /** Whether it opens nothing until it is enabled. */
    public boolean disabled() {
        return parts.disabled;
    }

    @Override
    public String toString() {
        return "ImportedKey[format=" + parts.format + ", account=" + parts.account + ", name=" + parts.name + "]";
    }

    /** Puts an {@link ImportedKey} together. Not safe for use by many threads. */
    public static final class Builder {

        private final String format;
        private final String account;
        private final String name;
        private final String digest;
        private final Set<KeyScope> scopes = new LinkedHashSet<>();
        private final Set<String> roles = new LinkedHashSet<>();
        private final Map<String, String> attributes = new TreeMap<>();
        private final List<AddressRange> addresses = new ArrayList<>();
        private Optional<String> publicPart = Optional.empty();
        private Optional<String> salt = Optional.empty();
        private String lastFour = "";
        private Optional<String> plan = Optional.empty();
        private Optional<String> member = Optional.empty();
        private Optional<Instant> createdAt = Optional.empty();
        private Optional<Instant> expiresAt = Optional.empty();
        private boolean disabled;

        private Builder(String format, String account, String name, String digest) {
            this.format = format;
            this.account = account;
            this.name = name;
            this.digest = digest;
        }

        /** The part of the text that is no secret. */
        public Builder publicPart(String text) {
            this.publicPart = Optional.of(text);
            return this;
        }

        /** What was added to the text before it was digested. */
        public Builder salt(String text) {
            this.salt = Optional.of(text);
            return this;
        }

        /** The last characters of the text, four at most; those are found out with the first use unless said. */
        public Builder lastFour(String text) {
            this.lastFour = text;
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

        public Builder attribute(String attribute, String value) {
            attributes.put(attribute, value);
            return this;
        }

        /** Where the key may be used from, besides those before; from everywhere if none is ever given. */
        public Builder addresses(Collection<AddressRange> ranges) {
            addresses.addAll(ranges);
            return this;
        }

        /** The key goes with this member; with the account alone unless said. */
        public Builder member(String value) {
            this.member = Optional.of(value);
            return this;
        }

        /** When it was made; now unless said. */
        public Builder createdAt(Instant value) {
            this.createdAt = Optional.of(value);
            return this;
        }

        /** When it ends; never unless said. */
        public Builder expiresAt(Instant value) {
            this.expiresAt = Optional.of(value);
            return this;
        }

        /** It opens nothing until it is enabled. */
        public Builder disabled() {
            this.disabled = true;
            return this;
        }

        public ImportedKey build() {
            Builder copy = new Builder(format, account, name, digest);
            copy.scopes.addAll(scopes);
            copy.roles.addAll(roles);
            copy.attributes.putAll(attributes);
            copy.addresses.addAll(addresses);
            copy.publicPart = publicPart;
            copy.salt = salt;
            copy.lastFour = lastFour;
            copy.plan = plan;
            copy.member = member;
            copy.createdAt = createdAt;
            copy.expiresAt = expiresAt;
            copy.disabled = disabled;
            return new ImportedKey(copy);
        }
    }
}
