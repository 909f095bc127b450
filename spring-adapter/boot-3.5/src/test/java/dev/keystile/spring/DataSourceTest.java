package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionTemplate;

/** Keys in the database of the application. */
class DataSourceTest {

    private static final String RULE = "keystile.rules.all=ANY /** authenticated";
    private static final String PREFIXES = Application.SETTINGS.get(0);

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class OneDatabase {}

    private static int keys(DataSource database) {
        Integer keys = new JdbcTemplate(database).queryForObject("SELECT COUNT(*) FROM keystile_key", Integer.class);
        return keys == null ? -1 : keys;
    }

    @Test
    void dataSource_holdsTheKeys_apartFromTheApplicationsTransactions() {
        String url = "spring.datasource.url=jdbc:h2:mem:one;DB_CLOSE_DELAY=-1";
        try (Application application =
                Application.startBare(OneDatabase.class, RULE, PREFIXES, url, "keystile.store.listen=true")) {
            DataSource database = application.context().getBean(DataSource.class);
            TransactionTemplate transaction = new TransactionTemplate(new DataSourceTransactionManager(database));

            String key = transaction.execute(status -> {
                status.setRollbackOnly();
                return application.key();
            });

            assertThat(keys(database)).isEqualTo(1);
            assertThat(application.get("/", String.valueOf(key)).statusCode()).isEqualTo(404);
            assertThat(application
                            .context()
                            .getBeanFactory()
                            .getBeanDefinition("keystile")
                            .getDependsOn())
                    .as("what brings databases up to date")
                    .contains("dataSourceScriptDatabaseInitializer");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class BehindAProxy extends StartTest.TwoDatabases {

        @Override
        DataSource keys() {
            return new TransactionAwareDataSourceProxy(super.keys());
        }
    }

    @Test
    void namedDataSource_holdsTheKeys_alsoBehindAProxyThatKnowsTransactions() {
        String name = "keystile.store.data-source=keys";
        try (Application application =
                Application.startBare(BehindAProxy.class, RULE, PREFIXES, name, "keystile.store.type=jdbc")) {
            DataSource keys = application.context().getBean("keys", DataSource.class);
            DataSource live = application.context().getBean("live", DataSource.class);
            TransactionTemplate transaction = new TransactionTemplate(new DataSourceTransactionManager(keys));
            String first = application.key();

            String key = transaction.execute(status -> {
                status.setRollbackOnly();
                return application.key();
            });

            assertThat(application.get("/", first).statusCode()).isEqualTo(404);
            assertThat(application.get("/", String.valueOf(key)).statusCode()).isEqualTo(404);
            assertThat(keys(keys)).isEqualTo(2);
            assertThatThrownBy(() -> keys(live)).isInstanceOf(BadSqlGrammarException.class);
        }
    }
}
