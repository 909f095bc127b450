/**
 * Keystile in Spring: auto-configuration for Spring Boot, scopes on controller methods, and Spring MVC without Boot.
 */
@NullMarked
package dev.keystile.spring;

import org.jspecify.annotations.NullMarked;
