package dev.keystile;

import dev.keystile.key.KeyFormat;
import dev.keystile.key.KeyInspector;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyStore;
import dev.keystile.key.ScopeCatalog;
import java.util.Set;

/**
 * The keys of an application, for a process that serves none of its requests, such as a shell. It starts nothing and follows
 * nothing: what it tells is what the store says at that moment, and what it changes holds in the application within two
 * seconds.
 *
 * <p>Safe for use by many threads. Close it at the end.
 */
public final class KeyAdministration implements AutoCloseable {

    private final KeyStore store;
    private final KeyFormat format;
    private final ScopeCatalog catalog;
    private final Set<String> plans;
    private final KeyInspector inspector;
    private final KeyManager manager;

    KeyAdministration(KeystileBuilder builder) {
        this.store = builder.store();
        this.format = builder.format();
        this.catalog = builder.catalog();
        this.plans = builder.planNames();
        this.inspector = builder.verifier(store, format).inspector();
        this.manager = inspector.manager(catalog, plans, builder.issuers());
    }

    /** Issues, lists, rotates and revokes keys. */
    public KeyManager keyManager() {
        return manager;
    }

    /** Tells what a text is. */
    public KeyInspector inspector() {
        return inspector;
    }

    /** The format of minted keys, with the prefix table. */
    public KeyFormat keyFormat() {
        return format;
    }

    /** The declared scopes and roles. */
    public ScopeCatalog scopes() {
        return catalog;
    }

    /** The names of the plans that keys can refer to. */
    public Set<String> plans() {
        return plans;
    }

    /**
     * Whether nothing was ever stored, as where the settings name another store than the application's.
     *
     * @throws dev.keystile.key.UnavailableException if the store cannot be read
     */
    public boolean isNew() {
        return store.revision() == 0;
    }

    /** Closes the store. */
    @Override
    public void close() {
        store.close();
    }
}
