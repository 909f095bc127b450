package dev.keystile.spring;

import dev.keystile.Keystile;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The health indicator {@code keystile}, where Boot's actuator is there and {@code management.health.keystile.enabled} does not
 * say otherwise.
 *
 * <p>The interface moved from Boot 3.5 to 4.1. Both are there as this is compiled, from jars that share no class; as it runs,
 * the half whose interface is missing is not even loaded, for its condition is read from its bytes.
 */
@AutoConfiguration(after = KeystileAutoConfiguration.class)
@ConditionalOnBean(Keystile.class)
final class KeystileHealthAutoConfiguration {

    /** Of Boot 3.5. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.actuate.health.HealthIndicator")
    @org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator("keystile")
    static class InActuator {

        @Bean
        @ConditionalOnMissingBean(name = {"keystileHealthIndicator", "keystileHealthContributor"})
        org.springframework.boot.actuate.health.HealthIndicator keystileHealthIndicator(
                ObjectProvider<Keystile> keystile) {
            return () -> {
                HealthReport report = HealthReport.of(keystile);
                return new org.springframework.boot.actuate.health.Health.Builder()
                        .status(
                                report.up()
                                        ? org.springframework.boot.actuate.health.Status.UP
                                        : org.springframework.boot.actuate.health.Status.DOWN)
                        .withDetails(report.details())
                        .build();
            };
        }
    }

    /** Of Boot 4.1. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
    @org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator("keystile")
    static class InHealth {

        @Bean
        @ConditionalOnMissingBean(name = {"keystileHealthIndicator", "keystileHealthContributor"})
        org.springframework.boot.health.contributor.HealthIndicator keystileHealthIndicator(
                ObjectProvider<Keystile> keystile) {
            return () -> {
                HealthReport report = HealthReport.of(keystile);
                return new org.springframework.boot.health.contributor.Health.Builder()
                        .status(
                                report.up()
                                        ? org.springframework.boot.health.contributor.Status.UP
                                        : org.springframework.boot.health.contributor.Status.DOWN)
                        .withDetails(report.details())
                        .build();
            };
        }
    }
}
