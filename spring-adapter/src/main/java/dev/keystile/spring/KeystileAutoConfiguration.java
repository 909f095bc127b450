package dev.keystile.spring;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.config.Settings;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.DispatcherType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * Puts Keystile in front of a servlet application of Spring Boot: the properties {@code keystile.*} are its settings.
 *
 * <p>What moved from Boot 3.5 to 4.1 is named by strings only.
 */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
            "org.springframework.boot.autoconfigure.web.servlet.WebMvcAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration",
        })
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@EnableConfigurationProperties(FilterProperties.class)
@Import(KeystileConfiguration.class)
public final class KeystileAutoConfiguration {

    /** Called by Spring. */
    public KeystileAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    Settings keystileSettings(Environment environment) {
        Map<String, String> values = new LinkedHashMap<>();
        Map<String, String> twice = new LinkedHashMap<>();
        BootSettings.read(environment).values().forEach(it -> {
            values.put(it.name(), it.value());
            if (it.twice()) {
                twice.put(it.name(), it.value());
            }
        });
        return Settings.of(values).and(twice);
    }

    /** One that is registered without being a bean is seen once the registrations are made. */
    @Bean
    static SmartInitializingSingleton keystileOneFilter(ListableBeanFactory beans) {
        return () -> {
            List<String> problems = new ArrayList<>();
            beans.getBeansOfType(FilterRegistrationBean.class, true, false).forEach((name, registration) -> {
                if (registration.isEnabled()
                        && registration.getFilter() instanceof KeystileFilter
                        && !name.equals("keystileFilterRegistration")) {
                    problems.add("the bean '" + name + "' registers a KeystileFilter beside keystileFilter, which would"
                            + " decide each request twice: leave it out; filter.order says where the filter stands");
                }
            });
            if (!problems.isEmpty()) {
                throw new InvalidConfigurationException(problems);
            }
        };
    }

    /** One of the same name, of the application's, takes its place. */
    @Bean
    @ConditionalOnMissingBean(name = "keystileFilterRegistration")
    FilterRegistrationBean<SpringKeystileFilter> keystileFilterRegistration(
            SpringKeystileFilter filter, FilterProperties properties) {
        FilterRegistrationBean<SpringKeystileFilter> registration = new FilterRegistrationBean<>(filter);
        registration.setName("keystile");
        registration.setDispatcherTypes(EnumSet.allOf(DispatcherType.class));
        registration.setAsyncSupported(true);
        registration.addUrlPatterns("/*");
        registration.setOrder(properties.order());
        return registration;
    }
}
