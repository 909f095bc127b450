package dev.keystile.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import dev.keystile.key.KeyStore;
import dev.keystile.testkit.KeyStoreContract;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/** The contract on a real server, in one database that is emptied for each test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ServerKeyStoreContract extends KeyStoreContract {

    private final TestDatabase database;
    private final HikariDataSource pool;

    ServerKeyStoreContract(DatabaseKind kind) {
        database = kind.fresh();
        pool = JdbcKeyStoreProvider.pool(database.settings());
    }

    @Override
    protected KeyStore openEmptyStore() {
        KeyStore store = JdbcKeyStore.open(pool);
        try {
            database.empty();
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
        return store;
    }

    @Override
    protected KeyStore reopen(KeyStore open) {
        open.close();
        pool.getHikariPoolMXBean().softEvictConnections();
        return JdbcKeyStore.open(pool);
    }

    @Override
    protected boolean cutLog(KeyStore open, long upToRevision) {
        database.cutLog(upToRevision);
        return true;
    }

    @AfterAll
    void drop() {
        pool.close();
        database.close();
    }
}
