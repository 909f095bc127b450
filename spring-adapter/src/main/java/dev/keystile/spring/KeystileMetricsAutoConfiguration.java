package dev.keystile.spring;

import dev.keystile.Keystile;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/** Metrics, where Micrometer is there: Boot binds them to its registries. */
@AutoConfiguration(after = KeystileAutoConfiguration.class)
@ConditionalOnClass(MeterBinder.class)
@ConditionalOnBean(Keystile.class)
final class KeystileMetricsAutoConfiguration {

    @Bean
    DecisionMetrics keystileDecisionMetrics() {
        return new DecisionMetrics();
    }
}
