package dev.keystile.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Conditional;

/** Steps back for a bean of the application's: without Spring Boot as well, whose own condition of the kind is not there. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@Conditional(UnlessPresentCondition.class)
@interface UnlessPresent {

    /** The type of the bean. */
    Class<?> value();
}
