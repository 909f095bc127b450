package dev.keystile.spring;

import dev.keystile.jdbc.JdbcKeyStore;
import dev.keystile.key.KeyStore;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.util.ClassUtils;

/** The JDBC store over a {@link DataSource} of the application. Only touched where keystile-jdbc is on the class path. */
final class DataSourceStore {

    private static final String PROXY = "org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy";

    private DataSourceStore() {}

    /**
     * Opens over the one that is named, or else over the only one or the primary one; empty if there is none.
     *
     * @param listen whether one of its connections is kept for good, on which PostgreSQL tells what other processes change
     * @throws IllegalArgumentException if there is no such, or nothing tells which of several it is
     */
    static Optional<Supplier<KeyStore>> of(ApplicationContext context, Optional<String> name, boolean listen) {
        String[] names = context.getBeanNamesForType(DataSource.class, true, false);
        if (name.isPresent()) {
            if (!Arrays.asList(names).contains(name.get())) {
                throw new IllegalArgumentException(SettingsReader.DATA_SOURCE + ": '" + name.get()
                        + "' is no bean of the type DataSource: expected one of " + Arrays.toString(names));
            }
            return Optional.of(() -> open(context.getBean(name.get(), DataSource.class), listen));
        }
        if (names.length == 0) {
            return Optional.empty();
        }
        if (names.length > 1 && context.getBeanProvider(DataSource.class).getIfUnique() == null) {
            throw new IllegalArgumentException(
                    SettingsReader.DATA_SOURCE + " is missing: there are several beans of the type"
                            + " DataSource, and none is primary: expected one of " + Arrays.toString(names));
        }
        return Optional.of(() -> open(context.getBean(DataSource.class), listen));
    }

    /** Its connections must be its own: a change of a key is not undone because the application's transaction is. */
    private static KeyStore open(DataSource given, boolean listen) {
        DataSource own = given;
        if (ClassUtils.isPresent(PROXY, DataSourceStore.class.getClassLoader())) {
            own = Proxies.behind(given);
        }
        return listen ? JdbcKeyStore.open(own, own) : JdbcKeyStore.open(own);
    }

    /** Knows spring-jdbc, which need not be there. */
    private static final class Proxies {

        static DataSource behind(DataSource given) {
            DataSource target =
                    given instanceof TransactionAwareDataSourceProxy proxy ? proxy.getTargetDataSource() : null;
            return target == null ? given : target;
        }
    }
}
