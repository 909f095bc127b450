package dev.keystile;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyChanges;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A store that fails when a test says so. Its log is read by the test alone: to the thread that polls every 500 ms of
 * real time it cannot be read, so that what a test sees does not depend on how fast it runs.
 */
public final class FaultyStore implements KeyStore {

    private final KeyStore store;
    private final AtomicInteger finds = new AtomicInteger();
    private volatile Optional<RuntimeException> failure = Optional.empty();
    private volatile boolean logUnreadable;
    private volatile Runnable afterFind = () -> {};
    private volatile Runnable afterList = () -> {};
    private volatile Runnable afterApply = () -> {};
    private volatile Runnable afterLogRead = () -> {};

    public FaultyStore(KeyStore store) {
        this.store = store;
    }

    /** Nothing works any more. */
    public void goDown() {
        failWith(new UnavailableException("the store is down"));
    }

    /** Everything throws this. */
    public void failWith(RuntimeException thrown) {
        failure = Optional.of(thrown);
    }

    public void comeBack() {
        failure = Optional.empty();
        logUnreadable = false;
    }

    /** Keys can be read and changed, and the log cannot be read. */
    public void loseLog() {
        logUnreadable = true;
    }

    /** Does something once, on the thread that reads a key, after it was read and before it is returned. */
    public void afterNextFind(Runnable step) {
        afterFind = () -> {
            afterFind = () -> {};
            step.run();
        };
    }

    /** Does something once, after a page of keys was read and before it is returned. */
    public void afterNextList(Runnable step) {
        afterList = () -> {
            afterList = () -> {};
            step.run();
        };
    }

    /** Does something once, after a change was committed and before that is told. */
    public void afterNextApply(Runnable step) {
        afterApply = () -> {
            afterApply = () -> {};
            step.run();
        };
    }

    /** Does something once, after the log was read and before what stands in it is returned. */
    public void afterNextLogRead(Runnable step) {
        afterLogRead = () -> {
            afterLogRead = () -> {};
            step.run();
        };
    }

    /** How often a key was read. */
    public int finds() {
        return finds.get();
    }

    private <T> T unlessDown(Supplier<T> work) {
        failure.ifPresent(thrown -> {
            throw thrown;
        });
        return work.get();
    }

    @Override
    public Optional<ApiKey> find(KeyId id) {
        finds.incrementAndGet();
        Optional<ApiKey> found = unlessDown(() -> store.find(id));
        afterFind.run();
        return found;
    }

    @Override
    public KeyPage list(KeyQuery query) {
        KeyPage page = unlessDown(() -> store.list(query));
        afterList.run();
        return page;
    }

    @Override
    public ApiKey apply(KeyChange change) {
        ApiKey applied = unlessDown(() -> store.apply(change));
        afterApply.run();
        return applied;
    }

    @Override
    public long revision() {
        return unlessDown(store::revision);
    }

    @Override
    public KeyChanges changesSince(long revision, int limit) {
        if (logUnreadable || Thread.currentThread().getName().startsWith("keystile-")) {
            throw new UnavailableException("the log cannot be read");
        }
        KeyChanges changes = unlessDown(() -> store.changesSince(revision, limit));
        afterLogRead.run();
        return changes;
    }

    @Override
    public void close() {
        store.close();
    }
}
