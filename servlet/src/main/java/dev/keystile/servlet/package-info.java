/**
 * The servlet filter. {@link dev.keystile.servlet.KeystileFilter} is all an application names.
 */
@NullMarked
package dev.keystile.servlet;

import org.jspecify.annotations.NullMarked;
