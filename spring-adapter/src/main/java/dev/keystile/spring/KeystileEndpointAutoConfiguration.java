package dev.keystile.spring;

import dev.keystile.Keystile;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/** The endpoint {@code keystile}, where Boot's actuator is there and lets it be reached. */
@AutoConfiguration(after = KeystileAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(Keystile.class)
final class KeystileEndpointAutoConfiguration {

    @Bean
    @ConditionalOnAvailableEndpoint(endpoint = KeystileEndpoint.class)
    KeystileEndpoint keystileEndpoint(ObjectProvider<Keystile> keystile, ObjectProvider<MvcRules> mvc) {
        return new KeystileEndpoint(keystile, mvc);
    }
}
