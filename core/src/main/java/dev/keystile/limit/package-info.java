/**
 * How often a caller may call: limits, plans, and the limiter that counts.
 */
@NullMarked
package dev.keystile.limit;

import org.jspecify.annotations.NullMarked;
