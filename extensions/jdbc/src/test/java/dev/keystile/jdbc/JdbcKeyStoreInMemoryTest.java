package dev.keystile.jdbc;

import dev.keystile.key.KeyStore;
import dev.keystile.testkit.KeyStoreContract;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;

/** The contract on a data source of the application's, without a pool. */
final class JdbcKeyStoreInMemoryTest extends KeyStoreContract {

    private final JdbcDataSource dataSource = new JdbcDataSource();

    JdbcKeyStoreInMemoryTest() {
        dataSource.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    }

    @Override
    protected KeyStore openEmptyStore() {
        return JdbcKeyStore.open(dataSource);
    }

    @Override
    protected KeyStore reopen(KeyStore open) {
        open.close();
        return JdbcKeyStore.open(dataSource);
    }

    @Override
    protected boolean cutLog(KeyStore open, long upToRevision) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM keystile_change WHERE revision <= " + upToRevision);
            return true;
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
