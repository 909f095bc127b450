package dev.keystile.spring;

import dev.keystile.Keystile;
import java.util.Set;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitializationDetector;

/** Lets Spring Boot bring databases up to date, by Flyway and the like, before the store looks for its tables. */
final class InitializedDatabaseDetector implements DependsOnDatabaseInitializationDetector {

    @Override
    public Set<String> detect(ConfigurableListableBeanFactory factory) {
        return Set.of(factory.getBeanNamesForType(Keystile.class, true, false));
    }
}
