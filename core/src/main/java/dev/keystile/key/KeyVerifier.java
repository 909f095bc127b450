package dev.keystile.key;

import dev.keystile.key.Verification.Pending;
import dev.keystile.key.Verification.Reason;
import dev.keystile.key.Verification.Rejected;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a presented text is a key that is good now.
 *
 * <p>A text that proved itself before costs one SHA-256 and one look-up; that it is a secret of its key stays true for
 * ever, and whether secret and key are still good is read from the live record each time. A new text is parsed without
 * I/O, its key is read, and only if a fast 32-bit check allows it the expensive proof runs, on a bounded pool. What is stored
 * of a secret that proved itself is brought up to date afterwards, on a thread of its own: it is stored anew if it is stored
 * otherwise than is set, and the secret that it replaces gets its end.
 *
 * <p>Safe for use by many threads.
 *
 * @param <V> what is derived once from each key as it is read, such as a principal
 */
public final class KeyVerifier<V> implements AutoCloseable {

    private final KeyFormat minted;
    private final List<ImportFormat> imports;
    private final List<CredentialFormat> formats;
    private final int maxLength;
    private final TimeSource time;
    private final KeyDirectory<V> directory;
    private final ProofPool pool = new ProofPool();
    private final ScheduledExecutorService upkeep = DaemonThreads.one("keystile-upkeep");
    private final FirstUses firstUses;
    private final SecretUpgrades upgrades;
    private final Optional<ExpiryNotices> notices;
    private final KeyAges ages;
    /** One for all managers, who share its places. */
    private final KeyStore managed;

    private KeyVerifier(Builder builder, Function<ApiKey, V> view) {
        KeyStore store = builder.store;
        this.managed = new ManagedKeyStore(store);
        this.minted = builder.minted;
        this.imports = List.copyOf(builder.imports);
        this.formats = builder.allFormats(imports.isEmpty() ? minted.hashers().newest() : builder.importedHasher());
        this.maxLength =
                formats.stream().mapToInt(CredentialFormat::maxLength).max().orElseThrow();
        this.time = builder.time;
        SecretCheck check = new SecretCheck(formats, minted.hashers(), builder.prefixTexts(), builder.served, time);
        check.sample(store);
        this.directory = new KeyDirectory<>(store, time, builder.served, builder.capacity, builder.patience, key -> {
            check.warn(key);
            return view.apply(key);
        });
        this.firstUses = new FirstUses(store, time, upkeep, directory::forget);
        this.upgrades = new SecretUpgrades(store, time, upkeep, this::mayUpgrade, directory::forget);
        this.ages = new KeyAges(builder.maxAges, builder.defaultAges);
        this.notices = builder.notice.map(
                notice -> new ExpiryNotices(store, time, notice, builder.listeners, directory::forget));
        notices.ifPresent(it -> it.start(ExpiryNotices.FIRST_WAIT));
    }

    /** Overlaps begin first, on the thread that upgrades wait for. */
    private boolean mayUpgrade() {
        firstUses.work();
        return pool.hasIdleThread();
    }

    /**
     * Verifies a text. May block for the store and for the proof; what it answers is never {@link Pending pending}. A store
     * that does not answer is waited for no longer than 250 ms, however often the text needs it.
     *
     * @throws UnavailableException if it could not be told
     */
    public Verification<V> verify(String text) {
        return verify(text, 0, time.nanoTime(), true);
    }

    /** Verifies a text as far as neither the store nor a proof is needed for it. Never blocks. */
    public Verification<V> verifyWithoutBlocking(String text) {
        return verifyWithoutBlocking(text, 0, time.nanoTime());
    }

    /**
     * As {@link #verifyWithoutBlocking(String)}, of what stands in a header's value behind its scheme: a text that proved
     * itself before need not be cut out.
     *
     * @param value what the text is the end of
     * @param start where it begins, 0 to the value's length
     * @param nanoTime what {@link TimeSource#nanoTime()} of this verifier's clock has just said
     */
    public Verification<V> verifyWithoutBlocking(String value, int start, long nanoTime) {
        return verify(value, start, nanoTime, false);
    }

