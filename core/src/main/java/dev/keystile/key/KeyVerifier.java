package dev.keystile.key;

import dev.keystile.key.Verification.Reason;
import dev.keystile.key.Verification.Rejected;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a presented text is a key that is good now.
 *
 * <p>A text that proved itself before costs one SHA-256 and one look-up; that it is a secret of its key stays true for
 * ever, and whether secret and key are still good is read from the live record each time. A new text is parsed without
 * I/O, its key is read, and only if a fast 32-bit check allows it the expensive proof runs, on a bounded pool.
 *
 * <p>Safe for use by many threads.
 *
 * @param <V> what is derived once from each key as it is read, such as a principal
 */
public final class KeyVerifier<V> implements AutoCloseable {

    private final KeyFormat minted;
    private final List<CredentialFormat> formats;
    private final int maxLength;
    private final TimeSource time;
    private final KeyDirectory<V> directory;
    private final ProofPool pool = new ProofPool();
    private final KeyStore store;

    private KeyVerifier(Builder builder, Function<ApiKey, V> view) {
        this.store = builder.store;
        this.minted = builder.minted;
        this.formats = builder.formats.stream().toList();
        this.maxLength =
                formats.stream().mapToInt(CredentialFormat::maxLength).max().orElseThrow();
        this.time = builder.time;
        this.directory = new KeyDirectory<>(store, time, builder.served, builder.capacity, view);
    }

    /**
     * Verifies a text. May block for the store and for the proof.
     *
     * @throws UnavailableException if it could not be told
     */
    public Verification<V> verify(String text) {
        Verification<V> verification = verify(text, 0, true);
        if (verification == null) {
            throw new IllegalStateException("a verification that may block always ends");
        }
        return verification;
    }

    /** Verifies a text if neither the store nor a proof is needed for it; empty otherwise. Never blocks. */
    public Optional<Verification<V>> verifyWithoutBlocking(String text) {
        return verifyWithoutBlocking(text, 0);
    }

    /**
     * As {@link #verifyWithoutBlocking(String)}, of what stands in a header's value behind its scheme: a text that proved
     * itself before need not be cut out.
     *
     * @param value what the text is the end of
     * @param start where it begins, 0 to the value's length
     */
    public Optional<Verification<V>> verifyWithoutBlocking(String value, int start) {
        return Optional.ofNullable(verify(value, start, false));
    }

    /** Whether a text proved itself before, whatever has become of its key since. Never blocks. */
    public boolean isProven(String text) {
        TextDigest digest = digest(text, 0);
        KeyDirectory.ProvenText<V> proven = digest == null ? null : directory.proven(digest);
        return proven != null && holds(proven);
    }

    /** Null if the text has a length or an alphabet that no format could read. */
    private @Nullable TextDigest digest(String value, int start) {
        int length = value.length() - start;
        return length > 0 && length <= maxLength ? TextDigest.of(value, start) : null;
    }

    private @Nullable Verification<V> verify(String value, int start, boolean mayBlock) {
        TextDigest digest = digest(value, start);
        if (digest == null) {
            return new Rejected<>(Reason.MALFORMED);
        }
        KeyDirectory.ProvenText<V> proven = directory.proven(digest);
        if (proven == null || !holds(proven)) {
            return verifyNew(value.substring(start), digest, mayBlock);
        }
        KnownKey<V> known = directory.trusted(proven);
        if (known == null) {
            if (!mayBlock) {
                return null;
            }
            known = directory.load(proven.id());
        }
        return judge(known, proven.secretNumber(), proven.expiresMillis());
    }

    private @Nullable Verification<V> verifyNew(String text, TextDigest digest, boolean mayBlock) {
        for (CredentialFormat format : formats) {
            PresentedKey presented = format.parse(text).orElse(null);
            if (presented != null) {
                return mayBlock ? prove(format, presented, digest) : null;
            }
        }
        return new Rejected<>(Reason.MALFORMED);
    }

    private Verification<V> prove(CredentialFormat format, PresentedKey presented, TextDigest digest) {
        KnownKey<V> known = current(presented.id());
        if (known == null) {
            return new Rejected<>(Reason.UNKNOWN);
        }
        ApiKey key = known.key();
        if (!key.prefix().equals(presented.prefix())) {
            return new Rejected<>(Reason.PREFIX_MISMATCH);
        }
        List<KeySecret> candidates = key.secrets().stream()
                .filter(secret -> secret.mayBe(digest.quickCheck()))
                .toList();
        if (candidates.isEmpty()) {
            return new Rejected<>(Reason.WRONG_SECRET);
        }
        ProvenSecret secret = pool.prove(digest, () -> proveOnce(format, presented, digest, key, candidates));
        if (secret.number() == 0) {
            return new Rejected<>(Reason.WRONG_SECRET);
        }
        // The proof took its time: judge by what is true now.
        return judge(current(key.id()), secret.number(), secret.expiresMillis());
    }

