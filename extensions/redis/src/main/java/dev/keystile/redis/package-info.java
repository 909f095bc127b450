/**
 * Limits that several nodes share, counted in Redis or Valkey.
 */
@NullMarked
package dev.keystile.redis;

import org.jspecify.annotations.NullMarked;
