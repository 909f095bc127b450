package dev.keystile.spring;

import dev.keystile.key.KeyStore;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * What a test of controllers alone has for a store: one in memory, whatever {@code store.*} says, for such a test has no
 * database. Taken by {@code @WebMvcTest}, never by an application.
 */
@AutoConfiguration(before = KeystileAutoConfiguration.class)
final class KeystileSliceAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    KeyStore keystileSliceStore() {
        return KeyStore.inMemory();
    }
}
