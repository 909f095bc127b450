/**
 * The application behind the filter. It knows its caller by {@link dev.keystile.decision.ApiPrincipal} and nothing of
 * keys, prefixes or limits.
 */
@NullMarked
package dev.keystile.playground.api;

import org.jspecify.annotations.NullMarked;
