/**
 * What a decision costs, beside two peers that do the same work. {@code benchmarks/run} measures.
 */
@NullMarked
package dev.keystile.benchmarks;

import org.jspecify.annotations.NullMarked;
