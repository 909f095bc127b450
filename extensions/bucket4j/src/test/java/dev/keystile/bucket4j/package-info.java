@NullMarked
package dev.keystile.bucket4j;

import org.jspecify.annotations.NullMarked;
