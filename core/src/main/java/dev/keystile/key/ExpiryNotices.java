package dev.keystile.key;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces keys that will soon have expired: a minute after the start, and every hour from then on.
 *
 * <p>Each is marked in the store first, on the condition that nobody changed it meanwhile. So of several processes one
 * announces it, and none a second time. It has a thread of its own, for nobody knows how long a listener takes.
 *
 * <p>The minute is for whoever opens the same settings to do one thing and end, as a shell command does: it would announce keys
 * to nobody.
 */
final class ExpiryNotices implements AutoCloseable {

    static final Duration FIRST_WAIT = Duration.ofMinutes(1);
    private static final Duration INTERVAL = Duration.ofHours(1);
    /** Until the next turn, where one left something to do. */
    private static final Duration SHORT_INTERVAL = Duration.ofMinutes(1);

    private static final int PAGE = 100;
    private static final int PAGES_A_TURN = 10;

    private static final Logger LOG = LoggerFactory.getLogger(ExpiryNotices.class);

    private final KeyStore store;
    private final TimeSource time;
    private final Duration notice;
    private final List<ExpiryListener> listeners;
    private final Consumer<KeyId> changed;
    private final ScheduledExecutorService thread = DaemonThreads.one("keystile-expiry");

    /**
     * Announcements of the keys of a store.
     *
     * @param notice  how long before its expiry a key is announced
     * @param changed hears of each key that may have been changed
     */
    ExpiryNotices(
            KeyStore store, TimeSource time, Duration notice, List<ExpiryListener> listeners, Consumer<KeyId> changed) {
        this.store = store;
        this.time = time;
        this.notice = notice;
        this.listeners = List.copyOf(listeners);
        this.changed = changed;
    }

    /** Begins the first turn after a wait. */
    void start(Duration wait) {
        next(wait);
    }

    private void next(Duration wait) {
        if (!DaemonThreads.later(thread, this::turnAndNext, wait)) {
            LOG.debug("keys that expire soon are announced no more");
        }
    }

    private void turnAndNext() {
        Duration wait = SHORT_INTERVAL;
        try {
            wait = turn() ? INTERVAL : SHORT_INTERVAL;
        } catch (RuntimeException | Error failure) {
            // An error too: without a next turn nobody would be told of anything any more.
            LOG.warn("keys that expire soon could not be announced; it is tried again in {}", wait, failure);
        } finally {
            next(wait);
        }
    }

    /** Announces what is due now, 1,000 keys at most; whether that was all. */
    boolean turn() {
        for (int page = 0; page < PAGES_A_TURN; page++) {
            Instant now = now();
            // What was announced before is not among them any more; what somebody else changed meanwhile is, once
            // again.
            List<ApiKey> due = store.expiring(now, now.plus(notice), PAGE);
            due.forEach(this::announce);
            if (due.size() < PAGE) {
                return true;
            }
        }
        return false;
    }

    private void announce(ApiKey key) {
        Instant now = now();
        Instant end = key.expiresAt().orElseThrow();
        ApiKey announced;
        try {
            announced = store.apply(KeyChange.byLibrary(
                    KeyAction.ANNOUNCE_EXPIRY,
                    key.toBuilder().expiryAnnouncedAt(now).build(),
                    "expires " + end,
                    now));
        } catch (KeyRefusedException conflict) {
            LOG.debug("key {} was changed by somebody else, perhaps announced", key.id(), conflict);
            return;
        } finally {
            changed.accept(key.id());
        }
        Duration left = Duration.between(now, end);
        LOG.info(
                "key {} of account {} expires in {} days, at {}",
                key.id(),
                key.account(),
                left.plusDays(1).minusMillis(1).toDays(),
                end);
        for (ExpiryListener listener : listeners) {
            try {
                listener.onExpiring(announced, left);
            } catch (RuntimeException | Error failure) {
                // An error too: the key is marked already, and the other listeners would never hear of it.
                LOG.error("an expiry listener failed for key {}", key.id(), failure);
            }
        }
    }

    private Instant now() {
        return Instant.ofEpochMilli(time.currentTimeMillis());
    }

    @Override
    public void close() {
        DaemonThreads.end(thread);
    }
}
