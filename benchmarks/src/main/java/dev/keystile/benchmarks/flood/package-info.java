/**
 * Floods of bad keys against a server with a small heap, and what good requests notice of them.
 */
@NullMarked
package dev.keystile.benchmarks.flood;

import org.jspecify.annotations.NullMarked;
