package dev.keystile.spring;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Boot's own, whose package moved. */
@org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface WebMvcTest {}
