package dev.keystile.key;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what is stored of secrets before a text is held against it, and says what no text could prove: a digest that is
 * damaged, of another pepper, or of an algorithm that is not set.
 *
 * <p>Safe for use by many threads.
 */
final class SecretCheck {

    private static final int CHANGES_SAMPLED = 100;
    private static final int SECRETS_SAMPLED = 16;
    private static final int FAILURES_SAMPLED = 10;
    private static final int WARNINGS_REMEMBERED = 1_000;

    private static final String EXPECTED =
            "expected key.hash and key.pepper to be what the stored secrets were made with";

    private static final Logger LOG = LoggerFactory.getLogger(SecretCheck.class);

    private final List<CredentialFormat> formats;
    private final Hashers hashers;
    private final Set<String> prefixes;
    private final Set<KeyEnvironment> served;
    private final TimeSource time;
    private final Set<Secret> warned = ConcurrentHashMap.newKeySet();

    /**
     * A check of the keys that are served here.
     *
     * @param formats  one of which has to be able to judge a secret
     * @param hashers  tell damaged secrets from others
     * @param prefixes what the keys begin with that are looked at as this node starts
     */
    SecretCheck(
            List<CredentialFormat> formats,
            Hashers hashers,
            Set<String> prefixes,
            Set<KeyEnvironment> served,
            TimeSource time) {
        this.formats = formats;
        this.hashers = hashers;
        this.prefixes = Set.copyOf(prefixes);
        this.served = Set.copyOf(served);
        this.time = time;
    }

    private record Secret(KeyId id, int number) {}

    /**
     * A secret that was looked at as this node starts.
     *
     * @param objection why no text can prove it; empty if one can
     * @param damaged   whether that is so whatever is set
     */
    private record Looked(String objection, boolean damaged) {

        boolean isSound() {
            return objection.isEmpty();
        }
    }

    /** Warns of each secret that no text can prove, once: a key may be read with every request. */
    void warn(ApiKey key) {
        for (KeySecret secret : key.secrets()) {
            Secret named = new Secret(key.id(), secret.number());
            Optional<UnavailableException> objection = objection(key, secret);
            if (objection.isEmpty()) {
                warned.remove(named);
            } else if (warned.size() < WARNINGS_REMEMBERED && warned.add(named)) {
                LOG.warn(
                        "{}; requests with this secret are answered 503",
                        objection.get().getMessage());
            }
        }
    }

    /** Why no text can prove a secret; empty if one can, or nobody needs it any more. */
    private Optional<UnavailableException> objection(ApiKey key, KeySecret secret) {
        return isOver(key, secret) ? Optional.empty() : unprovable(key, secret);
    }

    private Optional<UnavailableException> unprovable(ApiKey key, KeySecret secret) {
        Optional<UnavailableException> objection = Optional.empty();
        for (CredentialFormat format : formats) {
            if (format.signingEnvironments().isEmpty() == key.signs()) {
                continue;
            }
            try {
                format.requireValid(key, secret);
                return Optional.empty();
            } catch (UnavailableException failure) {
                objection = Optional.of(objection.orElse(failure));
            }
        }
        return objection.or(() -> Optional.of(new UnavailableException("key " + key.id() + ", secret " + secret.number()
                + ": it signs requests, and nothing that is set here reads what it signs")));
    }

    private boolean isDamaged(ApiKey key, KeySecret secret) {
        if (!key.signs()) {
            return hashers.isDamaged(secret);
        }
        try {
            secret.publicKey();
            return false;
        } catch (IllegalArgumentException damaged) {
            return true;
        }
    }

    private boolean isOver(ApiKey key, KeySecret secret) {
        Instant now = Instant.ofEpochMilli(time.currentTimeMillis());
        return key.isOver(now) || secret.isOver(now);
    }

    /**
     * Looks at some secrets of the keys that were changed last: with a wrong pepper or algorithm none of them can be proven, and
     * the application had better not start.
     *
     * <p>A digest that is damaged is no sign of that, however few there are, and stops no start: no settings would mend it, and
     * only an application that runs can give its key another secret. One that is whole and does not fit is a sign, also if it
     * is the only one: nothing that is stored would open anything, and damage would have had to turn the fingerprint of one
     * pepper into that of another.
     *
     * @throws IllegalStateException if none can be proven, and of one at least that is because of what is set
     * @throws UnavailableException  if the store cannot be read
     */
    void sample(KeyStore store) {
        Sample sample = new Sample(store);
        try {
            do {
                sample.lookFurtherBack();
            } while (sample.isEmpty() && sample.isMoreBefore());
        } catch (UnavailableException failure) {
            // An old part of the log may be gone; that need not stop a start.
            LOG.debug("the stored secrets could not be looked at", failure);
        }
        tell(sample.looked);
    }

    /**
     * As {@link #sample}, and however far back the last secret lies that tells anything: after an account has left, the latest
     * changes are all of keys that are over.
     */
    void sampleFarBack(KeyStore store) {
        Sample sample = new Sample(store);
        do {
            sample.lookFurtherBack();
        } while (sample.tellsNothing() && sample.isMoreBefore());
        tell(sample.looked);
    }

