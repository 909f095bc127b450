/**
 * A billing API behind the filter, for trying a contract out: {@code samples/run} starts {@link
 * dev.keystile.playground.Main}.
 */
@NullMarked
package dev.keystile.playground;

import org.jspecify.annotations.NullMarked;
