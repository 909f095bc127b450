package dev.keystile.key;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores secrets anew that were stored otherwise than is set now, once a text has proven to be theirs.
 *
 * <p>One at a time, off the requests' threads, and only while no proof waits for a thread. Nothing depends on it: what finds no
 * room or no store is left as it is, until the text is proven the next time. {@code docs/adr/0009-upgrade-on-use.md} tells why.
 *
 * <p>Safe for use by many threads.
 */
final class SecretUpgrades implements AutoCloseable {

    /** As many as can wait for their proof; each holds a text, and takes milliseconds once it has its turn. */
    private static final int WAITING = 16_384;

    private static final long PAUSE_MILLIS = 20;

    private static final Logger LOG = LoggerFactory.getLogger(SecretUpgrades.class);

    private final KeyStore store;
    private final TimeSource time;
    private final BooleanSupplier mayWork;
    private final Consumer<KeyId> changed;
    private final Executor thread;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger open = new AtomicInteger();
    /** Counts how often all that waited was dropped: what was offered before is not worked out any more. */
    private final AtomicInteger drops = new AtomicInteger();

    private volatile boolean storeFails;

    /**
     * Upgrades in a store.
     *
     * @param thread  the one thread on which they are worked out
     * @param mayWork whether nothing more important wants that thread or the processor
     * @param changed hears of each key that may have been changed
     */
    SecretUpgrades(KeyStore store, TimeSource time, Executor thread, BooleanSupplier mayWork, Consumer<KeyId> changed) {
        this.store = store;
        this.time = time;
        this.thread = thread;
        this.mayWork = mayWork;
        this.changed = changed;
    }

    /**
     * Notes a secret for an upgrade, if it needs one; drops it, if too many wait already.
     *
     * @param presented what proved to be made with it
     * @param proven    the secret as it was stored then
     */
    void offer(CredentialFormat format, PresentedKey presented, KeySecret proven) {
        if (format.isCurrent(proven)) {
            return;
        }
        int before = drops.get();
        if (open.incrementAndGet() > WAITING) {
            open.decrementAndGet();
            return;
        }
        try {
            thread.execute(() -> work(format, presented, proven, before));
        } catch (RejectedExecutionException | OutOfMemoryError full) {
            // The node ends, or no thread is to be had: the proof in which this is asked is good all the same.
            open.decrementAndGet();
        }
    }

    private void work(CredentialFormat format, PresentedKey presented, KeySecret proven, int before) {
        try {
            if (drops.get() == before && awaitTurn()) {
                upgrade(format, presented, proven);
                storeFails = false;
            }
        } catch (UnavailableException failure) {
            giveUp(failure);
        } catch (RuntimeException | Error failure) {
            LOG.warn("key {}, secret {} could not be stored anew", presented.id(), proven.number(), failure);
        } finally {
            open.decrementAndGet();
        }
    }

    /** Proofs come first. */
    private boolean awaitTurn() {
        try {
            while (!mayWork.getAsBoolean()) {
                if (closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                    return false;
                }
            }
            return closed.getCount() > 0;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** All that wait would fail in the same way, one after the other. */
    private void giveUp(UnavailableException failure) {
        if (!storeFails) {
            LOG.warn("secrets are not stored anew: {}; they are once they are proven again", failure.getMessage());
        }
        storeFails = true;
        drops.incrementAndGet();
    }

    private void upgrade(CredentialFormat format, PresentedKey presented, KeySecret proven) {
        KeyId id = presented.id();
        ApiKey key = store.find(id).orElse(null);
        if (key == null) {
            return;
        }
        Instant now = Instant.ofEpochMilli(time.currentTimeMillis());
        KeySecret old = stored(key, proven, now).orElse(null);
        if (old == null) {
            return;
        }
        KeySecret made = format.renewed(presented, old);
        // Only how it is stored may change, and what could not be known before: when the secret ends, above all, stays.
        KeySecret renewed = new KeySecret(
                old.number(),
                made.digest(),
                made.quickCheck(),
                old.lastFour().isEmpty() ? made.lastFour() : old.lastFour(),
                old.createdAt(),
                old.endsAt(),
                old.overlap());
        if (!format.isCurrent(renewed)
                || !format.prove(presented, key, renewed, now).proven()) {
            throw new IllegalStateException("what was made of the text does not prove it");
        }
        List<KeySecret> secrets = key.secrets().stream()
                .map(secret -> secret.number() == old.number() ? renewed : secret)
                .toList();
        ApiKey upgraded = key.toBuilder().secrets(secrets).build();
        try {
            store.apply(KeyChange.byLibrary(KeyAction.UPGRADE, upgraded, "secret " + old.number(), now));
        } catch (KeyRefusedException conflict) {
            LOG.debug("key {} was changed by somebody else, and stays as it is", id, conflict);
        } finally {
            changed.accept(id);
        }
    }

    /** The secret as it is stored now, if it is still the one that was proven and opens anything. */
    private static Optional<KeySecret> stored(ApiKey key, KeySecret proven, Instant now) {
        if (key.isOver(now)) {
            return Optional.empty();
        }
        return key.secrets().stream()
                .filter(secret -> secret.number() == proven.number())
                .filter(secret -> secret.digest().equals(proven.digest()) && secret.quickCheck() == proven.quickCheck())
                .filter(secret -> !secret.isOver(now))
                .findFirst();
    }

    /** How many wait for an upgrade or have one under way. */
    int open() {
        return open.get();
    }

    /** Drops all that wait. */
    @Override
    public void close() {
        closed.countDown();
        drops.incrementAndGet();
    }
}
