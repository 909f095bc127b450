/** How {@code samples/run} starts the application: with a contract by name or path, and keys to try. */
@NullMarked
package dev.keystile.sample.playground;

import org.jspecify.annotations.NullMarked;