    /**
     * Looks at the newest secret of a key that shall get another one; at those of others, where that one is damaged and tells
     * nothing.
     *
     * @throws IllegalStateException if what is set does not fit it
     * @throws UnavailableException  if the store cannot be read
     */
    void requireProvable(KeyStore store, ApiKey key) {
        if (!prefixes.contains(key.prefix())) {
            return;
        }
        Optional<UnavailableException> objection = unprovable(key, key.newestSecret());
        if (objection.isEmpty()) {
            return;
        }
        if (isDamaged(key, key.newestSecret())) {
            sampleFarBack(store);
            return;
        }
        throw new IllegalStateException(objection.get().getMessage() + "; " + EXPECTED);
    }

    /** Secrets that were looked at, of the keys that were changed last. */
    private final class Sample {

        private final KeyStore store;
        private final List<Looked> looked = new ArrayList<>();
        private final Set<KeyId> seen = new HashSet<>();
        /** What was changed behind this revision was looked at. */
        private long begin;

        private long step = CHANGES_SAMPLED;
        private int failures;

        Sample(KeyStore store) {
            this.store = store;
            this.begin = store.revision();
        }

        boolean isEmpty() {
            return seen.isEmpty();
        }

        boolean isMoreBefore() {
            return begin > 0;
        }

        boolean tellsNothing() {
            return looked.stream().allMatch(Looked::damaged);
        }

        /** Looks at the keys of more changes, newest first. */
        void lookFurtherBack() {
            long end = begin;
            begin = Math.max(0, end - step);
            List<KeyId> changed = changed(begin, end);
            if (changed.size() < CHANGES_SAMPLED && step <= Long.MAX_VALUE / 2) {
                // The store's revisions leave gaps, or accounts were changed.
                step *= 2;
            }
            Collections.reverse(changed);
            for (KeyId id : changed) {
                // Damaged ones tell nothing of what is set, and must not hide those that do.
                if (looked.stream().filter(it -> !it.damaged()).count() >= SECRETS_SAMPLED) {
                    break;
                }
                if (seen.add(id)) {
                    look(id);
                }
            }
        }

        private List<KeyId> changed(long from, long end) {
            List<KeyId> changed = new ArrayList<>();
            long revision = from;
            boolean more = true;
            while (more && revision < end) {
                KeyChanges portion = store.changesSince(revision, (int) Math.min(CHANGES_SAMPLED, end - revision));
                if (portion.anything()) {
                    // The log was cut; the newer half may be left of it.
                    revision += (end - revision + 1) / 2;
                    continue;
                }
                changed.addAll(portion.changed());
                revision = portion.revision();
                more = portion.more();
            }
            return changed;
        }

        /** One key that cannot be read must not hide the others; where the store is down, all would fail one by one. */
        private void look(KeyId id) {
            try {
                store.find(id)
                        .filter(SecretCheck.this::isOurs)
                        .ifPresent(key -> key.secrets().stream()
                                .filter(secret -> !isOver(key, secret))
                                .forEach(secret -> looked.add(SecretCheck.this.look(key, secret))));
            } catch (UnavailableException failure) {
                if (++failures == FAILURES_SAMPLED) {
                    throw failure;
                }
                LOG.debug("the secrets of key {} could not be looked at", id, failure);
            }
        }
    }

    private Looked look(ApiKey key, KeySecret secret) {
        return objection(key, secret)
                .map(objection -> new Looked(String.valueOf(objection.getMessage()), isDamaged(key, secret)))
                .orElse(new Looked("", false));
    }

    private static void tell(List<Looked> looked) {
        List<String> unfit = objections(looked, false);
        List<String> damaged = objections(looked, true);
        if (!unfit.isEmpty() && looked.stream().noneMatch(Looked::isSound)) {
            throw new IllegalStateException("none of the " + looked.size()
                    + " stored secrets that were looked at can be proven, such as " + unfit.get(0)
                    + "; " + EXPECTED);
        }
        if (!unfit.isEmpty()) {
            LOG.warn(
                    "{} of the {} stored secrets that were looked at cannot be proven, such as {}; is key.pepper what they"
                            + " were made with?",
                    unfit.size(),
                    looked.size(),
                    unfit.get(0));
        }
        if (!damaged.isEmpty()) {
            LOG.warn(
                    "{} of the {} stored secrets that were looked at are damaged, such as {}; requests with them are"
                            + " answered 503, until their keys are rotated or revoked",
                    damaged.size(),
                    looked.size(),
                    damaged.get(0));
        }
    }

    private static List<String> objections(List<Looked> looked, boolean damaged) {
        return looked.stream()
                .filter(it -> !it.isSound() && it.damaged() == damaged)
                .map(Looked::objection)
                .toList();
    }

    /** The keys of other applications on the same store are judged by those. */
    private boolean isOurs(ApiKey key) {
        return prefixes.contains(key.prefix()) && served.contains(key.environment());
    }
}
