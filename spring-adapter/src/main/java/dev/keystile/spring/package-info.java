/**
 * Keystile in Spring: auto-configuration for Spring Boot, scopes on controller methods, keys in Spring Security, health,
 * metrics and observations, and Spring MVC without Boot.
 */
@NullMarked
package dev.keystile.spring;

import org.jspecify.annotations.NullMarked;