    /** Null if the text has a length or an alphabet that no format could read. */
    private @Nullable TextDigest digest(String value, int start) {
        int length = value.length() - start;
        return length > 0 && length <= maxLength ? TextDigest.of(value, start) : null;
    }

    private Verification<V> verify(String value, int start, long nanoTime, boolean mayBlock) {
        TextDigest digest = digest(value, start);
        if (digest == null) {
            return new Rejected<>(Reason.MALFORMED);
        }
        KeyDirectory.ProvenText<V> proven = directory.proven(digest);
        if (proven == null || !holds(proven)) {
            return verifyNew(value.substring(start), digest, mayBlock);
        }
        KnownKey<V> known = directory.trusted(proven, nanoTime);
        if (known == null) {
            if (!mayBlock) {
                return new Pending<>(true);
            }
            known = directory.as(proven.secret(), directory.load(proven.id(), new KeyReads.Patience()));
        }
        return judge(known, proven.secretNumber(), proven.expiresMillis());
    }

    private Verification<V> verifyNew(String text, TextDigest digest, boolean mayBlock) {
        for (CredentialFormat format : formats) {
            PresentedKey presented = format.parse(text).orElse(null);
            if (presented != null) {
                return mayBlock ? prove(format, presented, digest) : new Pending<>(false);
            }
        }
        return new Rejected<>(Reason.MALFORMED);
    }

    private Verification<V> prove(CredentialFormat format, PresentedKey presented, TextDigest digest) {
        KeyReads.Patience left = new KeyReads.Patience();
        KnownKey<V> known = current(presented.id(), left);
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
        requireAnyValid(format, key, candidates);
        ProvenSecret secret = pool.prove(
                key.id(), digest, format.textsAtOnce(), () -> proveOnce(format, presented, digest, known, candidates));
        if (secret.number() == 0) {
            return secret.objection().isEmpty()
                    ? new Rejected<>(Reason.WRONG_SECRET)
                    : new Rejected<>(Reason.TOKEN_REFUSED, secret.objection());
        }
        // The proof took its time: judge by what is true now.
        return judge(directory.as(secret, current(key.id(), left)), secret.number(), secret.expiresMillis());
    }

    /** Looks again first: the proof may have ended between this caller's first look and its turn. */
    private ProvenSecret proveOnce(
            CredentialFormat format,
            PresentedKey presented,
            TextDigest digest,
            KnownKey<V> known,
            List<KeySecret> candidates) {
        KeyDirectory.ProvenText<V> proven = directory.proven(digest);
        if (proven != null && holds(proven)) {
            return proven.secret();
        }
        ProvenSecret secret = ProvenSecret.among(
                candidates, format, presented, known.key(), Instant.ofEpochMilli(time.currentTimeMillis()));
        if (secret.number() != 0) {
            directory.remember(digest, known.key().id(), secret);
            if (time.currentTimeMillis() < known.endMillis(secret.number())) {
                candidates.stream()
                        .filter(candidate -> candidate.number() == secret.number())
                        .forEach(candidate -> upgrades.offer(format, presented, candidate));
            }
        }
        return secret;
    }

    /** The clock is read only for texts that end. */
    private boolean holds(KeyDirectory.ProvenText<V> proven) {
        long end = proven.expiresMillis();
        return end == KnownKey.NEVER || time.currentTimeMillis() < end;
    }

    /** A text that only a damaged secret may have made needs no thread to be told that it cannot be told. */
    private static void requireAnyValid(CredentialFormat format, ApiKey key, List<KeySecret> candidates) {
        UnavailableException damaged = null;
        for (KeySecret candidate : candidates) {
            try {
                format.requireValid(key, candidate);
                return;
            } catch (UnavailableException failure) {
                damaged = failure;
            }
        }
        if (damaged != null) {
            throw damaged;
        }
    }

