package dev.keystile.key;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys this node knows, and how long it may trust what it knows.
 *
 * <p>The store's change log is the truth. A cached key is trusted only while the last successful read of the log
 * <em>began</em> less than {@link #LEASE} ago; past that every request reads the store. A key read from the store is
 * cached only if no change was heard of since the read began, and told to those who waited only if it began less than
 * {@link #LEASE} ago. That there is no key of an id is known under the same conditions.
 *
 * <p>Requests read few keys at once, see {@link KeyReads}; the log is read past them, for all trust hangs on it.
 */
final class KeyDirectory<V> implements AutoCloseable {

    static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(500);
    /** Between two reads of the log for hints, so that a flood of them becomes no flood of reads. */
    private static final Duration HINT_INTERVAL = Duration.ofMillis(10);

    private static final int CHANGES_A_READ = 1000;
    /** Whoever is silent for longer does not answer: a process that pauses for less is not to be told as an outage. */
    private static final Duration SILENCE = Duration.ofSeconds(5);
    /** Texts remembered for one key: two for plain secrets, more only for signed tokens. */
    private static final int TEXTS_A_KEY = 64;

    private static final Logger LOG = LoggerFactory.getLogger(KeyDirectory.class);

    private final KeyStore store;
    private final TimeSource time;
    private final Set<KeyEnvironment> servedHere;
    private final Function<ApiKey, V> view;
    private final int capacity;
    private final ConcurrentHashMap<KeyId, Entry<V>> entries = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<TextDigest, ProvenText<V>> texts = new ConcurrentHashMap<>();
    private final UnknownIds unknown = new UnknownIds();
    private final Object roundLock = new Object();
    /** Which key goes next when there are too many. */
    private Iterator<KeyId> round = Collections.emptyIterator();
    /** Counts the changes heard of: the fence behind which a read that began earlier is not cached. */
    private final AtomicLong generation = new AtomicLong();

    /** Held while a key that was read is put where requests find it; many at once can. */
    private final Lock publishing;

    private final Lock nonePublishing;

    private final KeyReads<Optional<KnownKey<V>>> reads;
    private final ScheduledExecutorService poller;
    private final ScheduledFuture<?> polls;
    private final KeyStore.Listening hints;
    /** Whether a read of the log was hinted at and has not begun. */
    private final AtomicBoolean hinted = new AtomicBoolean();

    private long revision;
    /** Both clocks as of the same moment, when the log was last about to be read, or had been. */
    private long seenNanos;

    private long seenMillis;
    private volatile long hintedPollNanos;
    private volatile boolean polling = true;
    private volatile long leaseEndNanos;
    /** When the last read of a key began that the store answered; reads of the log are known by the lease. */
    private volatile long keyReadNanos;
    /** Since when the log cannot be read, while it cannot. */
    private volatile long failingNanos;
    /** Whether the log is being read, and since when it is, or was the last time. */
    private volatile boolean pollUnderWay;

    private volatile long pollBeganNanos;

    KeyDirectory(
            KeyStore store,
            TimeSource time,
            Set<KeyEnvironment> servedHere,
            int capacity,
            Duration patience,
            Function<ApiKey, V> view) {
        this.store = store;
        this.time = time;
        this.servedHere = Set.copyOf(servedHere);
        this.capacity = capacity;
        this.view = view;
        long began = time.nanoTime();
        this.seenNanos = began;
        this.seenMillis = time.currentTimeMillis();
        this.revision = store.revision();
        this.leaseEndNanos = began + LEASE.toNanos();
        this.keyReadNanos = began;
        this.failingNanos = began;
        this.pollBeganNanos = began;
        this.reads = new KeyReads<>(time, generation, patience);
        ReadWriteLock locks = new ReentrantReadWriteLock();
        this.publishing = locks.readLock();
        this.nonePublishing = locks.writeLock();
        this.hintedPollNanos = began - HINT_INTERVAL.toNanos();
        this.poller = DaemonThreads.one("keystile-changes");
        this.polls = poller.scheduleWithFixedDelay(
                this::poll, POLL_INTERVAL.toMillis(), POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        this.hints = listen();
    }

    private KeyStore.Listening listen() {
        try {
            return store.listen(this::hint);
        } catch (RuntimeException failure) {
            LOG.warn("the key store gives no hints; its change log is read every {}", POLL_INTERVAL, failure);
            return () -> {};
        }
    }

    /** Has the log read soon, on the thread that reads it. Hints that come until that begins are heard by the same read. */
    private void hint() {
        if (!hinted.compareAndSet(false, true)) {
            return;
        }
        long since = Math.max(0, time.nanoTime() - hintedPollNanos);
        long left = Math.max(0, HINT_INTERVAL.toNanos() - since);
        // Rounded up, as waits are whole milliseconds.
        Duration wait = Duration.ofMillis((left + 999_999) / 1_000_000);
        if (!DaemonThreads.later(poller, this::pollHinted, wait)) {
            hinted.set(false);
        }
    }

    private void pollHinted() {
        hintedPollNanos = time.nanoTime();
        // First: what is committed from now on, this read may miss.
        hinted.set(false);
        poll();
    }

    /** Reads the change log and renews the lease; on failure the lease runs out by itself. */
    synchronized void poll() {
        long began = time.nanoTime();
        pollBeganNanos = began;
        pollUnderWay = true;
        try {
            if (hasStoodStill(began)) {
                endLease(began);
            }
            KeyChanges changes;
            do {
                changes = store.changesSince(revision, CHANGES_A_READ);
                if (changes.revision() < revision) {
                    LOG.warn("the key store went back from revision {} to {}", revision, changes.revision());
                    forgetAll();
                }
                if (changes.anything()) {
                    LOG.warn(
                            "the change log of the key store was cut behind revision {}; all keys are read anew",
                            revision);
                    forgetAll();
                }
                changes.changed().forEach(this::forget);
                forgetAccounts(changes.accounts());
                revision = changes.revision();
            } while (changes.more());
            long ended = time.nanoTime();
            if (hasStoodStill(ended)) {
                // What was read may be what was true before.
                endLease(ended);
            } else {
                leaseEndNanos = began + LEASE.toNanos();
            }
            if (!polling) {
                LOG.info("the change log of the key store can be read again");
                polling = true;
            }
        } catch (RuntimeException | Error failure) {
            // An error too: a poller that ended would leave every request to the store for good.
            if (polling) {
                failingNanos = time.nanoTime();
                LOG.warn(
                        "the change log of the key store cannot be read; keys are read from the store once the lease"
                                + " of {} is over",
                        LEASE,
                        failure);
                polling = false;
            }
        } finally {
            pollUnderWay = false;
        }
    }

    /**
     * Whether the wall clock has gone on for more than a lease without the monotonic clock, since this was last asked: so it
     * is when the machine was suspended. When somebody has set the wall clock forward too, which costs a read of the log.
     */
    private boolean hasStoodStill(long nanoTime) {
        long millis = time.currentTimeMillis();
        long alone = millis - seenMillis - (nanoTime - seenNanos) / 1_000_000;
        seenNanos = nanoTime;
        seenMillis = millis;
        return alone > LEASE.toMillis();
    }

    /** A lease that has been over for longer stays so. */
    private void endLease(long nanoTime) {
        if (leaseHolds(nanoTime)) {
            LOG.info(
                    "the wall clock has gone on for more than {} without the monotonic clock, as while a machine is"
                            + " suspended; nothing in memory is trusted until the change log was read",
                    LEASE);
            leaseEndNanos = nanoTime;
        }
        // Reads under way may have begun before: nobody who comes from now on waits for them.
        generation.incrementAndGet();
    }

    /** How this node stands to its store, without a question to it. */
    KeyHealth health(int proofsWaiting) {
        // What is subtracted is read before the clock, or an answer of this very moment would lie ahead of it.
        boolean changesRead = polling;
        long failing = failingNanos;
        boolean underWay = pollUnderWay;
        long pollBegan = pollBeganNanos;
        long leaseEnd = leaseEndNanos;
        long changes = leaseEnd - LEASE.toNanos();
        long keyRead = keyReadNanos;
        long answer = keyRead - changes > 0 ? keyRead : changes;
        long now = time.nanoTime();
        boolean hangs = underWay && now - leaseEnd >= 0 && now - pollBegan >= POLL_INTERVAL.toNanos();
        // What was answered before the log could not be read any more tells nothing about the time since; nor does,
        // where a
        // read of it hangs, what was answered while the lease held.
        boolean toldByKeys = hangs ? keyRead - leaseEnd >= 0 : keyRead - failing > 0;
        boolean answers = now - answer < SILENCE.toNanos() && (toldByKeys || (changesRead && !hangs));
        return new KeyHealth(
                answers,
                Duration.ofNanos(now - answer),
                changesRead,
                Duration.ofNanos(now - changes),
                LEASE,
                proofsWaiting);
    }

    private boolean leaseHolds(long nanoTime) {
        return nanoTime - leaseEndNanos < 0;
    }

    /** What is known of a text that proved itself before; null if nothing. */
    @Nullable ProvenText<V> proven(TextDigest text) {
        return texts.get(text);
    }

    /** The key behind a proven text, if it may be trusted without reading the store. */
    @Nullable KnownKey<V> trusted(ProvenText<V> text, long nanoTime) {
        // The lease first: read the other way round, what was known under an old lease could be trusted under a new one
        // that has already found it changed.
        return leaseHolds(nanoTime) ? text.known : null;
    }

    /** A key with what a text that proved itself says besides; the same where that is nothing. */
    @Nullable KnownKey<V> as(ProvenSecret text, @Nullable KnownKey<V> known) {
        if (known == null || text.attributes().isEmpty()) {
            return known;
        }
        ApiKey key = known.key();
        return new KnownKey<>(
                key, view.apply(key.toBuilder().attributes(text.attributes()).build()), servedHere);
    }

    /** The key of this id, if it may be trusted without reading the store. */
    @Nullable KnownKey<V> trusted(KeyId id) {
        Entry<V> entry = entries.get(id);
        return entry != null && leaseHolds(time.nanoTime()) ? entry.known : null;
    }

    /** Whether it may be trusted, without reading the store, that there is no key of this id. */
    boolean isUnknown(KeyId id) {
        // The lease first, as for keys.
        return leaseHolds(time.nanoTime()) && unknown.contains(id);
    }

    /**
     * The key as the store tells it, and told it less than {@link #LEASE} ago; null if there is none.
     *
     * @param left what is left of the patience of the request
     * @throws UnavailableException if the store cannot tell, or not soon enough, or too many wait for it already
     */
    @Nullable KnownKey<V> load(KeyId id, KeyReads.Patience left) {
        return reads.read(id, left, before -> Optional.ofNullable(loadNow(id, before)))
                .orElse(null);
    }

    private @Nullable KnownKey<V> loadNow(KeyId id, long before) {
        long began = time.nanoTime();
        ApiKey found = store.find(id).orElse(null);
        keyReadNanos = began;
        if (found == null) {
            unknown.remember(id, () -> generation.get() == before);
            return null;
        }
        KnownKey<V> known = new KnownKey<>(found, view.apply(found), servedHere);
        publishing.lock();
        try {
            entries.compute(id, (key, entry) -> {
                if (generation.get() != before) {
                    return entry;
                }
                Entry<V> target = entry == null ? new Entry<>() : entry;
                dropEnded(target, found);
                know(target, known);
                return target;
            });
        } finally {
            publishing.unlock();
        }
        makeRoom(id);
        return known;
    }

    /** The texts of secrets that a rotation has ended for good open nothing: they need not be remembered. */
    private void dropEnded(Entry<V> entry, ApiKey key) {
        for (ProvenText<V> text : List.copyOf(entry.texts)) {
            if (key.secrets().stream().noneMatch(secret -> secret.number() == text.secretNumber)) {
                drop(entry, text);
            }
        }
    }

    /** Whoever has found the text already finds nothing known of its key any more. */
    private void drop(Entry<V> entry, ProvenText<V> text) {
        entry.texts.remove(text);
        texts.remove(text);
        text.known = null;
    }

    /** Remembers that a text is a secret of a key. */
    void remember(TextDigest text, KeyId id, ProvenSecret secret) {
        entries.compute(id, (key, entry) -> {
            Entry<V> target = entry == null ? new Entry<>() : entry;
            ProvenText<V> earlier = texts.get(text);
            if (earlier != null) {
                drop(target, earlier);
            } else if (target.texts.size() == TEXTS_A_KEY) {
                drop(target, target.texts.getFirst());
            }
            ProvenText<V> proven = new ProvenText<>(text, id, secret);
            proven.known = as(secret, target.known);
            target.texts.add(proven);
            texts.put(proven, proven);
            return target;
        });
        makeRoom(id);
    }

    /** Each text knows its key too, so that a request finds it there. */
    private void know(Entry<V> entry, @Nullable KnownKey<V> key) {
        entry.known = key;
        entry.texts.forEach(text -> text.known = as(text.secret(), key));
    }

    /** Forgets what is cached of a key, for it has changed. That its texts are its secrets stays true. */
    void forget(KeyId id) {
        generation.incrementAndGet();
        entries.computeIfPresent(id, (key, entry) -> {
            know(entry, null);
            return entry;
        });
        unknown.forget(id);
    }

    /** Forgets what is cached of an account's keys, for it was suspended or let in again. */
    void forgetAccount(String account) {
        forgetAccounts(Set.of(account));
    }

    /** Looks at every key there is: accounts are suspended seldom. */
    private void forgetAccounts(Set<String> accounts) {
        if (accounts.isEmpty()) {
            return;
        }
        fence();
        for (Entry<V> each : entries.values()) {
            KnownKey<V> known = each.known;
            if (known != null && accounts.contains(known.key().account())) {
                forget(known.key().id());
            }
        }
    }

    /**
     * Before all keys are looked at: what was read until now is there to be found by then, or is not cached any more. One key
     * needs no such lock, for its place in the map has one.
     */
    private void fence() {
        nonePublishing.lock();
        try {
            generation.incrementAndGet();
        } finally {
            nonePublishing.unlock();
        }
    }

    /** The store may have been restored from a backup: a secret's number may be given to another one now. */
    private void forgetAll() {
        fence();
        entries.keySet().forEach(this::drop);
        unknown.forgetAll();
    }

    private void drop(KeyId id) {
        entries.computeIfPresent(id, (key, entry) -> {
            List.copyOf(entry.texts).forEach(text -> drop(entry, text));
            know(entry, null);
            return null;
        });
    }

    /**
     * Drops other keys when there are too many; it costs each one read and one proof. It goes on where it stopped the last
     * time, round and round: each key stays for a round, and none is looked at twice in it.
     */
    private void makeRoom(KeyId keep) {
        if (entries.mappingCount() <= capacity) {
            return;
        }
        synchronized (roundLock) {
            while (entries.mappingCount() > capacity) {
                if (!round.hasNext()) {
                    round = entries.keySet().iterator();
                    if (!round.hasNext()) {
                        return;
                    }
                }
                KeyId candidate = round.next();
                if (!candidate.equals(keep)) {
                    drop(candidate);
                }
            }
        }
    }

    @Override
    public void close() {
        hints.close();
        polls.cancel(false);
        reads.close();
        DaemonThreads.end(poller);
    }

    /** What is known of a key, and the texts that proved to be its secrets; changed only inside {@code entries.compute…}. */
    private static final class Entry<V> {
        private final Deque<ProvenText<V>> texts = new ArrayDeque<>(2);
        private volatile @Nullable KnownKey<V> known;
    }

    /** A text that proved to be a secret of a key. It is its own digest, so that looking it up touches one object. */
    static final class ProvenText<V> extends TextDigest {
        private final KeyId id;
        private final int secretNumber;
        private final long expiresMillis;
        private final Map<String, String> attributes;
        private volatile @Nullable KnownKey<V> known;

        private ProvenText(TextDigest text, KeyId id, ProvenSecret secret) {
            super(text);
            this.id = id;
            this.secretNumber = secret.number();
            this.expiresMillis = secret.expiresMillis();
            this.attributes = secret.attributes();
        }

        KeyId id() {
            return id;
        }

        int secretNumber() {
            return secretNumber;
        }

        /** From when the text proves nothing any more. */
        long expiresMillis() {
            return expiresMillis;
        }

        ProvenSecret secret() {
            return new ProvenSecret(secretNumber, expiresMillis, attributes, "");
        }
    }
}
