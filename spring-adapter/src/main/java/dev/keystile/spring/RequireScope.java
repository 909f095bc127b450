package dev.keystile.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The scopes that a controller method demands of the key it is called with: {@code @RequireScope("invoices:read")}.
 *
 * <p>On a type it holds for each of its methods that has none of its own. It may stand on an interface, and on an annotation
 * of the application's that then means the same. As the application starts it becomes a rule, so that the filter decides
 * before anything of the application runs; rules of the settings that contradict it stop the start.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface RequireScope {

    /** The scopes, all of which are needed. Either these are given, or {@link #anyOf}. */
    String[] value() default {};

    /** The scopes, one of which is needed. */
    String[] anyOf() default {};
}