    private @Nullable KnownKey<V> current(KeyId id, KeyReads.Patience left) {
        KnownKey<V> known = directory.trusted(id);
        return known != null || directory.isUnknown(id) ? known : directory.load(id, left);
    }

    /** The clock is read only for what ends, as few secrets do. */
    private Verification<V> judge(@Nullable KnownKey<V> known, int secretNumber, long textEndMillis) {
        if (known == null) {
            return new Rejected<>(Reason.UNKNOWN);
        }
        long end = Math.min(textEndMillis, known.endMillis(secretNumber));
        if (end == KnownKey.NEVER) {
            return known;
        }
        long now = time.currentTimeMillis();
        if (now < end) {
            if (known.awaits(secretNumber)) {
                firstUses.note(known.key().id(), secretNumber, now);
            }
            return known;
        }
        Reason reason = now >= textEndMillis ? Reason.EXPIRED : known.objection(secretNumber, now);
        return new Rejected<>(reason, Optional.of(known.view()));
    }

    /**
     * A manager of the same keys, whose changes this verifier sees at once.
     *
     * @param catalog the scopes and roles a key can be given
     * @param plans   the names of the plans a key can be given
     * @param issuers the roles of which a member needs one to issue, rotate, disable, enable or revoke keys
     */
    public KeyManager manager(ScopeCatalog catalog, Set<String> plans, Set<String> issuers) {
        Set<KeyEnvironment> signing = CredentialFormat.signingEnvironments(formats);
        return new KeyManager(
                managed, minted, signing, catalog, plans, issuers, ages, imports, time, new KeyManager.Verifier() {
                    @Override
                    public void keyChanged(KeyId id) {
                        directory.forget(id);
                    }

                    @Override
                    public void accountChanged(String account) {
                        directory.forgetAccount(account);
                    }

                    @Override
                    public boolean knowsUseOf(KeyId id, int secret) {
                        return firstUses.isNoted(id, secret);
                    }
                });
    }

    /** How this verifier stands to its store. Asks nothing of the store, and waits for nothing. */
    public KeyHealth health() {
        return directory.health(pool.waiting());
    }

    /** Reads the change log now instead of at its next turn; for tests that advance the clock themselves. */
    void readChanges() {
        directory.poll();
    }

    /** Whether a secret waits to be stored anew, or is; for tests. */
    boolean isUpgrading() {
        return upgrades.open() > 0;
    }

    /** Whether an overlap has begun here and is not yet written; for tests. */
    boolean isBeginning() {
        return firstUses.open() > 0;
    }

    /** Announces what is due now instead of at the next turn; for tests. */
    void announceExpiry() {
        notices.orElseThrow().turn();
    }

