/**
 * API keys in front of a web application. {@link dev.keystile.Keystile} is where to begin.
 */
@NullMarked
package dev.keystile;

import org.jspecify.annotations.NullMarked;
