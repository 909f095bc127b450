package dev.keystile.key;

/**
 * A way for processes to tell each other that something changed in the store that they share. {@link KeyStore#hintedBy} puts it
 * around a store.
 *
 * <p>Nothing depends on it: what it tells may be late, doubled or lost. Implementations are safe for use by many threads.
 */
public interface ChangeHints extends AutoCloseable {

    /** Tells the other processes. Returns at once and throws nothing, whether anybody can be told or not. */
    void tell();

    /**
     * Has a listener hear what others tell, as {@link KeyStore#listen} does, and whenever something may have been missed.
     *
     * @param changed neither blocks nor throws
     */
    KeyStore.Listening listen(Runnable changed);

    /** Lets go of threads and connections. */
    @Override
    void close();
}