    /** Ends the threads; the store stays open, for it belongs to whoever opened it. */
    @Override
    public void close() {
        directory.close();
        notices.ifPresent(ExpiryNotices::close);
        upgrades.close();
        DaemonThreads.end(upkeep);
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
        private final List<ImportFormat> imports = new ArrayList<>();
        private Optional<KeyHasher> importedHasher = Optional.empty();
        private final Set<KeyEnvironment> served = new LinkedHashSet<>();
        private final Map<KeyEnvironment, Duration> maxAges = new HashMap<>();
        private final Map<KeyEnvironment, Duration> defaultAges = new HashMap<>();
        private final List<ExpiryListener> listeners = new ArrayList<>();
        private Optional<Duration> notice = Optional.empty();
        private TimeSource time = TimeSource.system();
        private int capacity = DEFAULT_CAPACITY;
        private Duration patience = KeyReads.PATIENCE;

        private Builder(KeyStore store, KeyFormat minted) {
            this.store = store;
            this.minted = minted;
            minted.prefixes().forEach(prefix -> served.add(prefix.environment()));
        }

        /** Reads credentials of another format too, where no earlier format could. */
        public Builder format(CredentialFormat format) {
            formats.add(format);
            served.addAll(format.signingEnvironments());
            return this;
        }

        /**
         * Reads keys too that were minted elsewhere.
         *
         * @throws IllegalArgumentException if a text could be a key of two formats
         */
        public Builder imports(List<ImportFormat> more) {
            imports.addAll(more);
            List<String> problems = ImportFormat.problems(imports, minted.prefixes());
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("\n", problems));
            }
            more.forEach(format -> served.add(format.environment()));
            return this;
        }

        /**
         * Stores secrets anew with this that were minted elsewhere, when they are used; at {@link Argon2Cost#IMPORTED} unless
         * said, where new secrets are stored by Argon2id, and as those where not.
         */
        public Builder importedHasher(KeyHasher hasher) {
            this.importedHasher = Optional.of(hasher);
            return this;
        }

        private KeyHasher importedHasher() {
            KeyHasher newest = minted.hashers().newest();
            return importedHasher.orElseGet(
                    () -> newest.algorithm().equals("argon2id") ? KeyHasher.argon2id(Argon2Cost.IMPORTED) : newest);
        }

        /** In the order in which they are tried. */
        private List<CredentialFormat> allFormats(KeyHasher renewing) {
            List<CredentialFormat> all = new ArrayList<>();
            all.add(minted);
            imports.forEach(
                    format -> all.add(new ImportedKeyFormat(format, minted.hashers(), renewing, prefixTexts())));
            formats.stream().filter(it -> it != minted).forEach(all::add);
            return List.copyOf(all);
        }

        /** What keys of this application begin with. */
        private Set<String> prefixTexts() {
            Set<String> texts = new LinkedHashSet<>();
            minted.prefixes().forEach(prefix -> texts.add(prefix.text()));
            imports.forEach(format -> texts.add(format.prefix()));
            if (!CredentialFormat.signingEnvironments(formats).isEmpty()) {
                texts.add(KeyPrefix.SIGNING);
            }
            return texts;
        }

        /** Serves these environments only; all of the prefix table and of the formats unless said. */
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

        /** How long a request waits for its key to be read, unless others are read meanwhile; for tests. */
        Builder patience(Duration wait) {
            this.patience = wait;
            return this;
        }

        /** How long new keys of an environment may last; without end unless said. */
        public Builder maxAge(KeyEnvironment environment, Duration age) {
            maxAges.put(environment, age);
            return this;
        }

        /** How long new keys of an environment last where nobody says when they end; as long as they may unless said. */
        public Builder defaultAge(KeyEnvironment environment, Duration age) {
            defaultAges.put(environment, age);
            return this;
        }

        /**
         * Announces keys so long before they expire, in the log and to those who want to hear; none unless said.
         *
         * @param whom in the order in which they hear
         */
        public Builder expiryNotice(Duration before, List<ExpiryListener> whom) {
            this.notice = Optional.of(before);
            this.listeners.addAll(whom);
            return this;
        }

        /**
         * Reads the store's revision and begins to follow its changes.
         *
         * @param view what to derive from each key as it is read
         * @throws UnavailableException  if the store cannot be read
         * @throws IllegalStateException if none of the secrets stored last can be judged with what is set, as with a wrong
         *                               pepper; damaged ones by themselves are a warning
         */
        public <V> KeyVerifier<V> build(Function<ApiKey, V> view) {
            return new KeyVerifier<>(this, view);
        }

        /** An inspector of the same keys, for a process that serves no requests. Reads nothing yet and starts nothing. */
        public KeyInspector inspector() {
            // Nothing is stored anew here.
            List<CredentialFormat> all = allFormats(minted.hashers().newest());
            return new KeyInspector(
                    store,
                    minted,
                    List.copyOf(imports),
                    all,
                    new SecretCheck(all, minted.hashers(), prefixTexts(), served, time),
                    served,
                    new KeyAges(maxAges, defaultAges),
                    time);
        }
    }
}
