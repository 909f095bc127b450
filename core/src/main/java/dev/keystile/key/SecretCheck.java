package dev.keystile.key;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
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
    private static final int WARNINGS_REMEMBERED = 1_000;

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
        Optional<UnavailableException> objection = Optional.empty();
        if (!isOver(key, secret)) {
            for (CredentialFormat format : formats) {
                try {
                    format.requireValid(key, secret);
                    return Optional.empty();
                } catch (UnavailableException failure) {
                    objection = Optional.of(objection.orElse(failure));
                }
            }
        }
        return objection;
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
        long revision = store.revision();
        List<Looked> looked = new ArrayList<>();
        try {
            for (KeyId id : lastChanged(store, revision)) {
                // Damaged ones tell nothing of what is set, and must not hide those that do.
                if (looked.stream().filter(it -> !it.damaged()).count() >= SECRETS_SAMPLED) {
                    break;
                }
                store.find(id)
                        .filter(this::isOurs)
                        .ifPresent(key -> key.secrets().stream()
                                .filter(secret -> !isOver(key, secret))
                                .forEach(secret -> looked.add(look(key, secret))));
            }
        } catch (UnavailableException failure) {
            // An old part of the log may be gone, or one row be damaged; that need not stop a start.
            LOG.debug("the stored secrets could not be looked at", failure);
        }
        tell(looked);
    }

    private Looked look(ApiKey key, KeySecret secret) {
        return objection(key, secret)
                .map(objection -> new Looked(String.valueOf(objection.getMessage()), hashers.isDamaged(secret)))
                .orElse(new Looked("", false));
    }

    private static void tell(List<Looked> looked) {
        List<String> unfit = objections(looked, false);
        List<String> damaged = objections(looked, true);
        if (!unfit.isEmpty() && looked.stream().noneMatch(Looked::isSound)) {
            throw new IllegalStateException("none of the " + looked.size()
                    + " stored secrets that were looked at can be proven, such as " + unfit.get(0)
                    + "; expected key.hash and key.pepper to be what the stored secrets were made with");
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

    /** Keys of the latest changes, newest first; of the oldest, where the store's revisions leave gaps. */
    private static Set<KeyId> lastChanged(KeyStore store, long revision) {
        List<KeyId> changed = store.changesSince(Math.max(0, revision - CHANGES_SAMPLED), CHANGES_SAMPLED)
                .changed();
        if (changed.isEmpty() && revision > 0) {
            changed = store.changesSince(0, CHANGES_SAMPLED).changed();
        }
        List<KeyId> newestFirst = new ArrayList<>(changed);
        Collections.reverse(newestFirst);
        return new LinkedHashSet<>(newestFirst);
    }
}
