package dev.keystile.key;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who listen for hints, for stores and {@link ChangeHints} of any kind.
 *
 * <p>Safe for use by many threads.
 */
public final class HintListeners {

    private static final Logger LOG = LoggerFactory.getLogger(HintListeners.class);

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    /** Nobody yet. */
    public HintListeners() {}

    /** One who listens, itself and not its equal, for one may listen twice. */
    private final class Listener implements KeyStore.Listening {

        private final Runnable changed;

        Listener(Runnable changed) {
            this.changed = changed;
        }

        @Override
        public void close() {
            listeners.remove(this);
        }
    }

    /** Adds a listener, until what this returns is closed. */
    public KeyStore.Listening add(Runnable changed) {
        Listener listener = new Listener(changed);
        listeners.add(listener);
        return listener;
    }

    /** Whether nobody listens. */
    public boolean isEmpty() {
        return listeners.isEmpty();
    }

    /** Tells all of them. One that throws, though it must not, keeps no other from hearing it. */
    public void hint() {
        for (Listener listener : listeners) {
            try {
                listener.changed.run();
            } catch (RuntimeException | Error failure) {
                LOG.warn("a listener for changes of the key store failed", failure);
            }
        }
    }
}
