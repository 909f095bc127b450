package dev.keystile.console;

import dev.keystile.jdbc.JdbcKeyStore;
import dev.keystile.key.KeyStore;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;

final class ConsoleApiOverJdbcTest extends ConsoleApiContract {

    @Override
    KeyStore openEmptyStore() {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        return JdbcKeyStore.open(dataSource);
    }
}
