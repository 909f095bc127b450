/** Whole Spring Boot applications under load, with a filter and without one. */
@NullMarked
package dev.keystile.benchmarks.boot;

import org.jspecify.annotations.NullMarked;
