@NullMarked
package dev.keystile.playground;

import org.jspecify.annotations.NullMarked;
