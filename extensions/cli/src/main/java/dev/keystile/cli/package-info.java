/** Keys from a shell. */
@NullMarked
package dev.keystile.cli;

import org.jspecify.annotations.NullMarked;
