package dev.keystile.key;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tells what a text is by what the store says at that moment, and leaves no trace: nothing is cached, counted or stored
 * anew, and no thread is started. It is for people who look into one key; requests are a {@link KeyVerifier}'s.
 *
 * <p>Safe for use by many threads.
 */
public final class KeyInspector {

    private final KeyStore store;
    private final KeyFormat minted;
    private final List<ImportFormat> imports;
    private final List<CredentialFormat> formats;
    private final SecretCheck check;
    private final Set<KeyEnvironment> served;
    private final KeyAges ages;
    private final TimeSource time;

    KeyInspector(
            KeyStore store,
            KeyFormat minted,
            List<ImportFormat> imports,
            List<CredentialFormat> formats,
            SecretCheck check,
            Set<KeyEnvironment> served,
            KeyAges ages,
            TimeSource time) {
        this.store = store;
        this.minted = minted;
        this.imports = List.copyOf(imports);
        this.formats = List.copyOf(formats);
        this.check = check;
        this.served = Set.copyOf(served);
        this.ages = ages;
        this.time = time;
    }

    /**
     * What a text is found to be.
     *
     * <p>Immutable.
     *
     * @param key       the key that the text says it is, if there is one: it is that key only if there is a secret as well
     * @param secret    the secret of the key that the text proved to be, if it did
     * @param objection why the text opens nothing now; empty if it opens what the key may
     * @param detail    what else there is to say of that; empty for nothing
     */
    public record Finding(
            Optional<ApiKey> key, Optional<KeySecret> secret, Optional<Verification.Reason> objection, String detail) {

        private static Finding no(Verification.Reason reason) {
            return new Finding(Optional.empty(), Optional.empty(), Optional.of(reason), "");
        }

        private static Finding no(ApiKey key, Verification.Reason reason, String detail) {
            return new Finding(Optional.of(key), Optional.empty(), Optional.of(reason), detail);
        }
    }

    /**
     * Inspects a text. Blocks for the store and for the proof.
     *
     * @throws UnavailableException if it could not be told
     */
    public Finding inspect(String text) {
        int longest =
                formats.stream().mapToInt(CredentialFormat::maxLength).max().orElse(0);
        TextDigest digest = text.isEmpty() || text.length() > longest ? null : TextDigest.of(text, 0);
        if (digest == null) {
            return Finding.no(Verification.Reason.MALFORMED);
        }
        for (CredentialFormat format : formats) {
            Optional<PresentedKey> presented = format.parse(text);
            if (presented.isPresent()) {
                return inspect(format, presented.get(), digest.quickCheck());
            }
        }
        return Finding.no(Verification.Reason.MALFORMED);
    }

    private Finding inspect(CredentialFormat format, PresentedKey presented, long quickCheck) {
        Optional<ApiKey> found = store.find(presented.id());
        if (found.isEmpty()) {
            return Finding.no(Verification.Reason.UNKNOWN);
        }
        ApiKey key = found.get();
        if (!key.prefix().equals(presented.prefix())) {
            return Finding.no(key, Verification.Reason.PREFIX_MISMATCH, "");
        }
        List<KeySecret> candidates = key.secrets().stream()
                .filter(secret -> secret.mayBe(quickCheck))
                .toList();
        ProvenSecret proven =
                ProvenSecret.among(candidates, format, presented, key, Instant.ofEpochMilli(time.currentTimeMillis()));
        if (proven.number() == 0) {
            return Finding.no(
                    key,
                    proven.objection().isEmpty() ? Verification.Reason.WRONG_SECRET : Verification.Reason.TOKEN_REFUSED,
                    proven.objection());
        }
        Optional<KeySecret> secret = candidates.stream()
                .filter(candidate -> candidate.number() == proven.number())
                .findFirst();
        return new Finding(found, secret, objection(key, proven), "");
    }

    private Optional<Verification.Reason> objection(ApiKey key, ProvenSecret proven) {
        KnownKey<ApiKey> known = new KnownKey<>(key, key, served);
        long now = time.currentTimeMillis();
        if (now < Math.min(proven.expiresMillis(), known.endMillis(proven.number()))) {
            return Optional.empty();
        }
        return Optional.of(
                now >= proven.expiresMillis() ? Verification.Reason.EXPIRED : known.objection(proven.number(), now));
    }

    /**
     * Looks at some of the secrets that were stored last and are not over: where none of them can be judged, as with a wrong
     * pepper, none should be added. Goes back until one tells something, so that it reads all keys where none does.
     *
     * @throws IllegalStateException if there are some and none can be judged
     * @throws UnavailableException  if the store cannot be read
     */
    public void requireJudgeable() {
        check.sampleFarBack(store);
    }

    /**
     * Looks at the newest secret of a key: where it cannot be judged, as with a wrong pepper, the key should get no other. One
     * that is damaged tells nothing, and others are looked at in its place.
     *
     * @throws IllegalStateException if it cannot be judged because of what is set
     * @throws UnavailableException  if the store cannot be read
     */
    public void requireJudgeable(ApiKey key) {
        check.requireProvable(store, key);
    }

    /**
     * A manager of the same keys. What it changes, verifiers of the same store see within two seconds.
     *
     * @param catalog the scopes and roles a key can be given
     * @param plans   the names of the plans a key can be given
     * @param issuers the roles of which a member needs one to issue, rotate, disable, enable or revoke keys
     */
    public KeyManager manager(ScopeCatalog catalog, Set<String> plans, Set<String> issuers) {
        Set<KeyEnvironment> signing = CredentialFormat.signingEnvironments(formats);
        return new KeyManager(store, minted, signing, catalog, plans, issuers, ages, imports, time, new NoVerifier());
    }

    /** Here no key is cached, and none is used. */
    private static final class NoVerifier implements KeyManager.Verifier {

        @Override
        public void keyChanged(KeyId id) {}

        @Override
        public void accountChanged(String account) {}

        @Override
        public boolean knowsUseOf(KeyId id, int secret) {
            return false;
        }
    }
}
