@NullMarked
package dev.keystile.console;

import org.jspecify.annotations.NullMarked;
