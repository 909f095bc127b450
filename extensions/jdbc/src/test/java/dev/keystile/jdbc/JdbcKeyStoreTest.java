package dev.keystile.jdbc;

import dev.keystile.key.KeyStore;
import dev.keystile.testkit.KeyStoreContract;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a database file, which is closed and opened again where the contract restarts a store. */
final class JdbcKeyStoreTest extends KeyStoreContract {

    @TempDir
    private Path directory;

    @Override
    protected KeyStore openEmptyStore() {
        return open();
    }

    @Override
    protected KeyStore reopen(KeyStore open) {
        open.close();
        return open();
    }

    private KeyStore open() {
        return new JdbcKeyStoreProvider().open(Map.of("store.url", "jdbc:h2:file:" + directory.resolve("keys")));
    }
}
