package dev.keystile.spring;

import dev.keystile.Keystile;
import dev.keystile.servlet.DecisionObserver;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Observations of decisions, where there is a registry for them: without one the filter knows nothing of them. */
@AutoConfiguration(
        after = KeystileAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.actuate.autoconfigure.observation.ObservationAutoConfiguration",
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
        })
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean({Keystile.class, ObservationRegistry.class})
final class KeystileObservationAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    DecisionObserver keystileDecisionObservations(
            ObservationRegistry registry, ObjectProvider<DecisionObservationConvention> own) {
        return new DecisionObservations(registry, own.getIfAvailable());
    }
}
