/**
 * The billing API behind Keystile, as an application of Spring Boot. Who may do what is a contract of settings: the controllers know
 * their caller by {@link dev.keystile.decision.ApiPrincipal}, and nothing of keys, prefixes, scopes or limits.
 */
@NullMarked
package dev.keystile.sample.billing;

import org.jspecify.annotations.NullMarked;
