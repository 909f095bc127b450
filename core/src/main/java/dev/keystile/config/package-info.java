/**
 * Text settings, read into the same builders that code uses.
 */
@NullMarked
package dev.keystile.config;

import org.jspecify.annotations.NullMarked;
