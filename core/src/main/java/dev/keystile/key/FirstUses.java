package dev.keystile.key;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins the overlaps that wait for the first use of a new secret: the secret it replaces gets its end.
 *
 * <p>The request that uses the new secret waits for nothing. Of several processes that see a first use one writes it, and
 * the others find it written. What the store did not take is tried again every second; what found no room here is noted
 * again with the next use, for whoever judges the new secret notes it as long as the key says that it waits.
 * {@code docs/adr/0013-an-overlap-from-first-use.md} tells why.
 *
 * <p>Safe for use by many threads.
 */
final class FirstUses {

    private static final int WAITING = 16_384;
    private static final Duration RETRY = Duration.ofSeconds(1);
    /** Enough to get past a key that cannot be changed; where the store is down, all would fail one after the other. */
    private static final int FAILURES_A_ROUND = 3;
    /** Others that change a key at the same time do so once or twice. */
    private static final int ATTEMPTS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(FirstUses.class);

    private final KeyStore store;
    private final TimeSource time;
    private final ScheduledExecutorService thread;
    private final Consumer<KeyId> changed;
    private final ConcurrentHashMap<KeyId, FirstUse> waiting = new ConcurrentHashMap<>();
    /** Whether a round is about to begin that will find all that waits now. */
    private final AtomicBoolean due = new AtomicBoolean();

    // What follows is the one thread's alone.

    private boolean failing;
    /** Whether something failed, and nothing is tried before a second is over. */
    private boolean pausing;

    private long pauseEndNanos;
    private long pauses;

    private record FirstUse(int secret, Instant at, int failures) {

        FirstUse failedAgain() {
            return new FirstUse(secret, at, failures + 1);
        }
    }

    /**
     * First uses of keys in a store.
     *
     * @param thread  the one thread on which they are written
     * @param changed hears of each key that may have been changed, or is otherwise than was known
     */
    FirstUses(KeyStore store, TimeSource time, ScheduledExecutorService thread, Consumer<KeyId> changed) {
        this.store = store;
        this.time = time;
        this.thread = thread;
        this.changed = changed;
    }

    /** Notes that a secret was used of which its key says that the first use is waited for. Never blocks. */
    void note(KeyId id, int secret, long nowMillis) {
        if (isNoted(id, secret) || waiting.mappingCount() >= WAITING) {
            return;
        }
        waiting.put(id, new FirstUse(secret, Instant.ofEpochMilli(nowMillis), 0));
        if (due.compareAndSet(false, true) && !DaemonThreads.later(thread, this::work, Duration.ZERO)) {
            due.set(false);
            waiting.remove(id);
        }
    }

    /** Whether it is known here, and not yet written, that a secret was used. */
    boolean isNoted(KeyId id, int secret) {
        FirstUse noted = waiting.get(id);
        return noted != null && noted.secret >= secret;
    }

    /**
     * Writes all that wait, unless something failed within the last second. Whoever has long work for the thread calls this in
     * between: what is to begin after a pause stands behind all of that work.
     */
    void work() {
        due.set(false);
        if (waiting.isEmpty() || (pausing && time.nanoTime() - pauseEndNanos < 0)) {
            return;
        }
        pausing = false;
        int failures = 0;
        for (Map.Entry<KeyId, FirstUse> each : leastFailedFirst()) {
            if (!isDone(each.getKey(), each.getValue()) && ++failures == FAILURES_A_ROUND) {
                break;
            }
        }
        failing = failures > 0;
        if (failing) {
            pause();
        }
    }

    private List<Map.Entry<KeyId, FirstUse>> leastFailedFirst() {
        return waiting.entrySet().stream()
                .sorted(Comparator.comparingInt(each -> each.getValue().failures()))
                .toList();
    }

    private boolean isDone(KeyId id, FirstUse use) {
        try {
            begin(id, use);
            waiting.remove(id, use);
            return true;
        } catch (RuntimeException | Error failure) {
            waiting.replace(id, use, use.failedAgain());
            if (failing) {
                LOG.debug("the overlap of key {} could not begin", id, failure);
            } else {
                failing = true;
                LOG.warn(
                        "the overlap of key {} could not begin, and its old secret goes on working; this and the like is"
                                + " tried again every second",
                        id,
                        failure);
            }
            return false;
        }
    }

    private void begin(KeyId id, FirstUse use) {
        for (int attempt = 1; ; attempt++) {
            ApiKey key = store.find(id).orElse(null);
            if (key == null || !awaits(key, use)) {
                changed.accept(id);
                return;
            }
            try {
                store.apply(begun(key, use));
                return;
            } catch (KeyRefusedException conflict) {
                if (conflict.reason() != KeyRefusedException.Reason.CONFLICT || attempt == ATTEMPTS) {
                    throw conflict;
                }
            } finally {
                changed.accept(id);
            }
        }
    }

    /** Another process may have been first; or somebody may have rotated or ended the key since. */
    private boolean awaits(ApiKey key, FirstUse use) {
        return !key.isOver(now())
                && key.awaitedSecret()
                        .filter(secret -> secret.number() == use.secret)
                        .isPresent();
    }

    private KeyChange begun(ApiKey key, FirstUse use) {
        KeySecret old = key.secrets().get(0);
        KeySecret ending = key.ending(old, use.at.plus(old.overlap().orElseThrow()));
        ApiKey begun =
                key.toBuilder().secrets(List.of(ending, key.newestSecret())).build();
        return KeyChange.byLibrary(
                KeyAction.BEGIN_OVERLAP,
                begun,
                "secret " + old.number() + " ends " + ending.endsAt().orElseThrow(),
                now());
    }

    private void pause() {
        pausing = true;
        pauseEndNanos = time.nanoTime() + RETRY.toNanos();
        long pause = ++pauses;
        if (!DaemonThreads.later(thread, () -> goOn(pause), RETRY)) {
            // The next use of each begins anew.
            waiting.clear();
            pausing = false;
        }
    }

    private void goOn(long after) {
        if (after == pauses) {
            pausing = false;
        }
        work();
    }

    private Instant now() {
        return Instant.ofEpochMilli(time.currentTimeMillis());
    }

    /** How many wait to be written; for tests. */
    int open() {
        return waiting.size();
    }
}
