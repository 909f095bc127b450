package dev.keystile.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Import;

/**
 * Puts Keystile in front of a Spring MVC application that is not of Spring Boot. It stands beside {@code @EnableWebMvc}, where
 * the controllers are; with XML, a bean of the class {@link KeystileConfiguration} does the same.
 *
 * <p>The settings are those of a bean of {@link dev.keystile.config.Settings}; without one, those of {@code
 * /WEB-INF/keystile.properties}, and of the properties of Spring's environment that begin with {@code keystile.}, which win.
 * The filter is the bean {@code keystileFilter}, for a {@link org.springframework.web.filter.DelegatingFilterProxy} that is
 * mapped to {@code /*} with all dispatcher types.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Import(KeystileSelector.class)
public @interface EnableKeystile {}
