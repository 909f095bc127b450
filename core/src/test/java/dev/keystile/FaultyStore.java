package dev.keystile;

import dev.keystile.key.AccountChange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditPage;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyChanges;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyRevocation;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.UsageStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A store that fails when a test says so. Its log is read by the test alone: to the thread that polls every 500 ms of
 * real time it cannot be read, so that what a test sees does not depend on how fast it runs; unless it says otherwise.
 */
public final class FaultyStore implements KeyStore {

    private final KeyStore store;
    private final AtomicInteger finds = new AtomicInteger();
    private final AtomicInteger logReads = new AtomicInteger();
    private final List<KeyChange> changes = new CopyOnWriteArrayList<>();
    private final List<KeyId> damaged = new CopyOnWriteArrayList<>();
    private volatile Optional<RuntimeException> failure = Optional.empty();
    private volatile boolean logUnreadable;
    private volatile boolean polled;
    private volatile long firstInLog;
    private volatile OptionalLong lastRevision = OptionalLong.empty();
    private volatile Runnable beforeFinds = () -> {};
    private volatile Runnable afterFind = () -> {};
    private volatile Runnable beforeApply = () -> {};
    private volatile Runnable afterList = () -> {};
    private volatile Runnable afterApply = () -> {};
    private volatile Runnable afterLogRead = () -> {};
    private volatile Runnable beforeLogReads = () -> {};

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

    /** The log is as readable to the thread that polls as to the test, and to whoever listens from now on hints are passed on. */
    public void letPoll() {
        polled = true;
    }

    /** Does something each time, on the thread that reads a key, before it is read. */
    public void beforeFinds(Runnable step) {
        beforeFinds = step;
    }

    /** Does something once, on the thread that reads a key, after it was read and before it is returned. */
    public void afterNextFind(Runnable step) {
        afterFind = () -> {
            afterFind = () -> {};
            step.run();
        };
    }

    /** Does something once, before a change is made. */
    public void beforeNextApply(Runnable step) {
        beforeApply = () -> {
            beforeApply = () -> {};
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

    /** Does something each time, on the thread that reads the log, before it is read. */
    public void beforeLogReads(Runnable step) {
        beforeLogReads = step;
    }

    /** The log does not tell any more what came before a revision. */
    public void cutLogBefore(long revision) {
        firstInLog = revision;
    }

    /** The log is shorter than it was, as after a backup was played back. */
    public void goBackTo(long revision) {
        lastRevision = OptionalLong.of(revision);
    }

    /** A key that cannot be read any more, as far as lists go. */
    public void damage(KeyId id) {
        damaged.add(id);
    }

    /** What was changed through this store, in order. */
    public List<KeyChange> changes() {
        return List.copyOf(changes);
    }

    /** How often a key was read. */
    public int finds() {
        return finds.get();
    }

    /** How often the log was read. */
    public int logReads() {
        return logReads.get();
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
        beforeFinds.run();
        Optional<ApiKey> found = unlessDown(() -> store.find(id));
        afterFind.run();
        return found;
    }

    @Override
    public KeyPage list(KeyQuery query) {
        KeyPage page = unlessDown(() -> store.list(query));
        afterList.run();
        return new KeyPage(
                page.keys().stream().filter(key -> !damaged.contains(key.id())).toList(), damaged, page.more());
    }

    @Override
    public List<ApiKey> apply(List<KeyChange> all) {
        beforeApply.run();
        List<ApiKey> applied = unlessDown(() -> store.apply(all));
        changes.addAll(all);
        afterApply.run();
        return applied;
    }

    @Override
    public boolean apply(AccountChange change) {
        beforeApply.run();
        boolean changed = unlessDown(() -> store.apply(change));
        afterApply.run();
        return changed;
    }

    @Override
    public boolean apply(KeyRevocation revocation) {
        return unlessDown(() -> store.apply(revocation));
    }

    @Override
    public Optional<Instant> suspendedAt(String account) {
        return unlessDown(() -> store.suspendedAt(account));
    }

    @Override
    public List<ApiKey> expiring(Instant from, Instant by, int limit) {
        return unlessDown(() -> store.expiring(from, by, limit));
    }

    @Override
    public AuditPage audit(AuditQuery query) {
        return unlessDown(() -> store.audit(query));
    }

    @Override
    public UsageStore usage() {
        return store.usage();
    }

    @Override
    public long revision() {
        return unlessDown(store::revision);
    }

    @Override
    public KeyChanges changesSince(long revision, int limit) {
        if (logUnreadable || (!polled && Thread.currentThread().getName().startsWith("keystile-changes"))) {
            throw new UnavailableException("the log cannot be read");
        }
        logReads.incrementAndGet();
        beforeLogReads.run();
        if (revision < firstInLog - 1) {
            return KeyChanges.anything(store.revision());
        }
        KeyChanges changes = unlessDown(() -> lastRevision.isPresent()
                ? new KeyChanges(List.of(), lastRevision.getAsLong(), false)
                : store.changesSince(revision, limit));
        afterLogRead.run();
        return changes;
    }

    @Override
    public Listening listen(Runnable changed) {
        return polled ? store.listen(changed) : () -> {};
    }

    @Override
    public void close() {
        store.close();
    }
}