    /** Looks again first: the proof may have ended between this caller's first look and its turn. */
    private ProvenSecret proveOnce(
            CredentialFormat format,
            PresentedKey presented,
            TextDigest digest,
            ApiKey key,
            List<KeySecret> candidates) {
        KeyDirectory.ProvenText<V> proven = directory.proven(digest);
        if (proven != null && holds(proven)) {
            return proven.secret();
        }
        ProvenSecret secret = proveAny(format, presented, key, candidates);
        if (secret.number() != 0) {
            directory.remember(digest, key.id(), secret);
        }
        return secret;
    }

    /** The clock is read only for texts that end. */
    private boolean holds(KeyDirectory.ProvenText<V> proven) {
        long end = proven.expiresMillis();
        return end == KnownKey.NEVER || time.currentTimeMillis() < end;
    }

    private static ProvenSecret proveAny(
            CredentialFormat format, PresentedKey presented, ApiKey key, List<KeySecret> candidates) {
        for (KeySecret candidate : candidates) {
            Proof proof = format.prove(presented, key, candidate);
            if (proof.proven()) {
                return new ProvenSecret(candidate.number(), KnownKey.millis(proof.expires()));
            }
        }
        return ProvenSecret.NONE;
    }

    private @Nullable KnownKey<V> current(KeyId id) {
        KnownKey<V> known = directory.trusted(id);
        return known == null ? directory.load(id) : known;
    }

    /** The clock is read only for what ends, as few secrets do. */
    private Verification<V> judge(@Nullable KnownKey<V> known, int secretNumber, long textEndMillis) {
        if (known == null) {
            return new Rejected<>(Reason.UNKNOWN);
        }
        long end = Math.min(textEndMillis, known.endMillis(secretNumber));
        if (end == KnownKey.NEVER) {
            return known.verified();
        }
        long now = time.currentTimeMillis();
        if (now < end) {
            return known.verified();
        }
        return new Rejected<>(now >= textEndMillis ? Reason.EXPIRED : known.objection(secretNumber, now));
    }

    /**
     * A manager of the same keys, whose changes this verifier sees at once.
     *
     * @param catalog the scopes and roles a key can be given
     * @param plans   the names of the plans a key can be given
     * @param issuers the roles of which a member needs one to issue, rotate, disable and enable keys
     */
    public KeyManager manager(ScopeCatalog catalog, Set<String> plans, Set<String> issuers) {
        return new KeyManager(store, minted, catalog, plans, issuers, time, directory::forget);
    }

    /** Reads the change log now instead of at its next turn; for tests that advance the clock themselves. */
    void readChanges() {
        directory.poll();
    }

    /** Ends the threads; the store stays open, for it belongs to whoever opened it. */
    @Override
    public void close() {
        directory.close();
        pool.close();
    }

    /** A builder of a verifier of minted keys. */
    public static Builder builder(KeyStore store, KeyFormat minted) {
        return new Builder(store, minted);
    }

    /** Puts a {@link KeyVerifier} together. Not safe for use by many threads. */
    public static final class Builder {

        private static final int DEFAULT_CAPACITY = 1_000_000;

        private final KeyStore store;
        private final KeyFormat minted;
        private final Set<CredentialFormat> formats = new LinkedHashSet<>();
        private final Set<KeyEnvironment> served = new LinkedHashSet<>();
        private TimeSource time = TimeSource.system();
        private int capacity = DEFAULT_CAPACITY;

        private Builder(KeyStore store, KeyFormat minted) {
            this.store = store;
            this.minted = minted;
            formats.add(minted);
            minted.prefixes().forEach(prefix -> served.add(prefix.environment()));
        }

        /** Reads credentials of another format too, where no earlier format could. */
        public Builder format(CredentialFormat format) {
            formats.add(format);
            return this;
        }

        /** Serves these environments only; all of the prefix table unless said. */
        public Builder serving(Set<KeyEnvironment> environments) {
            served.clear();
            served.addAll(environments);
            return this;
        }

        public Builder time(TimeSource source) {
            this.time = source;
            return this;
        }

        /** Keys cached at most, 1 or more; 1,000,000 unless said. */
        public Builder capacity(int keys) {
            if (keys < 1) {
                throw new IllegalArgumentException("capacity " + keys + ": expected 1 or more");
            }
            this.capacity = keys;
            return this;
        }

        /**
         * Reads the store's revision and begins to follow its changes.
         *
         * @param view what to derive from each key as it is read
         * @throws UnavailableException if the store cannot be read
         */
        public <V> KeyVerifier<V> build(Function<ApiKey, V> view) {
            return new KeyVerifier<>(this, view);
        }
    }
}
