package dev.keystile.spring;

import dev.keystile.Keystile;
import dev.keystile.key.KeyManager;
import dev.keystile.servlet.DecisionObserver;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.context.WebApplicationContext;

/**
 * The beans of Keystile: the facade, its {@link KeyManager}, and the filter {@code keystileFilter}. Each steps back for one of
 * the application's. For Spring's XML; in Java, {@link EnableKeystile} takes it, and Spring Boot does without being asked.
 */
@Configuration(proxyBeanMethods = false)
@Import(KeystileMvcConfiguration.class)
public final class KeystileConfiguration {

    /** Called by Spring. */
    public KeystileConfiguration() {}

    @Bean
    @UnlessPresent(Keystile.class)
    Keystile keystile(WebApplicationContext context, ObjectProvider<CodeRules> rules) {
        return new KeystileOpener(context, SettingsReader.read(context), Optional.ofNullable(rules.getIfAvailable()))
                .open();
    }

    @Bean
    @UnlessPresent(KeyManager.class)
    KeyManager keystileKeyManager(Keystile keystile) {
        return keystile.keyManager();
    }

    @Bean
    SpringKeystileFilter keystileFilter(ObjectProvider<Keystile> keystile, ObjectProvider<DecisionObserver> observer) {
        return new SpringKeystileFilter(keystile, observer);
    }
}
