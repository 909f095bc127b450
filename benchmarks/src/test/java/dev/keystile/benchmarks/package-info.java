@NullMarked
package dev.keystile.benchmarks;

import org.jspecify.annotations.NullMarked;
